// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A node cuts what it is asked about in two, at the value that leaves the fewest boxes on the
 * larger side. Where no cut helps, because the boxes overlap, they are tried one after another.
 */
#include "tree.h"

#include "arena.h"
#include "words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* So few boxes are tried one after another rather than cut further. */
#define LEAF_BOXES 2
/* Walking a tree is bounded in the kernel; a path longer than this is not worth loading. */
#define STEPS_MAX 1024
/* Cuts copy boxes that lie on both sides; so many nodes are never too many, and so many always. */
#define NODES_MIN 4096
#define NODES_MAX (4u << 20)

struct known_node {
	struct xdv_tree_node node; /* the key: equal nodes are one */
	uint32_t number;
	UT_hash_handle hh;
};

struct tree_builder {
	struct arena *arena;
	struct xdv_tree_node *nodes;
	size_t count, capacity;
	size_t limit; /* of nodes, for the tree at hand */
	bool cuts; /* or a chain only */
	struct known_node *known;
};

/* What is left of each word's range on the way down. */
struct region {
	uint32_t lo[WORDS_MAX], hi[WORDS_MAX];
};

/* A subtree: a node's number or an answer, and the length of its longest path. */
struct subtree {
	uint32_t at;
	unsigned int steps;
};

struct cut {
	uint32_t word, last; /* the low side ends at `last` */
	size_t larger, sum; /* boxes: on the larger side, on both */
};

struct tree_builder *tree_builder_new(unsigned int roots)
{
	struct arena *arena = arena_new();
	struct tree_builder *builder = arena_alloc(arena, sizeof(*builder));

	builder->arena = arena;
	builder->capacity = NODES_MIN;
	builder->nodes = calloc(builder->capacity, sizeof(*builder->nodes));
	builder->count = roots;
	return builder;
}

void tree_builder_free(struct tree_builder **builder)
{
	struct arena *arena;

	if (!*builder)
		return;
	HASH_CLEAR(hh, (*builder)->known);
	free((*builder)->nodes);
	arena = (*builder)->arena;
	*builder = NULL;
	arena_free(&arena);
}

const struct xdv_tree_node *tree_nodes(const struct tree_builder *builder, size_t *count)
{
	*count = builder->count;
	return builder->nodes;
}

static bool add_node(struct tree_builder *builder, const struct xdv_tree_node *node, uint32_t *at)
{
	struct known_node *known;

	if (node->yes == node->no) {
		*at = node->yes;
		return true;
	}
	HASH_FIND(hh, builder->known, node, sizeof(*node), known);
	if (known) {
		*at = known->number;
		return true;
	}
	if (builder->count >= builder->limit)
		return false;
	if (builder->count == builder->capacity) {
		struct xdv_tree_node *grown = realloc(builder->nodes,
						      2 * builder->capacity * sizeof(*grown));

		if (!grown)
			return false;
		builder->nodes = grown;
		builder->capacity *= 2;
	}
	known = arena_alloc(builder->arena, sizeof(*known));
	known->node = *node;
	known->number = (uint32_t)builder->count;
	HASH_ADD(hh, builder->known, node, sizeof(known->node), known);
	builder->nodes[builder->count] = *node;
	*at = (uint32_t)builder->count++;
	return true;
}

static bool disjoint(const struct box *box, const struct region *region)
{
	for (size_t i = 0; i < box->count; i++) {
		const struct bound *bound = &box->bounds[i];

		if (bound->hi < region->lo[bound->word] || bound->lo > region->hi[bound->word])
			return true;
	}
	return false;
}

/* Nothing is left to ask: the region lies in this bound. */
static bool bound_holds(const struct bound *bound, const struct region *region)
{
	return bound->lo <= region->lo[bound->word] && bound->hi >= region->hi[bound->word];
}

static bool box_holds(const struct box *box, const struct region *region)
{
	for (size_t i = 0; i < box->count; i++)
		if (!bound_holds(&box->bounds[i], region))
			return false;
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;

	return one < two ? -1 : one > two;
}

/* Values after which the range of the word could be cut: where the bound begins, where it ends. */
static size_t bound_cuts(const struct bound *bound, const struct region *region, uint32_t *cuts)
{
	size_t count = 0;

	if (bound->lo > region->lo[bound->word])
		cuts[count++] = bound->lo - 1;
	if (bound->hi < region->hi[bound->word])
		cuts[count++] = bound->hi;
	return count;
}

static void weigh(const struct answer_box **boxes, size_t count, struct cut *cut)
{
	size_t low = 0, high = 0;

	for (size_t i = 0; i < count; i++) {
		const struct bound *bound = box_bound(&boxes[i]->box, cut->word);

		low += !bound || bound->lo <= cut->last;
		high += !bound || bound->hi > cut->last;
	}
	cut->larger = low > high ? low : high;
	cut->sum = low + high;
}

/* The best cut of each word is about the median of where its bounds begin and end. */
static bool choose_cut(const struct answer_box **boxes, size_t count, const struct region *region,
		       uint32_t *scratch, struct cut *best)
{
	bool seen[WORDS_MAX] = {false};

	best->larger = count;
	best->sum = 2 * count;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < boxes[i]->box.count; j++) {
			uint32_t word = boxes[i]->box.bounds[j].word;
			struct cut cut = {.word = word};
			size_t cuts = 0;

			if (seen[word])
				continue;
			seen[word] = true;
			for (size_t k = i; k < count; k++) {
				const struct bound *bound = box_bound(&boxes[k]->box, word);

				if (bound)
					cuts += bound_cuts(bound, region, scratch + cuts);
			}
			if (!cuts)
				continue;
			qsort(scratch, cuts, sizeof(*scratch), by_value);
			cut.last = scratch[cuts / 2];
			weigh(boxes, count, &cut);
			if (cut.larger < best->larger ||
			    (cut.larger == best->larger && cut.sum < best->sum))
				*best = cut;
		}
	}
	return best->larger < count;
}

