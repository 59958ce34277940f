/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What happened between two views of an interface: for `xdivert watch` and `xdivert top`.
 */
#ifndef XDIVERT_RATES_H
#define XDIVERT_RATES_H

#include "live/observe.h"

/* Packets and bytes, not yet divided by the time. */
struct rates {
	double seconds; /* between the two */
	struct xdv_counter *rules; /* as view->counters: [0] the default, [n] the n-th rule */
	uint64_t packets, bytes; /* of all rules and flows */
	uint64_t diverted; /* to applications; that they lost some of them is not considered */
	uint64_t fallback; /* meant for applications, or to be redirected; the kernel got them */
	uint64_t dropped; /* by rules */
	uint64_t lost; /* diverted, and never received */
};

/*
 * A policy that was replaced in between goes on counting under the names of its rules. -ENOMEM.
 */
int rates_between(struct rates *rates, const struct view *before, const struct view *now,
		  double seconds);
void rates_free(struct rates *rates);

/* How many queues of a consumer are in each use. */
void count_uses(const struct consumer_view *consumer, unsigned int uses[QUEUE_FOREIGN + 1]);

/* Seconds, of CLOCK_MONOTONIC. */
double seconds_now(void);

#endif
