// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert flow: what is done with single flows, before the rules of the live policy.
 */
#include "command.h"
#include "fail.h"
#include "flow_text.h"
#include "live/device.h"
#include "output.h"
#include "policy/diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const struct arguments *arguments;
	const char *ifname;
	struct xdv_flows *flows;
	struct flow_text text;
	json_t *list; /* of flows, for --json */
};

static json_t *flow_json(const struct xdv_flow *flow)
{
	char text[XDV_FLOW_TEXT], saddr[INET6_ADDRSTRLEN] = "", daddr[INET6_ADDRSTRLEN] = "";
	char protocol[8];

	xdv_flow_format(flow, text);
	snprintf(protocol, sizeof(protocol), "%.*s", (int)strcspn(text, " "), text);
	inet_ntop(flow->family, flow->saddr, saddr, sizeof(saddr));
	inet_ntop(flow->family, flow->daddr, daddr, sizeof(daddr));
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:i}", "flow", text, "protocol", protocol,
			 "saddr", saddr, "sport", (int)flow->sport, "daddr", daddr, "dport",
			 (int)flow->dport);
}

static void add_action_json(json_t *json, const struct xdv_flow_info *info)
{
	json_object_set_new(json, "action", json_string(flow_action_names[info->action]));
	if (info->action == XDV_FLOW_XSK)
		json_object_set_new(json, "consumer",
				    info->consumer[0] ? json_text(info->consumer) : json_null());
	json_object_set_new(json, "timeout_ms",
			    info->timeout_ms ? json_integer(info->timeout_ms) : json_null());
}

static int run_add(struct request *request, struct xdv_error *error)
{
	const struct flow_text *text = &request->text;
	const struct xdv_flow_options options = {
		.size = sizeof(options),
		.action = text->action,
		.timeout_ms = text->timeout_ms,
		.consumer = text->consumer,
		.error = error,
	};
	struct xdv_flow_info info = {.action = text->action, .timeout_ms = text->timeout_ms};
	json_t *json;
	int err = xdv_flow_add(request->flows, &text->flow, &options);

	if (err || !request->list)
		return err;
	json = flow_json(&text->flow);
	memcpy(info.consumer, text->consumer, sizeof(info.consumer));
	add_action_json(json, &info);
	json_array_append_new(request->list, json);
	return 0;
}

static int run_delete(struct request *request, struct xdv_error *error)
{
	int err = xdv_flow_delete(request->flows, &request->text.flow, error);

	if (!err && request->list)
		json_array_append_new(request->list, flow_json(&request->text.flow));
	return err;
}

static int show_flow(const struct xdv_flow_info *info, void *context)
{
	const struct request *request = context;
	char text[XDV_FLOW_TEXT], action[FLOW_ACTION_TEXT];
	json_t *json;

	if (!request->list) {
		printf("%s => %s  packets %" PRIu64 " bytes %" PRIu64,
		       xdv_flow_format(&info->flow, text), flow_action_format(action, info),
		       info->packets, info->bytes);
		if (info->action == XDV_FLOW_XSK)
			printf(" to kernel %" PRIu64, info->fallback);
		printf(" idle %" PRIu64 ".%" PRIu64 "s\n", info->idle_ms / 1000,
		       info->idle_ms % 1000 / 100);
		return 0;
	}
	json = flow_json(&info->flow);
	add_action_json(json, info);
	json_object_set_new(json, "idle_ms", json_integer((json_int_t)info->idle_ms));
	json_object_set_new(json, "packets", json_integer((json_int_t)info->packets));
	json_object_set_new(json, "bytes", json_integer((json_int_t)info->bytes));
	json_object_set_new(json, "fallback", json_integer((json_int_t)info->fallback));
	json_array_append_new(request->list, json);
	return 0;
}

static int run_list(struct request *request, struct xdv_error *error)
{
	return xdv_flows_each(request->flows, show_flow, request, error);
}

static int run_flush(struct request *request, struct xdv_error *error)
{
	int removed = xdv_flows_flush(request->flows, error);

	if (removed < 0)
		return removed;
	if (!request->list)
		printf("%s: %d flow%s out\n", request->ifname, removed,
		       removed == 1 ? " is" : "s are");
	return 0;
}

static const struct verb {
	const char *name;
	const char *takes; /* behind the interface; NULL: nothing */
	bool acts;
	const char *result; /* what the JSON list is called */
	int (*run)(struct request *request, struct xdv_error *error);
} verbs[] = {
	{"add", "FLOW ACTION", true, "added", run_add},
	{"del", "FLOW", false, "deleted", run_delete},
	{"list", NULL, false, "flows", run_list},
	{"flush", NULL, false, "flushed", run_flush},
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

static const struct verb *find_verb(const char *name, struct xdv_error *error)
{
	const char *names[VERBS], *near;

	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(name, names[i]) == 0)
			return &verbs[i];
	}
	near = nearest_name(name, names, VERBS);
	fail(error, -EINVAL, "flow: expected add, del, list or flush, found '%s'", name);
	if (near)
		fail_hint(error, -EINVAL, "did you mean `%s`?", near);
	else
		fail_hint(error, -EINVAL, "`xdivert help flow` shows how it is used");
	return NULL;
}

/* What the shell took apart is put together again, and read. */
static int read_flow(struct request *request, const struct verb *verb, struct xdv_error *error)
{
	const struct arguments *arguments = request->arguments;
	struct packet_text_error where;
	char text[512] = "";
	size_t used = 0;

	for (size_t i = 2; i < arguments->count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 2 ? " " : "",
					 arguments->list[i]);
	if (!verb->takes && used)
		return fail(error, -EINVAL, "flow %s: one argument too many: '%s'", verb->name,
			    arguments->list[2]);
	if (!verb->takes || !flow_from_text(&request->text, text, verb->acts, &where))
		return 0;
	fail(error, -EINVAL, "flow %s: `%.100s`, column %zu: %.100s", verb->name, text,
	     where.offset + 1, where.message);
	return fail_hint(error, -EINVAL, "%s", where.hint);
}

static enum status run(struct request *request, const struct verb *verb)
{
	struct xdv_error error = {0};
	struct device device;
	int err;

	err = device_read(&device, request->ifname, &error);
	if (!err)
		err = xdv_flows_open(&request->flows, request->ifname, &error);
	if (!err)
		err = verb->run(request, &error);
	xdv_flows_close(&request->flows);
	if (err)
		return error.code ? report(&error) : report_errno(err, request->ifname, NULL);
	return STATUS_DONE;
}

enum status cmd_flow(const struct arguments *arguments)
{
	struct request request = {.arguments = arguments, .ifname = arguments->list[1]};
	struct xdv_error error = {0};
	const struct verb *verb = find_verb(arguments->list[0], &error);
	enum status status;

	if (!verb || read_flow(&request, verb, &error))
		return report_as(STATUS_USAGE, &error);
	request.list = arguments->json ? json_array() : NULL;
	status = run(&request, verb);
	if (status == STATUS_DONE && request.list)
		print_json(json_pack("{s:s, s:O}", "interface", request.ifname, verb->result,
				     request.list));
	json_decref(request.list);
	return status;
}
