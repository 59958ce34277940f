/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a policy is going to be decided in the kernel.
 *
 *   straight code   a few rules: one `if` each, in order; long sets are looked up
 *   looked up       more: all rules are in hash tables and decision trees, as data in maps; the
 *                   code is the same for ten rules and for ten thousand
 */
#ifndef XDIVERT_PLAN_H
#define XDIVERT_PLAN_H

#include "box.h"
#include "bpf/abi.h"
#include "dynamic.h"
#include "index.h"
#include "stride.h"
#include "tuple.h"

#include <stdio.h>

enum plan_kind {
	PLAN_STRAIGHT,
	PLAN_LOOKUP,
};

/*
 * Sum of the bounds of all walks through trees: the kernel's verifier keeps up to 8,192 branches
 * in mind, and each step of a walk has four.
 */
#define PLAN_STEPS_MAX 1000
/* A look into a table of dynamic sets is as much to verify, in front of trees, as so many steps. */
#define PLAN_STEPS_DYNAMIC 40

/* Up to so many rules, and so many comparisons, are written as straight code. */
#define STRAIGHT_RULES_MAX 16
#define STRAIGHT_TESTS_MAX 256
/*
 * Rules that ask about dynamic sets come on top, up to so many rules in all: to them, that is a bit
 * of what one look has found, and in a tree a step.
 */
#define STRAIGHT_DYNAMIC_RULES_MAX 64
/* Elements up to which straight code compares with each instead of asking a tree. */
#define STRAIGHT_ELEMENTS_MAX 8

/*
 * One look: into a hash table, if the tuple has a key, and then along the nodes that the key leads
 * to; or, without a key, into a tree over all boxes.
 */
struct lookup {
	struct tuple tuple;
	uint32_t at; /* number of the table, or of the tree's root */
	unsigned int steps; /* nodes on the longest path behind; 0: the table has the answers */
	struct index_entry *entries; /* of the table; only while planning */
	size_t entry_count;
};

/*
 * Looks whose lowest answer, other than 0, is the answer: the first rule, or "it is in the set".
 * Or, of a set, one look into a table of ranges.
 */
struct classifier {
	struct lookup list[TUPLES_MAX];
	size_t count;
	size_t ranges; /* of `word`, in the table of strides; 0: there are looks instead */
	uint32_t word, strides;
};

struct plan {
	enum plan_kind kind;
	const struct policy *policy;
	unsigned int reads; /* XDV_READ_*: what the header walk has to look at */
	bool walks_inner; /* what a tunnel carries is walked, too: */
	unsigned int inner_reads; /* likewise, of that walk */
	struct questions questions;
	struct classifier *sets; /* by question; without looks for masks and rules */
	struct classifier rules; /* of PLAN_LOOKUP */
	size_t box_count; /* of all rules, likewise */
	struct xdv_tree_node *nodes;
	size_t node_count;
	struct index_tables tables;
	struct stride_tables strides;
	struct dynamic dynamic;
};

/*
 * Plans a policy without errors; the plan lives in its arena. -E2BIG if no plan fits, and then a
 * diagnostic of the policy says which rule is to blame.
 */
int plan_policy(struct plan **plan, struct policy *policy);

/* The question that the plan has a tree, or a mask test, for; -1 if it has none for `expr`. */
int plan_question(const struct plan *plan, const struct expr *expr);
/* A set, or list, that is part of the program. */
bool question_is_static_set(const struct question *question);
/* plan_reads.c: finds out what the walks have to look at. */
void plan_reads(struct plan *plan);
/* Whether that is the headers of tunnels, too. */
bool plan_reads_tunnels(const struct plan *plan);
/* Answers to questions that the key has behind the packet's words; slices of bytes follow. */
size_t plan_answers(const struct plan *plan);
/* Words of the key: of the packet and its tunnel; and of all that is known. */
size_t plan_walked_words(const struct plan *plan);
size_t plan_key_words(const struct plan *plan);
/* The bound on a walk in code: rounded up, so that code stays while the tree grows a bit. */
unsigned int lookup_bound(const struct lookup *lookup);
/* Whether the program needs the maps of trees, and of tables. */
bool classifier_has_trees(const struct classifier *classifier);
bool plan_has_trees(const struct plan *plan);
bool plan_has_tables(const struct plan *plan);
/* Whether the program needs a filter of the policy's, or any. */
bool plan_asks_filter(const struct plan *plan, const struct filter *filter);
bool plan_has_filters(const struct plan *plan);

/* `xdivert compile --emit plan` */
void plan_dump(const struct plan *plan, FILE *out);

/* XDV_READ_*, as in bpf/packet.h, which only the kernel's side can include. */
enum {
	READ_ETHER = 0x01,
	READ_ARP = 0x02,
	READ_IPV4 = 0x04,
	READ_IPV6 = 0x08,
	READ_L4 = 0x10,
	READ_IP_DETAILS = 0x20,
	READ_L4_DETAILS = 0x40,
	READ_VLAN_DETAILS = 0x80,
	READ_ARP_DETAILS = 0x100,
	READ_FRAME = 0x200,
	READ_PLACES = 0x400,
	READ_VXLAN = 0x800,
	READ_GENEVE = 0x1000,
	READ_GRE = 0x2000,
	READ_IPIP = 0x4000,
};

#endif
