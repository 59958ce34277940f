// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tables of ranges have what their ranges have: at all their ends, and in between.
 */
#include "arena.h"
#include "stride.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* What bpf/stride.h does. */
static bool in_ranges(const struct stride_tables *tables, uint32_t table, uint32_t value)
{
	uint32_t at = table + (value >> 19), cell;

	assert_true(at < tables->count);
	cell = tables->list[at].words[value >> 16 & 7];
	if (cell & XDV_STRIDE_CELLS) {
		at = (cell & ~XDV_STRIDE_CELLS) + (value >> 11 & 31);
		assert_true(at < tables->count);
		cell = tables->list[at].words[value >> 8 & 7];
		value <<= 8;
	}
	assert_true(cell < tables->count);
	return tables->list[cell].words[value >> 13 & 7] >> (value >> 8 & 31) & 1;
}

static bool is_in(const struct boxes *ranges, uint32_t value)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (ranges->list[i].bounds->lo <= value && ranges->list[i].bounds->hi >= value)
			return true;
	return false;
}

static void add_range(struct arena *arena, struct boxes *ranges, uint32_t lo, uint32_t hi)
{
	struct box *box = arena_push(arena, &ranges->list, ranges->count);

	*arena_push(arena, &box->bounds, box->count) = (struct bound){0, lo, hi};
}

static void check_around(const struct stride_tables *tables, uint32_t table,
			 const struct boxes *ranges, uint32_t value)
{
	for (uint32_t step = 0; step < 3; step++)
		assert_int_equal(in_ranges(tables, table, value - 1 + step),
				 is_in(ranges, value - 1 + step));
}

static void check_ranges(const struct stride_tables *tables, uint32_t table,
			 const struct boxes *ranges)
{
	check_around(tables, table, ranges, 0);
	for (size_t i = 0; i < ranges->count; i++) {
		const struct bound *range = ranges->list[i].bounds;

		check_around(tables, table, ranges, range->lo);
		check_around(tables, table, ranges, range->hi);
		check_around(tables, table, ranges, range->lo + (range->hi - range->lo) / 2);
	}
}

static void stride_has_ranges_of_every_width(void **state)
{
	static const uint32_t ranges[][2] = {
		{0, 0},
		{5, 255}, /* within the last 8 bits */
		{0x00000200, 0x000003ff}, /* whole values of 24 bits */
		{0x0000ff80, 0x0001007f}, /* over the end of a cell of the root */
		{0x00030000, 0x0003ffff}, /* one of these cells */
		{0x00050000, 0x000900ff},
		{0x0a000000, 0x0affffff},
		{0x0b0000fe, 0x0c000100},
		{0xdfffff00, 0xefffffff},
		{0xffff0100, 0xffffffff},
	};
	struct arena *arena = arena_new();
	struct stride_tables tables = {NULL, 0, 0};
	struct boxes boxes = {NULL, 0};
	uint32_t table;

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		add_range(arena, &boxes, ranges[i][0], ranges[i][1]);
	assert_true(stride_build(&tables, arena, &boxes, &table));
	check_ranges(&tables, table, &boxes);
	arena_free(&arena);
}

static void strides_of_two_tables_do_not_mix(void **state)
{
	struct arena *arena = arena_new();
	struct stride_tables tables = {NULL, 0, 0};
	struct boxes all = {NULL, 0}, some = {NULL, 0}, none = {NULL, 0};
	uint32_t table[3];

	(void)state;
	add_range(arena, &all, 0, UINT32_MAX);
	for (uint32_t lo = 1000; lo < 0xf0000000; lo += lo / 7)
		add_range(arena, &some, lo, lo + lo / 11);
	assert_true(stride_build(&tables, arena, &all, &table[0]));
	assert_true(stride_build(&tables, arena, &some, &table[1]));
	assert_true(stride_build(&tables, arena, &none, &table[2]));
	check_ranges(&tables, table[0], &all);
	check_ranges(&tables, table[1], &some);
	check_ranges(&tables, table[0], &all);
	assert_false(in_ranges(&tables, table[2], 0x0a000001));
	arena_free(&arena);
}

/* A host in each of all networks of 16 bits wants a kilobyte each: more than there may be. */
static void stride_beyond_its_bound_leaves_no_trace(void **state)
{
	struct arena *arena = arena_new();
	struct stride_tables tables = {NULL, 0, 0};
	struct boxes hosts = {NULL, 0}, few = {NULL, 0};
	uint32_t table;
	size_t before;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++)
		add_range(arena, &hosts, i << 16 | 77, i << 16 | 78);
	add_range(arena, &few, 77, 78);
	assert_true(stride_build(&tables, arena, &few, &table));
	before = tables.count;
	assert_false(stride_build(&tables, arena, &hosts, &table));
	assert_int_equal(tables.count, before);
	assert_true(stride_build(&tables, arena, &few, &table));
	check_ranges(&tables, table, &few);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stride_has_ranges_of_every_width),
		cmocka_unit_test(strides_of_two_tables_do_not_mix),
		cmocka_unit_test(stride_beyond_its_bound_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
