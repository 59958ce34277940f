// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"
#include "duration.h"
#include "fail.h"
#include "input.h"
#include "live/device.h"
#include "live/load.h"
#include "live/privileges.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

/* Shorter, and the trial is over before it has begun; longer, and it is no trial. */
#define CONFIRM_MIN_MS 1000
#define CONFIRM_MAX_MS 86400000

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The index of the name in the table; `count`, for "no preference", if it is not there. */
static unsigned int choice(const char *name, const char *const *names, unsigned int count)
{
	for (unsigned int i = 0; name && i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return count;
}

/* In seconds; 0 if it was not asked for. */
static int read_confirm(const struct arguments *arguments, unsigned int *seconds,
			struct xdv_error *error)
{
	const char *text = option_value(arguments, "confirm");
	uint32_t ms = 0;
	int err = text ? duration_parse(&ms, text) : 0;

	if (err == -EINVAL) {
		fail(error, err, "--confirm: `%s` is not a time", text);
		return fail_hint(error, err, DURATION_HINT);
	}
	if (err || (text && (ms < CONFIRM_MIN_MS || ms > CONFIRM_MAX_MS))) {
		fail(error, -EINVAL, "--confirm: expected 1s to 1d, found `%s`", text);
		return fail_hint(error, -EINVAL, "a minute is usual: --confirm 60s");
	}
	*seconds = ms / 1000;
	return 0;
}

static int read_request(struct attach_request *request, const struct arguments *arguments,
			struct xdv_error *error)
{
	unsigned int kind = choice(option_value(arguments, "attach"), attach_names, ATTACH_KINDS);
	unsigned int place = choice(option_value(arguments, "mode"), place_names, PLACES);

	*request = (struct attach_request){
		.kind = kind == ATTACH_KINDS ? ATTACH_NONE : (enum attach_kind)kind,
		.place = (enum xdp_place)place,
	};
	return read_confirm(arguments, &request->confirm, error);
}

static const char *const change_names[] = {
	[LOAD_NEW] = "new",
	[LOAD_REPLACED] = "replaced",
	[LOAD_UNCHANGED] = "unchanged",
};

static void print_report_json(const struct load_report *report, const struct policy *policy,
			      double seconds)
{
	json_t *consumers = json_array();

	for (size_t i = 0; i < policy->consumer_count; i++)
		json_array_append_new(consumers,
				      json_pack("{s:s, s:s, s:i}", "name",
						policy->consumers[i]->name.text, "kind",
						consumer_words[policy->consumers[i]->kind].name,
						"queues", (int)report->device.queues_used));
	print_json(json_pack(
		"{s:s, s:o, s:s, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:i, s:o, s:o, s:o, s:f}",
		"interface", report->device.name, "policy", json_text(policy->file), "change",
		change_names[report->change], "generation", (int)report->now.generation, "replaced",
		(int)report->replaced, "attach", attach_names[report->now.kind], "mode",
		place_names[report->now.place], "program", (int)report->now.program, "link_reason",
		json_text(report->reasons.link), "generic_reason",
		json_text(report->reasons.generic), "rules", (int)policy->rule_count, "consumers",
		consumers, "confirm_seconds",
		report->confirm ? json_integer(report->confirm) : json_null(), "warning",
		json_text(report->warning), "seconds", seconds));
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void print_report(const struct load_report *report, const struct policy *policy,
			 double seconds)
{
	const char *slash = strrchr(policy->file, '/');

	printf("%s: %s is live", report->device.name, slash ? slash + 1 : policy->file);
	if (report->change == LOAD_REPLACED)
		printf(", in place of generation %u", report->replaced);
	if (report->change == LOAD_UNCHANGED)
		printf(", the same as before");
	printf(" (generation %u, %s, %s), in %.2f s\n", report->now.generation,
	       place_names[report->now.place], attach_names[report->now.kind], seconds);
	if (report->reasons.link[0])
		printf("  link, not dispatcher: %s\n", report->reasons.link);
	if (report->reasons.generic[0])
		printf("  generic, not native: %s\n", report->reasons.generic);
	if (report->confirm)
		printf("  on trial: in %u s it is out again, unless: xdivert confirm %s\n",
		       report->confirm, report->device.name);
	printf("  %zu rule%s, default %s\n", policy->rule_count, plural(policy->rule_count),
	       action_verb(policy->default_action.kind));
	for (size_t i = 0; i < policy->consumer_count; i++)
		printf("  %s %s: %u queue%s\n", consumer_words[policy->consumers[i]->kind].noun,
		       policy->consumers[i]->name.text, report->device.queues_used,
		       plural(report->device.queues_used));
}

/* What can be known before the policy is compiled; a load finds out again, and is exact. */
static int look_ahead(const char *ifname, struct xdv_error *error)
{
	struct device device;
	int err = device_read(&device, ifname, error);

	return err ? err : privileges_check(ifname, "load a policy", error);
}

enum status cmd_load(const struct arguments *arguments)
{
	struct attach_request request;
	const char *ifname = arguments->list[0];
	double start = seconds_now();
	struct load_report done;
	struct program *program;
	struct xdv_error error;
	enum status status;

	if (read_request(&request, arguments, &error))
		return report_as(STATUS_USAGE, &error);
	if (look_ahead(ifname, &error))
		return report(&error);
	status = input_program(arguments->list[1], &program, arguments->json);
	if (status != STATUS_DONE)
		return status;
	if (policy_load(ifname, program, &request, &done, &error)) {
		status = report(&error);
	} else if (arguments->json) {
		print_report_json(&done, program->policy, seconds_now() - start);
	} else {
		print_report(&done, program->policy, seconds_now() - start);
		if (done.warning[0])
			remark("%s", done.warning);
	}
	program_free(&program);
	return status;
}
