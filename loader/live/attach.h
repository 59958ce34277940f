/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which way a program goes onto a device, and the one step that puts it there.
 */
#ifndef XDIVERT_ATTACH_H
#define XDIVERT_ATTACH_H

#include "object.h"
#include "state.h"

/* What the user wants. */
struct attach_request {
	enum attach_kind kind; /* ATTACH_NONE: a dispatcher where the kernel can, else a link */
	enum xdp_place place; /* PLACES: native where the driver can, else generic */
	/* seconds in which it must be confirmed, else it goes back; 0: it stays */
	unsigned int confirm;
	/* the map that switches several interfaces at once, borrowed; 0: it is one */
	int trial_end;
};

/* Why it is not as is preferred: a dispatcher, native mode. "" if it is, or was not asked for. */
struct attach_reasons {
	char link[160];
	char generic[200];
};

/* What is to be done. */
struct attach_plan {
	enum attach_kind kind;
	enum xdp_place place; /* PLACES: native first, then generic */
	bool may_link; /* if the dispatcher fails, a link will do */
	bool replace; /* a program of ours is there: exchange it */
	struct attach_reasons reasons;
};

/*
 * Decides before anything is built. -EBUSY: somebody else's program is there, or ours in a way
 * that can't be changed in place; -EOPNOTSUPP: the kernel can't do what was insisted on.
 */
int attach_decide(struct attach_plan *plan, const struct device *device, const struct live *live,
		  const struct attach_request *request, struct xdv_error *error);

/*
 * Does it: the program of the new generation is live if this returns 0, the old one if not.
 * `now` says how it is attached; `plan->reasons` why, if it had to give way once more.
 */
int attach(struct attach_plan *plan, const struct device *device, const struct live *live,
	   uint32_t generation, const struct object *object, struct live *now,
	   struct xdv_error *error);

#endif
