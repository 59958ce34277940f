/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The storage targets of a policy that the service holds: a gateway serves them, a process of its
 * own, which is started again when it dies.
 */
#ifndef XDIVERT_SERVED_H
#define XDIVERT_SERVED_H

#include "child.h"
#include "said.h"

struct service;

struct served {
	struct service *service;
	const char *ifname; /* where the policy is live */
	struct json_t *wanted; /* the targets, as `load --json` has them; NULL: none */
	struct json_t *given; /* those that the gateway began with; NULL: it was told to end */
	const char *why; /* it was told */
	struct child child;
	struct operation retry;
	unsigned int failures; /* in a row */
	int64_t started; /* ms */
	char reason[SAID_REASON]; /* of the failure that was told last: it is told once */
};

/*
 * What is to be served from now on; NULL, an empty list, or a service that ends: nothing. A gateway
 * that has just this goes on, unless the policy is `anew`: no successor of the one before, so that
 * a place that was taken in that is none in this.
 */
void served_want(struct served *served, struct json_t *targets, bool anew);

static inline bool served_is_busy(const struct served *served)
{
	return child_runs(&served->child) || served->retry.busy;
}

#endif
