// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "storage_bench.h"

#include "fail.h"
#include "output.h"
#include "storage/bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH_NS UINT64_C(500000000)

static const uint32_t blocks[] = {4096, 131072}, depths[] = {1, 32};

static void print_line(const struct bench_job *job, const struct bench_result *result)
{
	printf("%-5s %5uK %5u %12.0f %10.1f %10.1f %10.1f\n", job->write ? "write" : "read",
	       job->block / 1024, job->depth, result->rate, result->rate * job->block / (1 << 20),
	       result->p50, result->p99);
	fflush(stdout);
}

static json_t *line_json(const struct bench_job *job, const struct bench_result *result)
{
	return json_pack("{s:s, s:i, s:i, s:f, s:f, s:f}", "direction",
			 job->write ? "write" : "read", "block", (int)job->block, "depth",
			 (int)job->depth, "requests_per_second", result->rate, "p50_us",
			 result->p50, "p99_us", result->p99);
}

/* All blocks and depths in one direction. `list` NULL: as text. */
static int run_all(struct volume_bench *bench, bool write, json_t *list, struct xdv_error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < 4; i++) {
		const struct bench_job job = {.write = write,
					      .block = blocks[i / 2],
					      .depth = depths[i % 2],
					      .time = EACH_NS};
		struct bench_result result;

		err = volume_bench_run(bench, &job, &result, error);
		if (!err && list)
			json_array_append_new(list, line_json(&job, &result));
		else if (!err)
			print_line(&job, &result);
	}
	return err;
}

static int run(struct volume_bench *bench, const struct arguments *arguments,
	       struct xdv_error *error)
{
	const char *place = volume_bench_of(bench)->place;
	json_t *list = arguments->json ? json_array() : NULL;
	int err;

	if (!list)
		printf("%s\n%-5s %6s %5s %12s %10s %10s %10s\n", place, "", "block", "depth",
		       "requests/s", "MiB/s", "p50 us", "p99 us");
	err = run_all(bench, false, list, error);
	if (!err && option_given(arguments, "write"))
		err = run_all(bench, true, list, error);
	if (list && !err)
		print_json(json_pack("{s:o, s:O}", "place", json_text(place), "results", list));
	json_decref(list);
	return err;
}

enum status storage_bench(const struct arguments *arguments)
{
	static const char cached[] = ",cached";
	struct volume_options options = {.read_only = !option_given(arguments, "write")};
	char *backend = strdup(arguments->count == 2 ? arguments->list[1] : "");
	size_t length = backend ? strlen(backend) : 0;
	struct volume_bench *bench = NULL;
	struct xdv_error error;
	int err;

	if (!length) {
		free(backend);
		fail(&error, -EINVAL, "storage bench: expected one BACKEND");
		fail_hint(&error, -EINVAL, "xdivert storage bench file:/srv/vol0.img");
		return report_as(STATUS_USAGE, &error);
	}
	if (length > strlen(cached) && strcmp(backend + length - strlen(cached), cached) == 0) {
		backend[length - strlen(cached)] = '\0';
		options.cached = true;
	}
	err = volume_bench_open(&bench, backend, &options, &error);
	if (!err)
		err = run(bench, arguments, &error);
	volume_bench_close(&bench);
	free(backend);
	return err ? report(&error) : STATUS_DONE;
}
