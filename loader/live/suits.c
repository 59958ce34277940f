// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fail.h"
#include "load.h"
#include "reads.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Drivers that have rx-vlan-offload on, and yet leave the tag in the frame. What a veth's peer
 * sends with a tag in the frame arrives so; a tag that the peer's stack keeps beside the frame
 * (tx-vlan-offload) stays there, whatever is set on this side.
 */
static const char *const tags_stay[] = {"veth"};

void warning_add(char *warning, size_t size, const char *format, ...)
{
	size_t used = strlen(warning);
	va_list arguments;

	if (used)
		used += (size_t)snprintf(warning + used, size - used, "; ");
	if (used >= size)
		return;
	va_start(arguments, format);
	vsnprintf(warning + used, size - used, format, arguments);
	va_end(arguments);
}

static int tags_suit(const struct device *device, char *warning, size_t size,
		     struct xdv_error *error)
{
	for (size_t i = 0; i < sizeof(tags_stay) / sizeof(tags_stay[0]); i++) {
		if (strcmp(device->driver, tags_stay[i]) != 0)
			continue;
		warning_add(
			warning, size,
			"%s: VLAN tags that its peer offloads are not seen; to be sure, on the peer: ethtool -K PEER txvlan off",
			device->name);
		return 0;
	}
	if (!device->vlan_offload)
		return 0;
	fail(error, -EOPNOTSUPP,
	     "%s: the policy reads VLAN tags, and the device takes them off before a program sees the frame",
	     device->name);
	return fail_hint(error, -EOPNOTSUPP, "ethtool -K %s rxvlan off", device->name);
}

static int queues_suit(const struct device *device, const struct policy *policy,
		       struct xdv_error *error)
{
	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct consumer *consumer = policy->consumers[i];

		if (!consumer->steers || consumer->steer < device->queues_used)
			continue;
		fail(error, -EOPNOTSUPP,
		     "%s: `steer %u` of consumer %s: the device has %u receive queues in use",
		     device->name, consumer->steer, consumer->name.text, device->queues_used);
		return fail_hint(error, -EOPNOTSUPP,
				 "the first one is 0; ethtool -L %s changes how many there are",
				 device->name);
	}
	return 0;
}

int device_suits(const struct device *device, const struct policy *policy, char *warning,
		 size_t size, struct xdv_error *error)
{
	int err = queues_suit(device, policy, error);

	*warning = '\0';
	if (err)
		return err;
	/* veth_xdp_flush() wakes the other end only if that has a program of its own */
	if (policy_has_action(policy, ACTION_TX) && strcmp(device->driver, "veth") == 0)
		warning_add(
			warning, size,
			"%s: in native mode its peer receives what `tx` sends only if an XDP program is on it, too; any will do",
			device->name);
	if (!policy_reads_header(policy, HEADER_VLAN))
		return 0;
	return tags_suit(device, warning, size, error);
}
