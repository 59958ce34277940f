// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Frames from the kernel, and back to it: what an application does all day.
 */
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "bpf/abi.h"
#include "consumer.h"
#include "handed.h"
#include "relax.h"

/* How long xdv_recv() looks again before it sleeps: less than a sleep costs. */
#define SPIN_NS 5000

/* A sleep is cut into pieces, to notice when the device or the policy is another. */
#define DOZE_MS 1000

/* How often that is looked at, if often nothing comes. */
#define CHECK_NS (DOZE_MS * INT64_C(1000000) / 2)

/* And into small ones, as long as the kernel has frames to send that it could not yet. */
#define DOZE_UNSENT_MS 1

/* Calls without waiting, and without a packet, after which we look the same way. */
#define IDLE_CHECK 4096

/* Packets ahead that the memory is asked for: the kernel wrote them on another core. */
#define PREFETCH 4

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void describe(struct xdv_frame *frame, const struct xdv_region *region, uint64_t address)
{
	memset(frame, 0, sizeof(*frame));
	frame->data = region->base + address;
	frame->address = address;
	frame->room = region->frame_size - (uint32_t)(address & (region->frame_size - 1));
}

/* The kernel leaves at least the headroom in front of a packet, so the metadata is in the frame. */
static void read_metadata(struct xdv_frame *frame)
{
	unsigned char *place = (unsigned char *)frame->data - sizeof(struct xdv_metadata);
	struct xdv_metadata metadata;

	memcpy(&metadata.magic, place, sizeof(metadata.magic));
	if (metadata.magic != XDV_METADATA_MAGIC)
		return;
	memcpy(&metadata, place, sizeof(metadata));
	if (metadata.valid & XDV_METADATA_RULE) {
		frame->valid = XDV_FRAME_RULE;
		frame->rule = metadata.rule;
		frame->generation = metadata.generation;
	}
	if (metadata.valid & XDV_METADATA_FLOW)
		frame->valid |= XDV_FRAME_FLOW;
	if (metadata.valid & XDV_METADATA_MARK) {
		frame->valid |= XDV_FRAME_MARK;
		frame->mark = metadata.mark;
	}
	/* believed once: also where a packet does not begin at the usual place */
	metadata.magic = 0;
	memcpy(place, &metadata.magic, sizeof(metadata.magic));
}

/* How many of the next n descriptors are whole packets: the last one may go on behind them. */
static uint32_t whole_packets(const struct queue *queue, uint32_t index, uint32_t n)
{
	while (n && xsk_ring_cons__rx_desc(&queue->rx, index + n - 1)->options & XDP_PKT_CONTD)
		n--;
	return n;
}

/* How many there are of whole packets, up to n. -EMSGSIZE: the first one alone has more. */
static int peek(struct queue *queue, uint32_t n, uint32_t *index)
{
	uint32_t there = xsk_ring_cons__peek(&queue->rx, n, index);
	uint32_t whole = whole_packets(queue, *index, there);

	if (whole < there)
		xsk_ring_cons__cancel(&queue->rx, there - whole);
	return there && !whole ? -EMSGSIZE : (int)whole;
}

static int receive(struct xdv_consumer *consumer, unsigned int number, struct xdv_frame *frames,
		   unsigned int room)
{
	struct queue *queue = &consumer->queues[number];
	struct xdv_region *region = consumer->region;
	bool begins = true;
	uint32_t index, n;
	int there;

	there = peek(queue, room, &index);
	if (there <= 0)
		return there;
	n = (uint32_t)there;
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *descriptor = xsk_ring_cons__rx_desc(&queue->rx, index + i);

		if (i + PREFETCH < n) {
			const struct xdp_desc *ahead = xsk_ring_cons__rx_desc(&queue->rx,
									      index + i + PREFETCH);

			__builtin_prefetch(region->base + ahead->addr);
			__builtin_prefetch(region->base + ahead->addr -
					   sizeof(struct xdv_metadata));
		}
		describe(&frames[i], region, descriptor->addr);
		frames[i].len = descriptor->len;
		frames[i].queue = number;
		frames[i].more = descriptor->options & XDP_PKT_CONTD;
		if (begins) {
			read_metadata(&frames[i]);
			queue->rx_frames++;
		}
		begins = !frames[i].more;
		region->owner[region_frame(region, descriptor->addr)] = REGION_APPLICATION;
		queue->rx_bytes += descriptor->len;
	}
	xsk_ring_cons__release(&queue->rx, n);
	queue_beat(queue);
	return there;
}

/* Frames that were sent come back; what the kernel could not send is tried again. */
static void tend(struct xdv_consumer *consumer, struct queue *queue)
{
	struct xdv_region *region = consumer->region;
	bool sending = queue_in_flight(queue);

	if (region->lock && !sending && !queue_has_room(queue))
		return;
	region_lock(region);
	if (sending)
		queue_reclaim(queue, region);
	queue_stock(queue, region);
	region_unlock(region);
	if (sending)
		(void)queue_kick_transmit(queue);
}

/* One look at each queue, beginning behind the one that was served last. */
static int look(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	unsigned int got = 0, number = consumer->next;
	int more = 0;

	for (unsigned int i = 0; i < consumer->count && got < n && more >= 0; i++) {
		tend(consumer, &consumer->queues[number]);
		more = receive(consumer, number, frames + got, n - got);
		if (more < 0) /* it comes first the next time */
			break;
		got += (unsigned int)more;
		if (++number == consumer->count)
			number = 0;
	}
	if (!got)
		return more;
	consumer->next = number;
	return (int)got;
}

