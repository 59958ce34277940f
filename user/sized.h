/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Structs of the public API that begin with their size: what the caller's compiler thought it is.
 */
#ifndef XDIVERT_SIZED_H
#define XDIVERT_SIZED_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Copies the caller's options over ours, which has our size and is 0 elsewhere. A shorter struct
 * is from an older application; a longer one from a newer, and welcome as long as it does not ask
 * for something that this library has never heard of.
 */
static inline int sized_read(void *ours, size_t our_size, const void *theirs)
{
	const unsigned char *bytes = theirs;
	size_t their_size;

	memcpy(&their_size, theirs, sizeof(their_size));
	if (their_size < sizeof(their_size))
		return -EINVAL;
	for (size_t i = our_size; i < their_size; i++) {
		if (bytes[i])
			return -E2BIG;
	}
	memset(ours, 0, our_size);
	memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
	return 0;
}

/* Copies a result into the caller's struct but for the size; what only the caller knows is 0. */
static inline int sized_write(void *theirs, const void *ours, size_t our_size)
{
	size_t their_size;

	if (!theirs)
		return -EINVAL;
	memcpy(&their_size, theirs, sizeof(their_size));
	if (their_size < sizeof(their_size))
		return -EINVAL;
	memset((char *)theirs + sizeof(size_t), 0, their_size - sizeof(size_t));
	memcpy((char *)theirs + sizeof(size_t), (const char *)ours + sizeof(size_t),
	       (their_size < our_size ? their_size : our_size) - sizeof(size_t));
	return 0;
}

#endif
