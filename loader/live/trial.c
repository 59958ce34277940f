// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "trial.h"

#include "fail.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time); /* as the program does */
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static int open_pin(const char *ifname, uint32_t generation, const char *name)
{
	char path[XDV_PATH_MAX];
	int err = pins_path(path, sizeof(path), ifname, "%u/%s", generation, name);

	return err ? err : bpf_obj_get(path);
}

/* The only entry of a map of a generation. -ENOENT: there is no such map, or nothing in it. */
static int read_entry(const char *ifname, uint32_t generation, const char *name, void *value)
{
	int fd = open_pin(ifname, generation, name), err;

	if (fd < 0)
		return -ENOENT;
	err = bpf_map_lookup_elem(fd, &(uint32_t){0}, value);
	close(fd);
	return err;
}

void trial_find(struct live *live, const char *ifname)
{
	struct trial trial = {.generation = live->generation};
	uint32_t before = 0;

	live->trial = (struct trial){};
	if (!live->generation || read_entry(ifname, trial.generation, "trial_end", &trial.end) ||
	    !trial.end)
		return;
	trial.over = now() >= trial.end;
	live->trial = trial;
	if (!trial.over)
		return;
	read_entry(ifname, trial.generation, "before", &before);
	live->generation = generation_of_program(ifname, before);
}

uint64_t trial_ms_left(const struct trial *trial)
{
	uint64_t time = now(), ms = SECOND / 1000;

	return trial->end > time ? (trial->end - time + ms - 1) / ms : 0;
}

unsigned int trial_seconds_left(const struct trial *trial)
{
	return (unsigned int)((trial_ms_left(trial) + 999) / 1000);
}

/* A program that another one can call: of a member of a dispatcher, its twin. */
static int open_callable(const char *ifname, uint32_t generation)
{
	int fd = open_pin(ifname, generation, "twin");

	return fd == -ENOENT ? open_pin(ifname, generation, "prog") : fd;
}

static int keep(const struct object *object, const char *ifname, uint32_t before)
{
	int fd = open_callable(ifname, before), err;

	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(object_map_fd(object, "before"), &(uint32_t){0}, &fd, BPF_ANY);
	close(fd);
	return err;
}

uint64_t trial_end_after(unsigned int seconds)
{
	return now() + seconds * SECOND;
}

int trial_begin(const struct object *object, const char *ifname, uint32_t before, uint64_t end,
		struct xdv_error *error)
{
	int err = before ? keep(object, ifname, before) : 0;

	if (err) {
		fail(error, err, "%s: the new policy can't be told to go back to generation %u: %s",
		     ifname, before, strerror(-err));
		return fail_hint(error, err, "without --confirm it can be loaded");
	}
	err = bpf_map_update_elem(object_map_fd(object, "trial_end"), &(uint32_t){0}, &end,
				  BPF_ANY);
	if (err)
		return fail(error, err, "%s: the trial can't be set up: %s", ifname,
			    strerror(-err));
	return 0;
}

void trial_forget_before(const char *ifname, uint32_t generation)
{
	int fd = open_pin(ifname, generation, "before");

	if (fd < 0)
		return;
	bpf_map_delete_elem(fd, &(uint32_t){0});
	close(fd);
}
