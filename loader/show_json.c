// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "live/trial.h"
#include "output.h"
#include "show.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

static const char *const use_names[] = {
	[QUEUE_EMPTY] = "empty",
	[QUEUE_SERVED] = "served",
	[QUEUE_STALLED] = "stalled",
	[QUEUE_FOREIGN] = "foreign",
};

static json_t *losses_json(const struct queue_view *queue)
{
	const struct losses *losses = &queue->losses;

	if (!queue->losses_known)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "ring_full", (json_int_t)losses->ring_full,
			 "no_frame", (json_int_t)losses->no_frame, "too_long",
			 (json_int_t)losses->too_long, "invalid", (json_int_t)losses->invalid);
}

static json_t *queue_json(const struct queue_view *queue)
{
	json_t *json = json_pack("{s:I, s:I, s:b, s:s, s:b, s:I}", "queue",
				 (json_int_t)queue->number, "share", (json_int_t)queue->share,
				 "socket", queue->use != QUEUE_EMPTY, "state",
				 use_names[queue->use], "beats", queue->beats, "stalled",
				 (json_int_t)queue->stalled);

	if (queue->use != QUEUE_SERVED && queue->use != QUEUE_STALLED)
		return json;
	json_object_set_new(json, "pid", json_integer(queue->pid));
	json_object_set_new(json, "command", json_text(queue->command));
	json_object_set_new(json, "zero_copy", json_boolean(queue->zero_copy));
	json_object_set_new(json, "need_wakeup", json_boolean(queue->need_wakeup));
	json_object_set_new(json, "lost", losses_json(queue));
	return json;
}

static json_t *consumer_json(const struct consumer_view *consumer)
{
	json_t *queues = json_array();

	for (size_t i = 0; i < consumer->count; i++)
		json_array_append_new(queues, queue_json(&consumer->queues[i]));
	return json_pack("{s:s, s:s, s:o, s:I, s:i, s:o, s:o}", "name", consumer->name, "kind",
			 consumer_words[consumer->kind].name, "stall_ms",
			 consumer->stall ? json_integer(consumer->stall) : json_null(), "fanout",
			 (json_int_t)consumer->fanout, "groups", consumer->groups, "groups_joined",
			 consumer->joined < 0 ? json_null() : json_integer(consumer->joined),
			 "queues", queues);
}

static json_t *limit_json(const struct limit *limit)
{
	char otherwise[ACTION_TEXT];

	action_format(otherwise, sizeof(otherwise), &limit->otherwise);
	return json_pack("{s:I, s:s, s:I, s:o}", "rate", (json_int_t)limit->rate, "per",
			 limit->unit_text, "burst", (json_int_t)limit->burst, "else",
			 json_text(otherwise));
}

static json_t *rule_json(const struct view *view, size_t number, const char *source)
{
	const struct policy *policy = view->policy;
	const struct action *action = number ? &policy->rules[number - 1]->action
					     : &policy->default_action;
	const struct xdv_counter *counter = &view->counters[number];
	json_t *json;

	json = json_pack("{s:I, s:s, s:o, s:s, s:I, s:I, s:I, s:I}", "number", (json_int_t)number,
			 "name", policy_rule_name(policy, number), "source",
			 json_text(source ? source : ""), "action", action_verb(action->kind),
			 "packets", (json_int_t)counter->packets, "bytes",
			 (json_int_t)counter->bytes, "fallback", (json_int_t)counter->fallback,
			 "limited", (json_int_t)counter->limited);
	if (json && action->target.text)
		json_object_set_new(json, "target", json_string(action->target.text));
	if (json && action->sample)
		json_object_set_new(json, "sample", json_integer(action->sample));
	if (json && action->limit)
		json_object_set_new(json, "limit", limit_json(action->limit));
	if (json && action->has_mark)
		json_object_set_new(json, "mark", json_integer(action->mark));
	if (json && action->kind == ACTION_TX)
		json_object_set_new(json, "swap", json_boolean(action->swap));
	if (json && number) {
		const struct location *where = &policy->rules[number - 1]->where;

		json_object_set_new(json, "file", json_text(source_file(&policy->sources, where)));
		json_object_set_new(json, "line", json_integer(where->line));
	}
	return json;
}

json_t *show_sets_json(const struct live_sets *sets)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sets->count; i++) {
		const struct live_set *set = &sets->list[i];
		uint32_t size = set->size ? set->size : SET_SIZE_SHARED;

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:I, s:I}", "name", set->kind.name,
					"types", set->types, "prefixes", (int)set->kind.prefixes,
					"count", (json_int_t)set->count, "size", (json_int_t)size));
	}
	return list;
}

static json_t *flows_json(const struct flows_view *flows)
{
	const struct xdv_counter *counter = &flows->counter;

	if (!flows->size)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)flows->count, "size",
			 (json_int_t)flows->size, "packets", (json_int_t)counter->packets, "bytes",
			 (json_int_t)counter->bytes, "fallback", (json_int_t)counter->fallback);
}

static json_t *trial_json(const struct trial *trial)
{
	if (!trial->generation)
		return json_null();
	return json_pack("{s:I, s:b, s:I}", "generation", (json_int_t)trial->generation, "over",
			 (int)trial->over, "seconds_left",
			 (json_int_t)(trial->over ? 0 : trial_seconds_left(trial)));
}

struct json_t *show_json(const struct view *view)
{
	const struct live *live = &view->live;
	json_t *rules = json_array(), *consumers = json_array();
	char **sources = rule_sources(view->policy);
	char since[32] = "";
	json_t *fallback;
	struct tm parts;

	if (gmtime_r(&view->record.time, &parts))
		strftime(since, sizeof(since), "%FT%TZ", &parts);
	for (size_t i = 1; i <= view->policy->rule_count; i++)
		json_array_append_new(rules, rule_json(view, i, sources ? sources[i] : NULL));
	fallback = rule_json(view, 0, sources ? sources[0] : NULL);
	rule_sources_free(sources, view->policy);
	for (size_t i = 0; i < view->consumer_count; i++)
		json_array_append_new(consumers, consumer_json(&view->consumers[i]));
	return json_pack(
		"{s:s, s:o, s:s, s:I, s:s, s:I, s:I, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}}",
		"interface", view->ifname, "policy", json_text(view->record.policy), "hash",
		view->record.hash, "generation", (json_int_t)live->generation, "since", since,
		"mtu", (json_int_t)view->device.mtu, "mtu_loaded", (json_int_t)view->record.mtu,
		"attach", attach_names[live->kind], "mode",
		live->place == PLACES ? "unknown" : place_names[live->place], "program",
		(json_int_t)live->program, "link_reason", json_text(view->record.reasons.link),
		"generic_reason", json_text(view->record.reasons.generic), "trial",
		trial_json(&live->trial), "rules", rules, "default", fallback, "consumers",
		consumers, "flows", flows_json(&view->flows), "sets", show_sets_json(&view->sets),
		"steering", "wanted", (json_int_t)view->steering.wanted, "in_nic",
		(json_int_t)view->steering.there);
}
