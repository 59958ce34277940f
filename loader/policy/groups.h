/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sorts the boxes of rules into groups that make good trees: those that narrow down the same
 * fields.
 */
#ifndef XDIVERT_GROUPS_H
#define XDIVERT_GROUPS_H

#include "plan.h"
#include "tree.h"

struct rule_group {
	struct answer_box *boxes; /* in the order of the rules */
	size_t count;
};

struct rule_groups {
	struct rule_group list[RULE_TREES_MAX];
	size_t count;
};

void group_rules(struct rule_groups *groups, struct arena *arena, const struct answer_box *boxes,
		 size_t count);

#endif
