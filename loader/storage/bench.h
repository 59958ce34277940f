/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a volume's back end gives by itself, without clients: requests at random places, so many of
 * them at a time, for a while.
 */
#ifndef XDIVERT_STORAGE_BENCH_H
#define XDIVERT_STORAGE_BENCH_H

#include "volume.h"

#define BENCH_DEPTH_MAX 64u
#define BENCH_BLOCK_MAX (128u << 10)

struct bench_job {
	bool write; /* over what is there */
	uint32_t block, depth; /* bytes, a multiple of 4096; requests at a time */
	uint64_t time; /* ns */
};

struct bench_result {
	double rate; /* requests a second */
	double p50, p99; /* us, to some 3 % */
};

struct volume_bench;

/* "KIND:ARGUMENT" as volume_open() takes it. */
int volume_bench_open(struct volume_bench **bench, const char *backend,
		      const struct volume_options *options, struct xdv_error *error);
/* -EINVAL: the volume is smaller than a block; else what the back end says of a request. */
int volume_bench_run(struct volume_bench *bench, const struct bench_job *job,
		     struct bench_result *result, struct xdv_error *error);
const struct volume *volume_bench_of(const struct volume_bench *bench);
void volume_bench_close(struct volume_bench **bench);

#endif
