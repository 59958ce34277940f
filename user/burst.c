// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Frames in and out: what an application does all day.
 */
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "bpf/abi.h"
#include "consumer.h"

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

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define cpu_relax() __asm__ volatile("yield" ::: "memory")
#else
#define cpu_relax() __asm__ volatile("" ::: "memory")
#endif

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

static unsigned int receive(struct xdv_consumer *consumer, unsigned int number,
			    struct xdv_frame *frames, unsigned int n)
{
	struct queue *queue = &consumer->queues[number];
	struct xdv_region *region = consumer->region;
	uint32_t index;

	n = xsk_ring_cons__peek(&queue->rx, n, &index);
	if (!n)
		return 0;
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
		read_metadata(&frames[i]);
		region->owner[region_frame(region, descriptor->addr)] = REGION_APPLICATION;
		queue->rx_bytes += descriptor->len;
	}
	xsk_ring_cons__release(&queue->rx, n);
	queue_beat(queue);
	queue->rx_frames += n;
	return n;
}

/* Frames that were sent come back; what the kernel could not send is tried again. */
static void tend(struct xdv_consumer *consumer, struct queue *queue)
{
	if (queue->in_flight) {
		queue_reclaim(queue, consumer->region);
		(void)queue_kick_transmit(queue);
	}
	queue_stock(queue, consumer->region);
}

/* One look at each queue, beginning behind the one that was served last. */
static unsigned int look(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	unsigned int got = 0, number = consumer->next;

	for (unsigned int i = 0; i < consumer->count && got < n; i++) {
		tend(consumer, &consumer->queues[number]);
		got += receive(consumer, number, frames + got, n - got);
		if (++number == consumer->count)
			number = 0;
	}
	if (got)
		consumer->next = number;
	return got;
}

static unsigned int spin(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	int64_t end = now() + SPIN_NS;
	unsigned int got;

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

	if (time - consumer->checked < CHECK_NS)
		return consumer->gone ? -ENODEV : 0;
	consumer->checked = time;
	if (!consumer->gone && queue_check(&consumer->queues[0]))
		consumer->gone = true;
	if (consumer->gone)
		return -ENODEV;
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
	if (n == 0 || (event.events & (EPOLLERR | EPOLLHUP)))
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
	unsigned int got;
	int err;

	for (;;) {
		got = spin(consumer, frames, n);
		if (got)
			return (int)got;
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
	unsigned int got = 0;
	int err;

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
	return (int)got;
}

int xdv_recv(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n,
	     int timeout_ms)
{
	unsigned int got;

	if (n > INT_MAX)
		n = INT_MAX;
	if (!n)
		return 0;
	got = look(consumer, frames, n);
	if (got) {
		consumer->idle = 0;
		return (int)got;
	}
	kick(consumer);
	if (timeout_ms)
		return wait(consumer, frames, n, timeout_ms);
	return ++consumer->idle % IDLE_CHECK ? 0 : check_source(consumer);
}

int xdv_release(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;
	int err = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (region_is_lent(region, frames[i].address))
			region_put(region, frames[i].address);
		else
			err = -EINVAL;
		/* the last one of its queue in a row */
		if ((i + 1 == n || frames[i + 1].queue != frames[i].queue) &&
		    frames[i].queue < consumer->count)
			queue_stock(&consumer->queues[frames[i].queue], region);
	}
	return err;
}

int xdv_alloc(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;

	for (unsigned int i = 0; i < consumer->count && region->free_count < n; i++) {
		if (consumer->queues[i].in_flight)
			queue_reclaim(&consumer->queues[i], region);
	}
	if (n > region->free_count)
		n = region->free_count;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t start = (uint64_t)region_take(region, REGION_APPLICATION)
				 << region->frame_shift;

		describe(&frames[i], region, start + XDP_PACKET_HEADROOM);
	}
	return (int)n;
}

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
	if (!n || !xsk_ring_prod__reserve(&queue->tx, n, &index))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t address = (uint64_t)((unsigned char *)frames[i].data - region->base);

		*xsk_ring_prod__tx_desc(&queue->tx, index + i) = (struct xdp_desc){
			.addr = address, .len = frames[i].len};
		queue->tx_bytes += frames[i].len;
	}
	xsk_ring_prod__submit(&queue->tx, n);
	queue->tx_frames += n;
	queue->in_flight += n;
	return n;
}

/* Sends frames that are all for one queue, in as many goes as it takes; how many were taken. */
static unsigned int send_run(struct xdv_consumer *consumer, struct queue *queue,
			     const struct xdv_frame *frames, unsigned int n)
{
	unsigned int sent = 0, taken;

	do {
		queue_reclaim(queue, consumer->region);
		taken = enqueue(consumer, queue, frames + sent, n - sent);
		sent += taken;
		if (queue_kick_transmit(queue) == -ENODEV)
			consumer->gone = true;
	} while (taken && sent < n);
	return sent;
}

/*
 * How many of the frames can be sent and are for the queue of the first. They are marked as the
 * kernel's as it goes, so that a frame that is named twice is noticed.
 */
static unsigned int claim_run(struct xdv_consumer *consumer, const struct xdv_frame *frames,
			      unsigned int n)
{
	struct xdv_region *region = consumer->region;
	unsigned int i;

	for (i = 0; i < n && frames[i].queue == frames[0].queue; i++) {
		if (!can_send(consumer, &frames[i]))
			break;
		region->owner[region_frame(region, frames[i].address)] = REGION_KERNEL;
	}
	return i;
}

int xdv_send(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	struct xdv_region *region = consumer->region;
	unsigned int sent = 0, run, taken;
	struct queue *queue;

	if (n > INT_MAX)
		n = INT_MAX;
	while (sent < n && !consumer->gone) {
		run = claim_run(consumer, frames + sent, n - sent);
		if (!run)
			return sent ? (int)sent : -EINVAL;
		/* queues without transmit send on one that has it */
		queue = &consumer->queues[frames[sent].queue % consumer->transmit_count];
		taken = send_run(consumer, queue, frames + sent, run);
		for (unsigned int i = taken; i < run; i++)
			region->owner[region_frame(region, frames[sent + i].address)] =
				REGION_APPLICATION;
		sent += taken;
		if (taken < run)
			break;
	}
	return !sent && consumer->gone && n ? -ENODEV : (int)sent;
}
