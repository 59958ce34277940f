// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert watch: a line for each second, for logs and for eyes.
 */
#include "command.h"
#include "fail.h"
#include "live/privileges.h"
#include "output.h"
#include "rates.h"
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INTERVAL_MIN 0.1
#define INTERVAL_MAX 3600.0

static const char *const use_words[] = {
	[QUEUE_EMPTY] = "empty",
	[QUEUE_SERVED] = "served",
	[QUEUE_STALLED] = "stalled",
	[QUEUE_FOREIGN] = "foreign",
};

static uint64_t per_second(const struct rates *rates, uint64_t count)
{
	return (uint64_t)llround((double)count / rates->seconds);
}

static void print_consumer(const struct consumer_view *consumer)
{
	unsigned int uses[QUEUE_FOREIGN + 1];

	printf("  %s", consumer->name);
	count_uses(consumer, uses);
	for (size_t i = 0; i <= QUEUE_FOREIGN; i++)
		if (uses[i])
			printf(" %u %s", uses[i], use_words[i]);
}

static void print_line(const struct view *view, const struct rates *rates)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(clock, sizeof(clock), "%T", &parts);
	printf("%s  %" PRIu64 " packets/s  %.1f Mbit/s  diverted %" PRIu64 "/s  to kernel %" PRIu64
	       "/s  dropped %" PRIu64 "/s  lost %" PRIu64 "/s",
	       clock, per_second(rates, rates->packets),
	       (double)rates->bytes * 8 / rates->seconds / 1e6, per_second(rates, rates->diverted),
	       per_second(rates, rates->fallback), per_second(rates, rates->dropped),
	       per_second(rates, rates->lost));
	for (size_t i = 0; i < view->consumer_count; i++)
		print_consumer(&view->consumers[i]);
	putchar('\n');
}

static json_t *consumers_json(const struct view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->consumer_count; i++) {
		unsigned int uses[QUEUE_FOREIGN + 1];
		json_t *one = json_pack("{s:s}", "name", view->consumers[i].name);

		count_uses(&view->consumers[i], uses);
		for (size_t j = 0; j <= QUEUE_FOREIGN; j++)
			json_object_set_new(one, use_words[j], json_integer(uses[j]));
		json_array_append_new(list, one);
	}
	return list;
}

/* Those that met a packet. */
static json_t *rules_json(const struct view *view, const struct rates *rates)
{
	json_t *list = json_array();

	for (size_t i = 0; i <= view->policy->rule_count; i++) {
		const struct xdv_counter *rule = &rates->rules[i];

		if (rule->packets)
			json_array_append_new(
				list,
				json_pack("{s:s, s:I, s:I}", "name",
					  policy_rule_name(view->policy, i), "packets",
					  (json_int_t)per_second(rates, rule->packets), "bytes",
					  (json_int_t)per_second(rates, rule->bytes)));
	}
	return list;
}

static void print_json_line(const struct view *view, const struct rates *rates)
{
	json_t *line = json_pack("{s:I, s:f, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
				 "time", (json_int_t)time(NULL), "seconds", rates->seconds,
				 "interface", view->ifname, "generation",
				 (json_int_t)view->live.generation, "packets",
				 (json_int_t)per_second(rates, rates->packets), "bytes",
				 (json_int_t)per_second(rates, rates->bytes), "diverted",
				 (json_int_t)per_second(rates, rates->diverted), "to_kernel",
				 (json_int_t)per_second(rates, rates->fallback), "dropped",
				 (json_int_t)per_second(rates, rates->dropped), "lost",
				 (json_int_t)per_second(rates, rates->lost), "rules",
				 rules_json(view, rates), "consumers", consumers_json(view));

	json_dumpf(line, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(line);
}

static void pause_until(double end)
{
	struct timespec time = {.tv_sec = (time_t)end, .tv_nsec = (long)((end - floor(end)) * 1e9)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

/* One interval; `before` becomes what is seen at its end. */
static int watch_once(struct view *before, double *since, double end, bool json,
		      struct xdv_error *error)
{
	struct rates rates;
	struct view now;
	double time;
	int err;

	pause_until(end);
	err = view_read(&now, before->ifname, error);
	if (err)
		return err;
	time = seconds_now();
	err = rates_between(&rates, before, &now, time - *since);
	if (!err && json)
		print_json_line(&now, &rates);
	else if (!err)
		print_line(&now, &rates);
	rates_free(&rates);
	view_free(before);
	*before = now;
	*since = time;
	return err ? fail(error, err, "%s: %s", now.ifname, strerror(-err)) : 0;
}

static enum status watch(const char *ifname, double interval, unsigned long count, bool json)
{
	double start = seconds_now(), since = start;
	struct xdv_error error;
	struct view view;
	int err = view_read(&view, ifname, &error);

	if (err)
		return report(&error);
	for (unsigned long i = 1; !err && (!count || i <= count) && !ferror(stdout); i++) {
		err = watch_once(&view, &since, start + (double)i * interval, json, &error);
		fflush(stdout);
	}
	view_free(&view);
	return err ? report(&error) : STATUS_DONE;
}

static enum status bad_number(const char *option, const char *expected, const char *found)
{
	struct xdv_error error;

	fail(&error, -EINVAL, "--%s: expected %s, found '%s'", option, expected, found);
	return report_as(STATUS_USAGE, &error);
}

enum status cmd_watch(const struct arguments *arguments)
{
	const char *interval = option_value(arguments, "interval");
	const char *count = option_value(arguments, "count");
	double seconds = 1;
	unsigned long lines = 0;
	struct xdv_error error;
	char *end;

	if (interval) {
		seconds = strtod(interval, &end);
		if (*end || end == interval ||
		    !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
			return bad_number("interval", "0.1 to 3600 seconds", interval);
	}
	if (count) {
		lines = strtoul(count, &end, 10);
		if (*end || end == count || !lines || *count == '-')
			return bad_number("count", "a number of lines", count);
	}
	if (privileges_check_loaded(arguments->list[0], "see what is live", &error))
		return report(&error);
	return watch(arguments->list[0], seconds, lines, arguments->json);
}
