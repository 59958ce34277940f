/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How manual pages are made, as mdoc(7): of templates, with what the program's tables know, and of
 * the library's headers.
 */
#ifndef XDIVERT_MANUAL_H
#define XDIVERT_MANUAL_H

#include <stdbool.h>
#include <stdio.h>

/* Any text, so that it is no markup. `Words in quotes` get typographic ones. */
void roff_text(const char *text, FILE *out);
/* Running text, which is changed; mdoc wants each sentence to begin a line. */
void roff_sentences(char *text, FILE *out);
/* "add|del IFACE": words to be typed as they are in bold, what they stand for in italics. */
void roff_usage(const char *text, FILE *out);

/* Lists of all headers with their fields, of types with their values, of diagnostics' codes. */
bool write_headers(const char *unused, FILE *out);
bool write_types(const char *unused, FILE *out);
bool write_codes(const char *unused, FILE *out);

/* The page of a public header. */
void write_header_page(FILE *in, const char *file, FILE *out);
/* A list of the pages of all headers in a directory. */
bool write_pages(const char *directory, FILE *out);

/* The page of a program, from what it prints with --help. */
void write_app_page(FILE *in, FILE *out);

#endif
