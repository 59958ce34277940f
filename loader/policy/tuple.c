// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "tuple.h"

#include "arena.h"
#include "weigh.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this, tuples that are alike are merged without looking for the best pair. */
#define TUPLES_WEIGHED 24

uint32_t bound_mask(const struct bound *bound)
{
	uint32_t free_bits = bound->hi - bound->lo;

	if ((free_bits & (free_bits + 1)) || (bound->lo & free_bits))
		return 0;
	return ~free_bits;
}

static const struct key_part *find_part(const struct tuple *tuple, uint32_t word)
{
	for (size_t i = 0; i < tuple->part_count; i++)
		if (tuple->parts[i].word == word)
			return &tuple->parts[i];
	return NULL;
}

/* Finest first: wide words that differ much take part, until the key is full. */
static void tuple_of_box(struct tuple *tuple, const struct box *box)
{
	unsigned int bits = 0;

	*tuple = (struct tuple){.count = 0};
	for (size_t i = 0; i < box->count && tuple->part_count < TUPLE_PARTS_MAX; i++) {
		uint32_t word = box->bounds[i].word, mask = bound_mask(&box->bounds[i]);

		bits += word_bits(word);
		if (mask && bits <= (KEY_WORDS_MAX - 1) * 32)
			tuple->parts[tuple->part_count++] = (struct key_part){word, mask, 0, 0};
	}
}

static bool same_parts(const struct tuple *a, const struct tuple *b)
{
	if (a->part_count != b->part_count)
		return false;
	for (size_t i = 0; i < a->part_count; i++)
		if (a->parts[i].word != b->parts[i].word || a->parts[i].mask != b->parts[i].mask)
			return false;
	return true;
}

/* What two tuples have in common: the words of both, under the shorter prefix. */
static void common_parts(struct tuple *common, const struct tuple *a, const struct tuple *b)
{
	*common = (struct tuple){.count = 0};
	for (size_t i = 0; i < a->part_count; i++) {
		const struct key_part *other = find_part(b, a->parts[i].word);
		uint32_t mask = other ? a->parts[i].mask & other->mask : 0;

		if (mask)
			common->parts[common->part_count++] = (struct key_part){a->parts[i].word,
										mask, 0, 0};
	}
}

/* Packs the parts into as few words as first-fit finds. */
static void pack_key(struct tuple *tuple)
{
	unsigned int used[TUPLE_PARTS_MAX] = {0};

	tuple->key_words = 0;
	for (unsigned int bits = 32; bits > 0; bits--) {
		for (size_t i = 0; i < tuple->part_count; i++) {
			struct key_part *part = &tuple->parts[i];
			unsigned int at = 0;

			if (word_bits(part->word) != bits)
				continue;
			while (used[at] + bits > 32)
				at++;
			part->key_word = at;
			part->shift = used[at];
			used[at] += bits;
			if (at + 1 > tuple->key_words)
				tuple->key_words = at + 1;
		}
	}
}

void tuple_key(const struct tuple *tuple, const struct box *box, uint32_t *key)
{
	memset(key, 0, KEY_WORDS_MAX * sizeof(*key));
	for (size_t i = 0; i < tuple->part_count; i++) {
		const struct key_part *part = &tuple->parts[i];

		key[part->key_word] |= (box_bound(box, part->word)->lo & part->mask) << part->shift;
	}
}

struct box tuple_rest(const struct tuple *tuple, struct arena *arena, const struct box *box)
{
	struct box rest = {NULL, 0};

	for (size_t i = 0; i < box->count; i++) {
		const struct key_part *part = find_part(tuple, box->bounds[i].word);

		if (!part || part->mask != bound_mask(&box->bounds[i]))
			*arena_push(arena, &rest.bounds, rest.count) = box->bounds[i];
	}
	return rest;
}

static void estimate(struct tuple *tuple)
{
	pack_key(tuple);
	tuple->cost = weigh_tuple(tuple, &(const struct tuple *){tuple}, 1);
}

/* Boxes of both, in order of their answers' precedence: by rule number, which both lists are. */
static void merge(struct tuple *into, const struct tuple *a, const struct tuple *b,
		  struct arena *arena)
{
	size_t i = 0, j = 0;

