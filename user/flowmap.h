/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A table of flows, the map `flows` of a generation, by its descriptor.
 */
#ifndef XDIVERT_FLOWMAP_H
#define XDIVERT_FLOWMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <xdivert/flow.h>

#include "bpf/abi.h"

struct flowmap_info {
	uint32_t id;
	uint32_t size; /* flows that there is room for */
};

/* -EPROTO: it is no table of flows as this version has them. */
int flowmap_info(int fd, struct flowmap_info *info);

/* ns, of the clock that entries are stamped with. */
uint64_t flowmap_now(void);
bool flowmap_expired(const struct xdv_flow_entry *entry, uint64_t now);

/* Not 0: no more. */
typedef int (*flowmap_fn)(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
			  void *context);

/*
 * Calls back for each entry, the expired too. Each that is there all the time comes once; the
 * callback may change the map.
 */
int flowmap_walk(int fd, flowmap_fn callback, void *context);

/*
 * Removes an entry, if what is removed is still what should be: `unwanted` says so. Another process
 * may have put in a new one of that key meanwhile, and that stays. True if it was removed.
 */
bool flowmap_remove(int fd, const struct xdv_flow_key *key,
		    bool (*unwanted)(const struct xdv_flow_entry *entry, const void *context),
		    const void *context);

/* Removes what has expired; returns how many, or an error. `*next` is when the next one will. */
int flowmap_sweep(int fd, uint64_t *next);

/* -EINVAL: a family or protocol that no flow has. */
int flowmap_key(struct xdv_flow_key *key, const struct xdv_flow *flow);
void flowmap_flow(struct xdv_flow *flow, const struct xdv_flow_key *key);

#endif
