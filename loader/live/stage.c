// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first step of a load: what is to be live is built beside what is.
 */
#include "loading.h"

#include "build.h"
#include "dispatcher.h"
#include "fail.h"
#include "files.h"
#include "foresee.h"
#include "groups.h"
#include "kernel.h"
#include "pins.h"
#include "privileges.h"
#include "sets.h"
#include "sweep.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
		err = counters_settle(device->name, live->generation, live->trial.generation);
	if (err)
		return fail(error, err, "%s: what an earlier load left can't be removed: %s",
			    device->name, strerror(-err));
	return 0;
}

int loading_log_path(const struct loading *load, char path[XDV_PATH_MAX])
{
	return pins_run_path(path, XDV_PATH_MAX, load->device.name, "verifier.log");
}

static int load_beside(struct loading *load, struct xdv_error *error)
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
		.trial = load->confirm || load->trial_end,
		.trial_end = load->trial_end,
		.log_path = log,
	};
	int err = loading_log_path(load, log);

	return err ? err : object_load(&load->object, load->program, &options, error);
}

static int pin_map(const struct loading *load, const char *map, struct xdv_error *error)
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

static int pin_maps(const struct loading *load, struct xdv_error *error)
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

static void describe(struct loading *load)
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

static int build(struct loading *load, struct xdv_error *error)
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
static void leave_new_groups(const struct loading *load)
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
static void undo(struct loading *load)
{
	leave_new_groups(load);
	consumers_undo(&load->consumers, load->program->policy, load->device.name);
	generation_remove(load->device.name, load->generation);
	if (load->live.kind == ATTACH_NONE)
		state_remove_empty(load->device.name);
}

/* Which of the two to go back to would be anybody's guess. */
static int refuse_during_trial(const struct loading *load, struct xdv_error *error)
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

/* On failure, some of it may be there already. */
static int stage(struct loading *load, const struct attach_request *request,
		 struct xdv_error *error)
{
	struct generations generations;
	struct record before = {};
	int err;

	err = load_decide(&load->plan, &load->device, &load->live, load->program->policy, request,
			  load->warning, sizeof(load->warning), error);
	if (!err)
		err = targets_find(&load->targets, load->program->policy, error);
	/* numbers go up also where an interrupted load has left a higher one */
	generations_list(&generations, load->device.name);
	load->generation = generations.highest + 1;
	if (!err)
		err = clean(&load->device, &load->live, error);
	if (err)
		return err;
	record_read(&before, load->device.name, load->live.generation);
	memcpy(load->hash_before, before.hash, sizeof(load->hash_before));
	load->record.reasons = before.reasons;
	load->begun = true;
	err = build(load, error);
	return err ? err : groups_join(&load->device, load->program->policy, error);
}

int loading_stage(struct loading *load, const struct device *device, const struct program *program,
		  const struct attach_request *request, struct xdv_error *error)
{
	int err;

	*load = (struct loading){
		.program = program,
		.device = *device,
		.confirm = request->confirm,
		.trial_end = request->trial_end,
		.flows = {.live = -1},
	};
	err = bpffs_ready(error);
	if (!err)
		namespaces_sweep();
	if (!err)
		err = live_find(&load->live, &load->device, error);
	if (!err)
		err = refuse_during_trial(load, error);
	if (!err)
		err = stage(load, request, error);
	if (err)
		loading_end(load);
	return err;
}

void loading_end(struct loading *load)
{
	if (load->begun && !load->attached)
		undo(load);
	flow_move_end(&load->flows);
	consumers_close(&load->consumers, load->program->policy);
	object_close(&load->object);
	targets_free(&load->targets);
}
