// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of consumers: their names and options.
 */
#include "check.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Consumers have directories in bpffs that are called like them. */
#define CONSUMER_NAME_MAX 31

#define STALL_DEFAULT 100 /* milliseconds */
#define STALL_MAX     60000

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

static const struct {
	const char *name;
	void (*read)(struct policy *policy, struct consumer *consumer, const struct option *option);
} options[] = {
	{"queues", read_queues},
	{"metadata", read_metadata},
	{"stall", read_stall},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void option_check(struct policy *policy, struct consumer *consumer,
			 const struct option *option)
{
	const char *names[OPTIONS];

	for (size_t i = 0; i < OPTIONS; i++) {
		names[i] = options[i].name;
		if (strcmp(names[i], option->name.text) == 0) {
			options[i].read(policy, consumer, option);
			return;
		}
	}
	unknown_name(policy, E_UNKNOWN_OPTION, &option->name, "option of consumers", names,
		     OPTIONS);
}

void consumer_check(struct policy *policy, struct consumer *consumer)
{
	if (strlen(consumer->name.text) > CONSUMER_NAME_MAX)
		diag_add(&policy->diags, E_RANGE, consumer->name.where,
			 "a consumer's name has at most %d characters", CONSUMER_NAME_MAX);
	consumer->metadata = true;
	consumer->stall = STALL_DEFAULT;
	for (size_t i = 0; i < consumer->option_count; i++) {
		const struct option *option = &consumer->options[i];

		option_check(policy, consumer, option);
		for (size_t j = 0; j < i; j++)
			if (strcmp(option->name.text, consumer->options[j].name.text) == 0)
				diag_add(&policy->diags, E_DUPLICATE, option->name.where,
					 "a second `%s`", option->name.text);
	}
}
