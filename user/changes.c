// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What changes under a consumer while it is open: the policy, and the queues of the device.
 */
#include "consumer.h"
#include "handed.h"
#include "ifinfo.h"
#include "workers.h"

#include <errno.h>

static int join_all(struct xdv_consumer *consumer, struct pinned *pinned)
{
	struct xdv_consumer *handle;
	int err = 0;

	for (unsigned int i = 0; !err && (handle = xdv_consumer_worker(consumer, i)); i++) {
		const struct queue *last = &handle->queues[handle->count - 1];

		err = last->number < pinned->capacity ? consumer_join(handle, pinned, NULL)
						      : -ENOSPC;
	}
	return err;
}

/* What the policy does not look for has no packets; what it misses has its packets to give. */
static void look_at_fanout(struct xdv_consumer *consumer)
{
	struct pinned *pinned = &consumer->pinned;
	struct xdv_consumer *handle;

	unsigned int fanout = pinned->fanout, capacity = pinned->capacity;

	if (!consumer->joined || !pinned_read_fanout(pinned))
		return;
	if (join_all(consumer, pinned)) {
		pinned->fanout = fanout;
		pinned->capacity = capacity;
		return;
	}
	for (unsigned int i = 0; (handle = xdv_consumer_worker(consumer, i)); i++)
		consumer_beat_for(handle, pinned);
	if (pinned->fanout > consumer->fanout)
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: the policy spreads flows over %u sockets of a queue now, and consumer %s has %u: the packets for the others go to the kernel until it is opened again",
			consumer->ifname, pinned->fanout, consumer->name, consumer->fanout);
}

static void rejoin(struct xdv_consumer *consumer)
{
	struct xdv_consumer *handle;
	struct pinned renewed;

	if (!consumer->joined ||
	    !pinned_is_replaced(&consumer->pinned, consumer->ifname, consumer->name) ||
	    pinned_open(&renewed, consumer->ifname, consumer->name, 0, NULL))
		return;
	renewed.owner = consumer->lent_to;
	if (join_all(consumer, &renewed)) {
		pinned_close(&renewed);
		return;
	}
	for (unsigned int i = 0; (handle = xdv_consumer_worker(consumer, i)); i++)
		consumer_beat_for(handle, &renewed);
	workers_retire(consumer, &consumer->pinned);
	consumer->pinned = renewed;
	consumer_log(consumer, XDV_LOG_INFO, "%s: consumer %s: joined a new policy",
		     consumer->ifname, consumer->name);
}

/* Said once for each change: what to do about it is the application's. */
static void look_at_queues(struct xdv_consumer *consumer)
{
	unsigned int before = consumer->device_queues;
	struct ifinfo info;

	if (!before || ifinfo_read(&info, consumer->ifname, NULL) || !info.rx_queues ||
	    info.rx_queues == before)
		return;
	consumer->device_queues = info.rx_queues;
	if (info.rx_queues > before)
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: has %u receive queues now, not %u: the packets of those without a socket go to the kernel until consumer %s is opened again",
			consumer->ifname, info.rx_queues, before, consumer->name);
	else
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: has %u receive queues now, not %u: nothing comes by the others any more",
			consumer->ifname, info.rx_queues, before);
}

/*
 * Sockets outlive a policy: a new one that has this consumer takes them as they are. It is not an
 * error if that does not work; it is tried again.
 */
void consumer_rejoin(struct xdv_consumer *consumer)
{
	if (consumer->service >= 0) {
		handed_tend(consumer);
		return;
	}
	if (consumer->main)
		consumer = consumer->main;
	if (!workers_lock(consumer))
		return;
	rejoin(consumer);
	look_at_fanout(consumer);
	look_at_queues(consumer);
	workers_unlock(consumer);
}
