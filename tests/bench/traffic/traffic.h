/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Programs that send and receive, for tests/bench/traffic/run to measure side by side. Each runs on
 * a core that the caller chooses (taskset), for a time, and prints one line of results.
 */
#ifndef XDIVERT_BENCH_TRAFFIC_H
#define XDIVERT_BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT  9000
#define BURST 64

/* The first part of the time is not counted: caches, rings and clocks are cold. */
#define WARM_UP_NS 300000000ull

/* What a receiver does with a packet. */
enum work {
	WORK_DROP,
	WORK_REFLECT, /* back to its sender, addresses and ports exchanged, from where it lies */
	WORK_ECHO, /* likewise, but one at a time: for round trips */
};

struct job {
	const char *interface;
	const char *address; /* of the own end, IPv4 */
	enum work work;
	const char *wait; /* how to wait; one of those that the program knows, NULL: it spins */
	double seconds; /* 0: until SIGTERM */
};

/* Each returns 0, or says what failed and returns 1. */
int flood(const struct job *job, const char *ethernet, const char *source);
int count(const struct job *job);
int ping(const struct job *job, unsigned int rounds);
int receive_library(const struct job *job);
int receive_bare(const struct job *job);
int receive_socket(const struct job *job);
int receive_uring(const struct job *job);

uint64_t now_ns(void);
int failed(const char *what, int err); /* a negative errno, or errno's own */

/* The time that is measured, and what was done in it. */
struct watch {
	uint64_t start, end; /* ns; end 0: no limit */
	bool warm;
	uint64_t packets;
	uint64_t busy; /* of all processors, in ticks of /proc/stat, when it began */
};

void watch_start(struct watch *watch, const struct job *job);
/* Adds packets; false when the time is over, or SIGTERM came. */
bool watch_goes_on(struct watch *watch, unsigned int packets);
/* "rate=... cpu=...": packets a second, and processors' seconds a second, kernel included. */
void watch_report(const struct watch *watch);

/* The UDP datagram in an Ethernet frame goes back to who sent it. Checksums stay right. */
void turn_around(uint8_t *frame);

#endif
