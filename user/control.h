/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A client of the service (`xdivert run`); message.h has the protocol. Its calls block, for as long
 * as the service may take.
 */
#ifndef XDIVERT_CONTROL_H
#define XDIVERT_CONTROL_H

#include <stddef.h>
#include <xdivert/error.h>

struct json_t;

#define CONTROL_FDS_MAX 253 /* the kernel's limit for one message */

/* The connection's descriptor. -ECONNREFUSED: no service runs in this network namespace. */
int control_connect(struct xdv_error *error);

/*
 * The same for who would rather not wait: -EAGAIN, it takes longer. What is sent on it waits as
 * long at most.
 */
int control_connect_within(int timeout_ms, struct xdv_error *error);

/* Sends a request; takes the reference. */
int control_send(int fd, struct json_t *request, struct xdv_error *error);
/* The same with a descriptor, which stays the caller's; -1: none. */
int control_send_with(int fd, struct json_t *request, int with, struct xdv_error *error);

/*
 * The next message, a new reference. `fds`, with room for CONTROL_FDS_MAX, gets the descriptors
 * that came along and `fd_count` how many; NULL: they are closed. An answer with an error is one:
 * the negative errno that its code names, -EPROTO for one that is unknown here. -EPIPE: the service
 * has ended the connection; -EAGAIN: nothing came in `timeout_ms`, -1 for as long as it takes.
 */
int control_receive(int fd, struct json_t **message, int *fds, size_t *fd_count, int timeout_ms,
		    struct xdv_error *error);

/* Fills `error` from {code, message, hint}, and returns its code. */
int control_error(const struct json_t *said, struct xdv_error *error);

/* A request and its answer. `answer` may be NULL. */
int control_ask(int fd, struct json_t *request, struct json_t **answer, struct xdv_error *error);

#endif
