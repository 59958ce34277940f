// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert storage: serves volumes to NBD clients, and shows what is served.
 */
#include "command.h"
#include "diag.h"
#include "fail.h"
#include "input.h"
#include "output.h"
#include "storage/address.h"
#include "storage/plan.h"
#include "storage/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_DEFAULT "127.0.0.1:10809"

/* As clients want it: nbd://127.0.0.1:10809/vol0 */
static void format_uri(char *text, size_t size, const struct storage_counters *counters)
{
	if (!counters->address[0])
		*text = '\0';
	else if (strncmp(counters->address, "unix:", 5) == 0)
		snprintf(text, size, "nbd+unix:///%s?socket=%s", counters->name,
			 counters->address + 5);
	else
		snprintf(text, size, "nbd://%s/%s", counters->address, counters->name);
}

static void print_export(const struct storage_counters *counters)
{
	char uri[320];

	format_uri(uri, sizeof(uri), counters);
	printf("%s: %" PRIu64 " bytes, %s%s: %s%s%s\n", counters->name, counters->size,
	       counters->place, counters->read_only ? ", read-only" : "", uri,
	       uri[0] && counters->disk[0] ? ", " : "", counters->disk);
}

static json_t *export_json(const struct storage_counters *counters)
{
	char uri[320];
	json_t *value;

	format_uri(uri, sizeof(uri), counters);
	value = json_pack("{s:s, s:I, s:o, s:b}", "name", counters->name, "size",
			  (json_int_t)counters->size, "place", json_text(counters->place),
			  "read_only", (int)counters->read_only);
	if (uri[0])
		json_object_set_new(value, "uri", json_text(uri));
	if (counters->disk[0])
		json_object_set_new(value, "disk", json_text(counters->disk));
	return value;
}

/* --- serve -------------------------------------------------------------------------------------*/
static int read_clients(const char *text, unsigned int *clients, struct xdv_error *error)
{
	char *end;
	unsigned long number;

	*clients = SERVER_CLIENTS_DEFAULT;
	if (!text)
		return 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !number || number > SERVER_CLIENTS_MAX)
		return fail(error, -EINVAL, "--clients: expected 1 to %d, found '%s'",
			    SERVER_CLIENTS_MAX, text);
	*clients = (unsigned int)number;
	return 0;
}

/* What the plan borrows from. */
struct policies {
	struct policy *list[EXPORTS_MAX];
	size_t count;
};

static enum status add_policy(struct server_plan *plan, struct policies *policies, const char *file,
			      bool json)
{
	struct policy **policy = &policies->list[policies->count];
	struct xdv_error error = {0};
	enum status status;

	if (policies->count == EXPORTS_MAX) {
		fail(&error, -E2BIG, "%s: more than %d policies", file, EXPORTS_MAX);
		return report(&error);
	}
	status = input_policy(file, policy, json);
	if (status != STATUS_DONE)
		return status;
	policies->count++;
	return plan_add_policy(plan, *policy, &error) ? report(&error) : STATUS_DONE;
}

/* A policy is what has no `=`, and is not written like a back end. */
static bool is_policy(const char *text)
{
	return !strchr(text, '=') && (!strchr(text, ':') || access(text, F_OK) == 0);
}

static enum status read_plan(struct server_plan *plan, struct policies *policies,
			     const struct arguments *arguments)
{
	const char *address = option_value(arguments, "listen");
	enum status status = STATUS_DONE;
	struct xdv_error error = {0};

	plan->poll = option_given(arguments, "sqpoll");
	plan->ifname = option_value(arguments, "interface");
	if (read_clients(option_value(arguments, "clients"), &plan->clients, &error))
		return report_as(STATUS_USAGE, &error);
	if (arguments->count < 2) {
		fail(&error, -EINVAL, "storage serve: expected NAME=BACKEND, found nothing");
		fail_hint(&error, -EINVAL, "xdivert storage serve vol0=memory:1G");
		return report_as(STATUS_USAGE, &error);
	}
	for (size_t i = 1; status == STATUS_DONE && i < arguments->count; i++) {
		const char *text = arguments->list[i];

		if (is_policy(text))
			status = add_policy(plan, policies, text, arguments->json);
		else if (plan_add(plan, text, address ? address : LISTEN_DEFAULT, &error))
			status = report_as(STATUS_USAGE, &error);
	}
	return status;
}

/* Flushed at once: who has started it waits for that. */
static void print_served(const struct server *server, bool json)
{
	const struct exports *exports = server_exports(server);
	json_t *list = json_array();

	for (size_t i = 0; i < exports->count; i++) {
		if (json)
			json_array_append_new(list, export_json(exports->list[i]->counters));
		else
			print_export(exports->list[i]->counters);
	}
	if (json)
		print_json(json_pack("{s:O}", "volumes", list));
	json_decref(list);
	fflush(stdout);
}

