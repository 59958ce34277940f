// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ring.h"

#include "fail.h"
#include "relax.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#define SUBMISSIONS 1024
#define COMPLETIONS 8192 /* the kernel keeps what does not fit, at a price */
#define BATCH	    64

/*
 * A client that asks, waits for the answer and asks again is back in less time than it takes to
 * fall asleep and to be woken. Who had nothing but short waits of late looks for so long before it
 * sleeps; who has looked in vain sleeps until it has had as many short waits again.
 */
#define SPIN_NS	    50000
#define SHORT_WAITS 16
#define LOOKS	    16 /* between two looks at the clock */

#define POLL_IDLE_MS 50 /* after which the kernel's thread sleeps */

/* The best that this kernel has first. Without interrupts of ours by its task work, from 6.1 on. */
static const unsigned int modes[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
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

void ring_look_at_clock(struct ring *ring)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ring->now = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
}

int ring_open(struct ring *ring, bool poll, struct xdv_error *error)
{
	int err = -EINVAL;

	memset(ring, 0, sizeof(*ring));
	ring->polled = poll;
	ring->spins = !poll && processors() > 1;
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
	ring_look_at_clock(ring);
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
		if (ring->polled)
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

/* Whether something is done within the time. Takes no system call but to have it done. */
static bool spin(struct ring *ring)
{
	uint64_t end = ring->now + SPIN_NS;
	struct io_uring_cqe *completion;

	while (ring->now < end) {
		for (int i = 0; i < LOOKS; i++) {
			if (io_uring_peek_cqe(&ring->uring, &completion) == 0) {
				ring_look_at_clock(ring);
				return true;
			}
			cpu_relax();
		}
		ring_look_at_clock(ring);
	}
	return false;
}

static int submit_and_wait(struct ring *ring)
{
	uint64_t start = ring->now;
	int err;

	if (ring->spins && ring->short_waits == SHORT_WAITS) {
		err = io_uring_submit(&ring->uring);
		if (err < 0 || spin(ring))
			return err;
	}
	err = io_uring_submit_and_wait(&ring->uring, 1);
	ring_look_at_clock(ring);
	if (ring->now - start > SPIN_NS)
		ring->short_waits = 0;
	else if (ring->short_waits < SHORT_WAITS)
		ring->short_waits++;
	return err;
}

int ring_turn(struct ring *ring)
{
	int err = submit_and_wait(ring);

	/* EBUSY: completions have to be taken first */
	if (err < 0 && err != -EINTR && err != -EBUSY && err != -EAGAIN)
		return err;
	while (call_back(ring) == BATCH)
		;
	return 0;
}
