// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tables of dynamic sets in plain memory: what is put in is found, whatever is done around it.
 */
#include "user/dynamic.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY_WORDS 2

static struct dynamic_map *new_map(uint32_t buckets, bool prefixes)
{
	struct dynamic_map *map = calloc(1, sizeof(*map));

	map->key_words = KEY_WORDS;
	map->state = calloc(1, sizeof(*map->state));
	map->state->buckets = buckets;
	map->slots = calloc(2 * (size_t)buckets * XDV_BUCKET_SLOTS,
			    (KEY_WORDS + 1) * sizeof(uint32_t));
	if (prefixes)
		map->lengths = calloc(2, sizeof(*map->lengths));
	return map;
}

static void free_map(struct dynamic_map *map)
{
	free(map->lengths);
	free(map->slots);
	free(map->state);
	free(map);
}

/* Different for different numbers. */
static const uint32_t *key_of(uint32_t number)
{
	static uint32_t key[KEY_WORDS];

	key[0] = number * 0x9e3779b1;
	key[1] = number % 3;
	return key;
}

static int count_key(void *context, const uint32_t *key, uint32_t sets)
{
	size_t *count = context;

	(void)key;
	(void)sets;
	++*count;
	return 0;
}

static size_t count_keys(const struct dynamic_map *map)
{
	size_t count = 0;

	assert_int_equal(dynamic_each(map, count_key, &count), 0);
	return count;
}

static void dynamic_half_of_the_slots_can_be_filled_one_by_one(void **state)
{
	struct dynamic_map *map = new_map(1000, false);
	size_t refused = 0;

	(void)state;
	assert_int_equal(dynamic_begin(map, 0), 0);
	dynamic_commit(map);
	for (uint32_t i = 0; i < 2000; i++)
		refused += dynamic_add(map, key_of(i), 1) != 0;
	assert_true(refused < 20); /* these take a new half */
	assert_int_equal(count_keys(map), 2000 - refused);
	free_map(map);
}

static void dynamic_a_new_half_takes_nearly_all_its_slots(void **state)
{
	struct dynamic_map *map = new_map(1000, false);

	(void)state;
	assert_int_equal(dynamic_begin(map, 0), 0);
	for (uint32_t i = 0; i < 3600; i++)
		assert_int_equal(dynamic_next_add(map, key_of(i), 1), 0);
	assert_false(dynamic_has(map, key_of(7), 1)); /* not yet */
	dynamic_commit(map);
	for (uint32_t i = 0; i < 3600; i++)
		assert_true(dynamic_has(map, key_of(i), 1));
	for (uint32_t i = 3600; i < 7200; i++)
		assert_false(dynamic_has(map, key_of(i), 1));
	free_map(map);
}

static void dynamic_too_many_keys_are_refused(void **state)
{
	struct dynamic_map *map = new_map(10, false);
	int err = 0;
	uint32_t i;

	(void)state;
	assert_int_equal(dynamic_begin(map, 0), 0);
	for (i = 0; !err; i++)
		err = dynamic_next_add(map, key_of(i), 1);
	assert_int_equal(err, -ENOSPC);
	assert_in_range(i, 30, 41);
	free_map(map);
}

static void dynamic_sets_share_keys(void **state)
{
	struct dynamic_map *map = new_map(100, false);

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(dynamic_add(map, key_of(i), 1), 0);
	for (uint32_t i = 50; i < 150; i++)
		assert_int_equal(dynamic_add(map, key_of(i), 4), 0);
	assert_int_equal(count_keys(map), 150);
	for (uint32_t i = 0; i < 100; i++)
		dynamic_remove(map, key_of(i), 1);
	assert_int_equal(dynamic_remove(map, key_of(1000), 4), -ENOENT);
	assert_int_equal(dynamic_remove(map, key_of(3), 4), -ENOENT);
	assert_int_equal(dynamic_count(map, 1), 0);
	assert_int_equal(dynamic_count(map, 4), 100);
	assert_int_equal(count_keys(map), 100);
	assert_false(dynamic_has(map, key_of(70), 1));
	assert_true(dynamic_has(map, key_of(70), 4));
	free_map(map);
}

