/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Captures of samples that clients ask for. There is one reader of an interface's samples: it gives
 * each of them to all who capture there.
 */
#ifndef XDIVERT_CAPTURES_H
#define XDIVERT_CAPTURES_H

/* At once, of all interfaces. */
#define CAPTURES_MAX 16

struct capture;
struct connection;
struct json_t;
struct sampling;

struct captures {
	struct sampling *list; /* the interfaces */
	unsigned int count;
};

/* The requests `capture` and `finish` of message.h. */
void captures_begin(struct connection *connection, const struct json_t *request);
void captures_finish(struct connection *connection, const struct json_t *request);

/* The connection ends. */
void captures_left(struct connection *connection);

/* The service ends, and all of them: `count` is 0 when their clients have been told. */
void captures_end(struct captures *captures);

#endif
