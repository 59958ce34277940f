// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "live/trial.h"
#include "show.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOURCE_MAX 90 /* characters of a rule's source; a long one is cut */

static char *default_source(const struct action *action)
{
	char text[ACTION_TEXT];

	return strdup(action_format(text, sizeof(text), action));
}

/* "rule NAME:" is cut off: the name has a column of its own. */
static void cut_name(char *line)
{
	char *colon = line ? strchr(line, ':') : NULL;

	if (!colon)
		return;
	colon++;
	colon += *colon == ' ';
	memmove(line, colon, strlen(colon) + 1);
}

char *rule_source(const struct policy *policy, size_t number)
{
	char *line;

	if (!number)
		return default_source(&policy->default_action);
	line = source_excerpt(&policy->sources, &policy->rules[number - 1]->where);
	cut_name(line);
	return line;
}

char **rule_sources(const struct policy *policy)
{
	char **sources = calloc(policy->rule_count + 1, sizeof(*sources));

	for (size_t i = 0; sources && i <= policy->rule_count; i++)
		sources[i] = rule_source(policy, i);
	return sources;
}

void rule_sources_free(char **sources, const struct policy *policy)
{
	for (size_t i = 0; sources && i <= policy->rule_count; i++)
		free(sources[i]);
	free(sources);
}

static int decimal_width(uint64_t number)
{
	return snprintf(NULL, 0, "%" PRIu64, number);
}

struct widths {
	int name, packets, bytes, fallback;
	int limited; /* 0: no rule has a limit, and there is no such column */
};

static int wider(int a, int b)
{
	return a > b ? a : b;
}

static struct widths measure(const struct view *view)
{
	struct widths widths = {
		.name = (int)strlen("default"),
		.packets = (int)strlen("packets"),
		.bytes = (int)strlen("bytes"),
		.fallback = (int)strlen("to kernel"),
	};

	for (size_t i = 0; i <= view->policy->rule_count; i++) {
		const struct xdv_counter *counter = &view->counters[i];

		widths.name = wider(widths.name, (int)strlen(policy_rule_name(view->policy, i)));
		widths.packets = wider(widths.packets, decimal_width(counter->packets));
		widths.bytes = wider(widths.bytes, decimal_width(counter->bytes));
		widths.fallback = wider(widths.fallback, decimal_width(counter->fallback));
		if (policy_action(view->policy, i)->limit)
			widths.limited = wider(wider(widths.limited, (int)strlen("limited")),
					       decimal_width(counter->limited));
	}
	return widths;
}

static bool can_fall_back(const struct action *action)
{
	return action_diverts(action->kind) || action->kind == ACTION_REDIRECT ||
	       (action->limit && can_fall_back(&action->limit->otherwise));
}

static void print_rule(const struct view *view, size_t number, const char *source,
		       const struct widths *widths, FILE *out)
{
	const struct xdv_counter *counter = &view->counters[number];
	bool is_long = strlen(source) > SOURCE_MAX;
	const struct action *action = policy_action(view->policy, number);
	char fallback[24] = "", limited[24] = "";

	if (can_fall_back(action))
		snprintf(fallback, sizeof(fallback), "%" PRIu64, (uint64_t)counter->fallback);
	if (action->limit)
		snprintf(limited, sizeof(limited), "%" PRIu64, (uint64_t)counter->limited);
	fprintf(out, "  %-*s  %*" PRIu64 "  %*" PRIu64 "  %*s  %*s%s%.*s%s\n", widths->name,
		policy_rule_name(view->policy, number), widths->packets, (uint64_t)counter->packets,
		widths->bytes, (uint64_t)counter->bytes, widths->fallback, fallback,
		widths->limited, limited, widths->limited ? "  " : "",
		is_long ? SOURCE_MAX - 3 : SOURCE_MAX, source, is_long ? "..." : "");
}

static void print_rules(const struct view *view, FILE *out)
{
	struct widths widths = measure(view);
	char **sources = rule_sources(view->policy);

	fprintf(out, "\n  %-*s  %*s  %*s  %*s  %*s\n", widths.name, "rule", widths.packets,
		"packets", widths.bytes, "bytes", widths.fallback, "to kernel", widths.limited,
		widths.limited ? "limited" : "");
	for (size_t i = 0; i <= view->policy->rule_count; i++) {
		size_t number = i < view->policy->rule_count ? i + 1 : 0; /* the default is last */
		const char *source = sources ? sources[number] : NULL;

		print_rule(view, number, source ? source : "", &widths, out);
	}
	rule_sources_free(sources, view->policy);
}

void show_set(const struct live_set *set, FILE *out)
{
	fprintf(out, "%s : %s%s  %" PRIu32 " of %" PRIu32 "%s\n", set->kind.name, set->types,
		set->kind.prefixes ? " prefixes" : "", set->count,
		set->size ? set->size : SET_SIZE_SHARED, set->bit ? "" : ", in no rule");
}

static void print_sets(const struct live_sets *sets, FILE *out)
{
	fputs(sets->count ? "\n" : "", out);
	for (size_t i = 0; i < sets->count; i++) {
		fputs("  set ", out);
		show_set(&sets->list[i], out);
	}
}

