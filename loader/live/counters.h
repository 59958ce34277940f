/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the rules have counted. Counts go on when a policy is replaced: the new generation keeps,
 * beside its own map, what rules of the same name had counted before.
 */
#ifndef XDIVERT_COUNTERS_H
#define XDIVERT_COUNTERS_H

#include "bpf/abi.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The sums over all processors of the first counters in a map, whose values have one each, or
 * several: as the version has it that made the map. -EPROTO: they are no counters.
 */
int counters_sum(int map, struct xdv_counter *counters, size_t count);

/* Of a generation: one for the default and each rule, carried ones included. */
int counters_read(const char *ifname, uint32_t generation, struct xdv_counter *counters,
		  size_t count);

/* What all flows took, those that are gone included. -ENOENT: the policy has no flows. */
int counters_read_flows(const char *ifname, uint32_t generation, struct xdv_counter *counter);

/*
 * Carries over, by the names of the rules, what the generation `from` has counted; done before
 * its map is removed. If it is done already, or there is no `from`, nothing happens.
 */
int counters_carry(const char *ifname, uint32_t generation, uint32_t from);

#endif
