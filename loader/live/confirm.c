// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "consumers.h"
#include "fail.h"
#include "files.h"
#include "groups.h"
#include "load.h"
#include "pins.h"
#include "privileges.h"
#include "record.h"
#include "steering.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long somebody who changes the policy meanwhile is waited for: less than a trial lasts. */
#define PATIENCE_MS 1000

/* From this moment on, the program in the kernel does as it is told. */
static int set_end(const char *ifname, uint32_t generation, uint64_t end, struct xdv_error *error)
{
	char path[XDV_PATH_MAX];
	int err, fd;

	err = pins_path(path, sizeof(path), ifname, "%u/trial_end", generation);
	fd = err ? err : bpf_obj_get(path);
	if (fd >= 0) {
		err = bpf_map_update_elem(fd, &(uint32_t){0}, &end, BPF_ANY);
		close(fd);
	}
	err = fd < 0 ? fd : err;
	return err ? fail(error, err, "%s: the trial can't be ended: %s", path, strerror(-err)) : 0;
}

void trial_settle(const char *ifname, uint32_t generation, char *warning, size_t size)
{
	struct policy *policy;

	trial_forget_before(ifname, generation);
	generations_remove_but(ifname, generation, 0);
	if (record_policy(&policy, ifname, generation))
		return;
	consumers_confirm(policy, ifname);
	consumers_prune(policy, ifname);
	groups_keep(if_nametoindex(ifname), policy);
	steering_settle(ifname, policy, warning, size);
	policy_free(&policy);
}

/* A policy as it was loaded, from what is kept of it. */
static int read_program(struct program **program, const char *ifname, uint32_t generation,
			struct xdv_error *error)
{
	char path[XDV_PATH_MAX], *object = NULL;
	struct policy *policy = NULL;
	size_t size;
	int err;

	err = pins_run_path(path, sizeof(path), ifname, "%u/policy.bpf.o", generation);
	if (!err)
		err = file_read(path, &object, &size);
	if (!err)
		err = record_policy(&policy, ifname, generation);
	if (err)
		fail(error, err, "%s: can't be read: %s", path, strerror(-err));
	else
		err = program_join(program, policy, object, size, error);
	if (err && policy)
		policy_free(&policy);
	free(object);
	return err;
}

/*
 * The kernel has gone back already. So that it need not ask at each packet whether it has, the
 * policy before is loaded once more, as itself.
 */
int trial_clear_away(const struct device *device, const struct live *live, uint32_t *generation,
		     struct xdv_error *error)
{
	struct attach_request same = {.place = PLACES};
	struct load_report done = {};
	struct program *program;
	int err;

	*generation = live->generation;
	if (!live->generation)
		return policy_unload_held(device->name, &(uint32_t){0}, error);
	err = read_program(&program, device->name, live->generation, error);
	if (err)
		return err;
	err = policy_load_held(device, program, &same, &done, error);
	if (!err)
		*generation = done.now.generation;
	program_free(&program);
	return err;
}

static void go_back(const struct device *device, const struct live *live,
		    struct confirm_report *report)
{
	struct xdv_error error;

	if (trial_clear_away(device, live, &report->live, &error))
		warning_add(report->warning, sizeof(report->warning),
			    "what is left of generation %u can't be cleared away: %s",
			    report->trial.generation, error.message);
}

static int find(const char *ifname, struct device *device, struct live *live,
		struct xdv_error *error)
{
	int err = device_read(device, ifname, error);

	if (!err)
		err = live_find(live, device, error);
	if (err || live->trial.generation)
		return err;
	if (live->kind == ATTACH_NONE) {
		fail(error, -ENOENT, "%s: no policy is loaded on it", ifname);
		return fail_hint(error, -ENOENT, "on trial: xdivert load --confirm 60s %s FILE",
				 ifname);
	}
	fail(error, -ENOENT, "%s: its policy is not on trial: there is nothing to confirm", ifname);
	return fail_hint(error, -ENOENT, "`xdivert show %s` shows it", ifname);
}

static int too_late(const char *ifname, const struct confirm_report *report,
		    struct xdv_error *error)
{
	fail(error, -ETIMEDOUT, "%s: too late: generation %u was not confirmed in time and is out",
	     ifname, report->trial.generation);
	if (report->live)
		return fail_hint(error, -ETIMEDOUT, "what was before is live, as generation %u",
				 report->live);
	return fail_hint(error, -ETIMEDOUT, "nothing was before: no policy is live");
}

static int confirm_locked(const char *ifname, struct confirm_report *report,
			  struct xdv_error *error)
{
	struct device device;
	struct live live;
	int err = find(ifname, &device, &live, error);

	if (err)
		return err;
	report->trial = live.trial;
	if (live.trial.over) {
		go_back(&device, &live, report);
		return too_late(ifname, report, error);
	}
	report->live = live.trial.generation;
	err = set_end(ifname, live.trial.generation, 0, error);
	if (!err)
		trial_settle(ifname, live.trial.generation, report->warning,
			     sizeof(report->warning));
	return err;
}

static int go_back_locked(const char *ifname, struct confirm_report *report,
			  struct xdv_error *error)
{
	struct device device;
	struct live live;
	int err = find(ifname, &device, &live, error);

	if (err)
		return err;
	report->trial = live.trial;
	if (!live.trial.over)
		err = set_end(ifname, live.trial.generation, TRIAL_OVER, error);
	if (!err)
		err = live_find(&live, &device, error);
	if (!err)
		go_back(&device, &live, report);
	return err;
}

static int locked(const char *ifname, struct confirm_report *report, struct xdv_error *error,
		  int (*act)(const char *, struct confirm_report *, struct xdv_error *))
{
	struct state_lock lock;
	int err;

	memset(report, 0, sizeof(*report));
	err = privileges_check(ifname, "confirm a policy", error);
	if (!err)
		err = state_lock_wait(&lock, ifname, PATIENCE_MS, error);
	if (err)
		return err;
	err = act(ifname, report, error);
	state_unlock(&lock);
	return err;
}

int policy_confirm(const char *ifname, struct confirm_report *report, struct xdv_error *error)
{
	return locked(ifname, report, error, confirm_locked);
}

int policy_go_back(const char *ifname, struct confirm_report *report, struct xdv_error *error)
{
	return locked(ifname, report, error, go_back_locked);
}
