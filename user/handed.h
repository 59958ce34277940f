/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A consumer that the service has opened and handed over (message.h, request "open"): what the
 * process does that it was handed to.
 *
 * When another process wants it, the service sets `yield` in the region's ledger, which
 * xdv_recv() looks at: this process then lets go of the rings and says so. From that moment on it
 * touches none of them; what the rings and the ledger say is all that the next one needs.
 */
#ifndef XDIVERT_HANDED_H
#define XDIVERT_HANDED_H

#include "consumer.h"

/* Of the connection to the service, in the consumer's epoll. */
#define HANDED_EVENT UINT32_MAX

/* -ECONNREFUSED: no service; else as xdv_consumer_open(). */
int handed_open(struct xdv_consumer *consumer, const char *ifname, const char *name,
		struct xdv_consumer_options *options);

/* Adds the connection to the epoll, if there is one. */
int handed_watch(const struct xdv_consumer *consumer, struct xdv_error *error);

/* Takes what the service has to say: without waiting. */
void handed_tend(struct xdv_consumer *consumer);

/* Has the packets go to the kernel: they do when it returns. */
void handed_stop(struct xdv_consumer *consumer);

/* The same without the service, which alone has the maps: after `stall` they do, if there is one.
 */
void handed_fall_silent(struct xdv_consumer *consumer);

/* Does another process want it, or has it taken it? */
static inline bool handed_is_wanted(const struct xdv_consumer *consumer)
{
	return consumer->service >= 0 &&
	       __atomic_load_n(&consumer->region->ledger->yield, __ATOMIC_ACQUIRE);
}

/* Lets go, once. */
void handed_yield(struct xdv_consumer *consumer);

#endif
