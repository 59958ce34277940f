/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Consumers that the service opens for processes without privileges, or for such as will be taken
 * over by the next version of themselves. The service keeps the sockets and the region; who serves
 * them has the same, and the place, for as long as its connection lasts.
 */
#ifndef XDIVERT_LEND_H
#define XDIVERT_LEND_H

#include "live/observe.h"
#include "loop.h"

struct connection;
struct json_t;
struct lend;

struct lends {
	struct lend *list;
	struct operation tick; /* as long as there are any */
	struct view known; /* the policy that was asked for last */
};

/* The requests `open`, `stop` and `yield` of message.h. */
void lend_open(struct connection *connection, const struct json_t *request);
void lend_stop(struct connection *connection, const struct json_t *request);
void lend_yield(struct connection *connection, const struct json_t *request);

/* The connection ends. */
void lend_end(struct connection *connection);

#endif
