/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a policy is going to be decided in the kernel.
 *
 *   straight code   a few rules: one `if` each, in order; long sets are looked up in trees
 *   tree            more: decision trees over all rules, as data in a map; the code is the same
 *                   for ten rules and for ten thousand
 */
#ifndef XDIVERT_PLAN_H
#define XDIVERT_PLAN_H

#include "box.h"
#include "bpf/abi.h"

#include <stdio.h>

enum plan_kind {
	PLAN_STRAIGHT,
	PLAN_TREE,
};

/* Trees over rules that are asked for each packet. */
#define RULE_TREES_MAX 16
/*
 * Sum of the bounds of all trees: the kernel's verifier keeps up to 8,192 branches in mind, and
 * each step of a walk has four.
 */
#define PLAN_STEPS_MAX 1900

/* Up to so many rules, and so many comparisons, are written as straight code. */
#define STRAIGHT_RULES_MAX 16
#define STRAIGHT_TESTS_MAX 256
/* Elements up to which straight code compares with each instead of asking a tree. */
#define STRAIGHT_ELEMENTS_MAX 8

/*
 * Trees share one array of nodes. The first nodes are the roots: of the rules' trees, then of each
 * question about a set, in the order of `questions`.
 *
 * One tree holds all rules if they are alike. Rules that leave different fields open would be
 * copied into most branches of it, so they go into trees of their own, and the lowest number that
 * any tree answers is the first rule that matches.
 */
struct plan {
	enum plan_kind kind;
	const struct policy *policy;
	unsigned int reads; /* XDV_READ_*: what the header walk has to look at */
	struct questions questions;
	struct xdv_tree_node *nodes;
	size_t node_count;
	unsigned int rule_trees; /* 0 for straight code */
	unsigned int steps[RULE_TREES_MAX + QUESTIONS_MAX]; /* by root: nodes on its longest path */
	size_t box_count;   /* of all rules, for PLAN_TREE */
};

/*
 * Plans a policy without errors; the plan lives in its arena. -E2BIG if no plan fits, and then a
 * diagnostic of the policy says which rule is to blame.
 */
int plan_policy(struct plan **plan, struct policy *policy);

/* The question that the plan has a tree, or a mask test, for; -1 if it has none for `expr`. */
int plan_question(const struct plan *plan, const struct expr *expr);
/* The node at which the tree of a question about a set begins. */
unsigned int plan_root(const struct plan *plan, size_t question);
size_t plan_tree_count(const struct plan *plan);
/* Nodes that a packet meets at most in all trees of rules. */
size_t plan_rule_steps(const struct plan *plan);
/* The bound on a tree's walk in code: rounded up, so that code stays while the tree grows a bit. */
unsigned int plan_steps_bound(const struct plan *plan, unsigned int root);

/* `xdivert compile --emit plan` */
void plan_dump(const struct plan *plan, FILE *out);

/* XDV_READ_*, as in bpf/packet.h, which only the kernel's side can include. */
enum {
	READ_ETHER = 0x01,
	READ_ARP = 0x02,
	READ_IPV4 = 0x04,
	READ_IPV6 = 0x08,
	READ_L4 = 0x10,
};

#endif