static enum status serve_plan(const struct server_plan *plan, bool json)
{
	struct server *server = NULL;
	struct xdv_error error = {0};
	int err = server_open(&server, plan, &error);

	if (!err) {
		print_served(server, json);
		err = server_run(server, &error);
	}
	server_close(&server);
	return err ? report(&error) : STATUS_DONE;
}

static enum status serve(const struct arguments *arguments)
{
	struct server_plan plan = {0};
	struct policies policies = {0};
	enum status status = read_plan(&plan, &policies, arguments);

	if (status == STATUS_DONE)
		status = serve_plan(&plan, arguments->json);
	plan_free(&plan);
	for (size_t i = 0; i < policies.count; i++)
		policy_free(&policies.list[i]);
	return status;
}

/* --- show --------------------------------------------------------------------------------------*/
struct show {
	json_t *list; /* NULL: text */
	size_t shown;
};

static json_t *counters_json(const struct storage_counters *counters)
{
	json_t *value = export_json(counters), *requests = json_object(), *latency = json_array();

	for (int i = 0; i < VOLUME_VERBS; i++)
		json_object_set_new(requests, volume_verb_names[i],
				    json_pack("{s:I, s:I}", "count",
					      (json_int_t)counters->requests[i], "bytes",
					      (json_int_t)counters->bytes[i]));
	for (int i = 0; i < LATENCIES; i++)
		json_array_append_new(latency, json_integer((json_int_t)counters->latency[i]));
	json_object_set_new(value, "clients", json_integer((json_int_t)counters->clients));
	json_object_set_new(value, "in_flight", json_integer((json_int_t)counters->in_flight));
	json_object_set_new(value, "errors", json_integer((json_int_t)counters->errors));
	json_object_set_new(value, "requests", requests);
	json_object_set_new(value, "latency_us_log2", latency);
	return value;
}

static void print_counters(const struct storage_counters *counters)
{
	print_export(counters);
	printf("  clients %" PRIu64 ", in flight %" PRIu64 ", errors %" PRIu64 "\n",
	       counters->clients, counters->in_flight, counters->errors);
	for (int i = 0; i < VOLUME_VERBS; i++) {
		if (!counters->requests[i])
			continue;
		printf("  %-8s %12" PRIu64, volume_verb_names[i], counters->requests[i]);
		if (i != VOLUME_FLUSH)
			printf(" %16" PRIu64 " bytes", counters->bytes[i]);
		putchar('\n');
	}
	if (latency_below(counters, 0.5))
		printf("  half of all answers within %" PRIu64 " us, 99%% within %" PRIu64 " us\n",
		       latency_below(counters, 0.5), latency_below(counters, 0.99));
}

static void show_gateway(void *context, const struct stats_file *file)
{
	struct show *show = context;
	json_t *volumes = show->list ? json_array() : NULL;

	if (!show->list)
		printf("%sprocess %" PRId64 ", %" PRIu64 " connections refused\n",
		       show->shown ? "\n" : "", file->pid, file->refused);
	show->shown++;
	for (uint32_t i = 0; i < file->count; i++) {
		if (show->list)
			json_array_append_new(volumes, counters_json(&file->list[i]));
		else
			print_counters(&file->list[i]);
	}
	if (show->list)
		json_array_append_new(show->list,
				      json_pack("{s:I, s:I, s:o}", "pid", (json_int_t)file->pid,
						"refused", (json_int_t)file->refused, "volumes",
						volumes));
}

static enum status show(const struct arguments *arguments)
{
	struct show show = {.list = arguments->json ? json_array() : NULL};
	int err = stats_each(show_gateway, &show);

	if (err) {
		json_decref(show.list);
		return report_errno(err, "/run/xdivert/storage", NULL);
	}
	if (show.list)
		print_json(json_pack("{s:o}", "gateways", show.list));
	else if (!show.shown)
		puts("no storage is served on this machine");
	return STATUS_DONE;
}

static const struct verb {
	const char *name;
	enum status (*run)(const struct arguments *arguments);
} verbs[] = {{"serve", serve}, {"show", show}};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

enum status cmd_storage(const struct arguments *arguments)
{
	const char *names[VERBS], *name = arguments->list[0], *near;
	struct xdv_error error;

	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(name, names[i]) == 0)
			return verbs[i].run(arguments);
	}
	near = nearest_name(name, names, VERBS);
	fail(&error, -EINVAL, "storage: expected serve or show, found '%s'", name);
	if (near)
		fail_hint(&error, -EINVAL, "did you mean `%s`?", near);
	else
		fail_hint(&error, -EINVAL, "`xdivert help storage` shows how it is used");
	return report_as(STATUS_USAGE, &error);
}
