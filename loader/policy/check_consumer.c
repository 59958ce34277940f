// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of consumers and targets: their names, kinds and options.
 */
#include "check_storage.h"

#include "arena.h"
#include "bpf/abi.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Consumers have directories in bpffs that are called like them. */
#define CONSUMER_NAME_MAX 31

#define STALL_DEFAULT 100 /* milliseconds */
#define STALL_MAX     60000
#define STEER_MAX     4095

static void takes(struct policy *policy, const struct option *option, const char *what)
{
	diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where, "`%s` takes %s",
		 option->name.text, what);
}

/* The only word of an option, "" if there is none or more than one. */
static const char *only_word(const struct option *option)
{
	return option->count == 1 ? option->words[0].text : "";
}

static void read_queues(struct policy *policy, struct consumer *consumer,
			const struct option *option)
{
	(void)consumer;
	if (strcmp(only_word(option), "all") != 0)
		takes(policy, option, "all");
}

static void read_metadata(struct policy *policy, struct consumer *consumer,
			  const struct option *option)
{
	consumer->metadata = strcmp(only_word(option), "on") == 0;
	if (!consumer->metadata && strcmp(only_word(option), "off") != 0)
		takes(policy, option, "on or off");
}

/* In milliseconds, ULLONG_MAX if it is too long to say. False: it is no time in ms or s. */
static bool parse_time(const char *word, unsigned long long *time)
{
	char *unit;

	if (!isdigit((unsigned char)*word))
		return false;
	*time = strtoull(word, &unit, 10);
	if (strcmp(unit, "s") == 0) {
		*time = *time > ULLONG_MAX / 1000 ? ULLONG_MAX : *time * 1000;
		return true;
	}
	return strcmp(unit, "ms") == 0;
}

static void read_stall(struct policy *policy, struct consumer *consumer,
		       const struct option *option)
{
	unsigned long long time;

	consumer->stall = 0;
	if (strcmp(only_word(option), "off") == 0)
		return;
	if (!parse_time(only_word(option), &time))
		takes(policy, option, "a time in ms or s, such as 100ms, or off");
	else if (time && time <= STALL_MAX)
		consumer->stall = (uint32_t)time;
	else
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_RANGE, option->words[0].where,
				   "`stall` is from 1ms to %us", STALL_MAX / 1000),
			  "`stall off` takes no consumer for hung");
}

static void read_fanout(struct policy *policy, struct consumer *consumer,
			const struct option *option)
{
	const char *kind = option->count == 2 ? option->words[0].text : "", *number;
	unsigned long count;
	char *end;

	if (strcmp(kind, "flow") != 0) {
		takes(policy, option, "flow, and how many sockets: fanout flow 4");
		return;
	}
	number = option->words[1].text;
	count = isdigit((unsigned char)*number) ? strtoul(number, &end, 10) : 0;
	if (count && !*end && count <= XDV_FANOUT_MAX)
		consumer->fanout = (uint32_t)count;
	else
		diag_add(&policy->diags, E_RANGE, option->words[1].where,
			 "`fanout flow` takes from 1 to %d sockets on each queue", XDV_FANOUT_MAX);
}

/* Who that is, is known where the policy is live, and may change: it is looked up then. */
static void read_allow(struct policy *policy, struct consumer *consumer,
		       const struct option *option)
{
	const char *kind = option->count == 2 ? option->words[0].text : "";
	struct allow *allow;

	if (strcmp(kind, "user") != 0 && strcmp(kind, "group") != 0) {
		takes(policy, option, "user or group, and its name or number");
		return;
	}
	allow = arena_push(policy->arena, &consumer->allow, consumer->allow_count);
	*allow = (struct allow){strcmp(kind, "group") == 0, option->words[1]};
}

/* How many queues there are is known where the policy is loaded. */
static void read_steer(struct policy *policy, struct consumer *consumer,
		       const struct option *option)
{
	const char *word = only_word(option);
	unsigned long queue;
	char *end;

	queue = strtoul(word, &end, 10);
	if (!isdigit((unsigned char)*word) || *end)
		takes(policy, option, "the number of a receive queue, from 0 on");
	else if (queue > STEER_MAX)
		diag_add(&policy->diags, E_RANGE, option->words[0].where,
			 "`steer` takes a queue from 0 to %d", STEER_MAX);
	consumer->steers = true;
	consumer->steer = (uint32_t)queue;
}

