/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Policies of every size, made by rule, the same in each run; and frames that are aimed at them.
 */
#ifndef XDIVERT_BENCH_WORKLOAD_H
#define XDIVERT_BENCH_WORKLOAD_H

#include "bench_abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct span {
	uint32_t lo, hi;
};

#define MATCH_ADDRESSES 10

/* One rule over IPv4; a span that holds all is not asked about. */
struct match {
	unsigned int protocol; /* 6 or 17, 0: any */
	struct span saddr, daddr; /* prefixes */
	struct span sport, dport;
	uint32_t addresses[MATCH_ADDRESSES]; /* of the source, instead of `saddr` */
	bool has_addresses;
};

/* One element of a set: a prefix of an address, IPv4 in the first four bytes. */
struct prefix {
	uint8_t address[16];
	unsigned int bits;
};

struct workload {
	const char *group, *name, *title;
	size_t rules;
	size_t elements; /* of the set that the only rule asks for; else 0 */
	bool ipv6;
	bool dynamic; /* the sets are */
	bool pcap; /* rules are filters of libpcap's */
	size_t flows; /* in the table that comes before the rules; 0: there is none */
	bool aimed; /* the flows are those of the frames; else no frame is of one */
	struct match (*match)(size_t rules, size_t i);
	struct prefix (*element)(size_t i);
};

/* The i-th of a fixed series of numbers that look random. */
uint32_t scramble(uint64_t i);

extern const struct workload workloads[];
extern const size_t workload_count;

const struct workload *workload_find(const char *name);

/* The policy, malloc'ed. Its rules divert to the consumer `feed`. */
char *workload_policy(const struct workload *workload);
/* C of the same rules one after another, malloc'ed; NULL if it has sets of prefixes. */
char *workload_linear(const struct workload *workload);

/*
 * The frame that is aimed at the last rule, or element, and BENCH_FRAMES different ones, three of
 * four aimed at rules, whose number or that of the element, 1 the first, is in `aims`; 0: at none.
 */
struct frames {
	struct bench_frame last;
	struct bench_frame list[BENCH_FRAMES];
	uint32_t aims[BENCH_FRAMES];
};

void workload_frames(const struct workload *workload, struct frames *frames);
/* Its bytes, BENCH_FRAME_SIZE. */
const uint8_t *frame_bytes(const struct bench_frame *frame);

#endif
