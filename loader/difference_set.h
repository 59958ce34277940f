/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What is different between two sets of the same name.
 */
#ifndef XDIVERT_DIFFERENCE_SET_H
#define XDIVERT_DIFFERENCE_SET_H

#include "ast.h"

/* The same types and words, and the same elements in whatever order. */
bool sets_are_equal(const struct set *a, const struct set *b);

/* "ipv4 . port dynamic, 2 elements"; malloc'ed, NULL for want of memory. */
char *set_in_words(const struct set *set);
/* The same of the new one, and behind it "(3 more, 1 less)" if the types are the same. */
char *set_change_in_words(const struct set *old, const struct set *new);

#endif
