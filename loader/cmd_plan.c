// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach_options.h"
#include "command.h"
#include "difference.h"
#include "input.h"
#include "live/foresee.h"
#include "live/traffic.h"
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* All that there is to say. */
struct outlook {
	const char *ifname;
	const struct policy *policy; /* the new one */
	struct foresight foresight;
	struct difference difference;
	struct traffic traffic;
};

static void print_change(const struct change *change, FILE *out)
{
	static const char marks[] = {
		[CHANGE_ADDED] = '+',
		[CHANGE_REMOVED] = '-',
		[CHANGE_CHANGED] = '~',
		[CHANGE_MOVED] = '>',
	};
	const char *before = change->before, *after = change->after;

	fprintf(out, "  %c %s%s%s", marks[change->kind], change->what, *change->name ? " " : "",
		change->name);
	if (change->kind == CHANGE_MOVED)
		fprintf(out, ": from place %s to %s\n", before, after);
	else if (before && after)
		fprintf(out, ": %s\n      now: %s\n", before, after);
	else
		fprintf(out, ": %s\n", before ? before : after ? after : "");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_outlook(const struct outlook *outlook)
{
	const struct foresight *foresight = &outlook->foresight;
	const struct difference *difference = &outlook->difference;

	printf("%s: %s", outlook->ifname, base_name(outlook->policy->file));
	if (foresight->live.generation)
		printf(", in place of generation %u (%s)\n", foresight->live.generation,
		       base_name(foresight->record.policy));
	else
		puts(", where no policy is live");
	for (size_t i = 0; i < difference->count; i++)
		print_change(&difference->list[i], stdout);
	if (!difference->count)
		puts("  no difference");
	else if (foresight->policy)
		printf("  %zu of %zu rules as before\n", difference->rules_kept,
		       outlook->policy->rule_count);
	for (size_t i = 0; i < foresight->note_count; i++)
		printf("  %s: %s\n", outlook->ifname, foresight->notes[i]);
	traffic_remark(&outlook->traffic, outlook->policy);
	if (foresight->warning[0])
		remark("%s", foresight->warning);
}

static json_t *changes_json(const struct difference *difference)
{
	json_t *list = json_array();

	for (size_t i = 0; i < difference->count; i++) {
		const struct change *change = &difference->list[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:o, s:o}", "change", change_names[change->kind],
				  "what", change->what, "name", change->name, "before",
				  change->before ? json_text(change->before) : json_null(), "after",
				  change->after ? json_text(change->after) : json_null()));
	}
	return list;
}

static void print_outlook_json(const struct outlook *outlook)
{
	const struct foresight *foresight = &outlook->foresight;
	const struct attach_plan *plan = &foresight->plan;
	json_t *notes = json_array();

	for (size_t i = 0; i < foresight->note_count; i++)
		json_array_append_new(notes, json_text(foresight->notes[i]));
	print_json(json_pack(
		"{s:s, s:o, s:I, s:b, s:o, s:I, s:{s:s, s:s, s:I, s:I, s:o}, s:o, s:o}",
		"interface", outlook->ifname, "policy", json_text(outlook->policy->file),
		"replaces", (json_int_t)foresight->live.generation, "different",
		outlook->difference.count != 0, "changes", changes_json(&outlook->difference),
		"rules_kept", (json_int_t)outlook->difference.rules_kept, "device", "attach",
		attach_names[plan->kind], "mode",
		plan->place == PLACES ? "auto" : place_names[plan->place], "mtu",
		(json_int_t)foresight->device.mtu, "queues",
		(json_int_t)foresight->device.queues_used, "notes", notes, "local_traffic",
		traffic_json(&outlook->traffic, outlook->policy), "warning",
		json_text(foresight->warning)));
}

static enum status look(struct outlook *outlook, const struct attach_request *request, bool json)
{
	struct xdv_error error;
	int err;

	if (load_foresee(&outlook->foresight, outlook->ifname, outlook->policy, request, &error))
		return report(&error);
	err = difference_find(&outlook->difference, outlook->foresight.policy, outlook->policy);
	if (err)
		return report_errno(err, "plan", NULL);
	traffic_taken(&outlook->traffic, outlook->policy, outlook->ifname);
	if (json)
		print_outlook_json(outlook);
	else
		print_outlook(outlook);
	return STATUS_DONE;
}

enum status cmd_plan(const struct arguments *arguments)
{
	struct outlook outlook = {.ifname = arguments->list[0]};
	struct attach_request request;
	struct program *program;
	struct xdv_error error;
	enum status status;

	if (attach_options_read(&request, arguments, &error))
		return report_as(STATUS_USAGE, &error);
	status = input_program(arguments->list[1], &program, arguments->json);
	if (status != STATUS_DONE)
		return status;
	outlook.policy = program->policy;
	status = look(&outlook, &request, arguments->json);
	if (status == STATUS_DONE && outlook.difference.count &&
	    option_given(arguments, "exit-code"))
		status = STATUS_DIFFERENT;
	traffic_free(&outlook.traffic);
	difference_free(&outlook.difference);
	foresight_free(&outlook.foresight);
	program_free(&program);
	return status;
}
