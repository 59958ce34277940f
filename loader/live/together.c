// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fail.h"
#include "loading.h"
#include "privileges.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct together {
	const char *const *ifnames;
	size_t count;
	struct state_lock locks[LOAD_INTERFACES_MAX];
	size_t locked;
	struct loading *loads; /* as many as interfaces */
	size_t staged, attached;
	int end; /* the map that switches all of them */
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
	if (count > LOAD_INTERFACES_MAX)
		return fail(error, -E2BIG, "%zu interfaces: at most %d are changed together", count,
			    LOAD_INTERFACES_MAX);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(ifnames[i], ifnames[j]) == 0)
				return fail(error, -EINVAL, "%s: is named twice", ifnames[i]);
	return 0;
}

static int check_loads(const char *const *ifnames, size_t count, struct xdv_error *error)
{
	struct device device;
	int err = privileges_check(ifnames[0], "load a policy", error);

	if (!err)
		err = check_names(ifnames, count, error);
	for (size_t i = 0; !err && i < count; i++)
		err = device_read(&device, ifnames[i], error);
	return err;
}

static int set_end(const struct together *together, uint64_t end)
{
	return bpf_map_update_elem(together->end, &(uint32_t){0}, &end, BPF_ANY);
}

/* They are attached and do not decide: that is cleared away. */
static void go_back(const struct together *together)
{
	struct device device;
	struct live live;

	for (size_t i = 0; i < together->attached; i++)
		if (device_read(&device, together->ifnames[i], NULL) == 0 &&
		    live_find(&live, &device, NULL) == 0 && live.trial.over)
			trial_clear_away(&device, &live, &(uint32_t){0}, NULL);
}

static int stage_all(struct together *together, const struct program *program,
		     const struct attach_request *request, struct xdv_error *error)
{
	struct device device;
	int err = 0;

	while (!err && together->staged < together->count) {
		err = device_read(&device, together->ifnames[together->staged], error);
		if (!err)
			err = loading_stage(&together->loads[together->staged], &device, program,
					    request, error);
		together->staged += !err;
	}
	return err;
}

/* Until the end, the policies before decide still, on those that are attached. */
static int attach_all(struct together *together, struct xdv_error *error)
{
	int err = 0;

	while (!err && together->attached < together->count) {
		err = loading_attach(&together->loads[together->attached], error);
		together->attached += !err;
	}
	return err;
}

/* With this write, all of them have the new policy, at once. */
static int switch_all(const struct together *together, unsigned int confirm,
		      struct xdv_error *error)
{
	int err = set_end(together, confirm ? trial_end_after(confirm) : 0);

	return err ? fail(error, err, "the switch fails: %s", strerror(-err)) : 0;
}

static int load_all(struct together *together, const struct program *program,
		    const struct attach_request *request, struct load_report *reports,
		    struct xdv_error *error)
{
	struct attach_request shared = *request;
	int err;

	shared.trial_end = together->end;
	err = stage_all(together, program, &shared, error);
	if (!err)
		err = attach_all(together, error);
	if (!err)
		err = switch_all(together, request->confirm, error);
	for (size_t i = 0; !err && i < together->count; i++)
		loading_settle(&together->loads[i], &reports[i]);
	if (err)
		go_back(together);
	while (together->staged)
		loading_end(&together->loads[--together->staged]);
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
	err = check_loads(ifnames, count, error);
	if (err)
		return err;
	together.loads = calloc(count, sizeof(*together.loads));
	if (!together.loads)
		return fail(error, -ENOMEM, "out of memory");
	together.end = bpf_map_create(BPF_MAP_TYPE_ARRAY, "trial_end", sizeof(uint32_t),
				      sizeof(uint64_t), 1, NULL);
	err = together.end < 0
		      ? fail(error, together.end, "the map that switches several interfaces: %s",
			     strerror(-together.end))
		      : lock_all(&together, error);
	if (!err)
		err = load_all(&together, program, request, reports, error);
	unlock_all(&together);
	if (together.end >= 0)
		close(together.end);
	free(together.loads);
	return err;
}

static int unload_all(const struct together *together, uint32_t *generations, size_t *done,
		      struct xdv_error *error)
{
	struct unloading *all = calloc(together->count, sizeof(*all));
	int err = all ? 0 : fail(error, -ENOMEM, "out of memory");

	for (size_t i = 0; !err && i < together->count; i++) {
		err = unloading_find(&all[i], together->ifnames[i], error);
		if (!err)
			generations[i] = all[i].live.generation;
	}
	while (!err && *done < together->count) {
		err = unloading_do(&all[*done], error);
		*done += !err;
	}
	free(all);
	return err;
}

int policy_unload_together(const char *const *ifnames, size_t count, uint32_t *generations,
			   size_t *done, struct xdv_error *error)
{
	struct together together = {.ifnames = ifnames, .count = count, .end = -1};
	int err = check_names(ifnames, count, error);

	*done = 0;
	for (size_t i = 0; !err && i < count; i++)
		err = privileges_check_loaded(ifnames[i], "unload a policy", error);
	if (!err)
		err = lock_all(&together, error);
	if (!err)
		err = unload_all(&together, generations, done, error);
	unlock_all(&together);
	return err;
}
