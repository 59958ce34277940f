// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What an application may ask of a consumer.
 */
#include <errno.h>
#include <xdivert/xdivert.h>

#include "consumer.h"
#include "sized.h"

const char *xdv_version(void)
{
	return XDIVERT_VERSION;
}

int xdv_consumer_fd(const struct xdv_consumer *consumer)
{
	return consumer->epoll;
}

const struct xdv_region *xdv_consumer_region(const struct xdv_consumer *consumer)
{
	return consumer->region;
}

const char *xdv_rule_name(struct xdv_consumer *consumer, const struct xdv_frame *frame)
{
	if (frame->valid & XDV_FRAME_FLOW)
		return "flows"; /* a word of the language, and so the name of no rule */
	if (!(frame->valid & XDV_FRAME_RULE))
		return "-";
	return rulenames_get(&consumer->names, consumer->ifname, frame->generation, frame->rule);
}

int xdv_consumer_stats(const struct xdv_consumer *consumer, struct xdv_consumer_stats *stats)
{
	struct xdv_consumer_stats own = {.size = sizeof(own)};

	for (unsigned int i = 0; i < consumer->count; i++)
		queue_stats_add(&consumer->queues[i], &own);
	return sized_write(stats, &own, sizeof(own));
}

int xdv_queue_stats(const struct xdv_consumer *consumer, unsigned int index,
		    struct xdv_consumer_stats *stats)
{
	struct xdv_consumer_stats own = {.size = sizeof(own)};

	if (index >= consumer->count)
		return -EINVAL;
	queue_stats_add(&consumer->queues[index], &own);
	return sized_write(stats, &own, sizeof(own));
}

unsigned int xdv_consumer_queues(const struct xdv_consumer *consumer)
{
	return consumer->count;
}

int xdv_consumer_queue_info(const struct xdv_consumer *consumer, unsigned int index,
			    struct xdv_queue_info *info)
{
	const struct queue *queue = &consumer->queues[index];
	struct xdv_queue_info own = {.size = sizeof(own)};

	if (index >= consumer->count)
		return -EINVAL;
	own.queue = queue->number;
	own.share = queue->share;
	own.flags = XDV_QUEUE_INFO_NEED_WAKEUP;
	if (queue->zerocopy)
		own.flags |= XDV_QUEUE_INFO_ZEROCOPY;
	if (queue->transmit)
		own.flags |= XDV_QUEUE_INFO_TRANSMIT;
	if (consumer->jumbo)
		own.flags |= XDV_QUEUE_INFO_JUMBO;
	own.ring_size = queue->ring_size;
	own.frame_size = consumer->region->frame_size;
	return sized_write(info, &own, sizeof(own));
}