/* DPDK wants frames as they were on the wire, and does not say that it receives. */
static const struct {
	const char *name;
	bool kinds[CONSUMER_KINDS]; /* who has it */
	bool repeats; /* more than one is no mistake */
	void (*read)(struct policy *policy, struct consumer *consumer, const struct option *option);
} options[] = {
	{"queues", {true, true, true}, false, read_queues},
	{"metadata", {[CONSUMER_XSK] = true}, false, read_metadata},
	{"stall", {[CONSUMER_XSK] = true, [CONSUMER_STORAGE] = true}, false, read_stall},
	{"fanout", {[CONSUMER_XSK] = true}, false, read_fanout},
	{"allow", {[CONSUMER_XSK] = true}, true, read_allow},
	{"join", {[CONSUMER_XSK] = true, [CONSUMER_DPDK] = true}, true, read_join},
	{"steer", {[CONSUMER_XSK] = true, [CONSUMER_DPDK] = true}, false, read_steer},
	{"backend", {[CONSUMER_STORAGE] = true}, false, storage_read_backend},
	{"nbd", {[CONSUMER_STORAGE] = true}, false, storage_read_nbd},
	{"aoe", {[CONSUMER_STORAGE] = true}, false, storage_read_aoe},
	{"read-only", {[CONSUMER_STORAGE] = true}, false, storage_read_only},
	{"cached", {[CONSUMER_STORAGE] = true}, false, storage_read_cached},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void option_check(struct policy *policy, struct consumer *consumer,
			 const struct option *option)
{
	const char *names[OPTIONS];
	size_t count = 0;
	char what[40];

	for (size_t i = 0; i < OPTIONS; i++) {
		if (!options[i].kinds[consumer->kind])
			continue;
		names[count++] = options[i].name;
		if (strcmp(options[i].name, option->name.text) == 0) {
			options[i].read(policy, consumer, option);
			return;
		}
	}
	snprintf(what, sizeof(what), "option of %ss", consumer_words[consumer->kind].noun);
	unknown_name(policy, E_UNKNOWN_OPTION, &option->name, what, names, count);
}

static void kind_check(struct policy *policy, struct consumer *consumer)
{
	const char *names[] = {consumer_words[CONSUMER_DPDK].name,
			       consumer_words[CONSUMER_STORAGE].name};

	if (!consumer->kind_name.text)
		return;
	for (int kind = CONSUMER_DPDK; kind < CONSUMER_KINDS; kind++) {
		if (strcmp(consumer->kind_name.text, consumer_words[kind].name) != 0)
			continue;
		consumer->kind = (enum consumer_kind)kind;
		return;
	}
	consumer->broken = true;
	if (strcmp(consumer->kind_name.text, consumer_words[CONSUMER_XSK].name) == 0)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, consumer->kind_name.where,
				   "a target is of kind dpdk or storage, not `xsk`"),
			  "`xsk` hands packets to a consumer: consumer %s { queues all }",
			  consumer->name.text);
	else
		unknown_name(policy, E_UNKNOWN_OPTION, &consumer->kind_name, "kind of target",
			     names, sizeof(names) / sizeof(*names));
}

static bool may_repeat(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].repeats;
	return false;
}

void consumer_check(struct policy *policy, struct consumer *consumer)
{
	if (strlen(consumer->name.text) > CONSUMER_NAME_MAX)
		diag_add(&policy->diags, E_RANGE, consumer->name.where,
			 "a consumer's name has at most %d characters", CONSUMER_NAME_MAX);
	kind_check(policy, consumer);
	if (consumer->broken)
		return;
	consumer->metadata = consumer->kind != CONSUMER_DPDK;
	consumer->stall = consumer->kind == CONSUMER_DPDK ? 0 : STALL_DEFAULT;
	consumer->fanout = 1;
	for (size_t i = 0; i < consumer->option_count; i++) {
		const struct option *option = &consumer->options[i];

		option_check(policy, consumer, option);
		for (size_t j = 0; j < i; j++)
			if (strcmp(option->name.text, consumer->options[j].name.text) == 0 &&
			    !may_repeat(option->name.text))
				diag_add(&policy->diags, E_DUPLICATE, option->name.where,
					 "a second `%s`", option->name.text);
	}
	storage_check(policy, consumer);
}

/* Its map has the one name by which DPDK, and any libxdp application, finds a map to join. */
void dpdk_target_first(struct policy *policy)
{
	struct consumer **list = policy->consumers, *first;
	size_t i = 0;

	while (i < policy->consumer_count && list[i]->kind != CONSUMER_DPDK)
		i++;
	if (i == policy->consumer_count)
		return;
	first = list[i];
	memmove(list + 1, list, i * sizeof(*list));
	list[0] = first;
}
