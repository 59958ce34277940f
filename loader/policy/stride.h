/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Builds tables of ranges: the data that bpf/stride.h looks into.
 */
#ifndef XDIVERT_STRIDE_H
#define XDIVERT_STRIDE_H

#include "box.h"
#include "bpf/abi.h"

/*
 * A table takes 256 kB, 32 bytes for each /16 that is partly in the set, and 1 kB for those with
 * ranges finer than a /24: from so many ranges on, and up to this size, it is worth that.
 */
#define STRIDE_RANGES_MIN 128
#define STRIDE_COUNT_MAX  (1u << 19) /* 16 MB, all tables of a policy together */

struct stride_tables {
	struct xdv_stride *list;
	size_t count, capacity;
};

struct arena;

/*
 * Adds a table of ranges that are sorted and do not touch, the bounds of boxes of one bound each.
 * False, and nothing is added, if it would be too large.
 */
bool stride_build(struct stride_tables *tables, struct arena *arena, const struct boxes *ranges,
		  uint32_t *table);

#endif
