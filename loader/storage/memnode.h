/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A memory node: volumes in memory that gateways read and write by RDMA. Its processor registers
 * memory, checks keys and brings what it is told to files; it has no part in reads and writes.
 *
 *   memnode_wire.c     what is said
 *   memnode_volume.c   the memory, and the files behind it
 *   memnode.c          the gateways
 */
#ifndef XDIVERT_MEMNODE_H
#define XDIVERT_MEMNODE_H

#include "export.h"
#include "memnode_wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <xdivert/error.h>

#define MEMNODE_VOLUMES_MAX EXPORTS_MAX

struct memnode_volume {
	char name[EXPORT_NAME_MAX + 1];
	uint64_t size; /* bytes */
	bool read_only;
	bool shared; /* the memory is the file, in a file system of memory: it outlives the node */
	unsigned char *base;
	struct volume *memory; /* behind base, unless it is shared */
	char *path; /* NULL: no file */
	int fd;
	uint64_t incarnation;
	/* somebody could write who is gone, or may be: only a comparison tells what is to be stored
	 */
	bool unsure;
	struct storage_counters *counters; /* borrowed; of memnode_open() */
};

/* "NAME=SIZE[,file=PATH][,read-only]"; -EINVAL: `error` says what is wrong with it. */
int memnode_volume_open(struct memnode_volume *volume, const char *text, struct xdv_error *error);
/* Stores all that is not stored. */
int memnode_volume_close(struct memnode_volume *volume, struct xdv_error *error);
/* To the file; a volume without one is as good as stored. */
int memnode_volume_store(struct memnode_volume *volume, const struct memnode_range *range);
/* For good, with all that is unsure. */
int memnode_volume_sync(struct memnode_volume *volume);

struct memnode_plan {
	struct memnode_volume volumes[MEMNODE_VOLUMES_MAX];
	size_t count;
	struct memnode_key key;
	const char *host, *port; /* host NULL: all addresses */
};

struct memnode;

int memnode_open(struct memnode **node, struct memnode_plan *plan, struct xdv_error *error);
/* Serves until SIGINT or SIGTERM. */
int memnode_run(struct memnode *node, struct xdv_error *error);
void memnode_close(struct memnode **node);

#endif
