/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * From boxes to what is looked up for a packet: tables for their tuples, and trees behind the keys.
 */
#ifndef XDIVERT_CLASSIFY_H
#define XDIVERT_CLASSIFY_H

#include "plan.h"

struct classify {
	struct arena *scratch;
	struct tree_builder *trees; /* with a root kept free for each classifier */
	unsigned int roots; /* used so far */
};

/* Sorts the boxes, and builds the trees. -E2BIG if that comes to chains that are too long. */
int classify_boxes(struct classify *classify, struct classifier *classifier,
		   const struct answer_box *boxes, size_t count);

/* Then, once the width of all slots is known, the tables. */
void classify_tables(struct classifier *classifier, struct index_tables *tables,
		     struct arena *arena);

#endif
