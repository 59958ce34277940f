/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Attaching beside other programs, in libxdp's dispatcher.
 *
 * libxdp can add a program to a dispatcher and take one out, each by swapping in a new dispatcher
 * in one step, but not exchange one for another. So a replacement is two steps: the new program
 * is put behind the old one, then the old one is taken out. In between, some milliseconds, a
 * packet that the first of the two passes meets the other as well.
 */
#ifndef XDIVERT_DISPATCHER_H
#define XDIVERT_DISPATCHER_H

#include "device.h"
#include "object.h"

#define DISPATCHER_NAME	       "xdp_dispatcher"
#define DISPATCHER_MEMBERS_MAX 16

struct dispatcher {
	uint32_t member[DISPATCHER_MEMBERS_MAX]; /* ids of the programs, in the order they run */
	size_t members;
	enum xdp_place place;
};

/* -ENOENT: what is attached to the device is not a dispatcher, or nothing is. */
int dispatcher_read(struct dispatcher *dispatcher, const struct device *device);

/*
 * Loads the object a second time as a program of the dispatcher, on the same maps, attaches it and
 * pins it at `pin`. Gives the id of that program. Nothing is left of it on failure.
 * -EOPNOTSUPP: a dispatcher can't be had, or can't take this program; -E2BIG: it is full.
 */
int dispatcher_attach(const struct device *device, const struct object *object,
		      enum xdp_place place, const char *pin, uint32_t *program,
		      struct xdv_error *error);

/*
 * libxdp pins a dispatcher before it attaches it. Removes the pins of those that were never
 * attached, or are not any more, and have a program of ours: a load was cut short. Known by what
 * is kept of their generations, so it comes before those are removed.
 */
void dispatcher_clean(const struct device *device);

/* Takes one program out; the dispatcher goes with the last one. */
int dispatcher_detach(const struct device *device, uint32_t program, enum xdp_place place);

#endif
