// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Frames out: from where they lie, whole packets only.
 */
#include <errno.h>
#include <limits.h>

#include "consumer.h"

/* Does the packet lie in the frame that it names, and does the frame belong to the caller? */
static bool can_send(const struct xdv_consumer *consumer, const struct xdv_frame *frame)
{
	const struct xdv_region *region = consumer->region;
	uint64_t address = (uint64_t)((unsigned char *)frame->data - region->base);

	return consumer->transmit_count && frame->queue < consumer->count &&
	       region_is_lent(region, frame->address) &&
	       region_frame(region, address) == region_frame(region, frame->address) &&
	       address >> 32 == frame->address >> 32 && frame->len &&
	       frame->len <= region->frame_size - (address & (region->frame_size - 1));
}

/* Puts frames that are all for one queue into its ring: how many fit. */
static unsigned int enqueue(struct xdv_consumer *consumer, struct queue *queue,
			    const struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;
	uint32_t room = xsk_prod_nb_free(&queue->tx, n), index;

	if (n > room)
		n = room;
	while (n && frames[n - 1].more) /* the rest of the packet does not fit */
		n--;
	if (!n || !xsk_ring_prod__reserve(&queue->tx, n, &index))
		return 0;
	__atomic_add_fetch(&queue_rings(queue)->in_flight, n, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t address = (uint64_t)((unsigned char *)frames[i].data - region->base);

		*xsk_ring_prod__tx_desc(&queue->tx, index + i) = (struct xdp_desc){
			.addr = address,
			.len = frames[i].len,
			.options = frames[i].more ? XDP_PKT_CONTD : 0,
		};
		queue->tx_bytes += frames[i].len;
		queue->tx_frames += !frames[i].more;
	}
	xsk_ring_prod__submit(&queue->tx, n);
	return n;
}

/* Sends frames that are all for one queue, in as many goes as it takes; how many were taken. */
static unsigned int send_run(struct xdv_consumer *consumer, struct queue *queue,
			     const struct xdv_frame *frames, unsigned int n)
{
	unsigned int sent = 0, taken;

	do {
		region_lock(consumer->region);
		queue_reclaim(queue, consumer->region);
		region_unlock(consumer->region);
		taken = enqueue(consumer, queue, frames + sent, n - sent);
		sent += taken;
		if (queue_kick_transmit(queue) == -ENODEV)
			consumer->gone = -ENODEV;
	} while (taken && sent < n);
	return sent;
}

static void set_owner(struct xdv_region *region, const struct xdv_frame *frames, unsigned int n,
		      enum region_owner owner)
{
	for (unsigned int i = 0; i < n; i++)
		region->owner[region_frame(region, frames[i].address)] = (unsigned char)owner;
}

/* Frames of the first of the packets; 0: it does not end, or the kernel takes none so long. */
static unsigned int packet_frames(const struct xdv_consumer *consumer,
				  const struct xdv_frame *frames, unsigned int n)
{
	unsigned int most = consumer->jumbo ? XDV_PACKET_FRAMES : 1;

	for (unsigned int i = 0; i < n && i < most; i++) {
		if (!frames[i].more)
			return i + 1;
	}
	return 0;
}

/*
 * How many frames the first packet has, if it can be sent on that queue; otherwise 0. They are
 * marked as the kernel's as it goes, so that a frame that is named twice is noticed.
 */
static unsigned int claim_packet(struct xdv_consumer *consumer, const struct xdv_frame *frames,
				 unsigned int n, uint32_t queue)
{
	unsigned int count = packet_frames(consumer, frames, n);

	for (unsigned int i = 0; i < count; i++) {
		if (frames[i].queue != queue || !can_send(consumer, &frames[i])) {
			set_owner(consumer->region, frames, i, REGION_APPLICATION);
			return 0;
		}
		set_owner(consumer->region, &frames[i], 1, REGION_KERNEL);
	}
	return count;
}

/* How many of the frames can be sent and are for the queue of the first. */
static unsigned int claim_run(struct xdv_consumer *consumer, const struct xdv_frame *frames,
			      unsigned int n)
{
	unsigned int claimed = 0, count;

	do {
		count = claim_packet(consumer, frames + claimed, n - claimed, frames[0].queue);
		claimed += count;
	} while (count && claimed < n);
	return claimed;
}

int xdv_send(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	unsigned int sent = 0, run, taken;
	struct queue *queue;

	if (n > INT_MAX)
		n = INT_MAX;
	while (sent < n && !consumer->gone) {
		run = claim_run(consumer, frames + sent, n - sent);
		if (!run) {
			if (!region_is_lent(consumer->region, frames[sent].address))
				region_blame(consumer->region, frames[sent].address, "sent");
			return sent ? (int)sent : -EINVAL;
		}
		/* queues without transmit send on one that has it */
		queue = &consumer->queues[frames[sent].queue % consumer->transmit_count];
		taken = send_run(consumer, queue, frames + sent, run);
		set_owner(consumer->region, frames + sent + taken, run - taken, REGION_APPLICATION);
		sent += taken;
		if (taken < run)
			break;
	}
	return !sent && consumer->gone && n ? consumer->gone : (int)sent;
}