	common_parts(into, a, b);
	into->boxes = arena_alloc(arena, (a->count + b->count) * sizeof(*into->boxes));
	while (i < a->count || j < b->count) {
		bool first = j == b->count ||
			     (i < a->count && a->boxes[i].answer <= b->boxes[j].answer);

		into->boxes[into->count++] = first ? a->boxes[i++] : b->boxes[j++];
	}
}

struct candidates {
	struct tuple *list;
	size_t count;
	/* What the merger of two saves, ns; kept while neither changes. */
	double gain[TUPLES_WEIGHED][TUPLES_WEIGHED];
};

static void collect(struct candidates *candidates, struct arena *arena,
		    const struct answer_box *boxes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tuple wanted;
		size_t at = 0;

		tuple_of_box(&wanted, &boxes[i].box);
		while (at < candidates->count && !same_parts(&candidates->list[at], &wanted))
			at++;
		if (at == candidates->count)
			*arena_push(arena, &candidates->list, candidates->count) = wanted;
		*arena_push(arena, &candidates->list[at].boxes,
			    candidates->list[at].count) = boxes[i];
	}
}

static void replace_pair(struct candidates *candidates, size_t a, size_t b,
			 const struct tuple *merged)
{
	candidates->list[a] = *merged;
	candidates->list[b] = candidates->list[--candidates->count];
}

/* Far too many: each round, the smallest goes into the one with which it has most in common. */
static void merge_smallest(struct candidates *candidates, struct arena *arena)
{
	size_t small = 0, best = 0;
	unsigned int most = 0;
	struct tuple merged;

	for (size_t i = 1; i < candidates->count; i++)
		if (candidates->list[i].count < candidates->list[small].count)
			small = i;
	best = small ? 0 : 1;
	for (size_t i = 0; i < candidates->count; i++) {
		struct tuple common;
		unsigned int bits = 1;

		if (i == small)
			continue;
		common_parts(&common, &candidates->list[small], &candidates->list[i]);
		for (size_t j = 0; j < common.part_count; j++)
			bits += (unsigned int)__builtin_popcount(common.parts[j].mask);
		if (bits > most) {
			most = bits;
			best = i;
		}
	}
	merge(&merged, &candidates->list[small], &candidates->list[best], arena);
	replace_pair(candidates, small, best, &merged);
}

/* What the merger of two would save. */
static double weigh_pair(const struct tuple *a, const struct tuple *b)
{
	const struct tuple *both[] = {a, b};
	struct tuple merged;

	common_parts(&merged, a, b);
	pack_key(&merged);
	return a->cost + b->cost - weigh_tuple(&merged, both, 2);
}

static void weigh_pairs_of(struct candidates *candidates, size_t one)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (i != one)
			candidates->gain[i][one] = candidates->gain[one][i] = weigh_pair(
				&candidates->list[one], &candidates->list[i]);
}

/* The pair whose merger saves most; false if every merger costs, and there are few enough. */
static bool merge_best(struct candidates *candidates, struct arena *arena)
{
	double best = candidates->count > TUPLES_MAX ? -1e9 : 0;
	size_t a = 0, b = 0, last = candidates->count - 1;
	struct tuple merged;

	for (size_t i = 0; i < candidates->count; i++) {
		for (size_t j = i + 1; j < candidates->count; j++) {
			if (candidates->gain[i][j] <= best)
				continue;
			best = candidates->gain[i][j];
			a = i;
			b = j;
		}
	}
	if (a == b)
		return false;
	merge(&merged, &candidates->list[a], &candidates->list[b], arena);
	estimate(&merged);
	replace_pair(candidates, a, b, &merged);
	for (size_t i = 0; i < candidates->count; i++) /* the last has moved to b's place */
		candidates->gain[b][i] = candidates->gain[i][b] = candidates->gain[last][i];
	weigh_pairs_of(candidates, a);
	return true;
}

static bool has_part(const struct tuple *tuple, uint32_t word)
{
	return find_part(tuple, word);
}