static void print_flows(const struct flows_view *flows, FILE *out)
{
	const struct xdv_counter *counter = &flows->counter;

	fprintf(out,
		"\n  flows: %" PRIu32 " of at most %" PRIu32 "; before all rules they took %" PRIu64
		" packets, %" PRIu64 " bytes, %" PRIu64 " to kernel\n",
		flows->count, flows->size, (uint64_t)counter->packets, (uint64_t)counter->bytes,
		(uint64_t)counter->fallback);
}

static void print_process(const struct queue_view *queue, FILE *out)
{
	fprintf(out, "%s (pid %" PRIu32 "), %s%s", queue->command, queue->pid,
		queue->zero_copy ? "zero-copy" : "copy", queue->need_wakeup ? ", need-wakeup" : "");
}

static void print_losses(const struct losses *losses, FILE *out)
{
	const struct {
		uint64_t count;
		const char *cause;
	} causes[] = {
		{losses->ring_full, "with its ring full"},
		{losses->no_frame, "without a free frame"},
		{losses->too_long, "too long for a frame"},
		{losses->invalid, "by a bad frame of its own"},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].count)
			fprintf(out, "; lost %" PRIu64 " %s", causes[i].count, causes[i].cause);
}

static void print_queue(const struct queue_view *queue, uint32_t stall, FILE *out)
{
	fprintf(out, "    queue %s  ", queue->name);
	switch (queue->use) {
	case QUEUE_EMPTY:
		fputs("nobody: its packets go to the kernel", out);
		break;
	case QUEUE_FOREIGN:
		fputs("a socket of a program that is not on libxdivert", out);
		break;
	case QUEUE_SERVED:
		print_process(queue, out);
		break;
	case QUEUE_STALLED:
		print_process(queue, out);
		fputs("; STALLED: its packets go to the kernel until it receives", out);
		break;
	}
	if (stall && queue->use != QUEUE_EMPTY && !queue->beats)
		fputs("; beat: none (exempt from stall)", out);
	if (queue->stalled)
		fprintf(out, "; %" PRIu64 " to the kernel by stall", queue->stalled);
	print_losses(&queue->losses, out);
	fputs("\n", out);
}

static void print_consumer(const struct consumer_view *consumer, FILE *out)
{
	fprintf(out, "\n  %s %s", consumer_words[consumer->kind].noun, consumer->name);
	if (consumer->stall)
		fprintf(out, ", stall %" PRIu32 "ms", consumer->stall);
	else
		fputs(consumer->kind == CONSUMER_DPDK ? "" : ", stall off", out);
	if (consumer->groups)
		fprintf(out, ", %d multicast group%s", consumer->groups,
			consumer->groups == 1 ? "" : "s");
	if (consumer->joined >= 0 && consumer->joined < consumer->groups)
		fprintf(out, ", of which %d are NOT JOINED: load again",
			consumer->groups - consumer->joined);
	fputs("\n", out);
	for (size_t i = 0; i < consumer->count; i++)
		print_queue(&consumer->queues[i], consumer->stall, out);
}

static void print_trial(const struct view *view, FILE *out)
{
	const struct trial *trial = &view->live.trial;

	if (!trial->generation)
		return;
	if (trial->over)
		fprintf(out,
			"  generation %" PRIu32
			" was not confirmed in time and is out; to clear it away: xdivert confirm %s\n",
			trial->generation, view->ifname);
	else
		fprintf(out, "  ON TRIAL: in %u s it is out again, unless: xdivert confirm %s\n",
			trial_seconds_left(trial), view->ifname);
}

void show_text(const struct view *view, FILE *out)
{
	const struct record *record = &view->record;
	const struct live *live = &view->live;
	char since[32] = "?";
	struct tm parts;

	if (localtime_r(&record->time, &parts))
		strftime(since, sizeof(since), "%F %T", &parts);
	fprintf(out, "%s: %s\n", view->ifname, record->policy);
	fprintf(out, "  live since %s: generation %" PRIu32 ", %s, %s, program %" PRIu32 "\n",
		since, live->generation,
		live->place == PLACES ? "mode unknown" : place_names[live->place],
		attach_names[live->kind], live->program);
	if (record->reasons.link[0])
		fprintf(out, "  link, not dispatcher: %s\n", record->reasons.link);
	if (record->reasons.generic[0])
		fprintf(out, "  generic, not native: %s\n", record->reasons.generic);
	if (record->mtu && mtu_asks_for_load(record->mtu, view->device.mtu))
		fprintf(out,
			"  its MTU is %u now, and was %" PRIu32
			" when this was loaded: load again\n",
			view->device.mtu, record->mtu);
	print_trial(view, out);
	print_rules(view, out);
	print_sets(&view->sets, out);
	if (view->steering.wanted)
		fprintf(out, "\n  steering: %zu of %zu rules are in the NIC\n",
			view->steering.there, view->steering.wanted);
	if (view->flows.size)
		print_flows(&view->flows, out);
	for (size_t i = 0; i < view->consumer_count; i++)
		print_consumer(&view->consumers[i], out);
}