/* Bound by bound, box by box: the nodes are made from the end, each knowing where to go on. */
static int build_chain(struct tree_builder *builder, const struct answer_box **boxes, size_t count,
		       const struct region *region, struct subtree *out)
{
	struct subtree next = {XDV_TREE_ANSWER, 0};

	for (size_t i = count; i-- > 0;) {
		const struct box *box = &boxes[i]->box;
		struct subtree at = {boxes[i]->answer | XDV_TREE_ANSWER, 0};

		for (size_t j = box->count; j-- > 0;) {
			const struct bound *bound = &box->bounds[j];
			struct xdv_tree_node node = {bound->word, bound->lo, bound->hi - bound->lo,
						     at.at, next.at};

			if (bound_holds(bound, region))
				continue;
			if (!add_node(builder, &node, &at.at))
				return -E2BIG;
			at.steps = 1 + (at.steps > next.steps ? at.steps : next.steps);
		}
		next = at;
	}
	*out = next;
	return next.steps <= STEPS_MAX ? 0 : -E2BIG;
}

static int build(struct tree_builder *builder, const struct answer_box **from, size_t from_count,
		 struct region *region, uint32_t *scratch, struct subtree *out);

static int build_cut(struct tree_builder *builder, const struct answer_box **boxes, size_t count,
		     struct region *region, uint32_t *scratch, const struct cut *cut,
		     struct subtree *out)
{
	uint32_t lo = region->lo[cut->word], hi = region->hi[cut->word];
	struct subtree low, high;
	struct xdv_tree_node node;
	int err;

	region->hi[cut->word] = cut->last;
	err = build(builder, boxes, count, region, scratch, &low);
	region->hi[cut->word] = hi;
	if (err)
		return err;
	region->lo[cut->word] = cut->last + 1;
	err = build(builder, boxes, count, region, scratch, &high);
	region->lo[cut->word] = lo;
	if (err)
		return err;
	node = (struct xdv_tree_node){cut->word, 0, cut->last, low.at, high.at};
	if (!add_node(builder, &node, &out->at))
		return -E2BIG;
	out->steps = 1 + (low.steps > high.steps ? low.steps : high.steps);
	return out->steps <= STEPS_MAX ? 0 : -E2BIG;
}

/* Of the boxes above, those that reach into the region, up to one that takes all of it. */
static int build(struct tree_builder *builder, const struct answer_box **from, size_t from_count,
		 struct region *region, uint32_t *scratch, struct subtree *out)
{
	const struct answer_box **boxes = malloc((from_count + 1) * sizeof(*boxes));
	struct cut cut = {0};
	size_t count = 0;
	int err;

	if (!boxes)
		return -ENOMEM;
	for (size_t i = 0; i < from_count; i++) {
		if (disjoint(&from[i]->box, region))
			continue;
		boxes[count++] = from[i];
		if (box_holds(&from[i]->box, region))
			break;
	}
	if (builder->cuts && count > LEAF_BOXES && choose_cut(boxes, count, region, scratch, &cut))
		err = build_cut(builder, boxes, count, region, scratch, &cut, out);
	else
		err = build_chain(builder, boxes, count, region, out);
	free(boxes);
	return err;
}

/* A root has a fixed place, so a tree that is a lone answer becomes a node that always says so. */
static void place_root(struct tree_builder *builder, unsigned int root, uint32_t at)
{
	if (at & XDV_TREE_ANSWER)
		builder->nodes[root] = (struct xdv_tree_node){0, 0, UINT32_MAX, at, at};
	else
		builder->nodes[root] = builder->nodes[at];
}

int tree_add(struct tree_builder *builder, const struct answer_box *boxes, size_t count,
	     size_t nodes_per_box, uint32_t *at)
{
	const struct answer_box **list = calloc(count + 1, sizeof(*list));
	uint32_t *scratch = calloc(2 * count + 1, sizeof(*scratch));
	struct region *region = malloc(sizeof(*region));
	size_t most = nodes_per_box == TREE_CHAIN ? NODES_MAX : NODES_MIN + count * nodes_per_box;
	struct subtree tree = {0, 0};
	int err = -ENOMEM;

	if (list && scratch && region && builder->nodes) {
		builder->cuts = nodes_per_box != TREE_CHAIN;
		builder->limit = builder->count + (most < NODES_MAX ? most : NODES_MAX);
		for (size_t i = 0; i < WORDS_MAX; i++) {
			region->lo[i] = 0;
			region->hi[i] = UINT32_MAX;
		}
		for (size_t i = 0; i < count; i++)
			list[i] = &boxes[i];
		err = build(builder, list, count, region, scratch, &tree);
	}
	free(region);
	free(scratch);
	free(list);
	*at = tree.at;
	return err ? err : (int)tree.steps;
}

int tree_build(struct tree_builder *builder, unsigned int root, const struct answer_box *boxes,
	       size_t count, size_t nodes_per_box)
{
	uint32_t at;
	int steps = tree_add(builder, boxes, count, nodes_per_box, &at);

	if (steps < 0)
		return steps;
	place_root(builder, root, at);
	return steps ? steps : 1;
}
