/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The samples of an interface, whichever policy is live on it, and how they are written as pcapng.
 */
#ifndef XDIVERT_TAP_H
#define XDIVERT_TAP_H

#include "observe.h"
#include "samples.h"

#include <net/if.h>
#include <stdio.h>

struct tap {
	char ifname[IF_NAMESIZE];
	struct view view; /* of the policy whose samples are read: for the names of rules */
	struct samples *samples; /* NULL: none are read */
	samples_handler handler;
	void *context;
	uint64_t before; /* what the policy had lost when it was opened */
	uint64_t lost; /* of the policies before this one */
	int64_t to_realtime; /* ns between the clocks */
};

/* Errors are those of view_read() and samples_open_live(). */
int tap_open(struct tap *tap, const char *ifname, samples_handler handler, void *context,
	     struct xdv_error *error);
void tap_close(struct tap *tap);

/*
 * Another load has a ring of its own, which is looked for here: now and then. What is left in the
 * old one is handed out before. 1: it is another one now; 0: it is not; else the tap is closed, and
 * what the handler returned to end it is returned without a word.
 */
int tap_follow(struct tap *tap, struct xdv_error *error);

/* Samples for which there was no room, since tap_open(). */
uint64_t tap_lost(const struct tap *tap);

/* -ENOENT: the policy has no rule of that name. */
int tap_check_rule(const struct tap *tap, const char *rule, struct xdv_error *error);

/* The name of the rule that took it; NULL: the sample is none. */
const char *tap_rule(const struct tap *tap, const struct xdv_sample *sample);

/* As a packet of a pcapng file, with what took it and what becomes of it as a comment. 0, -EIO. */
int tap_write(const struct tap *tap, FILE *file, const struct xdv_sample *sample);

#endif
