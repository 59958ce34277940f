/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What is to be served, from the command line and from policies.
 */
#ifndef XDIVERT_STORAGE_PLAN_H
#define XDIVERT_STORAGE_PLAN_H

#include "server.h"

/*
 * Adds "NAME=BACKEND", with ",read-only" and ",cached" behind it if wanted, at `address`, which is
 * borrowed. -EINVAL: it is not written so; -EEXIST: the name is taken; -E2BIG: there are too many.
 */
int plan_add(struct server_plan *plan, const char *text, const char *address,
	     struct xdv_error *error);

struct policy;

/*
 * Adds the storage targets of a policy: for NBD clients at their own addresses, and for AoE
 * initiators on plan->ifname. The policy is to live longer. -ENOENT: there is none, or one is for
 * initiators only and there is no interface; others as above.
 */
int plan_add_policy(struct server_plan *plan, const struct policy *policy, struct xdv_error *error);
void plan_free(struct server_plan *plan);

#endif
