// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_SIZE (64 * 1024)
#define HUGE_PAGE  ((size_t)2 << 20)
#define ALIGNMENT  _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) unsigned char memory[];
};

struct arena {
	struct block *blocks;
	size_t size; /* of all blocks */
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("xdivert: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

struct arena *arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void arena_free(struct arena **arena)
{
	if (!*arena)
		return;
	for (struct block *block = (*arena)->blocks, *next; block; block = next) {
		next = block->next;
		if (block->size >= HUGE_PAGE)
			munmap(block, sizeof(*block) + block->size);
		else
			free(block);
	}
	free(*arena);
	*arena = NULL;
}

/*
 * An arena that has grown large will grow more. Large blocks are of huge pages where there are
 * any: to touch its memory costs a large policy more than to parse it, otherwise.
 */
static struct block *new_block(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE, whole;
	struct block *block;

	if (arena->size >= HUGE_PAGE && room < HUGE_PAGE)
		room = HUGE_PAGE;
	if (room >= HUGE_PAGE) {
		whole = (sizeof(*block) + room + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		block = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		block = must(block == MAP_FAILED ? NULL : block);
		madvise(block, whole, MADV_HUGEPAGE);
		room = whole - sizeof(*block);
	} else {
		block = must(calloc(1, sizeof(*block) + room));
	}
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->size += room;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;

	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!block || block->size - block->used < size)
		block = new_block(arena, size);
	block->used += size;
	return block->memory + block->used - size;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	int length;
	char *text;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		length = 0;
	text = arena_alloc(arena, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

/* The capacity is not stored: it is the power of two that holds `count`. */
void *arena_grow(struct arena *arena, void *array, size_t *count, size_t element_size)
{
	size_t old = (*count)++;
	void *grown;

	if (old & (old - 1)) {
		/* the count may have been less, and this place in use, before */
		memset((char *)array + old * element_size, 0, element_size);
		return array;
	}
	grown = arena_alloc(arena, (old ? old * 2 : 1) * element_size);
	if (old)
		memcpy(grown, array, old * element_size);
	return grown;
}
