/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A policy's program, run by the kernel, against the evaluator, packet by packet: which rule takes
 * it, what becomes of it, what is left of the frame, what is sampled and counted. What differs is
 * printed as TAP remarks, with the packet; a difference is a bug in one of the two.
 */
#ifndef XDIVERT_TESTS_DIFFERENTIAL_H
#define XDIVERT_TESTS_DIFFERENTIAL_H

#include "ast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Differences after which there is no point in going on. */
#define DIFFERENCES_MAX 3

struct differential {
	const char *name; /* of the policy, borrowed; NULL: nothing is printed */
	const struct policy *policy;
	size_t packets, taken; /* tried, and not left to the default */
	size_t differences;
	uint8_t *missed; /* the first packet that differs */
	size_t missed_length;
	bool *met; /* by rule */
	struct differential_program *of; /* private */
};

/*
 * To be called once, before anything else: silences libbpf, and stays on one processor, by which
 * the buckets of limits are. False if this process may not run programs; says why.
 */
bool differential_begin(void);

/*
 * Compiles and loads a policy, which it takes. -E2BIG: no plan fits; -EFBIG: the kernel says that
 * the program is too large. Any other error is printed, and so is the policy.
 */
int differential_open(struct differential **differential, const char *name, struct policy *policy);
void differential_close(struct differential **differential);

/*
 * Tries a frame of any length. Gives the number of the rule that the program says takes it, or -1
 * for those of less than an Ethernet header, which the kernel does not test-run.
 */
int differential_try(struct differential *differential, const uint8_t *frame, size_t length);

/* Tries generated frames, and every length of `truncated` more; stops at DIFFERENCES_MAX. */
void differential_try_generated(struct differential *differential, uint64_t seed, size_t packets,
				size_t truncated);

/* The packets of odd_packets.h, likewise. */
void differential_try_odd(struct differential *differential);

/* In the end: whether the program's counters say what was tried. */
bool differential_counters_agree(const struct differential *differential);

size_t differential_rules_met(const struct differential *differential);

void differential_print_policy(const char *text);

#endif
