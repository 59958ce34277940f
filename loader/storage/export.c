// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "export.h"

#include "nbd.h"

#include <string.h>

struct export *export_find(const struct exports *exports, const uint8_t *name, size_t length)
{
	if (!length)
		return exports->count == 1 ? exports->list[0] : NULL;
	for (size_t i = 0; i < exports->count; i++) {
		struct export *export = exports->list[i];

		if (strlen(export->name) == length && memcmp(export->name, name, length) == 0)
			return export;
	}
	return NULL;
}

/*
 * Several connections: all of them are served by this one process from one descriptor or one piece
 * of memory, without a cache between, so that a flush on one covers what any of them was told.
 */
uint16_t export_flags(const struct export *export, bool structured)
{
	unsigned int flags = NBD_HAS_FLAGS | NBD_SEND_FLUSH | NBD_CAN_MULTI_CONN;

	if (export->read_only)
		flags |= NBD_READ_ONLY;
	else
		flags |= NBD_SEND_FUA | NBD_SEND_TRIM | NBD_SEND_WRITE_ZEROES;
	if (structured)
		flags |= NBD_SEND_DF;
	return (uint16_t)flags;
}
