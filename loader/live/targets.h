/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The interfaces that a policy redirects to, as they are where it is loaded.
 */
#ifndef XDIVERT_TARGETS_H
#define XDIVERT_TARGETS_H

#include "ast.h"
#include "device.h"
#include "xdivert/error.h"

struct targets {
	struct device *devices; /* as the policy's interfaces; malloc'ed */
	unsigned int *indexes; /* of the same; malloc'ed */
	size_t count;
};

/*
 * Finds them in the network namespace of the caller. -ENODEV: one is not there, `error` says at
 * which line of the policy, and which one may be meant.
 */
int targets_find(struct targets *targets, const struct policy *policy, struct xdv_error *error);
void targets_free(struct targets *targets);

/* Why some of them will not take all that a program on `device` in `place` redirects. */
void targets_warn(const struct targets *targets, const struct device *device, enum xdp_place place,
		  char *warning, size_t size);

#endif
