/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Trials (`load --confirm`) that the service has heard of. The kernel goes back by itself; here it
 * is only waited for, to be told in the journal.
 */
#ifndef XDIVERT_TRIALS_H
#define XDIVERT_TRIALS_H

struct service;
struct watched;

struct trials {
	struct service *service;
	struct watched *list; /* at most one of an interface that is not cancelled */
};

/* Something was done to the interface: a trial there is watched from now on, or not any more. */
void trials_look(struct trials *trials, const char *ifname);

/* The service ends: they do, when the loop is drained. */
void trials_end(struct trials *trials);

#endif
