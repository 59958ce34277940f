// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach_options.h"
#include "command.h"
#include "input.h"
#include "interfaces.h"
#include "live/device.h"
#include "live/load.h"
#include "live/privileges.h"
#include "output.h"
#include "tell.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
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

/* What `xdivert run` starts a storage gateway for, and starts it again when it is another. */
static json_t *volumes_json(const struct policy *policy)
{
	json_t *volumes = json_array();

	for (size_t i = 0; i < policy->volume_count; i++) {
		const struct storage *storage = &policy->volumes[i]->storage;
		const char *nbd = storage->nbd.text, *backend = storage->backend.text;
		char disk[16];

		snprintf(disk, sizeof(disk), "e%u.%u", storage->shelf, storage->slot);
		json_array_append_new(volumes,
				      json_pack("{s:s, s:o, s:o*, s:s*, s:b, s:b, s:b}", "name",
						policy->volumes[i]->name.text, "backend",
						json_text(backend ? backend : ""), "nbd",
						nbd ? json_text(nbd) : NULL, "aoe",
						storage->aoe.text ? disk : NULL, "used",
						(int)policy->volumes[i]->used, "read_only",
						(int)storage->read_only, "cached",
						(int)storage->cached));
	}
	return volumes;
}

static json_t *report_json(const struct load_report *report, const struct policy *policy,
			   const struct traffic *traffic, double seconds)
{
	json_t *consumers = json_array();

	for (size_t i = 0; i < policy->consumer_count; i++)
		json_array_append_new(consumers,
				      json_pack("{s:s, s:s, s:i}", "name",
						policy->consumers[i]->name.text, "kind",
						consumer_words[policy->consumers[i]->kind].name,
						"queues", (int)report->device.queues_used));
	return json_pack(
		"{s:s, s:o, s:s, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:f}",
		"interface", report->device.name, "policy", json_text(policy->file), "change",
		change_names[report->change], "generation", (int)report->now.generation, "replaced",
		(int)report->replaced, "attach", attach_names[report->now.kind], "mode",
		place_names[report->now.place], "program", (int)report->now.program, "link_reason",
		json_text(report->reasons.link), "generic_reason",
		json_text(report->reasons.generic), "rules", (int)policy->rule_count, "consumers",
		consumers, "storage", volumes_json(policy), "confirm_seconds",
		report->confirm ? json_integer(report->confirm) : json_null(), "local_traffic",
		traffic_json(traffic, policy), "warning", json_text(report->warning), "seconds",
		seconds);
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
static int look_ahead(const struct interfaces *interfaces, struct xdv_error *error)
{
	struct device device;
	int err = 0;

	for (size_t i = 0; !err && i < interfaces->count; i++)
		err = device_read(&device, interfaces->names[i], error);
	return err ? err : privileges_check(interfaces->names[0], "load a policy", error);
}

/* One is an object, several are a list of such. */
static void show_json(const struct interfaces *interfaces, const struct load_report *reports,
		      const struct traffic *traffic, const struct policy *policy, double seconds)
{
	json_t *list = json_array();

	for (size_t i = 0; i < interfaces->count; i++)
		json_array_append_new(list, report_json(&reports[i], policy, &traffic[i], seconds));
	if (interfaces->count == 1)
		print_json(json_incref(json_array_get(list, 0)));
	else
		print_json(json_pack("{s:O}", "interfaces", list));
	json_decref(list);
}

static void show_text(const struct interfaces *interfaces, const struct load_report *reports,
		      const struct policy *policy, double seconds)
{
	for (size_t i = 0; i < interfaces->count; i++) {
		print_report(&reports[i], policy, seconds);
		if (reports[i].warning[0])
			remark("%s", reports[i].warning);
	}
}

static void tell(const struct load_report *report, const struct policy *policy)
{
	char trial[48] = "", reason[128];

	if (report->confirm)
		snprintf(trial, sizeof(trial), "on trial for %u s, ", report->confirm);
	snprintf(reason, sizeof(reason), "%sgeneration %u, %s, %s", trial, report->now.generation,
		 place_names[report->now.place], attach_names[report->now.kind]);
	tell_service(JOURNAL_INFO, report->device.name, reason, "%s is live", policy->file);
	if (report->warning[0])
		tell_service(JOURNAL_WARNING, report->device.name, "", "%s", report->warning);
}

/* What it takes of this machine's own traffic is said before it is taken. */
static enum status load(const struct interfaces *interfaces, const struct program *program,
			const struct attach_request *request, double start, bool json)
{
	struct load_report *reports = calloc(interfaces->count, sizeof(*reports));
	struct traffic *traffic = calloc(interfaces->count, sizeof(*traffic));
	enum status status = STATUS_DONE;
	struct xdv_error error;

	if (!reports || !traffic) {
		free(reports);
		free(traffic);
		return report_errno(-ENOMEM, "load", NULL);
	}
	for (size_t i = 0; i < interfaces->count; i++) {
		traffic_taken(&traffic[i], program->policy, interfaces->names[i]);
		if (!json)
			traffic_remark(&traffic[i], program->policy);
	}
	if (policy_load_together(interfaces->names, interfaces->count, program, request, reports,
				 &error))
		status = report(&error);
	else if (json)
		show_json(interfaces, reports, traffic, program->policy, seconds_now() - start);
	else
		show_text(interfaces, reports, program->policy, seconds_now() - start);
	for (size_t i = 0; i < interfaces->count; i++) {
		if (status == STATUS_DONE)
			tell(&reports[i], program->policy);
		traffic_free(&traffic[i]);
	}
	free(traffic);
	free(reports);
	return status;
}

enum status cmd_load(const struct arguments *arguments)
{
	struct interfaces interfaces = {};
	double start = seconds_now();
	struct attach_request request;
	struct program *program;
	struct xdv_error error;
	enum status status;

	if (attach_options_read(&request, arguments, &error))
		return report_as(STATUS_USAGE, &error);
	interfaces_split(&interfaces, arguments->list[0]);
	if (look_ahead(&interfaces, &error))
		return report(&error);
	status = input_program(arguments->list[1], &program, arguments->json);
	if (status != STATUS_DONE)
		return status;
	status = load(&interfaces, program, &request, start, arguments->json);
	program_free(&program);
	return status;
}
