// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The metrics as text. All samples of one metric stand together, as the format wants it.
 */
#include "metrics.h"

#include "live/observe.h"

#include <inttypes.h>

/* In quotes, with what would end them escaped. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static const struct rule_metric {
	const char *name, *help;
	size_t offset; /* in struct xdv_counter */
} rule_metrics[] = {
	{"packets", "Packets that a rule took", offsetof(struct xdv_counter, packets)},
	{"bytes", "Bytes of them", offsetof(struct xdv_counter, bytes)},
	{"fallback", "Of them, packets that the kernel got for want of a socket or interface",
	 offsetof(struct xdv_counter, fallback)},
	{"limited", "Of them, packets beyond the rule's limit",
	 offsetof(struct xdv_counter, limited)},
};

static void write_rules(const struct rule_metric *metric, const struct view *view, FILE *out)
{
	for (size_t i = 0; i <= view->policy->rule_count; i++) {
		const char *counter = (const char *)&view->counters[i] + metric->offset;

		fprintf(out, "xdivert_rule_%s_total{", metric->name);
		put_label(out, "interface", view->ifname);
		fputc(',', out);
		put_label(out, "rule", policy_rule_name(view->policy, i));
		fprintf(out, "} %" PRIu64 "\n", (uint64_t) * (const __u64 *)counter);
	}
}

/* What is told of each queue of a consumer. */
static uint64_t is_served(const struct queue_view *queue)
{
	return queue->use == QUEUE_SERVED || queue->use == QUEUE_FOREIGN;
}

static uint64_t is_stalled(const struct queue_view *queue)
{
	return queue->use == QUEUE_STALLED;
}

static uint64_t stalled_packets(const struct queue_view *queue)
{
	return queue->stalled;
}

static uint64_t lost_packets(const struct queue_view *queue)
{
	const struct losses *losses = &queue->losses;

	return losses->ring_full + losses->no_frame + losses->too_long + losses->invalid;
}

static const struct queue_metric {
	const char *name, *type, *help;
	uint64_t (*value)(const struct queue_view *queue);
} queue_metrics[] = {
	{"served", "gauge", "Whether an application receives on the queue", is_served},
	{"stalled", "gauge", "Whether one has it and does not receive", is_stalled},
	{"stalled_packets_total", "counter",
	 "Packets that the kernel got because an application did not receive", stalled_packets},
	{"lost_packets_total", "counter",
	 "Packets that were diverted to the application that has the queue, and never received",
	 lost_packets},
};

static void write_queues(const struct queue_metric *metric, const struct view *view, FILE *out)
{
	for (size_t i = 0; i < view->consumer_count; i++) {
		const struct consumer_view *consumer = &view->consumers[i];

		for (size_t j = 0; j < consumer->count; j++) {
			fprintf(out, "xdivert_queue_%s{", metric->name);
			put_label(out, "interface", view->ifname);
			fputc(',', out);
			put_label(out, "consumer", consumer->name);
			fprintf(out, ",queue=\"%s\"} %" PRIu64 "\n", consumer->queues[j].name,
				metric->value(&consumer->queues[j]));
		}
	}
}

static void head(FILE *out, const char *name, const char *rest, const char *type, const char *help)
{
	fprintf(out, "# HELP xdivert_%s%s %s.\n# TYPE xdivert_%s%s %s\n", name, rest, help, name,
		rest, type);
}

static void write_policies(const struct view *views, size_t count, FILE *out)
{
	head(out, "policy_info", "", "gauge", "The policy that is live");
	for (size_t i = 0; i < count; i++) {
		const struct view *view = &views[i];

		fputs("xdivert_policy_info{", out);
		put_label(out, "interface", view->ifname);
		fputc(',', out);
		put_label(out, "policy", view->record.policy);
		fputc(',', out);
		put_label(out, "hash", view->record.hash);
		fprintf(out, ",generation=\"%" PRIu32 "\"} 1\n", view->live.generation);
	}
	head(out, "policy_loaded_timestamp_seconds", "", "gauge", "When it was loaded");
	for (size_t i = 0; i < count; i++) {
		fputs("xdivert_policy_loaded_timestamp_seconds{", out);
		put_label(out, "interface", views[i].ifname);
		fprintf(out, "} %lld\n", (long long)views[i].record.time);
	}
}

static void write_tables(const struct view *views, size_t count, FILE *out)
{
	head(out, "set_elements", "", "gauge", "Elements of a dynamic set");
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < views[i].sets.count; j++) {
			fputs("xdivert_set_elements{", out);
			put_label(out, "interface", views[i].ifname);
			fputc(',', out);
			put_label(out, "set", views[i].sets.list[j].kind.name);
			fprintf(out, "} %" PRIu32 "\n", views[i].sets.list[j].count);
		}
	}
	head(out, "flows", "", "gauge", "Single flows that come before the rules");
	for (size_t i = 0; i < count; i++) {
		fputs("xdivert_flows{", out);
		put_label(out, "interface", views[i].ifname);
		fprintf(out, "} %" PRIu32 "\n", views[i].flows.count);
	}
}

void metrics_write(const struct view *views, size_t count, FILE *out)
{
	write_policies(views, count, out);
	for (size_t m = 0; m < sizeof(rule_metrics) / sizeof(rule_metrics[0]); m++) {
		fprintf(out,
			"# HELP xdivert_rule_%s_total %s.\n# TYPE xdivert_rule_%s_total counter\n",
			rule_metrics[m].name, rule_metrics[m].help, rule_metrics[m].name);
		for (size_t i = 0; i < count; i++)
			write_rules(&rule_metrics[m], &views[i], out);
	}
	for (size_t m = 0; m < sizeof(queue_metrics) / sizeof(queue_metrics[0]); m++) {
		head(out, "queue_", queue_metrics[m].name, queue_metrics[m].type,
		     queue_metrics[m].help);
		for (size_t i = 0; i < count; i++)
			write_queues(&queue_metrics[m], &views[i], out);
	}
	write_tables(views, count, out);
}
