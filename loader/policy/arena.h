/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory that is taken piece by piece and freed at once: all that a policy consists of lives as
 * long as the policy. Running out of memory ends the process with a message: a compiler of a few
 * megabytes has no better answer.
 */
#ifndef XDIVERT_ARENA_H
#define XDIVERT_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **arena);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Grows an array by one and gives the address of the new, zeroed element. `*array` may move;
 * `count` counts the new element already.
 */
#define arena_push(arena, array, count)                                                            \
	(*(array) = arena_grow((arena), *(array), &(count), sizeof(**(array))),                    \
	 &(*(array))[(count)-1])
void *arena_grow(struct arena *arena, void *array, size_t *count, size_t element_size);

#endif
