/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A policy that something is wrong with, with all left away that it is still wrong without.
 */
#ifndef XDIVERT_TESTS_POLICY_REDUCE_H
#define XDIVERT_TESTS_POLICY_REDUCE_H

#include <stdbool.h>

/* Whether it is still wrong. */
typedef bool (*policy_is_wrong)(const char *text, const void *context);

/*
 * Whole statements are left away. malloc'ed; NULL: `is_wrong` does not
 * say so of the text as it is.
 */
char *policy_reduce(const char *text, policy_is_wrong is_wrong, const void *context);

#endif
