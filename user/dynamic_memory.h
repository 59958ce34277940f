/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Tables of dynamic sets that are maps in the kernel, as memory of this process.
 */
#ifndef XDIVERT_DYNAMIC_MEMORY_H
#define XDIVERT_DYNAMIC_MEMORY_H

#include "dynamic.h"

struct dynamic_memory {
	struct dynamic_map map;
	struct memory {
		void *start;
		size_t length;
	} tables, lengths, buckets;
};

/*
 * Table `number`, whose keys have so many words. The descriptors are those of the maps
 * `dynamic_tables`, `dynamic_lengths` (-1 if the table is not of prefixes), `dynamic_NUMBER`; they
 * can be closed afterwards. -EBADMSG: the maps are not what they should be.
 */
int dynamic_open(struct dynamic_memory *memory, unsigned int number, unsigned int key_words,
		 int tables, int lengths, int buckets);
void dynamic_close(struct dynamic_memory *memory);

#endif
