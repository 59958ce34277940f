/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * From a policy's text to a loaded program: how long each stage takes.
 */
#ifndef XDIVERT_BENCH_TIMES_H
#define XDIVERT_BENCH_TIMES_H

#include "workload.h"

enum stage {
	STAGE_CHECK, /* parse and check */
	STAGE_PLAN,
	STAGE_CLANG, /* emit, and compile without a cache */
	STAGE_CACHE, /* emit, and find the object in the cache; instead of STAGE_CLANG */
	STAGE_LOAD, /* make, fill and verify */
	STAGES
};

extern const char *const stage_names[STAGES];

struct times {
	const struct workload *workload;
	double ms[STAGES]; /* medians */
	uint32_t verified; /* instructions that the verifier went through */
	char note[160]; /* why there are no times, if there are none */
};

/* Runs `runs` times, at most TIMES_RUNS_MAX. */
#define TIMES_RUNS_MAX 9
void times_take(struct times *times, const struct workload *workload, unsigned int runs);

/* ms; and those since `start`, which becomes now. */
double times_now(void);
double times_lap(double *start);
/* Puts the list in order. */
double times_median(double *list, unsigned int count);

#endif
