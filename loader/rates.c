// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "rates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Its number in the other policy, most likely the same; 0 with `found` false if it is new. */
static size_t find_rule(const struct view *view, const char *name, size_t number, bool *found)
{
	*found = true;
	if (number <= view->policy->rule_count &&
	    strcmp(policy_rule_name(view->policy, number), name) == 0)
		return number;
	for (size_t i = 1; i <= view->policy->rule_count; i++)
		if (strcmp(policy_rule_name(view->policy, i), name) == 0)
			return i;
	*found = false;
	return 0;
}

/* A count that is less than before began anew: with an unload in between. */
static uint64_t difference(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

static struct xdv_counter subtract(const struct xdv_counter *now, const struct xdv_counter *before)
{
	return (struct xdv_counter){
		.packets = difference(now->packets, before->packets),
		.bytes = difference(now->bytes, before->bytes),
		.fallback = difference(now->fallback, before->fallback),
		.limited = difference(now->limited, before->limited),
	};
}

static struct xdv_counter of_rule(const struct view *before, const struct view *now, size_t number)
{
	static const struct xdv_counter none;
	bool found = true;
	size_t i = number;

	if (number)
		i = find_rule(before, policy_rule_name(now->policy, number), number, &found);
	return subtract(&now->counters[number], found ? &before->counters[i] : &none);
}

static void add_rule(struct rates *rates, const struct xdv_counter *rule, enum action_kind kind)
{
	uint64_t main = difference(rule->packets, rule->limited);

	rates->packets += rule->packets;
	rates->bytes += rule->bytes;
	rates->fallback += rule->fallback;
	if (kind == ACTION_DROP)
		rates->dropped += main;
	if (action_diverts(kind))
		rates->diverted += difference(main, rule->fallback);
}

static uint64_t losses_of(const struct view *view)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < view->consumer_count; i++) {
		for (size_t j = 0; j < view->consumers[i].count; j++) {
			const struct losses *losses = &view->consumers[i].queues[j].losses;

			sum += losses->ring_full + losses->no_frame + losses->too_long +
			       losses->invalid;
		}
	}
	return sum;
}

int rates_between(struct rates *rates, const struct view *before, const struct view *now,
		  double seconds)
{
	size_t count = now->policy->rule_count + 1;
	struct xdv_counter flows = subtract(&now->flows.counter, &before->flows.counter);

	*rates = (struct rates){.seconds = seconds, .rules = calloc(count, sizeof(*rates->rules))};
	if (!rates->rules)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		rates->rules[i] = of_rule(before, now, i);
		add_rule(rates, &rates->rules[i], policy_action(now->policy, i)->kind);
	}
	rates->packets += flows.packets;
	rates->bytes += flows.bytes;
	rates->fallback += flows.fallback;
	rates->lost = difference(losses_of(now), losses_of(before));
	return 0;
}

void rates_free(struct rates *rates)
{
	free(rates->rules);
	rates->rules = NULL;
}

void count_uses(const struct consumer_view *consumer, unsigned int uses[QUEUE_FOREIGN + 1])
{
	memset(uses, 0, (QUEUE_FOREIGN + 1) * sizeof(*uses));
	for (size_t i = 0; i < consumer->count; i++)
		uses[consumer->queues[i].use]++;
}
