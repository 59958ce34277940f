/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Comparisons of fields with values, in the language of pcap-filter(7). Private to pcap_text.c.
 */
#ifndef XDIVERT_TESTS_PCAP_VALUE_H
#define XDIVERT_TESTS_PCAP_VALUE_H

#include "ast.h"
#include "expr_text.h"

#include <stdbool.h>

struct saying {
	struct text out;
	unsigned int tags; /* VLAN tags of the frames that the filter is for */
	bool reads_fragments; /* the rule does */
	bool unsayable; /* set when something is */
};

/* That the field of that number in `expr` is in a part of one of its elements. */
void say_part(struct saying *s, const struct expr *expr, size_t number, const struct part *part);
/* The comparison of an EXPR_MASK, not negated. */
void say_masked(struct saying *s, const struct expr *expr);
/* "len >= 62 and ": the frame has these bytes. */
void say_bytes_there(struct saying *s, const struct field_use *use);

#endif
