// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stride.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define ROOT_CELLS  (1u << 16)
#define BLOCK_CELLS 256u
/* Cells, or words of 32 bits, in one struct xdv_stride. */
#define CELLS 8

struct build {
	struct stride_tables *tables;
	struct arena *arena;
	const struct boxes *ranges;
	size_t next; /* the first range that ends at or behind where the build is */
};

static const struct bound *range_at(const struct build *build, size_t i)
{
	return i < build->ranges->count ? build->ranges->list[i].bounds : NULL;
}

/* Zeroed; the number of the first, 0 if there is no room. */
static uint32_t add(const struct build *build, size_t count)
{
	struct stride_tables *tables = build->tables;
	size_t first = tables->count;

	if (first + count > STRIDE_COUNT_MAX)
		return 0;
	if (first + count > tables->capacity) {
		size_t capacity = 2 * (first + count);
		struct xdv_stride *grown = arena_alloc(build->arena, capacity * sizeof(*grown));

		if (first)
			memcpy(grown, tables->list, first * sizeof(*grown));
		tables->list = grown;
		tables->capacity = capacity;
	}
	tables->count += count;
	return (uint32_t)first;
}

/* NONE or ALL, if lo … hi is in no range or in one; XDV_STRIDE_CELLS if it is partly. */
static uint32_t coverage(struct build *build, uint32_t lo, uint32_t hi)
{
	const struct bound *range;

	while ((range = range_at(build, build->next)) && range->hi < lo)
		build->next++;
	if (!range || range->lo > hi)
		return XDV_STRIDE_NONE;
	return range->lo <= lo && range->hi >= hi ? XDV_STRIDE_ALL : XDV_STRIDE_CELLS;
}

/* Whether a range begins or ends in lo … hi elsewhere than between two blocks of 256 values. */
static bool has_fine_ends(const struct build *build, uint32_t lo, uint32_t hi)
{
	const struct bound *range;

	for (size_t i = build->next; (range = range_at(build, i)) && range->lo <= hi; i++)
		if ((range->lo >= lo && (range->lo & 255)) ||
		    (range->hi <= hi && (~range->hi & 255)))
			return true;
	return false;
}

/* A bit for each 2^shift of the 2^(shift + 8) values from `lo` on, each all in the set or not. */
static uint32_t add_bits(struct build *build, uint32_t lo, unsigned int shift)
{
	uint32_t number = add(build, 1);

	for (uint32_t i = 0; number && i < BLOCK_CELLS; i++) {
		uint32_t from = lo + (i << shift);

		if (coverage(build, from, from + ((1u << shift) - 1)))
			build->tables->list[number].words[i / 32] |= 1u << i % 32;
	}
	return number;
}

/* Of the 64 Ki values from `lo` on, for each 256: none, all, or the bits of each. */
static uint32_t add_cells(struct build *build, uint32_t lo)
{
	uint32_t number = add(build, BLOCK_CELLS / CELLS);

	for (uint32_t i = 0; number && i < BLOCK_CELLS; i++) {
		uint32_t from = lo + (i << 8), cell = coverage(build, from, from + 255);

		if (cell == XDV_STRIDE_CELLS) {
			cell = add_bits(build, from, 0);
			if (!cell)
				return 0;
		}
		build->tables->list[number + i / CELLS].words[i % CELLS] = cell;
	}
	return number ? number | XDV_STRIDE_CELLS : 0;
}

bool stride_build(struct stride_tables *tables, struct arena *arena, const struct boxes *ranges,
		  uint32_t *table)
{
	struct build build = {.tables = tables, .arena = arena, .ranges = ranges};
	size_t before = tables->count;

	if (before + 2 + ROOT_CELLS / CELLS > STRIDE_COUNT_MAX)
		return false;
	if (!before) {
		add(&build, 2);
		memset(&tables->list[XDV_STRIDE_ALL], 0xff, sizeof(*tables->list));
	}
	*table = add(&build, ROOT_CELLS / CELLS);
	for (uint32_t i = 0; i < ROOT_CELLS; i++) {
		uint32_t lo = i << 16, hi = lo | 0xffff, cell = coverage(&build, lo, hi);

		if (cell == XDV_STRIDE_CELLS) {
			cell = has_fine_ends(&build, lo, hi) ? add_cells(&build, lo)
							     : add_bits(&build, lo, 8);
			if (!cell) {
				tables->count = before;
				return false;
			}
		}
		tables->list[*table + i / CELLS].words[i % CELLS] = cell;
	}
	return true;
}
