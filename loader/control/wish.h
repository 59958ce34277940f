/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which consumer a process without privileges wants, and whether it may have it.
 */
#ifndef XDIVERT_WISH_H
#define XDIVERT_WISH_H

#include "xdivert/consumer.h"

struct connection;
struct json_t;
struct view;

struct wish {
	const char *ifname, *name; /* the request's */
	struct xdv_consumer_options options;
};

int wish_read(struct wish *wish, const struct json_t *request, struct xdv_error *error);

/*
 * `known`, zeroed before the first call, keeps the policy: whoever asks as often as he can must not
 * have it read each time.
 *
 * By the policy that is live; the next one may say something else. -ENOENT: there is no such
 * consumer; -EACCES: it is for others; -ENOBUFS: that is more memory than others than root get.
 */
int wish_check(const struct wish *wish, const struct connection *connection, struct view *known,
	       struct xdv_error *error);

#endif
