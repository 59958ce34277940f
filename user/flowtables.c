// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flowtables.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "pins.h"

/* So often in a row a generation may vanish while it is opened: each time is a whole load. */
#define TRIES 5

static int fail_denied(const struct flowtables *tables, int code, struct xdv_error *error)
{
	fail(error, code, "%s: its flows can't be opened: %s", tables->ifname, strerror(-code));
	return fail_hint(error, code, "run it as root, or with CAP_BPF and access to bpffs: %s",
			 pins_bpffs() ? pins_bpffs() : "/sys/fs/bpf");
}

static int fail_none(const struct flowtables *tables, bool loaded, struct xdv_error *error)
{
	if (!loaded) {
		fail(error, -ENOENT, "%s: no policy is loaded on it", tables->ifname);
		return fail_hint(error, -ENOENT, "load one: xdivert load %s FILE", tables->ifname);
	}
	fail(error, -ENOENT, "%s: its policy has no room for flows", tables->ifname);
	return fail_hint(error, -ENOENT, "write in the policy: flows { size 65536 }, and load it");
}

static int fail_open(const struct flowtables *tables, int code, struct xdv_error *error)
{
	if (code == -EPERM || code == -EACCES)
		return fail_denied(tables, code, error);
	if (code != -EPROTO)
		return fail(error, code, "%s: its flows can't be opened: %s", tables->ifname,
			    strerror(-code));
	fail(error, code, "%s: its policy was loaded by another version, with other flows",
	     tables->ifname);
	return fail_hint(error, code, "load it again with the version that is installed");
}

/* The numbers in the interface's directory: generations, oldest first. Nonzero: an error. */
static int list_generations(const char *directory, uint32_t numbers[FLOWTABLES_MAX],
			    unsigned int *count)
{
	DIR *opened = opendir(directory);
	struct dirent *entry;

	*count = 0;
	if (!opened)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(opened)) && *count < FLOWTABLES_MAX) {
		unsigned long number;
		unsigned int at;
		char *end;

		number = strtoul(entry->d_name, &end, 10);
		if (*end || !number || number > UINT32_MAX)
			continue;
		for (at = (*count)++; at && numbers[at - 1] > number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = (uint32_t)number;
	}
	closedir(opened);
	return 0;
}

static bool take_known(struct flowtables *tables, ino_t pin, struct flowtable *found)
{
	for (unsigned int i = 0; i < tables->count; i++) {
		if (tables->list[i].fd < 0 || tables->list[i].pin != pin)
			continue;
		*found = tables->list[i];
		tables->list[i].fd = -1;
		return true;
	}
	return false;
}

/* 0, and *fresh is set if it was not known; -ENOENT: the generation has none (any more, or yet). */
static int find_table(struct flowtables *tables, const char *directory, uint32_t generation,
		      struct flowtable *found, bool *fresh)
{
	char path[XDV_PATH_MAX + 20];
	struct stat pin;
	int err;

	snprintf(path, sizeof(path), "%s/%u/flows", directory, generation);
	if (stat(path, &pin))
		return -errno;
	if (take_known(tables, pin.st_ino, found))
		return 0;
	*found = (struct flowtable){.generation = generation, .pin = pin.st_ino};
	found->fd = bpf_obj_get(path);
	if (found->fd < 0)
		return found->fd;
	err = flowmap_info(found->fd, &found->info);
	if (err)
		close(found->fd);
	else
		*fresh = true;
	return err;
}

static void note_shared(struct flowtables *tables)
{
	for (unsigned int i = 0; i < tables->count; i++) {
		tables->list[i].shared = false;
		for (unsigned int j = 0; j < i; j++)
			tables->list[i].shared |= tables->list[i].info.id ==
						  tables->list[j].info.id;
	}
}

/*
 * Where the generations are: to find it takes as many system calls as all the rest. What leads
 * through a process that may end is looked up each time.
 */
static int find_directory(struct flowtables *tables)
{
	if (tables->directory[0])
		return 0;
	return pins_path(tables->directory, sizeof(tables->directory), tables->ifname, "%s", "");
}

static bool is_lasting(const char *directory)
{
	return strncmp(directory, "/proc/", strlen("/proc/")) != 0 ||
	       strncmp(directory, "/proc/1/", strlen("/proc/1/")) == 0;
}

/* All that were there when it began, and are still. `generations`: how many, with or without. */
static int look(struct flowtables *tables, unsigned int *generations, bool *fresh)
{
	struct flowtables found = {.ifname = tables->ifname};
	uint32_t numbers[FLOWTABLES_MAX];
	int err = find_directory(tables);

	*generations = 0;
	if (!err)
		err = list_generations(tables->directory, numbers, generations);
	else if (err == -ENOENT) /* no bpffs, so no policy */
		err = 0;
	for (unsigned int i = 0; !err && i < *generations; i++) {
		err = find_table(tables, tables->directory, numbers[i], &found.list[found.count],
				 fresh);
		found.count += !err;
		if (err == -ENOENT)
			err = 0;
	}
	flowtables_close(tables);
	if (found.count && is_lasting(tables->directory))
		strcpy(found.directory, tables->directory);
	*tables = found;
	note_shared(tables);
	return err;
}

int flowtables_refresh(struct flowtables *tables, struct xdv_error *error)
{
	unsigned int generations = 1;
	bool fresh = false;
	int err = 0;

	/* the one that was listed may be gone when it is opened, and its successor not listed */
	for (unsigned int i = 0; !err && i < TRIES; i++) {
		err = look(tables, &generations, &fresh);
		if (tables->count || !generations)
			break;
	}
	if (!err && !tables->count)
		return fail_none(tables, generations != 0, error);
	return err ? fail_open(tables, err, error) : fresh;
}

void flowtables_close(struct flowtables *tables)
{
	for (unsigned int i = 0; i < tables->count; i++)
		if (tables->list[i].fd >= 0)
			close(tables->list[i].fd);
	tables->count = 0;
}

const struct flowtable *flowtables_live(const struct flowtables *tables)
{
	char path[XDV_PATH_MAX];

	for (unsigned int i = tables->count; i-- > 1;)
		if (!pins_path(path, sizeof(path), tables->ifname, "%u/prog",
			       tables->list[i].generation) &&
		    !access(path, F_OK))
			return &tables->list[i];
	return &tables->list[0];
}
