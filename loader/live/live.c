// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dispatcher.h"
#include "fail.h"
#include "link.h"
#include "observe.h"
#include "state.h"
#include "trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const attach_names[ATTACH_KINDS] = {
	[ATTACH_NONE] = "none",
	[ATTACH_LINK] = "link",
	[ATTACH_DISPATCHER] = "dispatcher",
};

static enum xdp_place place_of_program(const struct device *device, uint32_t program)
{
	enum xdp_place place = PLACE_NATIVE;

	while (place < PLACES && device->program[place] != program)
		place++;
	return place;
}

static int renamed(const struct device *device, unsigned int ifindex, struct xdv_error *error)
{
	char name[IF_NAMESIZE + 8];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "number %u", ifindex);
	fail(error, -EBUSY, "%s: a policy was loaded under this name on what is now interface %s",
	     device->name, name);
	return fail_hint(error, -EBUSY, "`xdivert unload %s` takes it off %s, then load again",
			 device->name, name);
}

/* 0 with kind ATTACH_NONE: no link, or one whose device is gone. */
static int find_link(struct live *live, const struct device *device, struct xdv_error *error)
{
	struct kernel_link link;
	int fd = link_open(device->name, &link);

	if (fd == -EPERM || fd == -EACCES) {
		fail(error, fd, "%s: what is kept about its policy can't be read: %s", device->name,
		     strerror(-fd));
		return fail_hint(error, fd, "run as root: bpffs is closed to others");
	}
	if (fd < 0)
		return 0;
	close(fd);
	if (!link.ifindex)
		return 0;
	if (link.ifindex != device->index)
		return renamed(device, link.ifindex, error);
	live->kind = ATTACH_LINK;
	live->program = link.program;
	live->place = place_of_program(device, link.program);
	live->generation = generation_of_program(device->name, link.program);
	return 0;
}

static void add_member(struct live *live, uint32_t generation, uint32_t program)
{
	uint32_t older = program;

	if (generation > live->generation) {
		older = live->program;
		live->generation = generation;
		live->program = program;
	}
	if (older && live->leftovers < sizeof(live->leftover) / sizeof(live->leftover[0]))
		live->leftover[live->leftovers++] = older;
}

/* Of several programs of ours the newest is live: a replacement was cut short behind its start. */
static void find_member(struct live *live, const struct device *device)
{
	struct dispatcher dispatcher;

	if (dispatcher_read(&dispatcher, device))
		return;
	for (size_t i = 0; i < dispatcher.members; i++) {
		uint32_t program = dispatcher.member[i];
		uint32_t generation = generation_of_program(device->name, program);

		if (!generation)
			continue;
		live->kind = ATTACH_DISPATCHER;
		live->place = dispatcher.place;
		add_member(live, generation, program);
	}
}

bool live_under_old_name(char name[IF_NAMESIZE], const struct device *device)
{
	char(*names)[IF_NAMESIZE] = NULL;
	struct kernel_link link;
	size_t count = 0;
	bool found = false;

	if (interfaces_list(&names, &count))
		return false;
	for (size_t i = 0; !found && i < count; i++) {
		int fd = strcmp(names[i], device->name) ? link_open(names[i], &link) : -1;

		if (fd < 0)
			continue;
		close(fd);
		found = link.ifindex == device->index;
		if (found)
			memcpy(name, names[i], IF_NAMESIZE);
	}
	free(names);
	return found;
}

bool live_went_with_another(const struct device *device)
{
	struct kernel_link link;
	int fd = link_open(device->name, &link);

	if (fd < 0)
		return false;
	close(fd);
	return !link.ifindex;
}

int live_find(struct live *live, const struct device *device, struct xdv_error *error)
{
	struct live found = {.kind = ATTACH_NONE, .place = PLACES};
	int err;

	err = find_link(&found, device, error);
	if (err)
		return err;
	if (found.kind == ATTACH_NONE)
		find_member(&found, device);
	trial_find(&found, device->name);
	*live = found;
	return 0;
}
