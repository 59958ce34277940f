// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach.h"
#include "dispatcher.h"
#include "fail.h"
#include "freplace.h"
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What to do about a program that is not ours. */
static void hint_foreign(const struct device *device, enum xdp_place place, struct xdv_error *error)
{
	uint32_t program = device->program[place];
	uint32_t link = kernel_link_of_program(program);

	if (link)
		fail_hint(error, -EBUSY,
			  "bpf_link %u holds it; `bpftool link show id %u` says whose it is", link,
			  link);
	else
		fail_hint(error, -EBUSY, "to take it off: ip link set dev %s %s off", device->name,
			  place == PLACE_GENERIC ? "xdpgeneric" : "xdp");
}

static int foreign(const struct device *device, const struct attach_request *request,
		   const char *no_dispatcher, struct xdv_error *error)
{
	enum xdp_place place = device_attached(device);
	uint32_t program = device->program[place];
	struct kernel_program info = {.name = "?"};
	char old[IF_NAMESIZE];
	struct dispatcher dispatcher;

	if (live_under_old_name(old, device)) {
		fail(error, -EBUSY, "%s: a policy was loaded on it when its name was %s",
		     device->name, old);
		return fail_hint(error, -EBUSY, "`xdivert unload %s` takes it off, then load again",
				 old);
	}
	kernel_program(&info, program);
	if (dispatcher_read(&dispatcher, device)) {
		fail(error, -EBUSY, "%s: somebody else's program %s (id %u, %s) is attached",
		     device->name, info.name, program, place_names[place]);
		hint_foreign(device, place, error);
	} else {
		fail(error, -EBUSY,
		     "%s: a libxdp dispatcher (id %u, %s) with %zu programs is attached",
		     device->name, program, place_names[place], dispatcher.members);
		if (request->kind == ATTACH_LINK)
			fail_hint(error, -EBUSY, "--attach dispatcher runs beside them");
		else
			fail_hint(error, -EBUSY, "it can't be joined: %s", no_dispatcher);
	}
	return -EBUSY;
}

static bool kernel_has_dispatcher(char *why, size_t size)
{
	const char *step;
	int err = freplace_probe(&step);

	if (!err)
		return true;
	snprintf(why, size, "this kernel has no freplace (%s: %s)", step, strerror(-err));
	return false;
}

/* Nothing of ours is there. */
static int decide_first(struct attach_plan *plan, const struct device *device,
			const struct attach_request *request, struct xdv_error *error)
{
	enum xdp_place place = device_attached(device);
	bool can = false, shared = false;
	struct dispatcher dispatcher;
	char why[160] = "";

	if (request->kind != ATTACH_LINK)
		can = kernel_has_dispatcher(why, sizeof(why));
	if (request->kind == ATTACH_DISPATCHER && !can) {
		fail(error, -EOPNOTSUPP, "%s: --attach dispatcher: %s", device->name, why);
		return fail_hint(error, -EOPNOTSUPP, "--attach link does without");
	}
	if (place != PLACES) {
		shared = can && dispatcher_read(&dispatcher, device) == 0;
		if (!shared)
			return foreign(device, request, why, error);
	}
	plan->kind = can ? ATTACH_DISPATCHER : ATTACH_LINK;
	plan->place = shared ? place : request->place;
	plan->may_link = can && !shared && request->kind == ATTACH_NONE;
	if (request->kind == ATTACH_NONE && !can)
		snprintf(plan->reasons.link, sizeof(plan->reasons.link), "%s", why);
	if (!shared || request->place == PLACES || request->place == place)
		return 0;
	fail(error, -EBUSY, "%s: --mode %s: the dispatcher that is there is attached in %s mode",
	     device->name, place_names[request->place], place_names[place]);
	return fail_hint(error, -EBUSY, "--mode %s joins it", place_names[place]);
}

static int not_in_place(const struct device *device, const char *option, const char *wanted,
			const char *found, struct xdv_error *error)
{
	fail(error, -EBUSY, "%s: --%s %s: the live policy has %s %s, which only an unload changes",
	     device->name, option, wanted, option, found);
	return fail_hint(error, -EBUSY, "leave --%s away, or first: xdivert unload %s", option,
			 device->name);
}

/* Ours is there: the new program takes its place, and with it the way it is attached. */
static int decide_replacement(struct attach_plan *plan, const struct device *device,
			      const struct live *live, const struct attach_request *request,
			      struct xdv_error *error)
{
	plan->replace = true;
	plan->kind = live->kind;
	plan->place = live->place;
	if (request->kind != ATTACH_NONE && request->kind != live->kind)
		return not_in_place(device, "attach", attach_names[request->kind],
				    attach_names[live->kind], error);
	if (request->place != PLACES && request->place != live->place)
		return not_in_place(device, "mode", place_names[request->place],
				    live->place == PLACES ? "unknown" : place_names[live->place],
				    error);
	return 0;
}

int attach_decide(struct attach_plan *plan, const struct device *device, const struct live *live,
		  const struct attach_request *request, struct xdv_error *error)
{
	struct attach_plan decided = {};
	int err;

	if (live->kind == ATTACH_NONE)
		err = decide_first(&decided, device, request, error);
	else
		err = decide_replacement(&decided, device, live, request, error);
	if (!err)
		*plan = decided;
	return err;
}
