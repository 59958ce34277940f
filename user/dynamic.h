/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Tables of dynamic sets, from the side that writes them. bpf/abi.h says how they lie in memory.
 * The program reads while this writes: each change is one write of a word, or is made in the half
 * that nobody reads, which is then put in the place of the other. Knows nothing of files and locks:
 * that one process at a time changes a table is its caller's care.
 *
 * A key is words in the host's byte order: 4 bytes of a value each, most significant first, the
 * rest in the last; of prefixes, the address under its mask and the number of bits.
 */
#ifndef XDIVERT_DYNAMIC_TABLE_H
#define XDIVERT_DYNAMIC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define DYNAMIC_KEY_WORDS_MAX 16

struct dynamic_map {
	struct xdv_dynamic *state;
	struct xdv_lengths *lengths; /* of both halves; NULL: not a table of prefixes */
	uint32_t *slots;
	unsigned int key_words;
	uint32_t next_count[32]; /* in the half that is being made */
};

/* Elements of the set of that bit. */
uint32_t dynamic_count(const struct dynamic_map *map, uint32_t bit);

/* After a change that was cut short, what is counted may be wrong: this counts again. */
void dynamic_repair(struct dynamic_map *map);

/* Whether the key is in the set of that bit. */
bool dynamic_has(const struct dynamic_map *map, const uint32_t *key, uint32_t bit);

/*
 * One element, in the half that is read. -ENOSPC: no place is free where it could be; it has to be
 * made where nobody reads, by dynamic_begin() and so on.
 */
int dynamic_add(struct dynamic_map *map, const uint32_t *key, uint32_t bit);
/* -ENOENT: it was not in the set. */
int dynamic_remove(struct dynamic_map *map, const uint32_t *key, uint32_t bit);

/*
 * Any number of elements: dynamic_begin() copies what there is to the other half, without the sets
 * of `but`; the changes are made there, and are all visible at once by dynamic_commit(). What was
 * begun and not committed is as if it had never been. -ENOSPC: there are too many keys.
 */
int dynamic_begin(struct dynamic_map *map, uint32_t but);
bool dynamic_next_has(const struct dynamic_map *map, const uint32_t *key, uint32_t bit);
int dynamic_next_add(struct dynamic_map *map, const uint32_t *key, uint32_t bit);
int dynamic_next_remove(struct dynamic_map *map, const uint32_t *key, uint32_t bit);
void dynamic_commit(struct dynamic_map *map);

/* Calls back for each key in the half that is read, with its sets. Stops if the answer is not 0. */
int dynamic_each(const struct dynamic_map *map,
		 int (*visit)(void *context, const uint32_t *key, uint32_t sets), void *context);

#endif
