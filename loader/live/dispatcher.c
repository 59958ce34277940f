// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dispatcher.h"

#include "fail.h"
#include "files.h"
#include "kernel.h"
#include "pins.h"
#include "state.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

/* Room for the verifier's words on a program that it has taken already, alone. */
#define LOG_SIZE (1u << 20)

static const enum xdp_attach_mode place_modes[PLACES] = {
	[PLACE_NATIVE] = XDP_MODE_NATIVE,
	[PLACE_GENERIC] = XDP_MODE_SKB,
	[PLACE_OFFLOAD] = XDP_MODE_HW,
};

/* libxdp keeps its state in bpffs too, and must find it where we do. */
static void point_to_bpffs(void)
{
	const char *bpffs = pins_bpffs();

	if (bpffs)
		setenv(XDP_BPFFS_ENVVAR, bpffs, 0);
}

int dispatcher_read(struct dispatcher *dispatcher, const struct device *device)
{
	struct dispatcher read = {.place = device_attached(device)};
	struct xdp_program *member = NULL;
	struct xdp_multiprog *programs;
	struct kernel_program attached;
	int err = 0;

	if (read.place == PLACES || kernel_program(&attached, device->program[read.place]) ||
	    strcmp(attached.name, DISPATCHER_NAME) != 0)
		return -ENOENT;
	point_to_bpffs();
	programs = xdp_multiprog__get_from_ifindex((int)device->index);
	if (!programs || libxdp_get_error(programs))
		return -ENOENT;
	if (xdp_multiprog__is_legacy(programs))
		err = -ENOENT;
	while (!err && (member = xdp_multiprog__next_prog(member, programs)))
		if (read.members < DISPATCHER_MEMBERS_MAX)
			read.member[read.members++] = xdp_program__id(member);
	xdp_multiprog__close(programs);
	if (!err)
		*dispatcher = read;
	return err;
}

/* Where there is no dispatcher to be had, libxdp attaches the program alone without a word. */
static bool is_member(const struct device *device, uint32_t program)
{
	struct dispatcher dispatcher;
	struct device now;

	if (device_read(&now, device->name, NULL) || dispatcher_read(&dispatcher, &now))
		return false;
	for (size_t i = 0; i < dispatcher.members; i++)
		if (dispatcher.member[i] == program)
			return true;
	return false;
}

/* Why the verifier refused: the line before its statistics. "" if it was not the verifier. */
static const char *verdict(char *log)
{
	char *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		return "";
	*end = '\0';
	line = strrchr(log, '\n');
	return line ? line + 1 : log;
}

static int refused(const struct device *device, int err, char *log, struct xdv_error *error)
{
	const char *reason = verdict(log);

	if (*reason) {
		fail(error, -EOPNOTSUPP, "%s: libxdp's dispatcher can't take the program: %s",
		     device->name, reason);
		/* of a dispatcher that is older than the kernel, which has become strict */
		if (strstr(reason, "changes packet data"))
			fail_hint(
				error, -EOPNOTSUPP,
				"a newer libxdp's can; `metadata off` in the policy's consumers, and a load without --confirm, do not ask for it");
		return -EOPNOTSUPP;
	}
	if (err == -E2BIG)
		return fail(error, err, "%s: libxdp's dispatcher has no room for another program",
			    device->name);
	return fail(error, err, "%s: libxdp can't attach the program: %s", device->name,
		    strerror(-err));
}

static int attach_and_pin(const struct device *device, struct xdp_program *program,
			  enum xdp_attach_mode mode, const char *pin, char *log,
			  struct xdv_error *error)
{
	int err = xdp_program__attach(program, (int)device->index, mode, 0);

	if (err)
		return refused(device, err, log, error);
	if (!is_member(device, xdp_program__id(program)))
		err = fail(error, -EOPNOTSUPP,
			   "%s: libxdp attached the program alone, without a dispatcher",
			   device->name);
	else if (bpf_obj_pin(xdp_program__fd(program), pin))
		err = fail(error, -errno, "%s: the program can't be pinned: %s", pin,
			   strerror(errno));
	if (err)
		xdp_program__detach(program, (int)device->index, mode, 0);
	return err;
}

int dispatcher_attach(const struct device *device, const struct object *object,
		      enum xdp_place place, const char *pin, uint32_t *id, struct xdv_error *error)
{
	struct xdp_program *program;
	struct bpf_object *second;
	char *log;
	int err;

	point_to_bpffs();
	err = object_reopen(object, &second, error);
	if (err)
		return err;
	log = calloc(1, LOG_SIZE);
	if (!log) {
		bpf_object__close(second);
		return fail(error, -ENOMEM, "out of memory");
	}
	bpf_program__set_log_buf(bpf_object__find_program_by_name(second, XDV_PROGRAM_NAME), log,
				 LOG_SIZE);
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = second,
			    .prog_name = XDV_PROGRAM_NAME);
	program = xdp_program__create(&options);
	if (!program || libxdp_get_error(program)) {
		err = fail(error, -EINVAL, "%s: libxdp does not take the program: %s", device->name,
			   strerror(errno));
	} else {
		err = attach_and_pin(device, program, place_modes[place], pin, log, error);
		if (!err)
			*id = xdp_program__id(program);
		xdp_program__close(program);
	}
	bpf_object__close(second);
	free(log);
	return err;
}

/* One of the programs that are pinned in the directory belongs to a generation of ours. */
static bool has_program_of_ours(const char *directory, const struct device *device)
{
	char path[XDV_PATH_MAX];

	for (int i = 0; i < DISPATCHER_MEMBERS_MAX; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/prog%d-prog", directory, i) >=
		    sizeof(path))
			return false;
		if (generation_of_program(device->name, kernel_pinned_program_id(path)))
			return true;
	}
	return false;
}

void dispatcher_clean(const struct device *device)
{
	char path[XDV_PATH_MAX], one[XDV_PATH_MAX + 256];
	struct dirent *entry;
	enum xdp_place place;
	struct device now;
	uint32_t attached;
	DIR *directory;

	/* asked anew: each change of a dispatcher puts another in its place */
	if (!pins_bpffs() || device_read(&now, device->name, NULL))
		return;
	place = device_attached(&now);
	attached = place == PLACES ? 0 : now.program[place];
	snprintf(path, sizeof(path), "%s/xdp", pins_bpffs());
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		unsigned int ifindex, program;

		if (sscanf(entry->d_name, "dispatch-%u-%u", &ifindex, &program) != 2 ||
		    ifindex != device->index || program == attached)
			continue;
		snprintf(one, sizeof(one), "%s/%s", path, entry->d_name);
		if (has_program_of_ours(one, device))
			tree_remove(one);
	}
	closedir(directory);
}

int dispatcher_detach(const struct device *device, uint32_t id, enum xdp_place place)
{
	struct xdp_program *program;
	int err;

	point_to_bpffs();
	program = xdp_program__from_id(id);
	if (!program || libxdp_get_error(program))
		return errno ? -errno : -ENOENT;
	err = xdp_program__detach(program, (int)device->index, place_modes[place], 0);
	xdp_program__close(program);
	return err;
}
