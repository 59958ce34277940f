// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Hash tables find each of their keys, and nothing else; tuples lose no box.
 */
#include "arena.h"
#include "index.h"
#include "tuple.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What bpf/index.h does. */
static uint32_t find(const struct index_tables *tables, uint32_t number, const uint32_t *key,
		     unsigned int words)
{
	const struct xdv_index *index = &tables->indexes[number];
	uint64_t hash = index->seed;
	const uint32_t *slot;
	uint32_t at;

	for (unsigned int i = 0; i < words; i += 2)
		hash = xdv_hash(hash, key[i] | (i + 1 < words ? (uint64_t)key[i + 1] << 32 : 0));
	at = index->displacements + ((uint32_t)hash & index->displacement_mask);
	assert_int_equal(tables->displacement_count % XDV_DISPLACEMENTS, 0);
	assert_true(at < tables->displacement_count);
	at = index->slots + ((xdv_hash_slot(hash) + tables->displacements[at]) & index->slot_mask);
	assert_true(at < tables->slot_count);
	slot = tables->slots + at * (tables->slot_words + 1);
	return memcmp(slot, key, words * sizeof(*key)) ? XDV_TREE_ANSWER : slot[tables->slot_words];
}

/* Keys as policies have them: runs of ports, networks, one word or several. */
static struct index_entry *entries_of(struct arena *arena, size_t count, unsigned int words)
{
	struct index_entry *entries = arena_alloc(arena, count * sizeof(*entries));

	for (uint32_t i = 0; i < count; i++) {
		entries[i].key[0] = words > 1 ? 0x0a000000 + (i / 250 << 16) : i * 6;
		if (words > 1)
			entries[i].key[1] = i % 250 << 8;
		for (unsigned int j = 2; j < words; j++)
			entries[i].key[j] = i * j;
		entries[i].answer = XDV_TREE_ANSWER | (i + 1);
	}
	return entries;
}

static void index_finds_each_key_and_no_other(void **state)
{
	static const size_t counts[] = {1, 2, 3, 10, 100, 1000, 20000};

	(void)state;
	for (unsigned int words = 1; words <= INDEX_KEY_MAX; words += words == 3 ? 6 : 1) {
		struct arena *arena = arena_new();
		struct index_tables tables = {.slot_words = INDEX_KEY_MAX};

		for (size_t n = 0; n < sizeof(counts) / sizeof(*counts); n++) {
			struct index_entry *entries = entries_of(arena, counts[n], words);
			uint32_t stranger[INDEX_KEY_MAX] = {0xffffffff, 1, 1, 1, 1, 1, 1, 1, 1};

			assert_int_equal(index_build(&tables, arena, entries, counts[n], words), n);
			for (size_t i = 0; i < counts[n]; i++)
				assert_int_equal(find(&tables, (uint32_t)n, entries[i].key, words),
						 entries[i].answer);
			assert_int_equal(find(&tables, (uint32_t)n, stranger, words),
					 XDV_TREE_ANSWER);
		}
		arena_free(&arena);
	}
}

static void index_is_not_much_larger_than_its_keys(void **state)
{
	struct arena *arena = arena_new();
	struct index_tables tables = {.slot_words = 1};

	(void)state;
	index_build(&tables, arena, entries_of(arena, 10000, 1), 10000, 1);
	assert_in_range(tables.slot_count, 10000, 32768);
	arena_free(&arena);
}

static struct answer_box box_of(struct arena *arena, uint32_t answer, const struct bound *bounds,
				size_t count)
{
	struct bound *copy = arena_alloc(arena, count * sizeof(*copy));

	memcpy(copy, bounds, count * sizeof(*copy));
	return (struct answer_box){{copy, count}, answer};
}

#define WORD(member) ((uint32_t)(offsetof(struct xdv_packet, member) / sizeof(__u32)))

/* Alike rules are one table; its answers are complete. */
static void tuple_alike_boxes_share_a_table(void **state)
{
	struct arena *arena = arena_new();
	struct answer_box boxes[100];
	struct tuples tuples;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct bound bounds[] = {{WORD(ip_saddr), i << 8, (i << 8) + 255},
					 {WORD(dport), i, i}};

		boxes[i] = box_of(arena, i + 1, bounds, 2);
	}
	tuples_sort(&tuples, arena, boxes, 100);
	assert_int_equal(tuples.count, 1);
	assert_int_equal(tuples.list[0].count, 100);
	assert_int_equal(tuples.list[0].part_count, 2);
	assert_int_equal(tuples.list[0].parts[0].mask, 0xffffff00);
	assert_int_equal(tuples.list[0].key_words, 2);
	assert_int_equal(tuple_rest(&tuples.list[0], arena, &boxes[7].box).count, 0);
	arena_free(&arena);
}

/* However many kinds there are, every box is in exactly one tuple, in order. */
static void tuple_sorting_loses_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct answer_box boxes[500];
	bool seen[501] = {false};
	struct tuples tuples;
	size_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		struct bound bounds[] = {{WORD(ip_saddr), i << 16, (i << 16) + (1u << i % 17) - 1},
					 {WORD(ip_daddr), 5 * i, 5 * i + i % 3},
					 {WORD(dport), i, i + i % 7}};

		boxes[i] = box_of(arena, i + 1, bounds + i % 3, 3 - i % 3);
	}
	tuples_sort(&tuples, arena, boxes, 500);
	assert_in_range(tuples.count, 1, TUPLES_MAX);
	for (size_t i = 0; i < tuples.count; i++) {
		uint32_t last = 0;

		for (size_t j = 0; j < tuples.list[i].count; j++, count++) {
			uint32_t answer = tuples.list[i].boxes[j].answer;

			assert_true(answer > last);
			assert_false(seen[answer]);
			seen[answer] = true;
			last = answer;
		}
	}
	assert_int_equal(count, 500);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_finds_each_key_and_no_other),
		cmocka_unit_test(index_is_not_much_larger_than_its_keys),
		cmocka_unit_test(tuple_alike_boxes_share_a_table),
		cmocka_unit_test(tuple_sorting_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