static void dynamic_a_set_is_replaced_and_others_stay(void **state)
{
	struct dynamic_map *map = new_map(200, false);

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(dynamic_add(map, key_of(i), 1), 0);
		assert_int_equal(dynamic_add(map, key_of(i + 50), 2), 0);
	}
	assert_int_equal(dynamic_begin(map, 1), 0);
	assert_int_equal(dynamic_next_add(map, key_of(500), 1), 0);
	assert_true(dynamic_has(map, key_of(3), 1));
	dynamic_commit(map);
	assert_false(dynamic_has(map, key_of(3), 1));
	assert_true(dynamic_has(map, key_of(500), 1));
	for (uint32_t i = 50; i < 150; i++)
		assert_true(dynamic_has(map, key_of(i), 2));
	assert_int_equal(count_keys(map), 101);
	assert_int_equal(dynamic_count(map, 1), 1);
	assert_int_equal(dynamic_count(map, 2), 100);
	free_map(map);
}

static void dynamic_what_is_not_committed_was_never_there(void **state)
{
	struct dynamic_map *map = new_map(100, false);

	(void)state;
	assert_int_equal(dynamic_add(map, key_of(1), 1), 0);
	assert_int_equal(dynamic_begin(map, 1), 0);
	assert_int_equal(dynamic_next_add(map, key_of(2), 1), 0);
	assert_int_equal(dynamic_begin(map, 0), 0); /* the next process */
	dynamic_commit(map);
	assert_true(dynamic_has(map, key_of(1), 1));
	assert_false(dynamic_has(map, key_of(2), 1));
	free_map(map);
}

static void dynamic_what_was_cut_short_is_counted_again(void **state)
{
	struct dynamic_map *map = new_map(100, false);

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(dynamic_add(map, key_of(i), 1u << i), 0);
	map->state->count[3] = 77;
	dynamic_repair(map); /* nothing was cut short: it trusts what it finds */
	assert_int_equal(dynamic_count(map, 1u << 3), 77);
	map->state->changing = 1;
	dynamic_repair(map);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(dynamic_count(map, 1u << i), 1);
	assert_int_equal(map->state->changing, 0);
	free_map(map);
}

static void dynamic_lengths_of_prefixes_are_known(void **state)
{
	struct dynamic_map *map = new_map(100, true);
	const uint32_t lengths[] = {0, 8, 32, 8};

	(void)state;
	assert_int_equal(dynamic_begin(map, 0), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			dynamic_next_add(map, (const uint32_t[]){0x0a000000, lengths[i]}, 1), 0);
	dynamic_commit(map);
	assert_int_equal(map->lengths[map->state->live].count, 3);
	assert_int_equal(map->lengths[map->state->live].list[0].mask[0], 0);
	assert_int_equal(map->lengths[map->state->live].list[1].mask[0], 0xff000000);
	assert_int_equal(map->lengths[map->state->live].list[2].mask[0], 0xffffffff);
	assert_int_equal(map->lengths[map->state->live].list[2].mask[1], 0);
	free_map(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dynamic_half_of_the_slots_can_be_filled_one_by_one),
		cmocka_unit_test(dynamic_a_new_half_takes_nearly_all_its_slots),
		cmocka_unit_test(dynamic_too_many_keys_are_refused),
		cmocka_unit_test(dynamic_sets_share_keys),
		cmocka_unit_test(dynamic_a_set_is_replaced_and_others_stay),
		cmocka_unit_test(dynamic_what_is_not_committed_was_never_there),
		cmocka_unit_test(dynamic_what_was_cut_short_is_counted_again),
		cmocka_unit_test(dynamic_lengths_of_prefixes_are_known),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
