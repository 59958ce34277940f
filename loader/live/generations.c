// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "files.h"
#include "kernel.h"
#include "pins.h"
#include "state.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(struct generations *generations, uint32_t number)
{
	if (number > generations->highest)
		generations->highest = number;
	for (size_t i = 0; i < generations->count; i++)
		if (generations->number[i] == number)
			return;
	if (generations->count < GENERATIONS_MAX)
		generations->number[generations->count++] = number;
}

static void list_directory(struct generations *generations, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char *end;
		unsigned long number = strtoul(entry->d_name, &end, 10);

		if (!*end && number && number <= UINT32_MAX)
			note(generations, (uint32_t)number);
	}
	closedir(directory);
}

void generations_list(struct generations *generations, const char *ifname)
{
	char path[XDV_PATH_MAX];

	memset(generations, 0, sizeof(*generations));
	if (pins_path(path, sizeof(path), ifname, "%s", "") == 0)
		list_directory(generations, path);
	if (pins_run_path(path, sizeof(path), ifname, "%s", "") == 0)
		list_directory(generations, path);
}

static uint32_t program_of_generation(const char *ifname, uint32_t generation)
{
	char path[XDV_PATH_MAX];

	if (pins_path(path, sizeof(path), ifname, "%u/prog", generation))
		return 0;
	return kernel_pinned_program_id(path);
}

static bool uses_counters_of(const struct kernel_program *program, const char *ifname,
			     uint32_t generation)
{
	char path[XDV_PATH_MAX];
	uint32_t counters;

	if (pins_path(path, sizeof(path), ifname, "%u/rule_counters", generation))
		return false;
	counters = kernel_pinned_map_id(path);
	for (size_t i = 0; counters && i < program->maps; i++)
		if (program->map[i] == counters)
			return true;
	return false;
}

/*
 * By the program that is pinned. In a dispatcher the program is pinned only after it is attached;
 * if that was cut short, its map of counters still tells.
 */
uint32_t generation_of_program(const char *ifname, uint32_t program)
{
	struct generations generations;
	struct kernel_program info;

	if (!program)
		return 0;
	generations_list(&generations, ifname);
	for (size_t i = 0; i < generations.count; i++)
		if (program_of_generation(ifname, generations.number[i]) == program)
			return generations.number[i];
	if (kernel_program(&info, program))
		return 0;
	for (size_t i = 0; i < generations.count; i++)
		if (uses_counters_of(&info, ifname, generations.number[i]))
			return generations.number[i];
	return 0;
}

int generation_remove(const char *ifname, uint32_t generation)
{
	char path[XDV_PATH_MAX];
	int err, run_err;

	err = pins_path(path, sizeof(path), ifname, "%u", generation);
	if (!err)
		err = tree_remove(path);
	run_err = pins_run_path(path, sizeof(path), ifname, "%u", generation);
	if (!run_err)
		run_err = tree_remove(path);
	return err ? err : run_err;
}

int generations_remove_but(const char *ifname, uint32_t generation, uint32_t other)
{
	struct generations generations;
	int err = 0;

	generations_list(&generations, ifname);
	for (size_t i = 0; i < generations.count; i++) {
		uint32_t number = generations.number[i];
		int failed = 0;

		if (number != generation && number != other)
			failed = generation_remove(ifname, number);
		err = err ? err : failed;
	}
	return err;
}

/* bpffs/xdivert, and netns:INODE in it */
static unsigned int levels_above(const char *path)
{
	return strstr(path, "/netns:") ? 2 : 1;
}

int state_remove(const char *ifname)
{
	char path[XDV_PATH_MAX];
	int err, run_err;

	err = pins_path(path, sizeof(path), ifname, "%s", "");
	if (!err)
		err = tree_remove(path);
	if (!err) {
		unsigned int levels = levels_above(path);

		*strrchr(path, '/') = '\0';
		directory_remove_empty(path, levels);
	}
	run_err = pins_run_path(path, sizeof(path), ifname, "%s", "");
	if (!run_err)
		run_err = tree_remove(path);
	return err ? err : run_err;
}

void state_remove_empty(const char *ifname)
{
	char path[XDV_PATH_MAX], consumers[XDV_PATH_MAX];

	if (pins_path(consumers, sizeof(consumers), ifname, "consumers") == 0)
		rmdir(consumers);
	if (pins_path(path, sizeof(path), ifname, "%s", "") == 0)
		directory_remove_empty(path, 1 + levels_above(path));
	if (pins_run_path(path, sizeof(path), ifname, "%s", "") == 0)
		rmdir(path);
}
