/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ATA over Ethernet on an interface: the requests that its live policy diverts to storage targets,
 * answered in the frames that they came in.
 *
 * Requests for the same sectors are carried out in the order of their arrival, unless they only
 * read; all others side by side. Those that are too old are not (aoe_order.h).
 */
#ifndef XDIVERT_STORAGE_GATEWAY_H
#define XDIVERT_STORAGE_GATEWAY_H

#include "export.h"
#include "ring.h"
#include "xdivert/error.h"

struct gateway;

/*
 * Takes the place of a storage target of the policy that is live there: what is diverted to it is
 * for all disks. The ring is borrowed, and closed before the gateway. Errors are those of
 * xdv_consumer_open().
 */
int gateway_open(struct gateway **gateway, struct ring *ring, const char *ifname,
		 const char *target, struct xdv_error *error);
void gateway_close(struct gateway **gateway);

/* Serves a volume as a disk. -E2BIG: there are too many; others are those of use_memory(). */
int gateway_add(struct gateway *gateway, struct export *export, uint16_t shelf, uint8_t slot,
		struct xdv_error *error);

/* Begins: tells the initiators, and waits for what they want. */
void gateway_start(struct gateway *gateway);

/* Once a turn of the ring: sends what is answered. */
void gateway_serve(struct gateway *gateway);

/* Takes no more requests; returns how many are under way. */
unsigned int gateway_end(struct gateway *gateway);

#endif
