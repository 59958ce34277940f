/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Conditions as boxes: a box holds for a packet if each of its bounds does, a list of boxes if any
 * of them does. Rules are compared, and trees built, on boxes; `struct xdv_packet` has the words.
 */
#ifndef XDIVERT_BOX_H
#define XDIVERT_BOX_H

#include "ast.h"

#include <stdint.h>
#include <string.h>

/* lo <= word <= hi */
struct bound {
	uint32_t word;
	uint32_t lo, hi;
};

/* At most one bound a word, sorted by word. No bounds: every packet. */
struct box {
	struct bound *bounds;
	size_t count;
};

/* No boxes: no packet. */
struct boxes {
	struct box *list;
	size_t count;
};

/*
 * A question that is no bound on a word of the packet: is a key in a set, are flags set under a
 * mask, does a whole rule match. Its answer, 0 or 1, is a word of its own, behind those of the
 * packet. Sets with many elements are asked about in this way, others are spelled out as boxes.
 */
struct question {
	const struct expr *expr; /* the first that asks it: MATCH or MASK, or all of `rule` */
	const struct rule *rule; /* whose condition comes to too many boxes; NULL otherwise */
	uint32_t word;
};

struct questions {
	struct question *list;
	size_t count;
};

/* Elements up to which a set is spelled out as boxes; so many questions can a policy ask. */
#define SPELL_OUT_MAX 64
#define QUESTIONS_MAX 40 /* a word of the program's stack each */
/* Boxes that a rule may come to; one that comes to more is asked about as a whole. */
#define RULE_BOXES_MAX 1024

struct lowering {
	struct arena *arena;
	struct questions *questions;
	bool reads_fragments, reads_inner_fragments; /* of the rule at hand */
	bool too_complex; /* set when a limit is passed; the boxes are then meaningless */
};

/* The boxes of a condition, or of its opposite. */
struct boxes lower_expr(struct lowering *lowering, const struct expr *expr, bool negated);
/* Behind the IP header: read in whole datagrams, unless the rule speaks of fragments. */
static inline bool slice_needs_whole(const struct field_use *use)
{
	return strcmp(use->name.text, slice_base_names[SLICE_L4]) == 0 ||
	       strcmp(use->name.text, slice_base_names[SLICE_PAYLOAD]) == 0;
}

/* Two conditions that one answer serves. */
bool same_question(const struct expr *a, const struct expr *b);
/* The boxes of a set's or list's elements alone, for fields whose headers are there. */
struct boxes lower_elements(struct lowering *lowering, const struct expr *expr);

/* The box in which a question is answered with yes (or no); sets `too_complex` if none is free. */
struct boxes lower_question(struct lowering *lowering, const struct expr *expr,
			    const struct rule *rule, bool answer);

struct boxes boxes_union(struct arena *arena, struct boxes a, struct boxes b);
/* `limit` boxes at the most: beyond, *overflow is set. */
struct boxes boxes_product(struct arena *arena, struct boxes a, struct boxes b, size_t limit,
			   bool *overflow);
/* False if nothing is in both. */
bool box_intersect(struct arena *arena, const struct box *a, const struct box *b,
		   struct box *result);
bool box_covers(const struct box *outer, const struct box *inner);
/* The bound of that word, or NULL. */
const struct bound *box_bound(const struct box *box, uint32_t word);

/*
 * Adds the bounds that follow from those a box has: TCP is protocol 6, an IPv4 header comes behind
 * type 0x0800. False if they contradict: no packet is in the box.
 */
bool box_close(struct arena *arena, const struct box *box, struct box *closed);

#endif
