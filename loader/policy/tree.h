/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Builds decision trees from boxes: the data that bpf/tree.h walks.
 */
#ifndef XDIVERT_TREE_H
#define XDIVERT_TREE_H

#include "box.h"
#include "bpf/abi.h"

/* A box and what to answer for the packets in it; in a list, the first that holds wins. */
struct answer_box {
	struct box box;
	uint32_t answer; /* without XDV_TREE_ANSWER */
};

struct tree_builder;

/* `roots` nodes are kept free at the beginning, for tree_build() to put the roots in. */
struct tree_builder *tree_builder_new(unsigned int roots);
void tree_builder_free(struct tree_builder **builder);

/* Adds a tree and gives where it begins: a node, or an answer with XDV_TREE_ANSWER set. */
int tree_add(struct tree_builder *builder, const struct answer_box *boxes, size_t count,
	     size_t nodes_per_box, uint32_t *at);

/*
 * Adds a tree that answers with the first box that holds, or with 0. Gives the number of nodes on
 * its longest path (tree_add() too), or -E2BIG if the boxes overlap so much that the tree would
 * have more than `nodes_per_box` times as many nodes. TREE_CHAIN: no cuts at all, box after box.
 */
#define TREE_CHAIN 0
int tree_build(struct tree_builder *builder, unsigned int root, const struct answer_box *boxes,
	       size_t count, size_t nodes_per_box);

/* Valid until the next tree is built. */
const struct xdv_tree_node *tree_nodes(const struct tree_builder *builder, size_t *count);

#endif
