/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A public header of the library, taken apart into comments and what they are about.
 *
 * What is taken for granted: a comment that begins a line is about what follows it, up to a blank
 * line. In comments, lines behind a tab are code, `-EINVAL  text` is one of the errors that a call
 * gives, and `- text` is one of a list.
 */
#ifndef XDIVERT_MAN_HEADER_H
#define XDIVERT_MAN_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ITEMS_MAX 256

/* Lines, each with its end; NULL if there are none. */
struct text {
	char *bytes;
	size_t size;
};

/* A comment and the code behind it; either may be missing. */
struct item {
	struct text comment, code;
};

struct header {
	struct item items[ITEMS_MAX]; /* the first is what the header says of itself */
	size_t count;
	int depth; /* of braces */
	bool in_comment, skipping;
};

void text_append(struct text *text, const char *line);

/* `header` is all zero before. */
void header_read(struct header *header, FILE *in);
void header_free(struct header *header);

#endif
