// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "load.h"

#include "build.h"
#include "consumers.h"
#include "counters.h"
#include "dispatcher.h"
#include "fail.h"
#include "files.h"
#include "flows.h"
#include "foresee.h"
#include "groups.h"
#include "kernel.h"
#include "pins.h"
#include "privileges.h"
#include "record.h"
#include "sets.h"
#include "steering.h"
#include "sweep.h"
#include "targets.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One load, from its start to its end. */
struct load {
	const struct program *program;
	struct device device;
	struct live live; /* before */
	struct attach_plan plan;
	unsigned int confirm; /* seconds, 0 for no trial */
	int trial_end; /* of several interfaces, 0 for one of its own */
	uint32_t generation;
	struct consumers consumers;
	struct flow_move flows;
	struct targets targets;
	struct object *object;
	struct record record;
};

int bpffs_ready(struct xdv_error *error)
{
	int err = pins_bpffs() ? 0 : pins_mount();

	if (!err)
		return 0;
	fail(error, err, "/sys/fs/bpf: no bpffs is mounted there, and it can't be: %s",
	     strerror(-err));
	return fail_hint(error, err,
			 "mounting takes CAP_SYS_ADMIN; as root: mount -t bpf bpf /sys/fs/bpf");
}

/* Takes over what older generations have counted, and removes them. */
static int settle_counters(const char *ifname, uint32_t generation, uint32_t on_trial)
{
	struct record record;

	/* counts that are lost are no reason to stop: there may be none, or no file any more */
	if (record_read(&record, ifname, generation) == 0)
		counters_carry(ifname, generation, record.previous);
	return generations_remove_but(ifname, generation, on_trial);
}

/* What an earlier load or unload that was cut short has left. */
static int clean(const struct device *device, struct live *live, struct xdv_error *error)
{
	int err;

	/* what is attached goes before that by which it is known to be ours */
	for (; live->leftovers; live->leftovers--)
		dispatcher_detach(device, live->leftover[live->leftovers - 1], live->place);
	dispatcher_clean(device);
	if (live->kind == ATTACH_NONE)
		err = policy_clear_away(device->name, device->index);
	else
		err = settle_counters(device->name, live->generation, live->trial.generation);
	if (err)
		return fail(error, err, "%s: what an earlier load left can't be removed: %s",
			    device->name, strerror(-err));
	return 0;
}

static int log_path(const struct load *load, char path[XDV_PATH_MAX])
{
	return pins_run_path(path, XDV_PATH_MAX, load->device.name, "verifier.log");
}

static int load_beside(struct load *load, struct xdv_error *error)
{
	char log[XDV_PATH_MAX];
	struct object_options options = {
		.queues = load->device.queues,
		.generation = load->generation,
		.interfaces = load->targets.indexes,
		.consumers = load->consumers.maps,
		.flows = load->flows.taken_over ? load->flows.live : 0,
		.buffers = load->device.mtu > DEVICE_PAGE_MTU &&
			   load->plan.place != PLACE_OFFLOAD && kernel_has_buffers(),
		.trial = load->confirm != 0,
		.trial_end = load->trial_end,
		.log_path = log,
	};
	int err = log_path(load, log);

	return err ? err : object_load(&load->object, load->program, &options, error);
}

static int pin_map(const struct load *load, const char *map, struct xdv_error *error)
{
	int fd = object_map_fd(load->object, map), err;
	char path[XDV_PATH_MAX];

	if (fd < 0) /* the plan does without it */
		return 0;
	err = pins_path(path, sizeof(path), load->device.name, "%u/%s", load->generation, map);
	if (!err)
		err = bpf_obj_pin(fd, path);
	if (err)
		return fail(error, err, "%s: can't be pinned: %s", path, strerror(-err));
	return 0;
}

