/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What must be so of any policy that is right: the compiler takes it, the kernel takes its program,
 * and program and evaluator agree on every packet. A miss is printed, reduced to the statements
 * that it needs, with a `test` line for its packet: `xdivert test` plays it again.
 */
#ifndef XDIVERT_TESTS_POLICY_PROPERTY_H
#define XDIVERT_TESTS_POLICY_PROPERTY_H

#include "ast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_tally {
	size_t policies, rules, packets;
	size_t met; /* rules that some packet met */
	size_t unplanned; /* policies that no plan fits, as is said of them */
	size_t too_large; /* those whose program is, as the kernel finds */
	size_t missed;
};

/*
 * The random policy of that number, and `packets` aimed at it, and all lengths of a few more.
 * `keep`: a directory, where those that the kernel finds too large are put; NULL: nowhere.
 */
void policy_property(struct policy_tally *tally, uint64_t number, size_t packets, const char *keep);

#endif
