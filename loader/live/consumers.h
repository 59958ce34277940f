/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The pinned maps of the consumers of an interface. They outlive generations, so that sockets
 * stay in their places while the policy changes.
 */
#ifndef XDIVERT_CONSUMERS_H
#define XDIVERT_CONSUMERS_H

#include "ast.h"
#include "device.h"
#include "object.h"
#include "xdivert/error.h"

/* "xsks_map" for consumer 0, "xsks_1" for consumer 1 … Returns `name`. */
#define CONSUMER_MAP_NAME 16
char *consumer_map_name(char name[CONSUMER_MAP_NAME], size_t consumer);

/* Sockets that its maps have room for, on a device with so many queues. */
unsigned int consumer_sockets(const struct consumer *consumer, unsigned int queues);

struct consumers {
	struct consumer_maps *maps; /* in the order of the policy */
	bool *created; /* just now, by consumers_open() */
};

/*
 * Opens or makes the maps of all consumers of the policy; consumers_close() closes them. What was
 * made is removed again on failure, or by consumers_undo().
 *
 * A map keeps the name it was made with: if the first consumer of the policy becomes another one,
 * tools that look for "xsks_map" find the one that was the first before. Only where the policy has
 * a dpdk target is a map with the wrong name made anew: applications on libxdivert join it.
 */
int consumers_open(struct consumers *consumers, const struct policy *policy,
		   const struct device *device, struct xdv_error *error);
void consumers_close(struct consumers *consumers, const struct policy *policy);
void consumers_undo(const struct consumers *consumers, const struct policy *policy,
		    const char *ifname);

/*
 * The policy is live: applications are told how many sockets it looks for on each queue; while it
 * is on trial, as many as the one before does, if that are more.
 */
void consumers_settle(const struct consumers *consumers, const struct policy *policy,
		      bool on_trial);
/* It is on trial no more. */
void consumers_confirm(const struct policy *policy, const char *ifname);

/* Removes consumers that the policy does not have. */
int consumers_prune(const struct policy *policy, const char *ifname);

#endif
