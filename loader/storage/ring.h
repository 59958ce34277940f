/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The one io_uring that the gateway waits on: operations that call back when they are done.
 */
#ifndef XDIVERT_STORAGE_RING_H
#define XDIVERT_STORAGE_RING_H

#include "xdivert/error.h"

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

/*
 * Embedded in what waits for it. `flags` are those of the completion: with IORING_CQE_F_MORE, there
 * will be another one.
 */
struct ring_operation {
	void (*done)(struct ring_operation *operation, int result, unsigned int flags);
};

struct ring {
	struct io_uring uring;
	uint64_t now; /* ns, monotonic, of this turn or later */
	bool spins; /* there is a processor to spare for that */
	unsigned int short_waits; /* in a row, no more than are counted */
	bool polled; /* a thread of the kernel's takes submissions */
	bool fixed; /* the memory is registered: IORING_OP_*_FIXED with buffer 0 */
};

/*
 * With `poll`, a thread of the kernel's looks for submissions: a processor of its own for fewer
 * system calls. -ENOSYS, -EPERM: this kernel has no io_uring, or not for us.
 */
int ring_open(struct ring *ring, bool poll, struct xdv_error *error);
void ring_close(struct ring *ring);

/* Pins the memory once instead of at each operation, where the limit of locked memory allows. */
void ring_register(struct ring *ring, const struct iovec *memory);

/*
 * An entry for `operation`, to be filled by io_uring_prep_…() at once: it begins with the next
 * turn, or when there is no room for another one. Never NULL.
 */
struct io_uring_sqe *ring_entry(struct ring *ring, struct ring_operation *operation);

/* For who wants `now` to be later than the beginning of the turn. */
void ring_look_at_clock(struct ring *ring);

/* Submits, waits until at least one operation is done, and calls back for all that are. */
int ring_turn(struct ring *ring);

#endif
