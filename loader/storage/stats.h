/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What gateways and memory nodes count. The counters lie in a file that others may map and read
 * while they change: each is right by itself, and only ever grows, but for the numbers of what
 * there is now.
 */
#ifndef XDIVERT_STORAGE_STATS_H
#define XDIVERT_STORAGE_STATS_H

#include "export.h"
#include "volume.h"
#include "xdivert/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STATS_VERSION 3
#define LATENCIES     32

/*
 * Of a volume. Of a memory node's, clients are gateways, and requests are those that its processor
 * has a part in: flushes, with what they have stored in the file, and zeroing. What gateways read
 * and write by RDMA nobody sees but them.
 */
struct storage_counters {
	char name[EXPORT_NAME_MAX + 1];
	char place[128]; /* as the volume says it */
	char address[128]; /* where NBD clients have it; may be empty, as the next */
	char disk[32]; /* "e0.0 on eth0" */
	uint64_t size; /* bytes */
	uint64_t read_only;
	uint64_t clients, in_flight; /* now */
	uint64_t requests[VOLUME_VERBS];
	uint64_t bytes[VOLUME_VERBS]; /* of those that went well */
	uint64_t errors; /* requests that were answered with one */
	/*
	 * Bytes of data that this process has copied, from one place in its memory to another. What
	 * devices and the kernel move is not among them.
	 */
	uint64_t copied;
	/*
	 * From when a request was received until its answer was handed to the kernel, in
	 * microseconds: [0] below 1, [n] from 2^(n-1) to below 2^n.
	 */
	uint64_t latency[LATENCIES];
};

enum stats_kind { STATS_GATEWAY, STATS_MEMNODE, STATS_KINDS };

struct stats_file {
	uint32_t version, kind, count;
	int64_t pid;
	uint64_t refused; /* connections: too many, or without the right to any */
	struct storage_counters list[EXPORTS_MAX];
};

extern const char *const volume_verb_names[VOLUME_VERBS];

/* The bucket of so many nanoseconds. */
unsigned int latency_bucket(uint64_t ns);
/* Below how many microseconds the given share (0.5, 0.99) of all requests was; 0: there were none.
 */
uint64_t latency_below(const struct storage_counters *counters, double share);

/*
 * In /run/xdivert/storage; where that can't be written, in memory of our own. Removed by
 * stats_close(), and by stats_each() once its process is gone.
 */
int stats_open(struct stats_file **file, enum stats_kind kind, struct xdv_error *error);
void stats_close(struct stats_file **file);

/* Of one more volume; there are no more than EXPORTS_MAX. */
struct storage_counters *stats_add(struct stats_file *file, const char *name, const char *place,
				   uint64_t size, bool read_only);

/* Calls back for each process that serves storage on this machine. */
int stats_each(void (*each)(void *context, const struct stats_file *file), void *context);

#endif
