// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach_options.h"
#include "command.h"
#include "input.h"
#include "live/device.h"
#include "live/load.h"
#include "live/privileges.h"
#include "output.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *const change_names[] = {
	[LOAD_NEW] = "new",
	[LOAD_REPLACED] = "replaced",
	[LOAD_UNCHANGED] = "unchanged",
};

static void print_report_json(const struct load_report *report, const struct policy *policy,
			      const struct traffic *traffic, double seconds)
{
	json_t *consumers = json_array();

	for (size_t i = 0; i < policy->consumer_count; i++)
		json_array_append_new(consumers,
				      json_pack("{s:s, s:s, s:i}", "name",
						policy->consumers[i]->name.text, "kind",
						consumer_words[policy->consumers[i]->kind].name,
						"queues", (int)report->device.queues_used));
	print_json(json_pack(
		"{s:s, s:o, s:s, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:f}",
		"interface", report->device.name, "policy", json_text(policy->file), "change",
		change_names[report->change], "generation", (int)report->now.generation, "replaced",
		(int)report->replaced, "attach", attach_names[report->now.kind], "mode",
		place_names[report->now.place], "program", (int)report->now.program, "link_reason",
		json_text(report->reasons.link), "generic_reason",
		json_text(report->reasons.generic), "rules", (int)policy->rule_count, "consumers",
		consumers, "confirm_seconds",
		report->confirm ? json_integer(report->confirm) : json_null(), "local_traffic",
		traffic_json(traffic, policy), "warning", json_text(report->warning), "seconds",
		seconds));
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

/* What it takes of this machine's own traffic is said before it is taken. */
static enum status load(const char *ifname, const struct program *program,
			const struct attach_request *request, double start, bool json)
{
	enum status status = STATUS_DONE;
	struct load_report done;
	struct xdv_error error;
	struct traffic traffic;

	traffic_taken(&traffic, program->policy, ifname);
	if (!json)
		traffic_remark(&traffic, program->policy);
	if (policy_load(ifname, program, request, &done, &error))
		status = report(&error);
	else if (json)
		print_report_json(&done, program->policy, &traffic, seconds_now() - start);
	else
		print_report(&done, program->policy, seconds_now() - start);
	if (status == STATUS_DONE && !json && done.warning[0])
		remark("%s", done.warning);
	traffic_free(&traffic);
	return status;
}

enum status cmd_load(const struct arguments *arguments)
{
	const char *ifname = arguments->list[0];
	double start = seconds_now();
	struct attach_request request;
	struct program *program;
	struct xdv_error error;
	enum status status;

	if (attach_options_read(&request, arguments, &error))
		return report_as(STATUS_USAGE, &error);
	if (look_ahead(ifname, &error))
		return report(&error);
	status = input_program(arguments->list[1], &program, arguments->json);
	if (status != STATUS_DONE)
		return status;
	status = load(ifname, program, &request, start, arguments->json);
	program_free(&program);
	return status;
}
