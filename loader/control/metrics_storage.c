// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * All samples of one metric stand together, so that all counters are read first.
 */
#include "metrics_storage.h"

#include "storage/stats.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct served {
	enum stats_kind kind;
	int64_t pid;
	struct storage_counters counters;
};

struct list {
	struct served *all;
	size_t count;
};

static void keep(void *context, const struct stats_file *file)
{
	struct list *list = context;
	struct served *grown;

	for (uint32_t i = 0; i < file->count && i < EXPORTS_MAX; i++) {
		grown = realloc(list->all, (list->count + 1) * sizeof(*grown));
		if (!grown)
			return;
		list->all = grown;
		list->all[list->count++] = (struct served){(enum stats_kind)file->kind, file->pid,
							   file->list[i]};
	}
}

static const struct value {
	const char *name, *type, *help;
	size_t offset; /* in struct storage_counters */
} values[] = {
	{"errors_total", "counter", "Requests that were answered with an error",
	 offsetof(struct storage_counters, errors)},
	{"in_flight", "gauge", "Requests that are being carried out",
	 offsetof(struct storage_counters, in_flight)},
	{"clients", "gauge", "Clients that are connected",
	 offsetof(struct storage_counters, clients)},
	{"size_bytes", "gauge", "Size of the volume", offsetof(struct storage_counters, size)},
};

static const struct value verb_values[] = {
	{"requests_total", "counter", "Requests that were answered",
	 offsetof(struct storage_counters, requests)},
	{"bytes_total", "counter", "Bytes of those that went well",
	 offsetof(struct storage_counters, bytes)},
};

static void head(FILE *out, const struct value *value)
{
	fprintf(out, "# HELP xdivert_storage_%s %s.\n# TYPE xdivert_storage_%s %s\n", value->name,
		value->help, value->name, value->type);
}

/* Names of volumes have nothing that would end the quotes; two gateways may have the same. */
static void labels(FILE *out, const char *name, const struct served *served)
{
	fprintf(out, "xdivert_storage_%s{volume=\"%s\",served_by=\"%s\",pid=\"%" PRId64 "\"", name,
		served->counters.name, served->kind == STATS_MEMNODE ? "memnode" : "gateway",
		served->pid);
}

static const uint64_t *at(const struct served *served, const struct value *value)
{
	return (const uint64_t *)((const char *)&served->counters + value->offset);
}

/* How many took less than so long: histogram_quantile() reads it. There is no sum of times. */
static void write_latency(const struct list *list, FILE *out)
{
	static const struct value latency = {"latency_seconds_bucket", "counter",
					     "Requests by the time that their answer took", 0};

	head(out, &latency);
	for (size_t i = 0; i < list->count; i++) {
		uint64_t sum = 0;

		for (unsigned int n = 0; n < LATENCIES; n++) {
			sum += list->all[i].counters.latency[n];
			labels(out, latency.name, &list->all[i]);
			fprintf(out, ",le=\"%g\"} %" PRIu64 "\n", (double)(UINT64_C(1) << n) / 1e6,
				sum);
		}
		labels(out, latency.name, &list->all[i]);
		fprintf(out, ",le=\"+Inf\"} %" PRIu64 "\n", sum);
	}
}

static void write_verbs(const struct list *list, const struct value *value, FILE *out)
{
	head(out, value);
	for (size_t i = 0; i < list->count; i++) {
		for (unsigned int verb = 0; verb < VOLUME_VERBS; verb++) {
			labels(out, value->name, &list->all[i]);
			fprintf(out, ",verb=\"%s\"} %" PRIu64 "\n", volume_verb_names[verb],
				at(&list->all[i], value)[verb]);
		}
	}
}

void metrics_write_storage(FILE *out)
{
	struct list list = {};

	stats_each(keep, &list);
	for (size_t v = 0; list.count && v < sizeof(values) / sizeof(values[0]); v++) {
		head(out, &values[v]);
		for (size_t i = 0; i < list.count; i++) {
			labels(out, values[v].name, &list.all[i]);
			fprintf(out, "} %" PRIu64 "\n", *at(&list.all[i], &values[v]));
		}
	}
	for (size_t v = 0; list.count && v < sizeof(verb_values) / sizeof(verb_values[0]); v++)
		write_verbs(&list, &verb_values[v], out);
	if (list.count)
		write_latency(&list, out);
	free(list.all);
}
