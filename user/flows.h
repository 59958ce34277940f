/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Inside of a handle of flows.
 */
#ifndef XDIVERT_FLOWS_PRIVATE_H
#define XDIVERT_FLOWS_PRIVATE_H

#include <net/if.h>
#include <xdivert/flow.h>

#include "flowtables.h"

/* Room for a consumer's name. */
#define FLOWS_CONSUMER_MAX sizeof(((struct xdv_flow_info *)NULL)->consumer)

struct xdv_flows {
	char ifname[IF_NAMESIZE];
	const char *consumer; /* borrowed: to which flows are diverted if nobody else is named */
	struct flowtables tables;
};

/* xdv_flows_open() for a consumer, whose name is borrowed; NULL: for nobody. */
int flows_new(struct xdv_flows **out, const char *ifname, const char *consumer,
	      struct xdv_error *error);

/* -EINVAL: no flow is like that. */
int flows_key(struct xdv_flow_key *key, const struct xdv_flow *flow, struct xdv_error *error);

/*
 * Changes all tables by `one`, the oldest first, and again if one came meanwhile: who copies a
 * table into the next relies on that order. -ESRCH: in none of them was there something to change,
 * as `one` says.
 */
int flows_change(struct xdv_flows *flows, int (*one)(struct flowtable *table, void *context),
		 void *context, struct xdv_error *error);

#endif
