// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "text_property.h"

#include "control_property.h"
#include "elements.h"
#include "emit.h"
#include "filter_property.h"
#include "flow_text.h"
#include "nbd_property.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 8192 /* longer ones say nothing new, and take time */

static void must(bool is_so, const char *what, const char *text)
{
	if (is_so)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

/* The bytes, with a zero behind them; the caller frees them. */
static char *terminated(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);

	if (size)
		memcpy(text, bytes, size);
	text[size] = 0;
	return text;
}

static void diags_are_printable(const struct policy *policy, const char *text)
{
	char *printed = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&printed, &size);
	json_t *json = diags_json(&policy->diags);
	struct diags diags = policy->diags;

	diags_print(&diags, out, true);
	fclose(out);
	must(json_array_size(json) == policy->diags.count, "not all diagnostics in JSON", text);
	must(!policy->diags.count || size, "diagnostics that print nothing", text);
	for (size_t i = 0; i < policy->diags.count; i++)
		must(policy->diags.list[i].where.line && policy->diags.list[i].where.column &&
			     *policy->diags.list[i].message,
		     "a diagnostic without a place", text);
	json_decref(json);
	free(printed);
}

static void plan_is_emitted(struct policy *policy, const char *text)
{
	char *emitted = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&emitted, &size);
	struct plan *plan;
	int err;

	policy_dump_ast(policy, out);
	err = plan_policy(&plan, policy);
	must(!err || err == -E2BIG, "planning fails", text);
	must(!err == !policy->diags.errors, "no plan, and no word on it", text);
	if (!err) {
		plan_dump(plan, out);
		emit_program(plan, out, true);
	}
	fclose(out);
	must(err || strstr(emitted, "SEC(\"xdp\")"), "no program is emitted", text);
	free(emitted);
}

static void policy_holds(const uint8_t *bytes, size_t size)
{
	char *text = terminated(bytes, size);
	struct policy *policy;
	FILE *tokens;

	if (size > TEXT_MAX) {
		free(text);
		return;
	}
	policy = policy_from_bundle("fuzz.policy", text, size);
	diags_are_printable(policy, text);
	if (!policy->diags.errors)
		plan_is_emitted(policy, text);
	policy_free(&policy);
	tokens = fopen("/dev/null", "w");
	policy_dump_tokens(text, tokens);
	fclose(tokens);
	free(text);
}

static void error_is_in_text(const struct packet_text_error *error, const char *text)
{
	must(*error->message, "refused without a word", text);
	must(error->offset <= strlen(text) && error->length <= strlen(text) - error->offset,
	     "the mistake is outside of the text", text);
}

static void packet_holds(const uint8_t *bytes, size_t size)
{
	static struct packet_bytes packet;
	char *text = terminated(bytes, size), once[PACKET_TEXT], twice[PACKET_TEXT];
	struct packet_text_error error = {0};
	struct dissection dissection;

	if (packet_from_text(&packet, text, &error)) {
		error_is_in_text(&error, text);
	} else {
		dissect(&dissection, packet.bytes, packet.length);
		packet_describe(once, sizeof(once), &dissection);
		must(*once, "a packet that is not described", text);
		if (packet_from_text(&packet, once, NULL) == 0) {
			dissect(&dissection, packet.bytes, packet.length);
			packet_describe(twice, sizeof(twice), &dissection);
			must(strcmp(once, twice) == 0, "described, and then otherwise", once);
		}
	}
	free(text);
}

static void flow_holds(const uint8_t *bytes, size_t size)
{
	char *text = terminated(bytes, size), flow[XDV_FLOW_TEXT], action[FLOW_ACTION_TEXT];
	char again[sizeof(flow) + sizeof(action) + 8];
	struct flow_text once = {0}, twice = {0};
	struct packet_text_error error = {0};

	if (flow_from_text(&once, text, true, &error)) {
		error_is_in_text(&error, text);
	} else {
		struct xdv_flow_info info = {.size = sizeof(info),
					     .flow = once.flow,
					     .action = once.action,
					     .timeout_ms = once.timeout_ms};

		memcpy(info.consumer, once.consumer, sizeof(info.consumer));
		snprintf(again, sizeof(again), "%s => %s", xdv_flow_format(&once.flow, flow),
			 flow_action_format(action, &info));
		must(flow_from_text(&twice, again, true, &error) == 0, error.message, again);
		must(memcmp(&once.flow, &twice.flow, sizeof(once.flow)) == 0 &&
			     once.action == twice.action && once.timeout_ms == twice.timeout_ms &&
			     strcmp(once.consumer, twice.consumer) == 0,
		     "written and read again it is another flow", again);
	}
	free(text);
}

static const struct set_kind set_kinds[] = {
	{"hosts", {TYPE_IPV4}, 1, false},
	{"nets", {TYPE_IPV4}, 1, true},
	{"nets6", {TYPE_IPV6}, 1, true},
	{"macs", {TYPE_ETHER, TYPE_VLAN_ID}, 2, false},
	{"ports", {TYPE_PORT}, 1, false},
	{"kinds", {TYPE_ETHER_TYPE, TYPE_DSCP}, 2, false},
	{"pairs", {TYPE_IPV6, TYPE_PORT}, 2, false},
	{"keys", {TYPE_IPV4, TYPE_PROTOCOL, TYPE_NUMBER, TYPE_VNI}, 4, false},
};

/* Each key, written and read again, is that key. */
static void keys_are_readable(const struct set_kind *kind, const struct policy *policy)
{
	unsigned int words = elements_key_words(kind);
	size_t count, one;
	uint32_t *keys = elements_keys(policy, &count), *again;
	char text[ELEMENT_TEXT];

	for (size_t i = 0; i < count; i++) {
		struct policy *read;

		element_format(text, kind, keys + i * words);
		must(elements_read(&read, kind, "again", text, strlen(text)) == 0, "no text", text);
		must(!read->diags.errors, "written, it can't be read", text);
		again = elements_keys(read, &one);
		must(one == 1 && memcmp(again, keys + i * words, words * sizeof(*keys)) == 0,
		     "written and read again it is another element", text);
		free(again);
		policy_free(&read);
	}
	free(keys);
}

static void elements_hold(const uint8_t *bytes, size_t size)
{
	const struct set_kind *kind;
	struct policy *policy;
	char *text;

	if (!size || size > TEXT_MAX)
		return;
	kind = &set_kinds[bytes[0] % (sizeof(set_kinds) / sizeof(*set_kinds))];
	text = terminated(bytes + 1, size - 1);
	if (!strstr(text, "include") && /* which reads files */
	    elements_read(&policy, kind, "elements.txt", text, size - 1) == 0) {
		diags_are_printable(policy, text);
		if (!policy->diags.errors)
			keys_are_readable(kind, policy);
		policy_free(&policy);
	}
	free(text);
}

static void control_holds(const uint8_t *bytes, size_t size)
{
	control_property(bytes, size);
}

const struct text_property text_properties[] = {
	{"policy", policy_holds},  {"packet", packet_holds},
	{"flow", flow_holds},	   {"elements", elements_hold},
	{"pcap", filter_property}, {"control", control_holds},
	{"nbd", nbd_property},	   {NULL, NULL},
};
