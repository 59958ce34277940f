/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Nanoseconds a packet, by BPF_PROG_TEST_RUN.
 */
#ifndef XDIVERT_BENCH_MEASURE_H
#define XDIVERT_BENCH_MEASURE_H

#include "subject.h"

/* Pins the process to its last CPU and asks for SCHED_FIFO; says in a word or two what it got. */
const char *measure_prepare(void);

/*
 * All subjects, one after another, so often; each sample is the least of all rounds. 0, or a
 * negative errno.
 */
int measure(struct bench *bench, unsigned int rounds);

#endif
