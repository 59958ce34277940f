/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the manual pages take from the tables of the policy language, as mdoc(7).
 */
#ifndef XDIVERT_MANUAL_H
#define XDIVERT_MANUAL_H

#include <stdbool.h>
#include <stdio.h>

/* Any text, so that it is no markup. `Words in quotes` get typographic ones. */
void roff_text(const char *text, FILE *out);

/* Lists of all headers with their fields, of types with their values, of diagnostics' codes. */
bool write_headers(const char *unused, FILE *out);
bool write_types(const char *unused, FILE *out);
bool write_codes(const char *unused, FILE *out);

#endif