static int spin(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	int64_t end = now() + SPIN_NS;
	int got;

	do {
		cpu_relax();
		got = look(consumer, frames, n);
	} while (!got && now() < end);
	return got;
}

/* For when nothing comes: is the device still there, and the policy the one we know? */
static int check_source(struct xdv_consumer *consumer)
{
	int64_t time = now();

	if (handed_is_wanted(consumer))
		return -ESHUTDOWN;
	if (time - consumer->checked < CHECK_NS)
		return consumer->gone;
	consumer->checked = time;
	if (!consumer->gone && queue_check(&consumer->queues[0]))
		consumer->gone = -ENODEV;
	if (consumer->gone)
		return consumer->gone;
	consumer_rejoin(consumer);
	return 0;
}

/* Sleeps until something may have come. deadline < 0: there is none. */
static int doze(struct xdv_consumer *consumer, int64_t deadline)
{
	struct epoll_event event;
	int64_t left;
	int ms = DOZE_MS, n;

	for (unsigned int i = 0; i < consumer->count; i++) {
		if (queue_has_unsent(&consumer->queues[i]))
			ms = DOZE_UNSENT_MS;
	}
	if (deadline >= 0) {
		left = (deadline - now() + 999999) / 1000000;
		if (left < ms)
			ms = left > 0 ? (int)left : 0;
	}
	n = epoll_wait(consumer->epoll, &event, 1, ms);
	if (n < 0)
		return -errno;
	if (n > 0 && event.data.u32 == HANDED_EVENT)
		handed_tend(consumer);
	if (n == 0 || event.data.u32 == HANDED_EVENT || (event.events & (EPOLLERR | EPOLLHUP)))
		return check_source(consumer);
	return 0;
}

/* Tells the drivers, if they want to know, that there are frames to receive into. */
static void kick(struct xdv_consumer *consumer)
{
	for (unsigned int i = 0; i < consumer->count; i++)
		queue_kick_fill(&consumer->queues[i]);
}

/* Without sleep, and so without the kick that it is to the drivers. */
static int spin_on(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n,
		   int64_t deadline)
{
	int got, err;

	for (;;) {
		got = spin(consumer, frames, n);
		if (got)
			return got;
		err = check_source(consumer);
		if (err)
			return err;
		if (deadline >= 0 && now() >= deadline)
			return 0;
		kick(consumer);
	}
}

static int wait(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n,
		int timeout_ms)
{
	int64_t deadline = timeout_ms < 0 ? -1 : now() + (int64_t)timeout_ms * 1000000;
	int got = 0, err;

	if (consumer->profile == XDV_PROFILE_LATENCY)
		return spin_on(consumer, frames, n, deadline);
	if (consumer->profile == XDV_PROFILE_BALANCED)
		got = spin(consumer, frames, n);
	while (!got) {
		err = doze(consumer, deadline);
		got = look(consumer, frames, n);
		if (!got && err)
			return err;
		if (deadline >= 0 && now() >= deadline)
			break;
	}
	return got;
}

static int receive_now_or_later(struct xdv_consumer *consumer, struct xdv_frame *frames,
				unsigned int n, int timeout_ms)
{
	int got;

	got = look(consumer, frames, n);
	if (got) {
		consumer->idle = 0;
		return got;
	}
	kick(consumer);
	if (timeout_ms)
		return wait(consumer, frames, n, timeout_ms);
	return ++consumer->idle % IDLE_CHECK ? 0 : check_source(consumer);
}

int xdv_recv(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n,
	     int timeout_ms)
{
	int got = -ESHUTDOWN;

	if (n > INT_MAX)
		n = INT_MAX;
	if (!n)
		return 0;
	if (consumer->gone != -ESHUTDOWN && !handed_is_wanted(consumer))
		got = receive_now_or_later(consumer, frames, n, timeout_ms);
	if (got == -ESHUTDOWN)
		handed_yield(consumer);
	return got;
}

static int refuse(const struct xdv_region *region, const struct xdv_frame *frame)
{
	region_blame(region, frame->address, "released");
	return -EINVAL;
}

int xdv_release(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;
	int err = 0;

	if (consumer->gone == -ESHUTDOWN) /* they are another process's, and free there */
		return 0;
	region_lock(region);
	for (unsigned int i = 0; i < n; i++) {
		if (region_is_lent(region, frames[i].address))
			region_put(region, frames[i].address);
		else
			err = refuse(region, &frames[i]);
		/* the last one of its queue in a row */
		if ((i + 1 == n || frames[i + 1].queue != frames[i].queue) &&
		    frames[i].queue < consumer->count)
			queue_stock(&consumer->queues[frames[i].queue], region);
	}
	region_unlock(region);
	return err;
}

int xdv_alloc(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;

	if (consumer->gone == -ESHUTDOWN)
		return 0;
	region_lock(region);
	for (unsigned int i = 0; i < consumer->count && region->free_count < n; i++) {
		if (queue_in_flight(&consumer->queues[i]))
			queue_reclaim(&consumer->queues[i], region);
	}
	if (n > region->free_count)
		n = region->free_count;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t start = (uint64_t)region_take(region, REGION_APPLICATION)
				 << region->frame_shift;

		describe(&frames[i], region, start + XDP_PACKET_HEADROOM);
	}
	region_unlock(region);
	return (int)n;
}
