// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is done to the rings of one queue, a burst at a time.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bpf/abi.h"
#include "queue.h"

/* How long frames that are being sent are waited for, at the end. */
#define RECOVER_MS 20

/*
 * Where the program in the kernel puts its metadata, if the driver leaves it: in front of the
 * frame's usual start. Cleared before the kernel has the frame, so that metadata which is there
 * afterwards belongs to the packet behind it.
 */
static void forget_metadata(const struct xdv_region *region, uint64_t address)
{
	const uint16_t none = 0;

	memcpy(region->base + address + XDP_PACKET_HEADROOM - sizeof(struct xdv_metadata) +
		       offsetof(struct xdv_metadata, magic),
	       &none, sizeof(none));
}

void queue_stock(struct queue *queue, struct xdv_region *region)
{
	struct xsk_ring_prod *fill = &queue_rings(queue)->fill;
	uint32_t n = region->free_count, room, index;
	bool starved;

	if (!n)
		return;
	room = xsk_prod_nb_free(fill, n);
	if (n > room)
		n = room;
	if (!n || !xsk_ring_prod__reserve(fill, n, &index))
		return;
	starved = __atomic_load_n(fill->consumer, __ATOMIC_RELAXED) == index;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t address = (uint64_t)region_take(region, REGION_KERNEL)
				   << region->frame_shift;

		forget_metadata(region, address);
		*xsk_ring_prod__fill_addr(fill, index + i) = address;
	}
	xsk_ring_prod__submit(fill, n);
	if (starved)
		queue_beat(queue);
}

/* What is on its way is seen in the completion ring a little later. */
static void wait_for_sent(struct queue *queue, struct xdv_region *region)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < RECOVER_MS && queue_in_flight(queue); i++) {
		(void)queue_kick_transmit(queue);
		queue_reclaim(queue, region);
		if (queue_in_flight(queue))
			nanosleep(&pause, NULL);
	}
}

static void recover_rings(struct queue *queue, struct xdv_region *region)
{
	uint32_t i;

	for (i = *queue->fill.consumer; i != *queue->fill.producer; i++)
		region_put(region, *xsk_ring_prod__fill_addr(&queue->fill, i));
	for (i = *queue->completion.consumer; i != *queue->completion.producer; i++)
		region_put(region, *xsk_ring_cons__comp_addr(&queue->completion, i));
}

/* Without zero-copy, nobody but the rings has frames once the socket is closed. */
void queue_recover(struct queue *queue, struct xdv_region *region)
{
	uint32_t i;

	wait_for_sent(queue, region);
	if (queue->fd >= 0)
		close(queue->fd);
	queue->fd = -1;
	if (queue->zerocopy) /* the device may write for a while: they are lost to the others */
		return;
	for (i = *queue->rx.consumer; i != *queue->rx.producer; i++)
		region_put(region, xsk_ring_cons__rx_desc(&queue->rx, i)->addr);
	if (!queue->first)
		recover_rings(queue, region);
	for (i = queue->transmit ? *queue->tx.consumer : 0;
	     queue->transmit && i != *queue->tx.producer; i++)
		region_put(region, xsk_ring_prod__tx_desc(&queue->tx, i)->addr);
}

void queue_kick_fill(struct queue *queue)
{
	/* What it returns does not matter: it only wakes the driver, which may have woken itself.
	 */
	if (xsk_ring_prod__needs_wakeup(&queue_rings(queue)->fill))
		recvfrom(queue->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

void queue_reclaim(struct queue *queue, struct xdv_region *region)
{
	struct queue *rings = queue_rings(queue);
	uint32_t index, n;

	n = xsk_ring_cons__peek(&rings->completion, rings->ring_size, &index);
	if (!n)
		return;
	for (uint32_t i = 0; i < n; i++)
		region_put(region, *xsk_ring_cons__comp_addr(&rings->completion, index + i));
	xsk_ring_cons__release(&rings->completion, n);
	__atomic_sub_fetch(&rings->in_flight, n, __ATOMIC_RELAXED);
}

bool queue_has_unsent(const struct queue *queue)
{
	return queue->transmit &&
	       __atomic_load_n(queue->tx.consumer, __ATOMIC_RELAXED) != queue->tx.cached_prod;
}

/*
 * Without zero-copy a call sends some 32 packets and then says EAGAIN, as it does when the device
 * or the completion ring is full: what tells these apart is whether the ring moved.
 */
int queue_kick_transmit(struct queue *queue)
{
	while (queue_has_unsent(queue) && xsk_ring_prod__needs_wakeup(&queue->tx)) {
		uint32_t before = __atomic_load_n(queue->tx.consumer, __ATOMIC_RELAXED);

		if (sendto(queue->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return 0;
		if (errno == ENXIO)
			return -ENODEV;
		if (before == __atomic_load_n(queue->tx.consumer, __ATOMIC_RELAXED))
			return -EAGAIN;
	}
	return 0;
}
