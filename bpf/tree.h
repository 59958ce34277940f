/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Decision trees that live in a map: the same few instructions for any number of rules.
 *
 * The emitted program defines XDV_KEY_WORDS, the number of words that a node can ask about.
 */
#ifndef XDIVERT_TREE_H
#define XDIVERT_TREE_H

#include "abi.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_tree_node);
} tree SEC(".maps");

/*
 * Makes the kernel's verifier forget what it knows of some words, and changes none. What comes
 * before ends in some fifty ways, each with other words known to be zero; unless they are
 * forgotten, the trees are checked fifty times. A write to a place that it can't know clears all
 * that it may hit. `count` is a constant.
 */
static __always_inline void xdv_forget(const struct xdp_md *ctx, void *start, const int count)
{
	volatile __u32 *words = start;
	const __u32 window = count >= 16 ? 16 : count >= 4 ? 4 : 1;

#pragma unroll
	for (int i = 0; i < count; i += window) {
		__u32 at = (xdv_rx_queue(ctx) & (window - 1)) +
			   (i + window <= count ? i : count - window);

		words[at] = words[at];
	}
}

/*
 * Where a node leads to, by a value of its word. Computed, and no branch: at each step the verifier
 * would follow both ways, through all that comes behind.
 */
static __always_inline __u32 xdv_way(const struct xdv_tree_node *node, __u32 value)
{
	/* all ones if the value is in the node's range */
	__u64 within = (__u64)(__u32)(value - node->lo) - node->span - 1;

	return node->no ^ ((node->yes ^ node->no) & (__u32)(within >> 32));
}

/*
 * The answer that is reached from `node`, which may be one itself, in at most `steps` steps; 0
 * ("default", "not in the set") if the tree is broken.
 */
static __always_inline __u32 xdv_tree(const __u32 *words, __u32 node, int steps)
{
	for (int step = 0; step < steps; step++) {
		const struct xdv_tree_node *n;

		if (node & XDV_TREE_ANSWER)
			break;
		n = bpf_map_lookup_elem(&tree, &node);
		if (!n || n->word >= XDV_KEY_WORDS)
			return 0;
		node = xdv_way(n, words[n->word]);
	}
	return node & XDV_TREE_ANSWER ? node & ~XDV_TREE_ANSWER : 0;
}

#endif
