/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sets of ranges of 32-bit values, such as prefixes of any lengths: at most three looks into an
 * array, by 16 bits, 8 and 8, whatever the number of ranges.
 */
#ifndef XDIVERT_STRIDE_H
#define XDIVERT_STRIDE_H

#include "abi.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <stdbool.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_stride);
} strides SEC(".maps");

/*
 * None and all are bits as well: each way out that is saved here is one less for the verifier to
 * follow through all that comes behind, and each set that is asked for multiplies them.
 */
static __always_inline bool xdv_in_ranges(__u32 table, __u32 value)
{
	__u32 at = table + (value >> 19);
	const struct xdv_stride *stride = bpf_map_lookup_elem(&strides, &at);
	__u32 cell;

	if (!stride)
		return false;
	cell = stride->words[value >> 16 & 7];
	if (__builtin_expect(cell & XDV_STRIDE_CELLS, 0)) {
		at = (cell & ~XDV_STRIDE_CELLS) + (value >> 11 & 31);
		stride = bpf_map_lookup_elem(&strides, &at);
		if (!stride)
			return false;
		cell = stride->words[value >> 8 & 7];
		value <<= 8;
	}
	stride = bpf_map_lookup_elem(&strides, &cell);
	if (!stride)
		return false;
	return stride->words[value >> 13 & 7] >> (value >> 8 & 31) & 1;
}

#endif
