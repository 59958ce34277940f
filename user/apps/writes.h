/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writes received frames to a file, from where they lie: the region is a fixed buffer of an
 * io_uring. A frame goes back to the consumer when it is written.
 */
#ifndef XDIVERT_APP_WRITES_H
#define XDIVERT_APP_WRITES_H

#include <liburing.h>
#include <stdbool.h>

#include "app.h"

#define WRITES 512 /* at a time; a power of two */

struct writes {
	struct xdv_consumer *consumer;
	struct io_uring ring;
	int fd, err; /* err: one of them failed */
	uint64_t offset; /* in the file, of the next one */
	struct {
		struct xdv_frame frame;
		uint32_t length;
	} list[WRITES];
	uint32_t idle[WRITES], idle_count; /* numbers of those that are not under way */
};

/* From that offset on. A negative errno: the region is no buffer for io_uring. */
static inline int writes_start(struct writes *writes, struct xdv_consumer *consumer, int fd,
			       uint64_t offset)
{
	struct iovec memory;
	int err;

	writes->consumer = consumer;
	writes->fd = fd;
	writes->offset = offset;
	memory.iov_base = xdv_region_memory(xdv_consumer_region(consumer), &memory.iov_len);
	err = io_uring_queue_init(WRITES, &writes->ring, 0);
	if (!err)
		err = io_uring_register_buffers(&writes->ring, &memory, 1);
	for (uint32_t i = 0; i < WRITES; i++)
		writes->idle[writes->idle_count++] = i;
	return err;
}

static inline bool writes_under_way(const struct writes *writes)
{
	return writes->idle_count < WRITES;
}

/* Takes back the frames that are written; waits for one if `wait`. */
static inline void writes_reap(struct writes *writes, bool wait)
{
	struct io_uring_cqe *cqe;

	while (writes_under_way(writes) && !(wait ? io_uring_wait_cqe(&writes->ring, &cqe)
						  : io_uring_peek_cqe(&writes->ring, &cqe))) {
		uint32_t number = (uint32_t)cqe->user_data;

		if (cqe->res < 0)
			writes->err = cqe->res;
		else if ((uint32_t)cqe->res < writes->list[number].length)
			writes->err = -ENOSPC;
		io_uring_cqe_seen(&writes->ring, cqe);
		xdv_release(writes->consumer, &writes->list[number].frame, 1);
		writes->idle[writes->idle_count++] = number;
		wait = false;
	}
}

/* Until so many more can be added. */
static inline void writes_wait(struct writes *writes, uint32_t room)
{
	while (writes->idle_count < room)
		writes_reap(writes, true);
}

/* What is in the frame from `from` on; there is room for it. It is begun by writes_submit(). */
static inline void writes_add(struct writes *writes, const struct xdv_frame *frame,
			      const void *from, uint32_t length)
{
	uint32_t number = writes->idle[--writes->idle_count];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&writes->ring);

	writes->list[number].frame = *frame;
	writes->list[number].length = length;
	io_uring_prep_write_fixed(sqe, writes->fd, from, length, writes->offset, 0);
	sqe->user_data = number;
	writes->offset += length;
}

static inline void writes_submit(struct writes *writes)
{
	io_uring_submit(&writes->ring);
	writes_reap(writes, false);
}

#endif
