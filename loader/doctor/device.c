// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"
#include "live/features.h"
#include "live/nic_rules.h"

#include <errno.h>
#include <string.h>

#define FRAME_ROOM (4096 - 256) /* of the largest frame of a region, behind its headroom */
#define LINK_LAYER 18 /* an Ethernet header and a VLAN tag: not in the MTU */

static void examine_state(struct findings *findings, const struct device *device)
{
	if (!(device->flags & IFF_UP))
		finding_advise(
			finding_add(findings, FINDING_PROBLEM, "link", "%s is down", device->name),
			"ip link set dev %s up", device->name);
	else if (!(device->flags & IFF_RUNNING))
		finding_advise(finding_add(findings, FINDING_WARNING, "link",
					   "%s is up, but has no carrier", device->name),
			       "see to the cable, or to the other end");
	else
		finding_add(findings, FINDING_OK, "link", "%s is up", device->name);
}

/* Kernels before 6.3 do not tell what a driver can do; then the canary does. */
static void examine_driver(struct findings *findings, const struct device *device)
{
	uint64_t features = 0;
	int err = xdp_features(device->index, &features);

	if (err) {
		finding_add(findings, FINDING_NOTE, "driver",
			    "%s; what it can do with XDP the kernel does not tell: %s",
			    device->driver, strerror(-err));
		return;
	}
	if ((features & (XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT)) !=
	    (XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT)) {
		finding_advise(
			finding_add(
				findings, FINDING_WARNING, "driver",
				"%s runs no XDP programs that divert: policies are run behind it, in generic mode, which is slower",
				device->driver),
			"where that is too slow, use a network card whose driver has XDP");
		return;
	}
	finding_add(findings, FINDING_OK, "driver", "%s runs XDP programs", device->driver);
	if (features & XDP_FEATURE_ZERO_COPY)
		finding_add(findings, FINDING_OK, "zero-copy", "%s says that it has it",
			    device->driver);
	else
		finding_add(findings, FINDING_NOTE, "zero-copy",
			    "%s has none: each diverted packet is copied once", device->driver);
}

static void examine_queues(struct findings *findings, const struct device *device)
{
	finding_add(findings, FINDING_OK, "queues", "%u receive queue%s in use, of %u",
		    device->queues_used, device->queues_used == 1 ? "" : "s", device->queues);
}

/* For `steer`. */
static void examine_steering(struct findings *findings, const struct device *device)
{
	struct nic nic = nic_of(device->name);
	struct nic_rules rules = {};
	int err = nic_rules_read(&rules, &nic);

	if (err == -EOPNOTSUPP)
		finding_add(
			findings, FINDING_NOTE, "steering",
			"%s takes no rules for which queue a flow comes on: `steer` has no effect",
			device->driver);
	else if (err)
		finding_add(findings, FINDING_NOTE, "steering",
			    "the rules of %s for which queue a flow comes on can't be read: %s",
			    device->driver, strerror(-err));
	else
		finding_add(findings, FINDING_OK, "steering",
			    "%s takes rules for which queue a flow comes on; it has %zu",
			    device->driver, rules.count);
	nic_rules_free(&rules);
}

static void examine_frames(struct findings *findings, const struct device *device)
{
	if (device->mtu + LINK_LAYER <= FRAME_ROOM)
		finding_add(findings, FINDING_OK, "MTU", "%u: each packet fits one frame",
			    device->mtu);
	else
		finding_add(findings, FINDING_NOTE, "MTU",
			    "%u: packets of more than %d bytes do not fit one frame", device->mtu,
			    FRAME_ROOM - LINK_LAYER);
}

static void examine_offloads(struct findings *findings, const struct device *device)
{
	if (device->lro)
		finding_advise(
			finding_add(findings, FINDING_WARNING, "offloads",
				    "large receive offload is on: most drivers refuse XDP with it"),
			"ethtool -K %s lro off", device->name);
	if (device->vlan_offload && strcmp(device->driver, "veth") != 0)
		finding_advise(
			finding_add(
				findings, FINDING_NOTE, "offloads",
				"the device takes VLAN tags off before a program sees a frame: policies that read them are refused"),
			"ethtool -K %s rxvlan off", device->name);
}

/* Bonds, bridges and the like: which end of it a policy belongs on. */
static void examine_stacking(struct findings *findings, const struct device *device)
{
	char master[IF_NAMESIZE] = "?";

	if (strcmp(device->kind, "bond") == 0 || strcmp(device->kind, "team") == 0)
		finding_advise(
			finding_add(
				findings, FINDING_WARNING, "stacking",
				"%s is a %s: AF_XDP has no zero-copy on it, and its queues are not those of its ports",
				device->name, device->kind),
			"load the policy on each of its ports, and run an app on each");
	if (!device->master)
		return;
	if_indextoname(device->master, master);
	finding_add(findings, FINDING_NOTE, "stacking",
		    "%s is a port of %s: what a policy diverts here, %s does not see", device->name,
		    master, master);
}

void examine_device(struct findings *findings, const struct device *device)
{
	examine_state(findings, device);
	examine_driver(findings, device);
	examine_queues(findings, device);
	examine_steering(findings, device);
	examine_frames(findings, device);
	examine_offloads(findings, device);
	examine_stacking(findings, device);
}
