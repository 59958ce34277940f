// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach.h"

#include "dispatcher.h"
#include "fail.h"
#include "kernel.h"
#include "link.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the step works on. */
struct step {
	struct attach_plan *plan;
	const struct device *device;
	const struct live *live;
	uint32_t generation;
	const struct object *object;
	char pin[XDV_PATH_MAX]; /* of the new generation's program */
	char twin[XDV_PATH_MAX]; /* of the same for a trial to go back to, where that is a member */
};

/* Errors that are not the driver's "not in this mode". */
static bool is_final(int err)
{
	return err == -EBUSY || err == -EEXIST || err == -EPERM || err == -ENOMEM || err == -ENODEV;
}

/* Why a driver said no, as far as an errno tells. */
static const char *refusal_reason(char *text, size_t size, const struct device *device, int err)
{
	bool named = strcmp(device->driver, "?") != 0;
	int length = snprintf(text, size, "driver%s%s: %s", named ? " " : "",
			      named ? device->driver : "", strerror(-err));

	if (err != -EOPNOTSUPP && device->mtu > DEVICE_PAGE_MTU && length > 0 &&
	    (size_t)length < size)
		snprintf(
			text + length, size - (size_t)length,
			"; its MTU is %u, and native mode takes %d where driver or kernel have no frames of several buffers",
			device->mtu, DEVICE_PAGE_MTU);
	return text;
}

static int refused(const struct step *step, int err, enum xdp_place place, struct xdv_error *error)
{
	const struct device *device = step->device;
	char reason[160];

	if (err == -EBUSY || err == -EEXIST) {
		fail(error, -EBUSY, "%s: somebody else attached a program just now", device->name);
		return fail_hint(error, -EBUSY, "`bpftool net show dev %s` shows it", device->name);
	}
	if (is_final(err))
		return fail(error, err, "%s: the program can't be attached: %s", device->name,
			    strerror(-err));
	fail(error, -EOPNOTSUPP, "%s: the program can't be attached in %s mode: %s", device->name,
	     place_names[place], refusal_reason(reason, sizeof(reason), device, err));
	if (place == PLACE_GENERIC)
		return fail_hint(error, -EOPNOTSUPP, "xdivert needs bpf_link for XDP: Linux 5.9");
	return fail_hint(error, -EOPNOTSUPP, "--mode generic works on any device, but is slower");
}

/*
 * A member of a dispatcher extends that, and cannot be called by another program. So what a later
 * trial goes back to is the program as it is by itself, on the same maps.
 */
static int attach_member(const struct step *step, enum xdp_place place, uint32_t *program,
			 struct xdv_error *error)
{
	int err;

	if (bpf_obj_pin(object_program_fd(step->object), step->twin) && errno != EEXIST)
		return fail(error, -errno, "%s: can't be pinned: %s", step->twin, strerror(errno));
	err = dispatcher_attach(step->device, step->object, place, step->pin, program, error);
	if (err)
		unlink(step->twin);
	return err;
}

/* The errno is the kernel's own, for the caller to judge; `error` has the one for the user. */
static int attach_at(const struct step *step, enum xdp_place place, struct live *now,
		     struct xdv_error *error)
{
	int program = object_program_fd(step->object), err;

	now->place = place;
	now->program = kernel_program_id(program);
	if (step->plan->kind == ATTACH_DISPATCHER)
		return attach_member(step, place, &now->program, error);
	if (bpf_obj_pin(program, step->pin))
		return fail(error, -errno, "%s: can't be pinned: %s", step->pin, strerror(errno));
	err = link_attach(step->device, program, place);
	if (!err)
		return 0;
	unlink(step->pin);
	refused(step, err, place, error);
	return err;
}

static int attach_native_or_generic(const struct step *step, struct live *now,
				    struct xdv_error *error)
{
	struct attach_plan *plan = step->plan;
	char reason[sizeof(plan->reasons.generic)];
	int err;

	if (plan->place != PLACES)
		return attach_at(step, plan->place, now, error);
	err = attach_at(step, PLACE_NATIVE, now, error);
	if (!err || is_final(err))
		return err;
	refusal_reason(reason, sizeof(reason), step->device, err);
	err = attach_at(step, PLACE_GENERIC, now, error);
	if (!err)
		memcpy(plan->reasons.generic, reason, sizeof(reason));
	return err;
}

static int attach_first(const struct step *step, struct live *now, struct xdv_error *error)
{
	struct attach_plan *plan = step->plan;
	struct xdv_error reason = {};
	int err;

	err = attach_native_or_generic(step, now, &reason);
	if (err && plan->may_link && !is_final(err)) {
		plan->kind = now->kind = ATTACH_LINK;
		snprintf(plan->reasons.link, sizeof(plan->reasons.link), "%.150s", reason.message);
		err = attach_native_or_generic(step, now, &reason);
	}
	if (!err)
		return 0;
	if (error)
		*error = reason;
	return reason.code;
}

/* The descriptor of the live program, so that nothing else is replaced by mistake. */
static int open_live_program(const struct step *step)
{
	char path[XDV_PATH_MAX];
	int fd;

	if (pins_path(path, sizeof(path), step->device->name, "%u/prog", step->live->generation))
		return -1;
	fd = bpf_obj_get(path);
	if (fd >= 0 && kernel_program_id(fd) == step->live->program)
		return fd;
	if (fd >= 0)
		close(fd);
	return bpf_prog_get_fd_by_id(step->live->program);
}

static int replace_link(const struct step *step, struct xdv_error *error)
{
	int program = object_program_fd(step->object), old, err;

	if (bpf_obj_pin(program, step->pin))
		return fail(error, -errno, "%s: can't be pinned: %s", step->pin, strerror(errno));
	old = open_live_program(step);
	err = link_replace(step->device->name, program, old);
	if (old >= 0)
		close(old);
	if (!err)
		return 0;
	return fail(error, err, "%s: the live program can't be exchanged: %s", step->device->name,
		    strerror(-err));
}

static int replace_member(const struct step *step, uint32_t *program, struct xdv_error *error)
{
	const struct live *live = step->live;
	int err;

	err = attach_member(step, live->place, program, error);
	if (err)
		return err;
	err = dispatcher_detach(step->device, live->program, live->place);
	if (!err)
		return 0;
	dispatcher_detach(step->device, *program, live->place);
	return fail(error, err, "%s: the old program can't be taken out of the dispatcher: %s",
		    step->device->name, strerror(-err));
}

static int attach_replacement(const struct step *step, struct live *now, struct xdv_error *error)
{
	now->place = step->live->place;
	now->program = kernel_program_id(object_program_fd(step->object));
	if (step->plan->kind == ATTACH_LINK)
		return replace_link(step, error);
	return replace_member(step, &now->program, error);
}

int attach(struct attach_plan *plan, const struct device *device, const struct live *live,
	   uint32_t generation, const struct object *object, struct live *now,
	   struct xdv_error *error)
{
	struct live attached = {.kind = plan->kind, .generation = generation};
	struct step step = {
		.plan = plan,
		.device = device,
		.live = live,
		.generation = generation,
		.object = object,
	};
	int err;

	err = pins_path(step.pin, sizeof(step.pin), device->name, "%u/prog", generation);
	if (!err)
		err = pins_path(step.twin, sizeof(step.twin), device->name, "%u/twin", generation);
	if (err)
		return fail(error, err, "%s: the name is too long", device->name);
	if (plan->replace)
		err = attach_replacement(&step, &attached, error);
	else
		err = attach_first(&step, &attached, error);
	if (!err)
		*now = attached;
	return err;
}
