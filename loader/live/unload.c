// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dispatcher.h"
#include "fail.h"
#include "groups.h"
#include "link.h"
#include "loading.h"
#include "steering.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int nothing_loaded(const char *ifname, const struct device *device, struct xdv_error *error)
{
	enum xdp_place place = device ? device_attached(device) : PLACES;
	char old[IF_NAMESIZE];

	if (place != PLACES && live_under_old_name(old, device)) {
		fail(error, -ENOENT, "%s: its policy was loaded when its name was %s", ifname, old);
		return fail_hint(error, -ENOENT, "`xdivert unload %s` takes it off", old);
	}
	fail(error, -ENOENT, "%s: no policy is loaded on it", ifname);
	if (place != PLACES)
		return fail_hint(error, -ENOENT,
				 "program %u is attached to it, but is not of xdivert",
				 device->program[place]);
	return fail_hint(error, -ENOENT, "`xdivert show` lists the interfaces that have one");
}

static int detach(const char *ifname, const struct device *device, const struct live *live,
		  struct xdv_error *error)
{
	int err = 0;

	if (live->kind == ATTACH_LINK)
		err = link_detach(ifname);
	else if (live->kind == ATTACH_DISPATCHER)
		err = dispatcher_detach(device, live->program, live->place);
	for (size_t i = 0; i < live->leftovers; i++)
		dispatcher_detach(device, live->leftover[i], live->place);
	if (err)
		return fail(error, err, "%s: the program can't be detached: %s", ifname,
			    strerror(-err));
	return 0;
}

static bool has_state(const char *ifname)
{
	char path[XDV_PATH_MAX];

	return (pins_path(path, sizeof(path), ifname, "%s", "") == 0 && access(path, F_OK) == 0) ||
	       (pins_run_path(path, sizeof(path), ifname, "%s", "") == 0 &&
		access(path, F_OK) == 0);
}

/* The interface is gone, or has another name now; the link still knows which it was. */
static int find_without_device(const char *ifname, struct live *live, unsigned int *ifindex,
			       struct xdv_error *error)
{
	struct kernel_link link;
	int fd;

	if (!has_state(ifname))
		return device_read(&(struct device){}, ifname, error);
	fd = link_open(ifname, &link);
	if (fd >= 0)
		close(fd);
	*ifindex = fd >= 0 ? link.ifindex : 0;
	if (*ifindex) {
		live->kind = ATTACH_LINK;
		live->generation = generation_of_program(ifname, link.program);
	}
	return 0;
}

int policy_clear_away(const char *ifname, unsigned int ifindex)
{
	char name[IF_NAMESIZE] = "", unused[256] = "";
	struct nic nic = nic_of(name);
	int err = 0;

	if (ifindex && if_indextoname(ifindex, name)) {
		err = groups_keep(ifindex, NULL);
		if (!err)
			err = steering_set(ifname, &nic, NULL, unused, sizeof(unused));
	}
	return err ? err : state_remove(ifname);
}

int unloading_find(struct unloading *unloading, const char *ifname, struct xdv_error *error)
{
	struct unloading found = {.ifname = ifname};
	struct device *device = &found.device;
	struct xdv_error problem = {};
	int err;

	found.exists = device_read(device, ifname, NULL) == 0;
	if (!pins_bpffs())
		return found.exists ? nothing_loaded(ifname, device, error)
				    : device_read(device, ifname, error);
	found.ifindex = found.exists ? device->index : 0;
	err = found.exists ? live_find(&found.live, device, &problem) : -ENODEV;
	if (err == -ENODEV || err == -EBUSY) /* gone, or renamed */
		err = find_without_device(ifname, &found.live, &found.ifindex, &problem);
	if (err) {
		if (error)
			*error = problem;
		return err;
	}
	if (found.live.kind == ATTACH_NONE && !has_state(ifname))
		return nothing_loaded(ifname, found.exists ? device : NULL, error);
	*unloading = found;
	return 0;
}

int unloading_do(const struct unloading *unloading, struct xdv_error *error)
{
	const char *ifname = unloading->ifname;
	int err = detach(ifname, &unloading->device, &unloading->live, error);

	if (err)
		return err;
	if (unloading->exists)
		dispatcher_clean(&unloading->device);
	err = policy_clear_away(ifname, unloading->ifindex);
	if (err)
		return fail(error, err,
			    "%s: the policy is off, but what is left of it can't be removed: %s",
			    ifname, strerror(-err));
	return 0;
}

int policy_unload_held(const char *ifname, uint32_t *generation, struct xdv_error *error)
{
	struct unloading unloading;
	int err = unloading_find(&unloading, ifname, error);

	if (err)
		return err;
	*generation = unloading.live.generation;
	return unloading_do(&unloading, error);
}
