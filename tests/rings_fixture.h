/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A consumer with rings in plain memory, and a test that plays the kernel at their other end: no
 * socket, no interface.
 */
#ifndef RINGS_FIXTURE_H
#define RINGS_FIXTURE_H

#include "bpf/abi.h"
#include "consumer.h"

#define QUEUES	   2
#define RING_SIZE  8u
#define FRAMES	   32u
#define FRAME_SIZE 2048u

/* Memory of a ring that the kernel would have: its two indices, its flags and its entries. */
struct ring {
	uint32_t producer, consumer, flags;
	union {
		uint64_t addresses[RING_SIZE];
		struct xdp_desc descriptors[RING_SIZE];
	};
};

struct fixture {
	struct xdv_consumer consumer;
	struct queue queues[QUEUES];
	struct xdv_queue_state states[QUEUES];
	struct ring fill[QUEUES], rx[QUEUES], tx[QUEUES], completion[QUEUES];
	uint64_t stripped; /* bytes that the program in the kernel takes off the front */
	uint32_t options; /* of what the kernel receives next: XDP_PKT_CONTD */
};

int rings_set_up(void **state);
int rings_tear_down(void **state);

/* The kernel receives a packet of `length` bytes, all of them `content`. False: no free frame. */
bool kernel_receives(struct fixture *f, int queue, uint32_t length, uint8_t content,
		     const struct xdv_metadata *metadata);

/* The kernel sends what is in the transmit ring: how many, their first bytes in `contents`. */
unsigned int kernel_sends(struct fixture *f, int queue, uint8_t *contents);

/* xdv_recv(), without waiting. */
int receive(struct fixture *f, struct xdv_frame *frames, unsigned int n);

#endif
