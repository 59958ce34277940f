// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "times.h"

#include "build.h"
#include "live/object.h"
#include "plan.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const stage_names[STAGES] = {
	[STAGE_CHECK] = "check", [STAGE_PLAN] = "plan", [STAGE_CLANG] = "clang",
	[STAGE_CACHE] = "cache", [STAGE_LOAD] = "load",
};

double times_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

double times_lap(double *start)
{
	double before = *start;

	*start = times_now();
	return *start - before;
}

static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
	rmdir(path);
}

/* Once without the object in the cache, once with it. */
static int time_build(struct program *program, double ms[STAGES], struct xdv_error *error)
{
	char cache[] = "/tmp/xdivert-cache-XXXXXX";
	double start;
	void *object;
	size_t size;
	int err;

	if (!mkdtemp(cache))
		return -errno;
	setenv("XDIVERT_CACHE", cache, 1);
	start = times_now();
	err = build_cached(program->plan, &object, &size, NULL, error);
	ms[STAGE_CLANG] = times_lap(&start);
	if (!err) {
		free(object);
		err = build_cached(program->plan, &program->object, &program->object_size, NULL,
				   error);
		ms[STAGE_CACHE] = times_lap(&start);
	}
	setenv("XDIVERT_CACHE", "off", 1);
	remove_directory(cache);
	return err;
}

static int time_once(const char *text, double ms[STAGES], uint32_t *verified,
		     struct xdv_error *error)
{
	struct program program = {0};
	const struct object_options options = {0};
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	struct object *object;
	struct plan *plan;
	double start = times_now();
	int err;

	program.policy = policy_from_text("bench.policy", text);
	ms[STAGE_CHECK] = times_lap(&start);
	err = plan_policy(&plan, program.policy);
	ms[STAGE_PLAN] = times_lap(&start);
	if (err)
		snprintf(error->message, sizeof(error->message), "no plan fits the policy");
	if (!err) {
		program.plan = plan;
		err = time_build(&program, ms, error);
	}
	start = times_now();
	if (!err) {
		err = object_load(&object, &program, &options, error);
		ms[STAGE_LOAD] = times_lap(&start);
	}
	if (!err) {
		if (bpf_obj_get_info_by_fd(object_program_fd(object), &info, &size) == 0)
			*verified = info.verified_insns;
		object_close(&object);
	}
	free(program.object);
	policy_free(&program.policy);
	return err;
}

static int by_value(const void *a, const void *b)
{
	double one = *(const double *)a, two = *(const double *)b;

	return one < two ? -1 : one > two;
}

double times_median(double *list, unsigned int count)
{
	qsort(list, count, sizeof(*list), by_value);
	return list[count / 2];
}

void times_take(struct times *times, const struct workload *workload, unsigned int runs)
{
	double taken[TIMES_RUNS_MAX][STAGES] = {{0}}, column[TIMES_RUNS_MAX];
	char *text = workload_policy(workload);

	*times = (struct times){.workload = workload};
	for (unsigned int i = 0; text && i < runs; i++) {
		struct xdv_error error = {0};

		if (!time_once(text, taken[i], &times->verified, &error))
			continue;
		snprintf(times->note, sizeof(times->note), "%.150s", error.message);
		break;
	}
	free(text);
	for (int stage = 0; stage < STAGES; stage++) {
		for (unsigned int i = 0; i < runs; i++)
			column[i] = taken[i][stage];
		times->ms[stage] = times_median(column, runs);
	}
}
