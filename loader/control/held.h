/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The policies that the service was given: it loads them, loads them again when it is told to or
 * when the interface comes back, and takes them off at its end if they say so. What they have for
 * storage is served meanwhile.
 */
#ifndef XDIVERT_HELD_H
#define XDIVERT_HELD_H

#include "child.h"
#include "served.h"

#include <net/if.h>

struct service;

enum held_state {
	HELD_LOADING,
	HELD_LIVE,
	HELD_ABSENT, /* there is no such interface: it is waited for */
	HELD_FAILED, /* what was live before, if anything, is live still */
	HELD_UNLOADING,
	HELD_ENDED,
	HELD_STATES
};

extern const char *const held_states[HELD_STATES];

struct held {
	struct service *service;
	char ifname[IF_NAMESIZE];
	const char *file;
	enum held_state state;
	bool again; /* to be loaded once more when this load is done */
	unsigned int busy; /* loads in a row that another process was in the way of */
	int status; /* of the last load: an enum status */
	struct child child;
	struct operation retry;
	struct served served;
};

/* Loads it, or, if that is under way, once more behind it. */
void held_load(struct held *held);

/* Its interface is gone. */
void held_lose(struct held *held);

/*
 * The service ends: ends the gateway, then takes the policy off if it says so. state is then
 * HELD_ENDED, soon.
 */
void held_end(struct held *held);

static inline bool held_is_busy(const struct held *held)
{
	return child_runs(&held->child) || held->retry.busy;
}

#endif
