// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "targets.h"

#include "fail.h"
#include "features.h"
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int find(struct device *device, const struct policy *policy, const struct name *name,
		struct xdv_error *error)
{
	struct xdv_error found = {0};
	int err = device_read(device, name->text, &found);

	if (!err)
		return 0;
	fail(error, err, "%s:%u: redirect %s", source_file(&policy->sources, &name->where),
	     name->where.line, found.message);
	return fail_hint(error, err, "%s", found.hint);
}

int targets_find(struct targets *targets, const struct policy *policy, struct xdv_error *error)
{
	size_t count = policy->interface_count;
	struct targets found = {.count = count};
	int err = 0;

	found.devices = calloc(count + 1, sizeof(*found.devices));
	found.indexes = calloc(count + 1, sizeof(*found.indexes));
	if (!found.devices || !found.indexes)
		err = fail(error, -ENOMEM, "out of memory");
	for (size_t i = 0; !err && i < count; i++) {
		err = find(&found.devices[i], policy, &policy->interfaces[i], error);
		found.indexes[i] = found.devices[i].index;
	}
	if (err)
		targets_free(&found);
	else
		*targets = found;
	return err;
}

void targets_free(struct targets *targets)
{
	free(targets->devices);
	free(targets->indexes);
	memset(targets, 0, sizeof(*targets));
}

/* In generic mode, packets leave as the kernel's own do. */
static void warn_native(const struct device *target, const struct device *device, char *warning,
			size_t size)
{
	uint64_t features;

	if (xdp_features(target->index, &features))
		return;
	if (features & XDP_FEATURE_TRANSMIT) {
		if (device->mtu > DEVICE_PAGE_MTU && !(features & XDP_FEATURE_TRANSMIT_BUFFERS))
			warning_add(
				warning, size,
				"%s: its driver (%s) takes no redirected packets of more than a page, and they are lost",
				target->name, target->driver);
		return;
	}
	if (strcmp(target->driver, "veth") == 0)
		warning_add(
			warning, size,
			"%s: takes redirected packets only if its peer has GRO on, or an XDP program; on the peer: ethtool -K PEER gro on",
			target->name);
	else
		warning_add(
			warning, size,
			"%s: its driver (%s) takes no redirected packets now, and they are lost; --mode generic redirects to any interface",
			target->name, target->driver);
}

void targets_warn(const struct targets *targets, const struct device *device, enum xdp_place place,
		  char *warning, size_t size)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct device *target = &targets->devices[i];

		if (!(target->flags & IFF_UP))
			warning_add(
				warning, size,
				"%s: is down, and what is redirected to it is lost until it is up",
				target->name);
		if (target->mtu < device->mtu)
			warning_add(warning, size,
				    "%s: its MTU is %u, and packets of %s that are longer are lost",
				    target->name, target->mtu, device->name);
		if (place == PLACE_NATIVE)
			warn_native(target, device, warning, size);
	}
}
