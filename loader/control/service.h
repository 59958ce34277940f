/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The loader as a service: all that goes on in it goes on in one loop.
 */
#ifndef XDIVERT_SERVICE_H
#define XDIVERT_SERVICE_H

#include "captures.h"
#include "command.h"
#include "held.h"
#include "journal.h"
#include "lend.h"
#include "links.h"
#include "listen.h"
#include "loop.h"
#include "metrics.h"
#include "server.h"
#include "trials.h"

#include <sys/signalfd.h>

struct service {
	struct loop *loop;
	struct journal journal;
	struct server control;
	struct listening listening;
	struct lends lends;
	struct captures captures;
	struct trials trials;
	struct metrics metrics;
	struct links links;
	int signals;
	struct signalfd_siginfo signal;
	struct operation read_signal;
	struct held *held;
	size_t held_count;
	int64_t since; /* ms */
	bool ready; /* the first loads are over */
	bool ending;
	enum status status; /* to end with */
};

struct service_options {
	bool sqpoll;
	const char *metrics; /* address to serve them at; NULL: none */
};

/*
 * Runs until a signal ends it. `policies` are words as in "eth0=FILE", `count` of them. What went
 * wrong before it began is reported by report(), what later by the journal.
 */
enum status service_run(char **policies, size_t count, const struct service_options *options);

/* Loads all policies once more. */
void service_reload(struct service *service, const char *reason);

/* Something is done: is the start, or the end, over? */
void service_settle(struct service *service);

/* Begins to end. */
void service_end(struct service *service, enum status status);

/* What the control socket speaks: requests.c. */
extern const struct server_kind control_kind;

#endif
