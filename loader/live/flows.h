/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What becomes of flows when a policy is replaced. A policy with as much room for them takes the
 * table over, so that nothing changes; one with other room gets a copy. Meanwhile others may put
 * flows in and take them out: see user/flowtables.h.
 */
#ifndef XDIVERT_LIVE_FLOWS_H
#define XDIVERT_LIVE_FLOWS_H

#include "ast.h"
#include "xdivert/error.h"

#include <stdbool.h>
#include <stdint.h>

struct flow_move {
	const char *ifname;
	const struct policy *policy; /* the new one */
	int live; /* the table of the generation that is live, -1: none */
	bool taken_over; /* it is the new one's, too */
	bool foreign; /* there is one, but of another version */
	uint64_t now;
	int copy; /* the table to be filled */
	unsigned int lost; /* their consumer is gone, or there are to be no flows any more */
};

/* Opens the live table, if there is one. */
int flow_move_begin(struct flow_move *move, const char *ifname, uint32_t generation,
		    const struct policy *policy, struct xdv_error *error);

/* Fills the table of the new generation, which is pinned. -ENOSPC: it has too little room. */
int flow_move_copy(struct flow_move *move, int table, struct xdv_error *error);

/*
 * The new generation is live: flows to consumers that it does not have go, and the warning says
 * how many were lost.
 */
void flow_move_settle(struct flow_move *move, char *warning, size_t size);

void flow_move_end(struct flow_move *move);

/* How many flows there are in the table of a generation, and how many there may be. */
int flows_count(const char *ifname, uint32_t generation, uint32_t *count, uint32_t *size);

#endif
