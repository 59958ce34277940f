// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Trees answer what their boxes say, for all boxes and all packets.
 */
#include "arena.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS	      4
#define NODES_PER_BOX 1000

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

/* What bpf/tree.h does, with the steps counted. */
static uint32_t walk(const struct xdv_tree_node *nodes, size_t count, const uint32_t *words,
		     uint32_t at, int *steps)
{
	*steps = 0;
	for (;;) {
		const struct xdv_tree_node *node = &nodes[at];

		assert_true(at < count);
		++*steps;
		at = words[node->word] - node->lo <= node->span ? node->yes : node->no;
		if (at & XDV_TREE_ANSWER)
			return at & ~XDV_TREE_ANSWER;
	}
}

static uint32_t first_box(const struct answer_box *boxes, size_t count, const uint32_t *words)
{
	for (size_t i = 0; i < count; i++) {
		bool holds = true;

		for (size_t j = 0; j < boxes[i].box.count; j++) {
			const struct bound *bound = &boxes[i].box.bounds[j];

			holds &= words[bound->word] >= bound->lo && words[bound->word] <= bound->hi;
		}
		if (holds)
			return boxes[i].answer;
	}
	return 0;
}

/* Few values, so that boxes meet, nest and touch; the ends of the range now and then. */
static uint32_t random_value(void)
{
	switch (random_below(10)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return UINT32_MAX - random_below(4);
	default:
		return random_below(24);
	}
}

static struct box random_box(struct arena *arena)
{
	struct box box = {NULL, 0};

	for (uint32_t word = 0; word < WORDS; word++) {
		struct bound bound = {word, random_value(), random_value()};

		if (random_below(3) == 0)
			continue;
		if (bound.lo > bound.hi || random_below(2))
			bound.hi = bound.lo;
		*arena_push(arena, &box.bounds, box.count) = bound;
	}
	return box;
}

static void tree_answers_as_the_first_box_that_holds(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct arena *arena = arena_new();
		size_t count = random_below(40), node_count;
		struct answer_box *boxes = arena_alloc(arena, count * sizeof(*boxes));
		struct tree_builder *builder = tree_builder_new(2);
		const struct xdv_tree_node *nodes;
		int longest, steps;

		for (size_t i = 0; i < count; i++)
			boxes[i] = (struct answer_box){random_box(arena), (uint32_t)i + 1};
		longest = tree_build(builder, 1, boxes, count, NODES_PER_BOX);
		assert_true(longest > 0);
		nodes = tree_nodes(builder, &node_count);
		for (int i = 0; i < 500; i++) {
			uint32_t words[WORDS];

			for (int j = 0; j < WORDS; j++)
				words[j] = random_value();
			assert_int_equal(walk(nodes, node_count, words, 1, &steps),
					 first_box(boxes, count, words));
			assert_true(steps <= longest);
		}
		tree_builder_free(&builder);
		arena_free(&arena);
	}
}

static void tree_without_boxes_answers_nothing(void **state)
{
	struct tree_builder *builder = tree_builder_new(1);
	const struct xdv_tree_node *nodes;
	uint32_t words[WORDS] = {0};
	size_t count;
	int steps;

	(void)state;
	assert_int_equal(tree_build(builder, 0, NULL, 0, NODES_PER_BOX), 1);
	nodes = tree_nodes(builder, &count);
	assert_int_equal(walk(nodes, count, words, 0, &steps), 0);
	tree_builder_free(&builder);
}

static void tree_of_many_disjoint_values_is_shallow(void **state)
{
	struct arena *arena = arena_new();
	struct tree_builder *builder = tree_builder_new(1);
	struct answer_box *boxes = arena_alloc(arena, 10000 * sizeof(*boxes));
	struct bound *bounds = arena_alloc(arena, 10000 * sizeof(*bounds));
	int steps;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		bounds[i] = (struct bound){0, i * 7, i * 7};
		boxes[i] = (struct answer_box){{&bounds[i], 1}, i + 1};
	}
	steps = tree_build(builder, 0, boxes, 10000, 4);
	assert_in_range(steps, 1, 20);
	tree_builder_free(&builder);
	arena_free(&arena);
}

/* Each rule leaves one of two fields open: every cut copies half of the rules. */
static void tree_that_would_explode_is_refused(void **state)
{
	struct arena *arena = arena_new();
	struct tree_builder *builder = tree_builder_new(1);
	struct answer_box *boxes = arena_alloc(arena, 6000 * sizeof(*boxes));
	struct bound *bounds = arena_alloc(arena, 6000 * sizeof(*bounds));

	(void)state;
	for (uint32_t i = 0; i < 6000; i++) {
		bounds[i] = (struct bound){i % 3, i, i};
		boxes[i] = (struct answer_box){{&bounds[i], 1}, i + 1};
	}
	assert_int_equal(tree_build(builder, 0, boxes, 6000, 4), -E2BIG);
	tree_builder_free(&builder);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_answers_as_the_first_box_that_holds),
		cmocka_unit_test(tree_without_boxes_answers_nothing),
		cmocka_unit_test(tree_of_many_disjoint_values_is_shallow),
		cmocka_unit_test(tree_that_would_explode_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