static int pin_maps(const struct load *load, struct xdv_error *error)
{
	static const char *const maps[] = {
		"rule_counters",  "rule_buckets",    "rule_samplers", "samples",
		"rule_options",	  "redirects",	     "tree",	      "indexes",
		"displacements",  "slots",	     "flows",	      "flow_counters",
		"dynamic_tables", "dynamic_lengths", "trial_end",     "before"};
	char path[XDV_PATH_MAX], name[24];
	int err;

	err = pins_path(path, sizeof(path), load->device.name, "%u", load->generation);
	if (!err)
		err = directory_make(path, 0700);
	if (err)
		return fail(error, err, "%s: can't be made: %s", path, strerror(-err));
	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(maps[0]); i++)
		err = pin_map(load, maps[i], error);
	for (size_t i = 0; !err && i < load->program->plan->dynamic.table_count; i++) {
		snprintf(name, sizeof(name), "dynamic_%u", (unsigned int)i);
		err = pin_map(load, name, error);
	}
	return err;
}

static void describe(struct load *load)
{
	const struct policy *policy = load->program->policy;
	struct record *record = &load->record;
	char *absolute = realpath(policy->file, NULL);

	snprintf(record->policy, sizeof(record->policy), "%s", absolute ? absolute : policy->file);
	free(absolute);
	policy_hash(policy, record->hash);
	record->ifindex = load->device.index;
	record->mtu = load->device.mtu;
	record->previous = load->live.generation;
	record->time = time(NULL);
}

static int build(struct load *load, struct xdv_error *error)
{
	char path[XDV_PATH_MAX];
	int err;

	err = pins_run_path(path, sizeof(path), load->device.name, "%s", "");
	if (!err)
		err = directory_make(path, 0755);
	if (err)
		return fail(error, err, "%s: can't be made: %s", path, strerror(-err));
	err = consumers_open(&load->consumers, load->program->policy, &load->device, error);
	if (!err)
		err = flow_move_begin(&load->flows, load->device.name, load->live.generation,
				      load->program->policy, error);
	if (!err)
		err = load_beside(load, error);
	if (!err)
		err = pin_maps(load, error);
	if (!err)
		err = flow_move_copy(&load->flows, object_map_fd(load->object, "flows"), error);
	if (!err)
		err = live_sets_carry(load->device.name, load->live.generation, load->program->plan,
				      load->object, error);
	describe(load);
	if (!err)
		err = record_write(load->device.name, load->generation, &load->record,
				   load->program, error);
	return err;
}

/* As far as it is known what that was: to be in too many groups loses nothing. */
static void leave_new_groups(const struct load *load)
{
	struct policy *before = NULL;

	if (!policy_groups(load->program->policy) ||
	    (load->live.generation &&
	     record_policy(&before, load->device.name, load->live.generation)))
		return;
	groups_keep(load->device.index, before);
	policy_free(&before);
}

/* The new generation is not live: nothing of it stays. */
static void undo(struct load *load)
{
	leave_new_groups(load);
	consumers_undo(&load->consumers, load->program->policy, load->device.name);
	generation_remove(load->device.name, load->generation);
	if (load->live.kind == ATTACH_NONE)
		state_remove_empty(load->device.name);
}

/*
 * The new generation is live: it is written down how, and what is not needed any more goes. While
 * it is on trial, that is nothing.
 */
static void settle(struct load *load, const struct live *now)
{
	struct record *record = &load->record;
	char log[XDV_PATH_MAX];

	snprintf(record->attach, sizeof(record->attach), "%s", attach_names[now->kind]);
	snprintf(record->mode, sizeof(record->mode), "%s", place_names[now->place]);
	if (!load->plan.replace) /* else what was true of the one before is true still */
		record->reasons = load->plan.reasons;
	record_update(load->device.name, load->generation, record);
	if (load->confirm) {
		counters_carry(load->device.name, load->generation, record->previous);
	} else {
		settle_counters(load->device.name, load->generation, 0);
		consumers_prune(load->program->policy, load->device.name);
		groups_keep(load->device.index, load->program->policy);
	}
	if (log_path(load, log) == 0) /* of an earlier load, that failed */
		unlink(log);
}

/* It is a hint to the device: that it does not take it is no reason not to go on. */
static void steer(const struct load *load, char *warning, size_t size)
{
	const char *ifname = load->device.name;
	struct nic nic = nic_of(ifname);
	int err = steering_set(ifname, &nic, load->program->policy, warning, size);

	if (err)
		warning_add(warning, size, "%s: steering rules: %s", ifname, strerror(-err));
}

