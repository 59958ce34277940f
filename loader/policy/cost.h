/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The cost model: what a packet pays for each thing that a plan may do with it, in ns of one kind
 * of machine. Measured by `make bench` on thousands of different packets, above an empty program:
 * only the ratios matter, and the plans that follow from them (tests/test_plan.c).
 */
#ifndef XDIVERT_COST_H
#define XDIVERT_COST_H

/* A look into a hash table, "1,000 UDP ports" less the header walk; and each word of its key. */
#define COST_TABLE    4.0
#define COST_KEY_WORD 0.4
/* A node of a tree, "1,000 mixed" by the steps that its packets take. */
#define COST_TREE_STEP 2.5
/* A look into a table of ranges, "100,000 prefixes" less the header walk. */
#define COST_STRIDES 6.0
/* A look into a table of dynamic sets, and one more bucket that is not in the cache. */
#define COST_DYNAMIC 10.0

#endif
