/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The workers of a consumer: handles with a share of the queues each, and memory of their own. What
 * they have in common is the place in the policy.
 */
#ifndef XDIVERT_WORKERS_H
#define XDIVERT_WORKERS_H

#include "consumer.h"

/* Opens the sockets of all of them; consumer->limit is the number of queues to deal out. */
int workers_open(struct xdv_consumer *consumer, const struct queue_config *config,
		 const struct ifinfo *info, const struct xdv_consumer_options *options);
void workers_close(struct xdv_consumer *consumer);

/*
 * One of them at a time looks after the place in the policy: false if another one does so now.
 * Without workers it is always true.
 */
bool workers_lock(struct xdv_consumer *consumer);
void workers_unlock(struct xdv_consumer *consumer);

/* Closes it; with workers, but for the states, which another thread may use at this moment. */
void workers_retire(struct xdv_consumer *consumer, struct pinned *pinned);

#endif
