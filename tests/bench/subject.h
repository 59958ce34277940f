/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program under test: loaded, and checked to decide as it should.
 */
#ifndef XDIVERT_BENCH_SUBJECT_H
#define XDIVERT_BENCH_SUBJECT_H

#include "workload.h"

#include <stdbool.h>
#include <stdint.h>

enum side {
	SIDE_EMPTY,
	SIDE_WALK,
	SIDE_XDIVERT,
	SIDE_LINEAR, /* the same rules, one after another */
	SIDE_BY_HAND, /* a hash map, for ports */
	SIDE_XDP_FILTER, /* likewise */
	SIDES
};

extern const char *const side_names[SIDES];

struct sample {
	uint32_t repeat; /* packets a run */
	double ns; /* a packet, the least of all rounds */
};

struct subject {
	enum side side;
	const struct workload *workload; /* NULL: not about rules */
	bool acts; /* counts and redirects, instead of only answering with the rule's number */
	char note[160]; /* why there is no program, if there is none */
	const struct frames *frames;
	/* descriptors, open as long as the process: the feeder, and its way on to the program */
	int program, feeder, next;
	uint32_t verified; /* instructions that the verifier went through */
	uint64_t memory; /* bytes, of the maps that hold the rules */
	struct sample hot, mix;
};

/* What subjects share; made once. */
struct bench {
	void *programs; /* the object of programs.bpf.c */
	size_t programs_size;
	int socket; /* negative: none */
	struct subject *subjects;
	size_t count;
	struct frames *frames; /* by workload */
};

/* 0, or a negative errno, and a message has been written. */
int bench_open(struct bench *bench);
void bench_close(struct bench *bench);

/*
 * Adds what there is to measure for a workload: xdivert's two programs, and the peers that can do
 * the same. A program that does not load is there too, with a note. Nonzero if one that loads
 * decides wrongly, and a message has been written.
 */
int bench_add(struct bench *bench, const struct workload *workload);
int bench_add_floor(struct bench *bench);

#endif
