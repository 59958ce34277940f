// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "storage_show.h"

#include "output.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

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

void volume_text(const struct storage_counters *counters)
{
	char uri[320];

	format_uri(uri, sizeof(uri), counters);
	printf("%s: %" PRIu64 " bytes, %s%s%s%s%s%s\n", counters->name, counters->size,
	       counters->place, counters->read_only ? ", read-only" : "",
	       uri[0] || counters->disk[0] ? ": " : "", uri,
	       uri[0] && counters->disk[0] ? ", " : "", counters->disk);
}

json_t *volume_json(const struct storage_counters *counters)
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

static json_t *counters_json(const struct storage_counters *counters)
{
	json_t *value = volume_json(counters), *requests = json_object(), *latency = json_array();

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
	json_object_set_new(value, "copied", json_integer((json_int_t)counters->copied));
	json_object_set_new(value, "requests", requests);
	json_object_set_new(value, "latency_us_log2", latency);
	return value;
}

static void counters_text(const struct storage_counters *counters)
{
	volume_text(counters);
	printf("  clients %" PRIu64 ", in flight %" PRIu64 ", errors %" PRIu64 "\n",
	       counters->clients, counters->in_flight, counters->errors);
	for (int i = 0; i < VOLUME_VERBS; i++) {
		if (!counters->requests[i])
			continue;
		printf("  %-8s %12" PRIu64, volume_verb_names[i], counters->requests[i]);
		if (counters->bytes[i])
			printf(" %16" PRIu64 " bytes", counters->bytes[i]);
		putchar('\n');
	}
	if (counters->bytes[VOLUME_READ] || counters->bytes[VOLUME_WRITE])
		printf("  copied by this process %15" PRIu64 " bytes\n", counters->copied);
	if (latency_below(counters, 0.5))
		printf("  half of all answers within %" PRIu64 " us, 99%% within %" PRIu64 " us\n",
		       latency_below(counters, 0.5), latency_below(counters, 0.99));
}

static const struct {
	const char *text, *list;
} kinds[STATS_KINDS] = {
	[STATS_GATEWAY] = {"gateway", "gateways"},
	[STATS_MEMNODE] = {"memory node", "memnodes"},
};

struct text {
	bool above;
	int count;
};

static void process_text(void *context, const struct stats_file *file)
{
	struct text *text = context;

	printf("%s%s, process %" PRId64 ", %" PRIu64 " connections refused\n",
	       text->above ? "\n" : "", kinds[file->kind].text, file->pid, file->refused);
	text->above = true;
	text->count++;
	for (uint32_t i = 0; i < file->count; i++)
		counters_text(&file->list[i]);
}

int storage_text(bool above)
{
	struct text text = {.above = above};
	int err = stats_each(process_text, &text);

	return err ? err : text.count;
}

static void process_json(void *context, const struct stats_file *file)
{
	json_t *volumes = json_array(), *list = json_object_get(context, kinds[file->kind].list);

	for (uint32_t i = 0; i < file->count; i++)
		json_array_append_new(volumes, counters_json(&file->list[i]));
	json_array_append_new(list,
			      json_pack("{s:I, s:I, s:o}", "pid", (json_int_t)file->pid, "refused",
					(json_int_t)file->refused, "volumes", volumes));
}

int storage_json(json_t *into)
{
	int err, count = 0;

	for (size_t i = 0; i < STATS_KINDS; i++)
		json_object_set_new(into, kinds[i].list, json_array());
	err = stats_each(process_json, into);
	for (size_t i = 0; !err && i < STATS_KINDS; i++)
		count += (int)json_array_size(json_object_get(into, kinds[i].list));
	return err ? err : count;
}
