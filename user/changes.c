// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What changes under a consumer while it is open: the policy, and the queues of the device.
 */
#include "consumer.h"
#include "fail.h"
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

/* How many sockets the handle has if each queue of the device has its own. */
static unsigned int sockets_of(const struct xdv_consumer *handle, unsigned int queues)
{
	if (queues <= handle->first)
		return 0;
	return (queues - handle->first + handle->stride - 1) / handle->stride;
}

/* On the handle's next queue. */
static int open_another(struct xdv_consumer *handle, struct pinned *pinned,
			const struct ifinfo *info, struct xdv_error *error)
{
	unsigned int i = handle->count, number = handle->first + i * handle->stride;
	int err;

	if (number >= pinned->capacity)
		return fail(error, -ENOSPC,
			    "the policy's maps have room for %u queues: load it anew",
			    pinned->capacity);
	err = sockets_open_another(handle, info, sockets_of(handle, info->rx_queues) - i, error);
	if (err)
		return err;
	err = consumer_watch_queue(handle, i, error);
	if (!err)
		err = consumer_join_queue(handle, &handle->queues[i], pinned, error);
	if (err)
		sockets_close_last(handle);
	else
		consumer_beat_for(handle, pinned);
	return err;
}

/*
 * The handle's queues that appeared have sockets when it returns, or why not is in `error`. Those
 * of `fanout` are of other threads, too, which all would have to wait.
 */
static int open_missing(struct xdv_consumer *handle, struct pinned *pinned,
			const struct ifinfo *info, struct xdv_error *error)
{
	unsigned int wanted = sockets_of(handle, info->rx_queues);
	int err = 0;

	if (handle->fanout > 1)
		return fail(error, -EOPNOTSUPP, "with `fanout`, it is to be opened again");
	while (handle->count < wanted && !err) {
		err = open_another(handle, pinned, info, error);
		if (!err)
			consumer_log(handle, XDV_LOG_INFO,
				     "%s: consumer %s: a socket on queue %u, which is new",
				     handle->ifname, handle->name,
				     handle->queues[handle->count - 1].number);
	}
	return err;
}

/* By the handle's own thread. It is tried each time, and said once for each change. */
static void look_at_queues(struct xdv_consumer *consumer, struct xdv_consumer *handle)
{
	unsigned int before = handle->device_queues;
	struct xdv_error error = {};
	struct ifinfo info;
	int err = 0;

	if (!before || !consumer->joined || ifinfo_read(&info, handle->ifname, NULL) ||
	    info.ifindex != handle->ifindex || !info.rx_queues)
		return;
	if (info.rx_queues * handle->fanout > handle->first + handle->count * handle->stride)
		err = open_missing(handle, &consumer->pinned, &info, &error);
	if (info.rx_queues == before)
		return;
	handle->device_queues = info.rx_queues;
	if (err)
		consumer_log(
			handle, XDV_LOG_WARNING,
			"%s: has %u receive queues now, not %u: the packets of those without a socket of consumer %s go to the kernel: %s",
			handle->ifname, info.rx_queues, before, handle->name, error.message);
	else if (info.rx_queues < before && handle == consumer)
		consumer_log(
			handle, XDV_LOG_WARNING,
			"%s: has %u receive queues now, not %u: nothing comes by the others any more",
			handle->ifname, info.rx_queues, before);
}

/*
 * Sockets outlive a policy: a new one that has this consumer takes them as they are. It is not an
 * error if that does not work; it is tried again.
 */
void consumer_rejoin(struct xdv_consumer *handle)
{
	struct xdv_consumer *consumer = handle->main ? handle->main : handle;

	if (consumer->service >= 0) {
		handed_tend(consumer);
		return;
	}
	if (!workers_lock(consumer))
		return;
	rejoin(consumer);
	look_at_fanout(consumer);
	look_at_queues(consumer, handle);
	workers_unlock(consumer);
}
