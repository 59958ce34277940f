// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "foresee.h"

#include "join.h"
#include "load.h"
#include "privileges.h"
#include "steer_rules.h"
#include "targets.h"
#include "trial.h"
#include "users.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* When it ends, DPDK takes off the program that it has joined, unless a link holds that. */
int load_decide(struct attach_plan *plan, const struct device *device, const struct live *live,
		const struct policy *policy, const struct attach_request *request, char *warning,
		size_t size, struct xdv_error *error)
{
	bool dpdk = policy->consumer_count && policy->consumers[0]->kind == CONSUMER_DPDK;
	bool free = request->kind == ATTACH_NONE && live->kind == ATTACH_NONE;
	struct attach_request wanted = *request;
	int err;

	if (dpdk && free)
		wanted.kind = ATTACH_LINK;
	err = attach_decide(plan, device, live, &wanted, error);
	if (err)
		return err;
	if (dpdk && free)
		snprintf(plan->reasons.link, sizeof(plan->reasons.link),
			 "DPDK takes off what no link holds, when it ends");
	err = device_suits(device, policy, warning, size, error);
	if (!err)
		users_warn(policy, warning, size);
	if (!err && dpdk && plan->kind == ATTACH_DISPATCHER)
		warning_add(
			warning, size,
			"%s: when the DPDK application ends it takes the dispatcher off, and the policy with it; --attach link holds (unload first)",
			device->name);
	return err;
}

static void note(struct foresight *foresight, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct foresight *foresight, const char *format, ...)
{
	va_list arguments;

	if (foresight->note_count == FORESEE_NOTES)
		return;
	va_start(arguments, format);
	vsnprintf(foresight->notes[foresight->note_count++], sizeof(foresight->notes[0]), format,
		  arguments);
	va_end(arguments);
}

static void note_first(struct foresight *foresight)
{
	const struct attach_plan *plan = &foresight->plan;
	const struct device *device = &foresight->device;

	note(foresight, "the first program of xdivert on it: %s, %s",
	     plan->place == PLACES ? "native if the driver can, else generic"
				   : place_names[plan->place],
	     attach_names[plan->kind]);
	if (plan->place == PLACE_GENERIC || device_attached(device) != PLACES)
		return;
	if (device->mtu > DEVICE_PAGE_MTU)
		note(foresight,
		     "its MTU is %u: above %d, native mode takes a driver and a kernel with frames of several buffers",
		     device->mtu, DEVICE_PAGE_MTU);
	if (strcmp(device->driver, "veth") != 0)
		note(foresight,
		     "driver %s: many set their queues up anew for a first program: the link may be down for some seconds",
		     device->driver);
}

static void note_replacement(struct foresight *foresight)
{
	const struct live *live = &foresight->live;

	if (live->kind == ATTACH_LINK)
		note(foresight,
		     "the program is exchanged in one step: nothing flaps, no packet is lost");
	else
		note(foresight,
		     "the new program joins the dispatcher, then the old one leaves it: for some milliseconds both may see a packet");
	if (live->trial.generation && !live->trial.over)
		note(foresight,
		     "generation %u is on trial: for another %u s, or until it is confirmed, a load is refused",
		     live->trial.generation, trial_seconds_left(&live->trial));
}

static void note_device(struct foresight *foresight, const struct policy *policy)
{
	const struct device *device = &foresight->device;
	struct steer_rules rules = {};

	if (foresight->plan.replace)
		note_replacement(foresight);
	else
		note_first(foresight);
	if (policy->consumer_count)
		note(foresight, "%u of %u receive queues in use: a socket on each",
		     device->queues_used, device->queues);
	if (policy_groups(policy))
		note(foresight, "it becomes a member of %zu multicast groups",
		     policy_groups(policy));
	if (steer_rules_find(&rules, policy) == 0 && rules.count)
		note(foresight, "its NIC is asked for %zu rules, to put flows on a queue",
		     rules.count);
	steer_rules_free(&rules);
	if (!(device->flags & IFF_UP))
		note(foresight, "it is down");
}

int load_foresee(struct foresight *foresight, const char *ifname, const struct policy *policy,
		 const struct attach_request *request, struct xdv_error *error)
{
	struct foresight seen = {};
	struct targets targets = {};
	int err;

	err = device_read(&seen.device, ifname, error);
	if (!err)
		err = privileges_check(ifname, "see what is live", error);
	if (!err)
		err = live_find(&seen.live, &seen.device, error);
	if (!err)
		err = load_decide(&seen.plan, &seen.device, &seen.live, policy, request,
				  seen.warning, sizeof(seen.warning), error);
	if (!err)
		err = targets_find(&targets, policy, error);
	if (err)
		return err;
	targets_warn(&targets, &seen.device, seen.plan.place, seen.warning, sizeof(seen.warning));
	targets_free(&targets);
	if (seen.live.generation) {
		record_read(&seen.record, ifname, seen.live.generation);
		record_policy(&seen.policy, ifname, seen.live.generation);
	}
	*foresight = seen;
	note_device(foresight, policy);
	return 0;
}

void foresight_free(struct foresight *foresight)
{
	if (foresight->policy)
		policy_free(&foresight->policy);
}
