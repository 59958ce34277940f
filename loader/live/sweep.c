// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sweep.h"

#include "files.h"
#include "kernel.h"
#include "pins.h"
#include "state.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "netns:"

static bool device_is_gone(const char *directory)
{
	struct kernel_link link;
	char path[XDV_PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(path, sizeof(path), "%s/link", directory) >= sizeof(path))
		return false;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	err = kernel_link(&link, fd);
	close(fd);
	return !err && !link.ifindex;
}

/* `name` is "netns:INODE/IFACE". */
static void sweep_interface(const char *bpffs, const char *name)
{
	char pins[XDV_PATH_MAX], run[XDV_PATH_MAX];
	struct state_lock lock;

	if ((size_t)snprintf(pins, sizeof(pins), "%s/xdivert/%s", bpffs, name) >= sizeof(pins) ||
	    (size_t)snprintf(run, sizeof(run), "/run/xdivert/%s", name) >= sizeof(run))
		return;
	if (!device_is_gone(pins) || state_lock_path(&lock, run))
		return;
	if (device_is_gone(pins) && tree_remove(pins) == 0) /* also now that nobody changes it */
		tree_remove(run);
	state_unlock(&lock);
}

static void sweep_namespace(const char *bpffs, const char *name)
{
	char path[XDV_PATH_MAX], interface[XDV_PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	if ((size_t)snprintf(path, sizeof(path), "%s/xdivert/%s", bpffs, name) >= sizeof(path))
		return;
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.' ||
		    (size_t)snprintf(interface, sizeof(interface), "%s/%s", name, entry->d_name) >=
			    sizeof(interface))
			continue;
		sweep_interface(bpffs, interface);
	}
	closedir(directory);
	rmdir(path); /* if there is nothing left in it */
}

void namespaces_sweep(void)
{
	const char *bpffs = pins_bpffs();
	char path[XDV_PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	if (!bpffs)
		return;
	snprintf(path, sizeof(path), "%s/xdivert", bpffs);
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
			sweep_namespace(bpffs, entry->d_name);
	closedir(directory);
}
