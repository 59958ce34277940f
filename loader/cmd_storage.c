// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert storage: serves volumes to NBD clients, and shows what is served; measures back ends.
 */
#include "command.h"
#include "diag.h"
#include "fail.h"
#include "input.h"
#include "live/observe.h"
#include "output.h"
#include "storage/address.h"
#include "storage/plan.h"
#include "storage_bench.h"
#include "storage_show.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LISTEN_DEFAULT "127.0.0.1:10809"

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

/* Ends when that process does, however it does: the next one must not find us in its way. */
static enum status follow_parent(const char *text)
{
	struct xdv_error error;
	char *end;
	long pid;

	if (!text)
		return STATUS_DONE;
	pid = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end) {
		fail(&error, -EINVAL, "--parent: expected a process's number, found '%s'", text);
		return report_as(STATUS_USAGE, &error);
	}
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == pid)
		return STATUS_DONE;
	fail(&error, -ESRCH, "--parent: process %s has not started this one, or is gone", text);
	return report(&error);
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

/* What the policy that is live on the interface says, whatever its file says by now. */
static enum status add_live_policy(struct server_plan *plan, struct policies *policies)
{
	struct xdv_error error = {0};
	struct view view;
	int err = view_read(&view, plan->ifname, &error);

	if (err)
		return report(&error);
	policies->list[policies->count++] = view.policy;
	view.policy = NULL;
	view_free(&view);
	err = plan_add_policy(plan, policies->list[policies->count - 1], &error);
	return err ? report(&error) : STATUS_DONE;
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
	if (arguments->count < 2 && plan->ifname)
		return add_live_policy(plan, policies);
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
			json_array_append_new(list, volume_json(exports->list[i]->counters));
		else
			volume_text(exports->list[i]->counters);
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
	enum status status = follow_parent(option_value(arguments, "parent"));

	if (status == STATUS_DONE)
		status = read_plan(&plan, &policies, arguments);
	if (status == STATUS_DONE)
		status = serve_plan(&plan, arguments->json);
	plan_free(&plan);
	for (size_t i = 0; i < policies.count; i++)
		policy_free(&policies.list[i]);
	return status;
}

static enum status show(const struct arguments *arguments)
{
	json_t *value = arguments->json ? json_object() : NULL;
	int count = value ? storage_json(value) : storage_text(false);

	if (count < 0) {
		json_decref(value);
		return report_errno(count, "/run/xdivert/storage", NULL);
	}
	if (value)
		print_json(value);
	else if (!count)
		puts("no storage is served on this machine");
	return STATUS_DONE;
}

static const struct verb {
	const char *name;
	enum status (*run)(const struct arguments *arguments);
} verbs[] = {{"serve", serve}, {"show", show}, {"bench", storage_bench}};

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
	fail(&error, -EINVAL, "storage: expected serve, show or bench, found '%s'", name);
	if (near)
		fail_hint(&error, -EINVAL, "did you mean `%s`?", near);
	else
		fail_hint(&error, -EINVAL, "`xdivert help storage` shows how it is used");
	return report_as(STATUS_USAGE, &error);
}