/* Of the candidates, those whose boxes are found by a word, or the others; and their common key. */
static size_t take_side(const struct candidates *candidates, uint32_t word, bool by_word,
			const struct tuple **side, struct tuple *shape)
{
	size_t count = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct tuple *tuple = &candidates->list[i];
		struct tuple common;

		if (has_part(tuple, word) != by_word)
			continue;
		common_parts(&common, count ? shape : tuple, tuple);
		*shape = common;
		side[count++] = tuple;
	}
	pack_key(shape);
	return count;
}

/* What two looks would cost: for the boxes that are found by the word, and for all others. */
static double weigh_split(const struct candidates *candidates, uint32_t word,
			  const struct tuple **side)
{
	double cost = 0;

	for (int by_word = 0; by_word < 2; by_word++) {
		struct tuple shape = {.count = 0};
		size_t count = take_side(candidates, word, by_word, side, &shape);

		cost += count ? weigh_tuple(&shape, side, count) : INFINITY;
	}
	return cost;
}

static void split(struct tuples *tuples, struct arena *arena, const struct candidates *candidates,
		  uint32_t word, const struct tuple **side, const struct answer_box *boxes,
		  size_t count)
{
	tuples->count = 2;
	for (int by_word = 0; by_word < 2; by_word++) {
		struct tuple *tuple = &tuples->list[by_word], of_box;

		*tuple = (struct tuple){.count = 0};
		take_side(candidates, word, by_word, side, tuple);
		for (size_t i = 0; i < count; i++) {
			tuple_of_box(&of_box, &boxes[i].box);
			if (has_part(&of_box, word) == by_word)
				*arena_push(arena, &tuple->boxes, tuple->count) = boxes[i];
		}
		estimate(tuple);
	}
}

/*
 * Joining tuples two by two ends where each next pair costs, though to join many more may save: as
 * lists of access rules are, of which most name the source by many prefixes, and some do not. So
 * the boxes are also cut in two by whether they name a word, if that is cheaper than `cost`.
 */
static void split_if_cheaper(struct tuples *tuples, struct arena *arena,
			     const struct candidates *candidates, double cost,
			     const struct answer_box *boxes, size_t count)
{
	const struct tuple **side = arena_alloc(arena, candidates->count * sizeof(*side));
	bool seen[WORDS_MAX] = {false};
	uint32_t best = WORDS_MAX;

	for (size_t i = 0; i < candidates->count; i++) {
		for (size_t j = 0; j < candidates->list[i].part_count; j++) {
			uint32_t word = candidates->list[i].parts[j].word;
			double found = seen[word] ? INFINITY : weigh_split(candidates, word, side);

			seen[word] = true;
			if (found >= cost)
				continue;
			best = word;
			cost = found;
		}
	}
	if (best < WORDS_MAX)
		split(tuples, arena, candidates, best, side, boxes, count);
}

/* A copy of the list, whose tuples stay as they are. */
static struct candidates copy_candidates(struct arena *arena, const struct candidates *candidates)
{
	struct candidates copy = *candidates;
	size_t size = copy.count * sizeof(*copy.list);

	copy.list = arena_alloc(arena, size);
	if (size)
		memcpy(copy.list, candidates->list, size);
	return copy;
}

void tuples_sort(struct tuples *tuples, struct arena *arena, const struct answer_box *boxes,
		 size_t count)
{
	struct candidates candidates = {NULL, 0, {{0}}}, all;
	double cost = 0;

	collect(&candidates, arena, boxes, count);
	all = copy_candidates(arena, &candidates);
	while (candidates.count > TUPLES_WEIGHED)
		merge_smallest(&candidates, arena);
	for (size_t i = 0; i < candidates.count; i++)
		estimate(&candidates.list[i]);
	for (size_t i = 0; i < candidates.count; i++)
		weigh_pairs_of(&candidates, i);
	while (candidates.count > 1 && merge_best(&candidates, arena))
		;
	tuples->count = candidates.count;
	for (size_t i = 0; i < candidates.count; i++) {
		tuples->list[i] = candidates.list[i];
		cost += candidates.list[i].cost;
	}
	if (candidates.count > 2)
		split_if_cheaper(tuples, arena, &all, cost, boxes, count);
}
