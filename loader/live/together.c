// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fail.h"
#include "load.h"
#include "privileges.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Seconds that all switches together may take; killed, the old policies are back after so long. */
#define SWITCH_SECONDS 30

struct together {
	const char *const *ifnames;
	size_t count;
	struct state_lock locks[LOAD_INTERFACES_MAX];
	size_t locked;
	int end; /* the map that ends the trials of all */
};

static int lock_all(struct together *together, struct xdv_error *error)
{
	int err = 0;

	while (!err && together->locked < together->count) {
		err = state_lock(&together->locks[together->locked],
				 together->ifnames[together->locked], error);
		together->locked += !err;
	}
	return err;
}

static void unlock_all(struct together *together)
{
	while (together->locked)
		state_unlock(&together->locks[--together->locked]);
}

static int check_names(const char *const *ifnames, size_t count, struct xdv_error *error)
{
	struct device device;
	int err = privileges_check(ifnames[0], "load a policy", error);

	if (count > LOAD_INTERFACES_MAX)
		return fail(error, -E2BIG, "%zu interfaces: at most %d get a policy together",
			    count, LOAD_INTERFACES_MAX);
	for (size_t i = 0; !err && i < count; i++) {
		for (size_t j = 0; j < i; j++)
			if (strcmp(ifnames[i], ifnames[j]) == 0)
				return fail(error, -EINVAL, "%s: is named twice", ifnames[i]);
		err = device_read(&device, ifnames[i], error);
	}
	return err;
}

static int set_end(const struct together *together, uint64_t end)
{
	return bpf_map_update_elem(together->end, &(uint32_t){0}, &end, BPF_ANY);
}

/* The kernel goes back at once, on all of them; then what is left of that is cleared away. */
static void go_back(const struct together *together, size_t switched)
{
	struct device device;
	struct live live;

	set_end(together, 1);
	for (size_t i = 0; i < switched; i++)
		if (device_read(&device, together->ifnames[i], NULL) == 0 &&
		    live_find(&live, &device, NULL) == 0 && live.trial.over)
			trial_clear_away(&device, &live, &(uint32_t){0}, NULL);
}

static int switch_one(const char *ifname, const struct program *program,
		      const struct attach_request *request, struct load_report *report,
		      struct xdv_error *error)
{
	struct device device;
	int err = device_read(&device, ifname, error);

	return err ? err : policy_load_held(&device, program, request, report, error);
}

/* From this write on, all of them have the new policy for good. */
static int confirm_all(const struct together *together, struct load_report *reports,
		       struct xdv_error *error)
{
	struct trial trial = {};
	int err = bpf_map_lookup_elem(together->end, &(uint32_t){0}, &trial.end);

	if (!err && !trial_seconds_left(&trial))
		return fail(error, -ETIMEDOUT, "the interfaces were not switched within %d s",
			    SWITCH_SECONDS);
	if (!err)
		err = set_end(together, 0);
	if (err)
		return fail(error, err, "the switch can't be confirmed: %s", strerror(-err));
	for (size_t i = 0; i < together->count; i++) {
		trial_settle(together->ifnames[i], reports[i].now.generation);
		reports[i].confirm = 0;
	}
	return 0;
}

static int switch_all(struct together *together, const struct program *program,
		      const struct attach_request *request, struct load_report *reports,
		      struct xdv_error *error)
{
	struct attach_request on_trial = *request;
	size_t switched = 0;
	int err = 0;

	on_trial.trial_end = together->end;
	if (!request->confirm)
		on_trial.confirm = SWITCH_SECONDS;
	while (!err && switched < together->count) {
		err = switch_one(together->ifnames[switched], program, &on_trial,
				 &reports[switched], error);
		switched += !err;
	}
	if (!err && !request->confirm)
		err = confirm_all(together, reports, error);
	if (err)
		go_back(together, switched);
	return err;
}

int policy_load_together(const char *const *ifnames, size_t count, const struct program *program,
			 const struct attach_request *request, struct load_report *reports,
			 struct xdv_error *error)
{
	struct together together = {.ifnames = ifnames, .count = count, .end = -1};
	int err;

	if (count == 1)
		return policy_load(ifnames[0], program, request, reports, error);
	memset(reports, 0, count * sizeof(*reports));
	err = check_names(ifnames, count, error);
	if (err)
		return err;
	together.end = bpf_map_create(BPF_MAP_TYPE_ARRAY, "trial_end", sizeof(uint32_t),
				      sizeof(uint64_t), 1, NULL);
	if (together.end < 0)
		return fail(error, together.end, "the map that switches several interfaces: %s",
			    strerror(-together.end));
	err = lock_all(&together, error);
	if (!err)
		err = switch_all(&together, program, request, reports, error);
	unlock_all(&together);
	close(together.end);
	return err;
}
