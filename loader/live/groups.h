/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Membership in the multicast groups of a policy, as long as it is live, and without a process: the
 * kernel itself is a member of the group of an address that is on an interface with `autojoin`
 * (IFA_F_MCAUTOJOIN), and says so by IGMP and MLD. Such addresses of ours are known by a metric of
 * their own; with scope host, no packet is sent from them.
 */
#ifndef XDIVERT_GROUPS_H
#define XDIVERT_GROUPS_H

#include "device.h"
#include "join.h"

/*
 * Joins the groups of the policy; those of others are kept. -ENOBUFS: this network namespace may
 * not be in so many. What was joined by then stays: groups_keep() leaves it.
 */
int groups_join(const struct device *device, const struct policy *policy, struct xdv_error *error);

/* Leaves all groups that we joined and that the policy does not have; NULL: has none. */
int groups_keep(unsigned int ifindex, const struct policy *policy);

/*
 * Of the consumer's groups, how many the interface is a member of, whoever has joined them. A
 * negative errno if the kernel does not tell.
 */
int groups_joined(const struct device *device, const struct consumer *consumer);

#endif
