/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What clients of the control socket ask for (user/message.h), and what they are told.
 */
#ifndef XDIVERT_REQUESTS_H
#define XDIVERT_REQUESTS_H

#include "xdivert/error.h"

#include <stddef.h>

struct capture;
struct connection;
struct json_t;
struct lend;

/* Reads a request: a reference, or NULL with `error`. Pure. */
struct json_t *request_parse(const char *text, size_t length, struct xdv_error *error);

/* Sends an answer; takes the reference, and adds the version. */
void request_answer(struct connection *connection, struct json_t *answer);
void request_fail(struct connection *connection, const struct xdv_error *error);
/* {code, message, hint}: a new reference. */
struct json_t *error_json(const struct xdv_error *error);

/* The same with descriptors, which are taken. */
void request_answer_with(struct connection *connection, struct json_t *answer, const int *fds,
			 size_t count);

/* What of a consumer the client has: of lend.c. */
struct lend **request_lend(struct connection *connection);
/* Its capture: of captures.c. */
struct capture **request_capture(struct connection *connection);

/* The journal's: tells those who follow. `context` is the service. */
void requests_log_event(void *context, struct json_t *entry);

#endif
