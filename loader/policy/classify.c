// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "classify.h"

#include "arena.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A tree that copies its boxes more often than this becomes a chain: box after box. */
#define NODES_PER_BOX 256

/* Boxes with their keys, sorted by key and, within one, in order of precedence. */
struct keyed {
	struct index_entry entry;
	const struct answer_box *box;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *one = a, *two = b;
	int order = memcmp(one->entry.key, two->entry.key, sizeof(one->entry.key));

	if (order)
		return order;
	return one->box < two->box ? -1 : one->box > two->box;
}

static int add_tree(struct classify *classify, const struct answer_box *boxes, size_t count,
		    uint32_t *at)
{
	int steps = tree_add(classify->trees, boxes, count, NODES_PER_BOX, at);

	if (steps == -E2BIG)
		steps = tree_add(classify->trees, boxes, count, TREE_CHAIN, at);
	return steps;
}

/* What the boxes of one key ask about beyond it. */
static int add_rest(struct classify *classify, struct lookup *lookup, const struct keyed *keyed,
		    size_t count, uint32_t *answer)
{
	struct answer_box *rest = arena_alloc(classify->scratch, count * sizeof(*rest));
	int steps;

	for (size_t i = 0; i < count; i++) {
		rest[i].answer = keyed[i].box->answer;
		rest[i].box = tuple_rest(&lookup->tuple, classify->scratch, &keyed[i].box->box);
	}
	steps = add_tree(classify, rest, count, answer);
	if (steps > 0 && (unsigned int)steps > lookup->steps)
		lookup->steps = (unsigned int)steps;
	return steps < 0 ? steps : 0;
}

/* One entry for each key; the tuple then has these instead of its boxes. */
static int add_keys(struct classify *classify, struct lookup *lookup)
{
	struct tuple *tuple = &lookup->tuple;
	struct keyed *keyed = arena_alloc(classify->scratch, tuple->count * sizeof(*keyed));
	size_t entries = 0;

	for (size_t i = 0; i < tuple->count; i++) {
		tuple_key(tuple, &tuple->boxes[i].box, keyed[i].entry.key);
		keyed[i].box = &tuple->boxes[i];
	}
	qsort(keyed, tuple->count, sizeof(*keyed), by_key);
	lookup->entries = arena_alloc(classify->scratch, tuple->count * sizeof(*lookup->entries));
	for (size_t i = 0, next; i < tuple->count; i = next) {
		struct index_entry *entry = &lookup->entries[entries++];
		int err;

		*entry = keyed[i].entry;
		for (next = i + 1; next < tuple->count &&
				   !memcmp(keyed[next].entry.key, entry->key, sizeof(entry->key));)
			next++;
		err = add_rest(classify, lookup, &keyed[i], next - i, &entry->answer);
		if (err)
			return err;
	}
	lookup->entry_count = entries;
	return 0;
}

static int add_root(struct classify *classify, struct lookup *lookup)
{
	const struct tuple *tuple = &lookup->tuple;
	unsigned int root = classify->roots++;
	int steps = tree_build(classify->trees, root, tuple->boxes, tuple->count, NODES_PER_BOX);

	if (steps == -E2BIG)
		steps = tree_build(classify->trees, root, tuple->boxes, tuple->count, TREE_CHAIN);
	lookup->at = root;
	lookup->steps = steps > 0 ? (unsigned int)steps : 0;
	return steps < 0 ? steps : 0;
}

int classify_boxes(struct classify *classify, struct classifier *classifier,
		   const struct answer_box *boxes, size_t count)
{
	struct tuples tuples;
	int err = 0;

	tuples_sort(&tuples, classify->scratch, boxes, count);
	classifier->count = tuples.count;
	for (size_t i = 0; !err && i < tuples.count; i++) {
		struct lookup *lookup = &classifier->list[i];

		lookup->tuple = tuples.list[i];
		err = lookup->tuple.part_count ? add_keys(classify, lookup)
					       : add_root(classify, lookup);
	}
	return err;
}

void classify_tables(struct classifier *classifier, struct index_tables *tables,
		     struct arena *arena)
{
	for (size_t i = 0; i < classifier->count; i++) {
		struct lookup *lookup = &classifier->list[i];

		if (lookup->tuple.part_count)
			lookup->at = index_build(tables, arena, lookup->entries,
						 lookup->entry_count, lookup->tuple.key_words);
	}
}
