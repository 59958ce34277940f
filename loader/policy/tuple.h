/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sorts boxes by tuple: the words that they want exactly so, or by prefix. All boxes of a tuple
 * are found by one look into a hash table, with the masked words as the key; what else they want
 * is decided behind it, by a small tree for each key.
 *
 * Few tuples cost few looks; coarse ones put many boxes behind one key. The cost model of cost.h
 * merges tuples as long as that makes the whole cheaper. The coarsest, without any word, is a
 * decision tree over its boxes.
 */
#ifndef XDIVERT_TUPLE_H
#define XDIVERT_TUPLE_H

#include "index.h"
#include "tree.h"

/* Words of a key, after packing; words of the packet in a tuple. */
#define KEY_WORDS_MAX	INDEX_KEY_MAX
#define TUPLE_PARTS_MAX 24
/* Tables that are asked for each packet. */
#define TUPLES_MAX 16

/* A masked word of the packet, and where in the key it goes. */
struct key_part {
	uint32_t word, mask;
	unsigned int key_word, shift;
};

struct tuple {
	struct key_part parts[TUPLE_PARTS_MAX];
	size_t part_count; /* 0: no table, a tree over all its boxes */
	unsigned int key_words;
	struct answer_box *boxes; /* in order of precedence */
	size_t count;
	double cost; /* ns a packet, estimated */
};

struct tuples {
	struct tuple list[TUPLES_MAX];
	size_t count;
};

/* The tuples, in the arena; boxes stay in their order. */
void tuples_sort(struct tuples *tuples, struct arena *arena, const struct answer_box *boxes,
		 size_t count);

/* The mask under which a bound is one value; 0 if it is a range of another kind. */
uint32_t bound_mask(const struct bound *bound);

/* The key that a box is found under, and the bounds that are left to be asked about. */
void tuple_key(const struct tuple *tuple, const struct box *box, uint32_t *key);
struct box tuple_rest(const struct tuple *tuple, struct arena *arena, const struct box *box);

#endif
