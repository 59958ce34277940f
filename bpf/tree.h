/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Decision trees that live in a map: the same few instructions for any number of rules.
 *
 * The emitted program defines XDV_KEY_WORDS, the number of words that a node can ask about.
 */
#ifndef XDIVERT_TREE_H
#define XDIVERT_TREE_H

#include "abi.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_tree_node);
} tree SEC(".maps");

/*
 * Makes the kernel's verifier forget what it knows of the words, and changes none. The header walk
 * ends in some fifty ways, each with other words known to be zero; unless they are forgotten, the
 * trees are checked fifty times. A write to a place that it can't know clears all that it may hit.
 */
static __always_inline void xdv_forget(const struct xdp_md *ctx, struct xdv_packet *p)
{
	volatile __u32 *words = (volatile __u32 *)p;
	__u32 somewhere = ctx->rx_queue_index & 15;

	_Static_assert(XDV_PACKET_WORDS >= 16 && XDV_PACKET_WORDS <= 32, "two halves of 16 words");
	words[somewhere] = words[somewhere];
	somewhere += XDV_PACKET_WORDS - 16;
	words[somewhere] = words[somewhere];
}

/*
 * The answer of the tree that begins at `node` and has no path of more than `steps` nodes; 0
 * ("default", "not in the set") if it is broken.
 */
static __always_inline __u32 xdv_tree(const __u32 *words, __u32 node, int steps)
{
	for (int step = 0; step < steps; step++) {
		const struct xdv_tree_node *n = bpf_map_lookup_elem(&tree, &node);

		if (!n || n->word >= XDV_KEY_WORDS)
			return 0;
		node = words[n->word] - n->lo <= n->span ? n->yes : n->no;
		if (node & XDV_TREE_ANSWER)
			return node & ~XDV_TREE_ANSWER;
	}
	return 0;
}

/* The first of two rules, each of them 0 if there is none: then it is the greatest, less 1. */
static __always_inline __u32 xdv_first(__u32 a, __u32 b)
{
	return a - 1 < b - 1 ? a : b;
}

#endif