static void fill_report(struct load_report *report, const struct load *load, const struct live *now,
			const char *hash_before)
{
	report->device = load->device;
	report->now = *now;
	report->replaced = load->live.generation;
	report->change = LOAD_NEW;
	if (load->live.kind != ATTACH_NONE && (load->live.generation || !load->live.trial.over))
		report->change = strcmp(hash_before, load->record.hash) == 0 ? LOAD_UNCHANGED
									     : LOAD_REPLACED;
	report->reasons = load->record.reasons;
	report->confirm = load->confirm;
}

static int build_and_switch(struct load *load, struct load_report *report, struct xdv_error *error)
{
	struct generations generations;
	struct record before = {};
	struct live now;
	int err;

	/* numbers go up also where an interrupted load has left a higher one */
	generations_list(&generations, load->device.name);
	load->generation = generations.highest + 1;
	err = clean(&load->device, &load->live, error);
	if (err)
		return err;
	record_read(&before, load->device.name, load->live.generation);
	load->record.reasons = before.reasons;
	err = build(load, error);
	if (!err)
		err = groups_join(&load->device, load->program->policy, error);
	if (!err && load->confirm)
		err = trial_begin(load->object, load->device.name, load->live.generation,
				  load->confirm, error);
	if (!err)
		err = attach(&load->plan, &load->device, &load->live, load->generation,
			     load->object, &now, error);
	if (err) {
		undo(load);
	} else {
		flow_move_settle(&load->flows, report->warning, sizeof(report->warning));
		settle(load, &now);
		if (!load->confirm)
			steer(load, report->warning, sizeof(report->warning));
		targets_warn(&load->targets, &load->device, now.place, report->warning,
			     sizeof(report->warning));
		fill_report(report, load, &now, before.hash);
	}
	flow_move_end(&load->flows);
	consumers_close(&load->consumers, load->program->policy);
	object_close(&load->object);
	return err;
}

/* Which of the two to go back to would be anybody's guess. */
static int refuse_during_trial(const struct load *load, struct xdv_error *error)
{
	const struct trial *trial = &load->live.trial;
	const char *ifname = load->device.name;

	if (!trial->generation || trial->over)
		return 0;
	fail(error, -EBUSY, "%s: generation %u is on trial, for another %u s", ifname,
	     trial->generation, trial_seconds_left(trial));
	return fail_hint(error, -EBUSY,
			 "first `xdivert confirm %s`, or `xdivert confirm %s --revert`", ifname,
			 ifname);
}

static int load_locked(struct load *load, const struct attach_request *request,
		       struct load_report *report, struct xdv_error *error)
{
	int err;

	err = bpffs_ready(error);
	if (!err)
		namespaces_sweep();
	if (!err)
		err = live_find(&load->live, &load->device, error);
	if (!err)
		err = refuse_during_trial(load, error);
	if (!err)
		err = load_decide(&load->plan, &load->device, &load->live, load->program->policy,
				  request, report->warning, sizeof(report->warning), error);
	if (!err)
		err = targets_find(&load->targets, load->program->policy, error);
	if (!err)
		err = build_and_switch(load, report, error);
	targets_free(&load->targets);
	return err;
}

int policy_load_held(const struct device *device, const struct program *program,
		     const struct attach_request *request, struct load_report *report,
		     struct xdv_error *error)
{
	struct load load = {
		.program = program,
		.device = *device,
		.confirm = request->confirm,
		.trial_end = request->trial_end,
		.flows = {.live = -1},
	};

	return load_locked(&load, request, report, error);
}

int policy_load(const char *ifname, const struct program *program,
		const struct attach_request *request, struct load_report *report,
		struct xdv_error *error)
{
	struct state_lock lock;
	struct device device;
	int err;

	memset(report, 0, sizeof(*report));
	err = privileges_check(ifname, "load a policy", error);
	if (!err)
		err = device_read(&device, ifname, error);
	if (!err)
		err = state_lock(&lock, ifname, error);
	if (err)
		return err;
	err = policy_load_held(&device, program, request, report, error);
	state_unlock(&lock);
	return err;
}
