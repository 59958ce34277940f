/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Builds perfect hash tables: the data that bpf/index.h looks into.
 */
#ifndef XDIVERT_INDEX_H
#define XDIVERT_INDEX_H

#include "bpf/abi.h"

#include <stddef.h>
#include <stdint.h>

/* A key, zero behind its words, and the node or answer that it leads to. */
#define INDEX_KEY_MAX 9
struct index_entry {
	uint32_t key[INDEX_KEY_MAX];
	uint32_t answer;
};

struct index_tables {
	struct xdv_index *indexes;
	size_t index_count;
	uint16_t *displacements;
	size_t displacement_count; /* of XDV_DISPLACEMENTS each time */
	uint32_t *slots; /* slot_count times slot_words of a key and the answer */
	size_t slot_count;
	unsigned int slot_words;
};

struct arena;

/*
 * Adds a table of different keys; gives its number. `tables` starts zeroed, with `slot_words` set
 * to the most words that any key has; all lives in the arena.
 */
uint32_t index_build(struct index_tables *tables, struct arena *arena,
		     const struct index_entry *entries, size_t count, unsigned int key_words);

#endif
