/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The sockets that the service listens on.
 */
#ifndef XDIVERT_LISTEN_H
#define XDIVERT_LISTEN_H

#include "live/state.h"

struct listening {
	int fd; /* -1: none */
	char path[108]; /* to be removed; "" for none */
	struct state_lock lock; /* there is one service in a network namespace */
};

/* The control socket. -EBUSY: another service has it; `error` names its pid. */
int listen_control(struct listening *listening, struct xdv_error *error);
void listen_end(struct listening *listening);

#endif
