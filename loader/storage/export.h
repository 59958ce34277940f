/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What clients are offered: a volume under a name.
 */
#ifndef XDIVERT_EXPORT_H
#define XDIVERT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct volume;
struct storage_counters;

#define EXPORT_NAME_MAX 63
#define EXPORTS_MAX	64

struct export
{
	char name[EXPORT_NAME_MAX + 1];
	uint64_t size; /* bytes */
	bool read_only;
	struct volume *volume;
	struct storage_counters *counters;
};

/* Those that a client sees depend on where it has connected. */
struct exports {
	struct export **list; /* borrows */
	size_t count;
};

/* The empty name means the only one; NULL: there is none of that name. */
struct export *export_find(const struct exports *exports, const uint8_t *name, size_t length);

/* Its transmission flags: NBD_… */
uint16_t export_flags(const struct export *export, bool structured);

#endif
