// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "rings_fixture.h"

#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct xsk_ring_prod producer_end(struct ring *ring)
{
	return (struct xsk_ring_prod){
		.cached_cons = RING_SIZE,
		.mask = RING_SIZE - 1,
		.size = RING_SIZE,
		.producer = &ring->producer,
		.consumer = &ring->consumer,
		.ring = ring->addresses,
		.flags = &ring->flags,
	};
}

static struct xsk_ring_cons consumer_end(struct ring *ring)
{
	return (struct xsk_ring_cons){
		.mask = RING_SIZE - 1,
		.size = RING_SIZE,
		.producer = &ring->producer,
		.consumer = &ring->consumer,
		.ring = ring->addresses,
		.flags = &ring->flags,
	};
}

int rings_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || region_create(&f->consumer.region, FRAMES, FRAME_SIZE, NULL))
		return -1;
	for (int i = 0; i < QUEUES; i++) {
		f->queues[i].fd = -1;
		f->queues[i].number = (uint32_t)i;
		f->queues[i].transmit = true;
		f->queues[i].ring_size = RING_SIZE;
		f->queues[i].state = &f->states[i];
		f->queues[i].fill = producer_end(&f->fill[i]);
		f->queues[i].tx = producer_end(&f->tx[i]);
		f->queues[i].rx = consumer_end(&f->rx[i]);
		f->queues[i].completion = consumer_end(&f->completion[i]);
	}
	f->consumer.queues = f->queues;
	f->consumer.count = f->consumer.transmit_count = QUEUES;
	strcpy(f->consumer.ifname, "no-such-if");
	*state = f;
	return 0;
}

int rings_tear_down(void **state)
{
	struct fixture *f = *state;

	region_free(&f->consumer.region);
	rulenames_free(&f->consumer.names);
	free(f);
	return 0;
}

bool kernel_receives(struct fixture *f, int queue, uint32_t length, uint8_t content,
		     const struct xdv_metadata *metadata)
{
	struct ring *fill = &f->fill[queue], *rx = &f->rx[queue];
	uint64_t address;

	if (fill->consumer == fill->producer)
		return false;
	address = fill->addresses[fill->consumer++ % RING_SIZE] + XDP_PACKET_HEADROOM + f->stripped;
	memset(f->consumer.region->base + address, content, length);
	if (metadata)
		memcpy(f->consumer.region->base + address - sizeof(*metadata), metadata,
		       sizeof(*metadata));
	assert_true(rx->producer - rx->consumer < RING_SIZE);
	rx->descriptors[rx->producer++ % RING_SIZE] = (struct xdp_desc){
		.addr = address, .len = length, .options = f->options};
	return true;
}

unsigned int kernel_sends(struct fixture *f, int queue, uint8_t *contents)
{
	struct ring *tx = &f->tx[queue], *completion = &f->completion[queue];
	unsigned int n = 0;

	while (tx->consumer != tx->producer) {
		struct xdp_desc *descriptor = &tx->descriptors[tx->consumer++ % RING_SIZE];

		contents[n++] = f->consumer.region->base[descriptor->addr];
		completion->addresses[completion->producer++ % RING_SIZE] = descriptor->addr;
	}
	return n;
}

int receive(struct fixture *f, struct xdv_frame *frames, unsigned int n)
{
	return xdv_recv(&f->consumer, frames, n, XDV_DONTWAIT);
}
