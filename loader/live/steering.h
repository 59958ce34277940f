/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The rules in the NIC that put the flows of a live policy on the queues that it says. What is
 * there of ours is written down before it is put in (/run/xdivert/IFACE/steering), so that a
 * command that is cut short leaves nothing that the next one does not know, and again without what
 * the NIC did not take; what others put in stays.
 */
#ifndef XDIVERT_STEERING_H
#define XDIVERT_STEERING_H

#include "ast.h"
#include "nic_rules.h"

/*
 * What the NIC has of ours becomes what the policy says, nothing for NULL. Where it does not, the
 * warning says why, and packets come on other queues. `ifname` is what the interface was called
 * when the policy was loaded. A negative errno: what is there of ours could not be found out, or
 * taken out.
 */
int steering_set(const char *ifname, const struct nic *nic, const struct policy *policy,
		 char *warning, size_t size);

/*
 * The same, of a policy that is live now. It is a hint to the device: that it does not take it, or
 * that it can't be told, is no reason not to go on, and the warning says it.
 */
void steering_settle(const char *ifname, const struct policy *policy, char *warning, size_t size);

/* Of the rules that the policy asks for, how many the NIC has. */
struct steering_view {
	size_t wanted, there;
};
int steering_view(struct steering_view *view, const struct nic *nic, const struct policy *policy);

#endif
