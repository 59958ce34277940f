/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The one event loop of the service: an io_uring. What waits for something is an operation, part
 * of a larger object, and is called when the kernel is through with it.
 */
#ifndef XDIVERT_LOOP_H
#define XDIVERT_LOOP_H

#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct msghdr;

/* Bytes that one loop_receive() brings at most. */
#define LOOP_BUFFER 4096

/*
 * Something that the kernel does for us. From its start to the call of `done` it and all memory
 * given with it must stay where they are. `result` is a count or a negative errno. What goes on by
 * itself (loop_accept()) is at its end when `more` is false.
 */
struct operation {
	void (*done)(struct operation *operation, int result);
	bool busy; /* started, and not done */
	bool more; /* for `done`: it goes on */
	unsigned int flags; /* the loop's */
};

#define container(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* -ENOSYS, -EPERM: no io_uring here; -EOPNOTSUPP: one older than Linux 5.19. */
int loop_create(struct loop **loop, bool sqpoll, struct xdv_error *error);
void loop_free(struct loop **loop);

/* Until loop_stop(); 0, or a negative errno of the ring itself. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* Behind loop_stop(): goes on until nothing is `left`, and at most `ms`. */
void loop_wait(struct loop *loop, const unsigned int *left, unsigned int ms);
/*
 * Behind loop_stop(): runs until no operation is under way, which after `ms` are all cancelled.
 * What is told so must begin nothing new.
 */
void loop_drain(struct loop *loop, unsigned int ms);

/* Again and again; `result` is the descriptor of a new connection. */
void loop_accept(struct loop *loop, struct operation *operation, int fd);
/* Into a buffer of the loop's, which loop_received() gives during the call of `done`. */
void loop_receive(struct loop *loop, struct operation *operation, int fd);
/* The same, and descriptors into the control data of `msg`, which has one empty piece. */
void loop_receive_with(struct loop *loop, struct operation *operation, int fd, struct msghdr *msg);
const void *loop_received(const struct loop *loop, const struct operation *operation);
void loop_read(struct loop *loop, struct operation *operation, int fd, void *buffer, size_t size);
/* Where the file is; `result` may be less than `size`. */
void loop_write(struct loop *loop, struct operation *operation, int fd, const void *data,
		size_t size);
void loop_close(struct loop *loop, struct operation *operation, int fd);
void loop_send(struct loop *loop, struct operation *operation, int fd, const struct msghdr *msg);
/* Once, when the descriptor is ready for one of `events`: POLLIN, POLLOUT. */
void loop_poll(struct loop *loop, struct operation *operation, int fd, unsigned int events);
/* `result` is -ETIME when the time is over. */
void loop_timer(struct loop *loop, struct operation *operation, uint64_t ms);
/* `done` will be called soon, with -ECANCELED if it was not through already. */
void loop_cancel(struct loop *loop, struct operation *operation);

/* Milliseconds, of CLOCK_MONOTONIC. */
int64_t loop_now(void);

#endif
