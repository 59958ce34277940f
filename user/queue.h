/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One queue of a consumer: its AF_XDP socket, the four rings that it shares with the kernel, and
 * what went through them.
 */
#ifndef XDIVERT_QUEUE_H
#define XDIVERT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <xdivert/consumer.h>
#include <xdivert/error.h>
#include <xdp/xsk.h>

#include "pinned.h"
#include "region.h"

/* Of <linux/if_xdp.h>, which the headers of kernels before 6.6 lack. */
#ifndef XDP_USE_SG
#define XDP_USE_SG    (1 << 4) /* packets may lie in several frames */
#define XDP_PKT_CONTD (1 << 0) /* this one goes on in the next descriptor */
#endif

/* Where a ring is mapped, so that it can be unmapped. */
struct queue_mapping {
	void *base;
	size_t length;
};

/*
 * The rings' memory is set up here and not by libxdp (1.3.1), for two reasons: it cannot build on
 * a socket and region that another process opened and handed over, which applications without
 * privileges and hand-over between two versions of one depend on; and it folds the eleven steps
 * into one errno. The operations on the rings, and their memory barriers, are libxdp's.
 */
struct queue {
	int fd;
	uint32_t number; /* at the device */
	uint32_t share; /* which of the device queue's sockets this is */
	struct queue *first; /* of them, if it is another: the fill and completion rings, and the
			      * frames in flight, are its */
	bool transmit; /* tx and completion are there */
	bool zerocopy; /* read back from the kernel */
	uint32_t ring_size;
	uint32_t in_flight; /* frames sent and not yet seen in the completion ring */
	struct xsk_ring_cons rx;
	struct xsk_ring_prod fill;
	struct xsk_ring_prod tx;
	struct xsk_ring_cons completion;
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
	struct xdv_queue_state *state; /* shared with the program; NULL before it has joined */
	uint64_t stalled_before; /* of state->stalled: what was counted before we came */
	struct queue_mapping mappings[4];
};

/* Has the fill and completion rings. With several threads, whoever touches them has the lock. */
static inline struct queue *queue_rings(struct queue *queue)
{
	return queue->first ? queue->first : queue;
}

struct queue_config {
	const char *ifname;
	const char *driver;
	unsigned int ifindex;
	uint32_t number;
	uint32_t share;
	struct queue *first; /* that is open; NULL: it is to be the first */
	uint32_t ring_size;
	enum xdv_zerocopy zerocopy;
	bool transmit;
	bool jumbo; /* packets may take several frames */
	bool hurried; /* who waits is somebody else: -EBUSY at once, and not after a second */
	int shared_fd; /* a socket whose region and flags it takes: `first`, if there is one; or -1
			*/
};

/* Whether this process may open an AF_XDP socket on this kernel: asked before anything else. */
int queue_try(const struct queue_config *config, struct xdv_error *error);

/*
 * Opens, sets up and binds the socket, with the fill ring full. *queue must be zeroed; on failure
 * it is so again. -EINVAL says that the device has no queue of that number, or no transmit queue
 * if config->transmit, or that the kernel has no jumbo frames, if config->jumbo; the rest is
 * documented at xdv_consumer_open().
 */
int queue_open(struct queue *queue, const struct queue_config *config, struct xdv_region *region,
	       struct xdv_error *error);
/*
 * The same of a socket that another process has set up, with what is in its rings. `fd` is taken
 * also on failure. What a process that was killed had half done is put right: each frame that is in
 * a ring is the kernel's.
 */
int queue_adopt(struct queue *queue, int fd, uint32_t number, uint32_t ring_size, bool transmit,
		struct xdv_region *region);
void queue_close(struct queue *queue);

/*
 * For the program that diverts: the queue is served. So it is when packets were taken, and when the
 * kernel has frames again after it had none; not when there was nothing to take, which is so for
 * an application that keeps all frames to itself, too.
 */
static inline void queue_beat(const struct queue *queue)
{
	/* another worker may exchange it, for that of a new policy */
	struct xdv_queue_state *state = __atomic_load_n(&queue->state, __ATOMIC_RELAXED);

	if (state)
		state_beat(state);
}

/* Frames sent by it, or by any socket on the same queue, that have not come back. */
static inline uint32_t queue_in_flight(struct queue *queue)
{
	return __atomic_load_n(&queue_rings(queue)->in_flight, __ATOMIC_RELAXED);
}

/* Has the fill ring room for frames? To be asked without the lock, before it is taken. */
static inline bool queue_has_room(struct queue *queue)
{
	const struct xsk_ring_prod *fill = &queue_rings(queue)->fill;

	return __atomic_load_n(fill->producer, __ATOMIC_RELAXED) -
		       __atomic_load_n(fill->consumer, __ATOMIC_RELAXED) <
	       fill->size;
}

/* Gives the kernel as many free frames as the fill ring takes. */
void queue_stock(struct queue *queue, struct xdv_region *region);

/* Closes the socket, for good: the frames that are in its rings are free again. */
void queue_recover(struct queue *queue, struct xdv_region *region);

/* Takes frames that are sent out of the completion ring. */
void queue_reclaim(struct queue *queue, struct xdv_region *region);

/* Is something in the transmit ring that the kernel has not taken yet? */
bool queue_has_unsent(const struct queue *queue);

/* Has the kernel send what is in the transmit ring. -EAGAIN: not all of it now; -ENODEV. */
int queue_kick_transmit(struct queue *queue);

/* Tells the driver that there are frames in the fill ring, if it wants to know. */
void queue_kick_fill(struct queue *queue);

/* Adds the queue's own and the kernel's counters. */
void queue_stats_add(const struct queue *queue, struct xdv_consumer_stats *stats);

/* 0, or -ENODEV if the device is gone. */
int queue_check(const struct queue *queue);

#endif
