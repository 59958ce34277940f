/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Perfect hash tables in array maps: one look at a displacement and one at a slot, for any number
 * of keys. The kernel's own hash maps cost a call and several times as much.
 *
 * The emitted program defines XDV_SLOT_WORDS, the words of the longest key.
 */
#ifndef XDIVERT_INDEX_H
#define XDIVERT_INDEX_H

#include "abi.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

struct xdv_slot {
	__u32 key[XDV_SLOT_WORDS];
	__u32 answer;
};

#define XDV_TABLE(name, element)                                                                   \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_RDONLY_PROG);                                              \
		__uint(max_entries, 1); /* the loader knows how many */                            \
		__type(key, __u32);                                                                \
		__type(value, element);                                                            \
	} name SEC(".maps")

XDV_TABLE(indexes, struct xdv_index);
XDV_TABLE(displacements, struct xdv_displacements);
XDV_TABLE(slots, struct xdv_slot);

/* The answer that a look without a tree behind it has found. */
static __always_inline __u32 xdv_answer(__u32 found)
{
	return found & ~XDV_TREE_ANSWER;
}

/* What the key leads to: a node of the tree, or an answer; the answer 0 if there is no such key. */
static __always_inline __u32 xdv_find(__u32 number, const __u32 *key, const int words)
{
	const struct xdv_index *index = bpf_map_lookup_elem(&indexes, &number);
	const struct xdv_displacements *four;
	const struct xdv_slot *slot;
	__u32 at, number_of_four, different = 0;
	__u64 hash;

	if (!index)
		return XDV_TREE_ANSWER;
	hash = index->seed;
#pragma unroll
	for (int i = 0; i < words; i += 2)
		hash = xdv_hash(hash, key[i] | (i + 1 < words ? (__u64)key[i + 1] << 32 : 0));
	at = index->displacements + ((__u32)hash & index->displacement_mask);
	number_of_four = at / XDV_DISPLACEMENTS;
	four = bpf_map_lookup_elem(&displacements, &number_of_four);
	if (!four)
		return XDV_TREE_ANSWER;
	at = index->slots +
	     ((xdv_hash_slot(hash) + four->of[at % XDV_DISPLACEMENTS]) & index->slot_mask);
	slot = bpf_map_lookup_elem(&slots, &at);
	if (!slot)
		return XDV_TREE_ANSWER;
#pragma unroll
	for (int i = 0; i < words; i++)
		different |= slot->key[i] ^ key[i];
	return different ? XDV_TREE_ANSWER : slot->answer;
}

#endif
