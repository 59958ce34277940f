/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Values and elements of rules as a user would write them, into a buffer of a fixed size.
 */
#ifndef XDIVERT_EXPR_TEXT_H
#define XDIVERT_EXPR_TEXT_H

#include "ast.h"

/* A text that grows up to a limit and is cut there; always terminated once added to. */
struct text {
	char *buffer;
	size_t size, used;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Then there is no point in going deeper into a rule that may be large. */
bool text_is_full(const struct text *text);

/* `syn|ack`, or `none`. */
void text_add_flags(struct text *text, uint32_t flags);
void text_add_value(struct text *text, const struct value *value, enum value_type type);
/* What an EXPR_MATCH looks up its value in: "@name", "26400-26499", "{ 1, 2, 3, and 7 more }". */
void text_add_elements(struct text *text, const struct expr *expr);

#endif
