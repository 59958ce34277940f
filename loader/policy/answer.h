/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tables and trees of rules answer with.
 */
#ifndef XDIVERT_ANSWER_H
#define XDIVERT_ANSWER_H

#include "ast.h"
#include "bpf/abi.h"

/* -E2BIG, and a diagnostic, if there are more rules or targets than an answer can tell apart. */
int answer_check(struct policy *policy);

/* XDV_ANSWER() of a rule, by its number. */
uint32_t answer_of_rule(const struct policy *policy, size_t number);

/* By number, one for the default and each rule; in the policy's arena. */
const struct xdv_rule_options *answer_options(const struct policy *policy);

#endif
