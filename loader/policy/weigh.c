// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Boxes are counted by the hash of their key, and by that of their key and the words that they ask
 * about beyond it. Two keys of one hash would be weighed as one: that is as rare as harmless.
 */
#include "weigh.h"

#include "cost.h"
#include "words.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A key, or a kind of boxes of a key: those that ask about the same words beyond it. */
struct counted {
	uint64_t hash;
	uint64_t key; /* of a kind: the hash of its key */
	double steps; /* of a key: for all its kinds */
	size_t boxes, kinds;
};

struct counts {
	struct counted *list;
	size_t count;
	uint32_t *places; /* in the list, plus 1, by hash; 0: free */
	size_t mask; /* number of places, a power of two, less 1 */
};

static bool counts_new(struct counts *counts, size_t most)
{
	size_t size = 16;

	while (size < 2 * most)
		size *= 2;
	*counts = (struct counts){
		.list = malloc(most * sizeof(*counts->list)),
		.places = calloc(size, sizeof(*counts->places)),
		.mask = size - 1,
	};
	return counts->list && counts->places;
}

static void counts_free(struct counts *counts)
{
	free(counts->list);
	free(counts->places);
}

static struct counted *find_counted(struct counts *counts, uint64_t hash)
{
	size_t at = hash & counts->mask;

	for (; counts->places[at]; at = (at + 1) & counts->mask)
		if (counts->list[counts->places[at] - 1].hash == hash)
			return &counts->list[counts->places[at] - 1];
	counts->list[counts->count] = (struct counted){.hash = hash};
	counts->places[at] = (uint32_t)++counts->count;
	return &counts->list[counts->count - 1];
}

/* Takes a box to its kind; gives the number of its bounds that the key does not decide. */
static size_t count_box(struct counts *kinds, const struct tuple *tuple, const struct box *box)
{
	uint64_t key = 1, asked = 0;
	size_t bounds = 0, next = 0;
	struct counted *kind;

	for (size_t i = 0; i < box->count; i++) {
		const struct bound *bound = &box->bounds[i];
		uint32_t mask = 0;

		/* parts are in the order of words, as bounds are */
		if (next < tuple->part_count && tuple->parts[next].word == bound->word) {
			mask = tuple->parts[next++].mask;
			key = xdv_hash(key, bound->lo & mask);
		}
		if (mask && mask == bound_mask(bound))
			continue;
		asked |= 1ull << bound->word % 64; /* who shares all bits is alike */
		bounds++;
	}
	kind = find_counted(kinds, xdv_hash(key, asked));
	kind->key = key;
	kind->boxes++;
	return bounds;
}

static size_t count_boxes(struct counts *kinds, const struct tuple *tuple, const struct tuple *from)
{
	size_t bounds = 0;

	for (size_t i = 0; i < from->count; i++)
		bounds += count_box(kinds, tuple, &from->boxes[i].box);
	return bounds;
}

/*
 * The steps behind the key of a box, summed over the boxes. Boxes of a key that ask about the same
 * words are decided by cutting them in halves; each other kind is one more such search.
 */
static double steps_behind_keys(const struct counts *kinds, struct counts *keys)
{
	double sum = 0;

	for (size_t i = 0; i < kinds->count; i++) {
		const struct counted *kind = &kinds->list[i];
		struct counted *key = find_counted(keys, kind->key);

		key->steps += (key->kinds++ ? 1.5 : 0) +
			      (kind->boxes > 1 ? log2((double)kind->boxes) : 0);
		key->boxes += kind->boxes;
	}
	for (size_t i = 0; i < keys->count; i++)
		sum += (double)keys->list[i].boxes * keys->list[i].steps;
	return sum;
}

double weigh_tuple(const struct tuple *tuple, const struct tuple *const *from, size_t count)
{
	size_t boxes = 0, bounds = 0;
	struct counts kinds = {NULL, 0, NULL, 0}, keys = kinds;
	double cost = 0;

	for (size_t i = 0; i < count; i++)
		boxes += from[i]->count;
	if (boxes && counts_new(&kinds, boxes) && counts_new(&keys, boxes)) {
		for (size_t i = 0; i < count; i++)
			bounds += count_boxes(&kinds, tuple, from[i]);
		cost = (steps_behind_keys(&kinds, &keys) + (double)bounds) / (double)boxes *
		       COST_TREE_STEP;
	}
	counts_free(&kinds);
	counts_free(&keys);
	if (tuple->part_count)
		cost += COST_TABLE + COST_KEY_WORD * tuple->key_words;
	return cost;
}
