// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ring.h"

#include "fail.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SUBMISSIONS 1024
#define COMPLETIONS 8192 /* the kernel keeps what does not fit, at a price */
#define BATCH	    64

#define POLL_IDLE_MS 50 /* after which the kernel's thread sleeps */

/* The best that this kernel has first. Without interrupts of ours by its task work, from 6.1 on. */
static const unsigned int modes[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
	0,
};

static int set_up(struct ring *ring, unsigned int mode)
{
	struct io_uring_params params = {
		.flags = mode | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
		.cq_entries = COMPLETIONS,
		.sq_thread_idle = POLL_IDLE_MS,
	};

	return io_uring_queue_init_params(SUBMISSIONS, &ring->uring, &params);
}

static void look_at_clock(struct ring *ring)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ring->now = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int ring_open(struct ring *ring, bool poll, struct xdv_error *error)
{
	int err = -EINVAL;

	memset(ring, 0, sizeof(*ring));
	if (poll)
		err = set_up(ring, IORING_SETUP_SQPOLL);
	for (size_t i = 0; !poll && err == -EINVAL && i < sizeof(modes) / sizeof(modes[0]); i++)
		err = set_up(ring, modes[i]);
	if (err) {
		fail(error, err, "no io_uring: %s", strerror(-err));
		return fail_hint(error, err,
				 err == -EPERM ? "see /proc/sys/kernel/io_uring_disabled"
				 : poll	       ? "try without --sqpoll"
					       : "Linux 5.19 or later has what is needed");
	}
	io_uring_register_ring_fd(&ring->uring); /* only saves a look-up */
	look_at_clock(ring);
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->uring.ring_fd > 0)
		io_uring_queue_exit(&ring->uring);
	memset(ring, 0, sizeof(*ring));
}

void ring_register(struct ring *ring, const struct iovec *memory)
{
	ring->fixed = io_uring_register_buffers(&ring->uring, memory, 1) == 0;
}

struct io_uring_sqe *ring_entry(struct ring *ring, struct ring_operation *operation)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);

	while (!entry) {
		io_uring_submit(&ring->uring);
		if (ring->uring.flags & IORING_SETUP_SQPOLL)
			io_uring_sqring_wait(&ring->uring);
		entry = io_uring_get_sqe(&ring->uring);
	}
	io_uring_sqe_set_data(entry, operation);
	return entry;
}

/* What calls back may add entries, but takes no completions. */
static unsigned int call_back(struct ring *ring)
{
	struct io_uring_cqe *completions[BATCH];
	unsigned int count = io_uring_peek_batch_cqe(&ring->uring, completions, BATCH);

	for (unsigned int i = 0; i < count; i++) {
		struct ring_operation *operation = io_uring_cqe_get_data(completions[i]);
		int result = completions[i]->res;
		unsigned int flags = completions[i]->flags;

		if (operation)
			operation->done(operation, result, flags);
	}
	io_uring_cq_advance(&ring->uring, count);
	return count;
}

int ring_turn(struct ring *ring)
{
	int err = io_uring_submit_and_wait(&ring->uring, 1);

	/* EBUSY: completions have to be taken first */
	if (err < 0 && err != -EINTR && err != -EBUSY && err != -EAGAIN)
		return err;
	look_at_clock(ring);
	while (call_back(ring) == BATCH)
		;
	return 0;
}
