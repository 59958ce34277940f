// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "load.h"

#include "counters.h"
#include "groups.h"
#include "loading.h"
#include "pins.h"
#include "privileges.h"
#include "steering.h"
#include "trial.h"

#include <string.h>
#include <unistd.h>

int counters_settle(const char *ifname, uint32_t generation, uint32_t on_trial)
{
	struct record record;

	/* counts that are lost are no reason to stop: there may be none, or no file any more */
	if (record_read(&record, ifname, generation) == 0)
		counters_carry(ifname, generation, record.previous);
	return generations_remove_but(ifname, generation, on_trial);
}

/*
 * The new generation is live: it is written down how, and what is not needed any more goes. While
 * it is on trial, that is nothing.
 */
static void settle(struct loading *load)
{
	const struct live *now = &load->now;
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
		trial_forget_before(load->device.name, load->generation);
		counters_settle(load->device.name, load->generation, 0);
		consumers_prune(load->program->policy, load->device.name);
		groups_keep(load->device.index, load->program->policy);
	}
	if (loading_log_path(load, log) == 0) /* of an earlier load, that failed */
		unlink(log);
}

static void fill_report(struct load_report *report, const struct loading *load)
{
	report->device = load->device;
	report->now = load->now;
	report->replaced = load->live.generation;
	report->change = LOAD_NEW;
	if (load->live.kind != ATTACH_NONE && (load->live.generation || !load->live.trial.over))
		report->change = strcmp(load->hash_before, load->record.hash) == 0 ? LOAD_UNCHANGED
										   : LOAD_REPLACED;
	report->reasons = load->record.reasons;
	report->confirm = load->confirm;
}

int loading_attach(struct loading *load, struct xdv_error *error)
{
	uint64_t end = load->trial_end ? TRIAL_OVER : trial_end_after(load->confirm);
	int err = 0;

	if (load->trial_end || load->confirm)
		err = trial_begin(load->object, load->device.name, load->live.generation, end,
				  error);
	if (!err)
		err = attach(&load->plan, &load->device, &load->live, load->generation,
			     load->object, &load->now, error);
	load->attached = !err;
	return err;
}

void loading_settle(struct loading *load, struct load_report *report)
{
	size_t size = sizeof(report->warning);

	memcpy(report->warning, load->warning, size);
	flow_move_settle(&load->flows, report->warning, size);
	consumers_settle(&load->consumers, load->program->policy, load->confirm != 0);
	settle(load);
	if (!load->confirm)
		steering_settle(load->device.name, load->program->policy, report->warning, size);
	targets_warn(&load->targets, &load->device, load->now.place, report->warning, size);
	fill_report(report, load);
}

int policy_load_held(const struct device *device, const struct program *program,
		     const struct attach_request *request, struct load_report *report,
		     struct xdv_error *error)
{
	struct loading load;
	int err = loading_stage(&load, device, program, request, error);

	if (err)
		return err;
	err = loading_attach(&load, error);
	if (!err)
		loading_settle(&load, report);
	loading_end(&load);
	return err;
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
