/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Ranges of addresses as the prefixes that they consist of.
 */
#ifndef XDIVERT_PREFIX_H
#define XDIVERT_PREFIX_H

#include "ast.h"

struct prefix {
	struct value network;
	unsigned int length; /* bits */
};

/* Of a range; a prefix is one of itself. */
size_t prefix_count(const struct part *part, enum value_type type);
/* Writes them, in order, and returns how many. */
size_t prefix_split(const struct part *part, enum value_type type, struct prefix *prefixes);

#endif
