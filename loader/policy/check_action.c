// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of actions: from the words behind an arrow to what is done with a packet.
 */
#include "check.h"

#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So that tokens, of which a packet takes a unit's nanoseconds, fit into 64 bits. */
#define LIMIT_RATE_MAX	1000000000
#define LIMIT_BURST_MAX 1000000

#define INTERFACE_NAME_MAX 15 /* IFNAMSIZ, less the zero at the end */

const char *const action_verbs[ACTIONS] = {
	[ACTION_PASS] = "pass", [ACTION_DROP] = "drop",		[ACTION_XSK] = "xsk",
	[ACTION_TX] = "tx",	[ACTION_REDIRECT] = "redirect",
};

const char *action_verb(enum action_kind kind)
{
	return action_verbs[kind];
}

/* The words of an action, of which those before `next` are read. */
struct reader {
	struct policy *policy;
	const struct action *action;
	size_t next;
};

static const struct name *peek(const struct reader *reader)
{
	return reader->next < reader->action->word_count ? &reader->action->words[reader->next]
							 : NULL;
}

static const struct name *take(struct reader *reader)
{
	const struct name *word = peek(reader);

	reader->next += word != NULL;
	return word;
}

static bool find_consumer(struct reader *reader, struct action *action)
{
	struct policy *policy = reader->policy;
	const char **names = arena_alloc(policy->arena, policy->consumer_count * sizeof(*names));

	for (size_t i = 0; i < policy->consumer_count; i++) {
		struct consumer *consumer = policy->consumers[i];

		names[i] = consumer->name.text;
		if (strcmp(names[i], action->target.text) == 0) {
			action->consumer = (unsigned int)i;
			consumer->used = true;
			return true;
		}
	}
	if (policy->consumer_count)
		unknown_name(policy, E_UNKNOWN_CONSUMER, &action->target, "consumer", names,
			     policy->consumer_count);
	else
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_CONSUMER, action->target.where,
				   "there is no consumer `%s`", action->target.text),
			  "declare it: consumer %s { queues all }", action->target.text);
	return false;
}

static bool read_xsk(struct reader *reader, struct action *action)
{
	const struct name *target = take(reader);
	struct diags *diags = &reader->policy->diags;

	if (!target) {
		diag_hint(diags,
			  diag_add(diags, E_UNKNOWN_ACTION, action->verb.where,
				   "`xsk` needs the name of a consumer"),
			  "write: => xsk NAME");
		return false;
	}
	action->target = *target;
	return find_consumer(reader, action);
}

static bool read_tx(struct reader *reader, struct action *action)
{
	const struct name *word = peek(reader);

	action->swap = word && strcmp(word->text, "swap") == 0;
	reader->next += action->swap;
	return true;
}

static bool touches(const struct location *before, const struct location *behind)
{
	return before->end_line == behind->line && before->end_column == behind->column;
}

/* "eth0.100" is several words to the lexer. */
static bool take_interface(struct reader *reader, struct name *name)
{
	const struct name *word = take(reader);
	char text[INTERFACE_NAME_MAX + 2];
	size_t length;

	if (!word)
		return false;
	*name = *word;
	length = (size_t)snprintf(text, sizeof(text), "%s", word->text);
	while ((word = peek(reader)) && touches(&name->where, &word->where)) {
		if (length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s",
						   word->text);
		name->where.end_column = word->where.end_column;
		take(reader);
	}
	name->text = arena_strndup(reader->policy->arena, text, strlen(text));
	return true;
}

static unsigned int interface_number(struct policy *policy, const struct name *name)
{
	for (size_t i = 0; i < policy->interface_count; i++)
		if (strcmp(policy->interfaces[i].text, name->text) == 0)
			return (unsigned int)i;
	*arena_push(policy->arena, &policy->interfaces, policy->interface_count) = *name;
	return (unsigned int)policy->interface_count - 1;
}

/* Whether there is such an interface is known where the policy is loaded. */
static bool read_redirect(struct reader *reader, struct action *action)
{
	struct diags *diags = &reader->policy->diags;

	if (!take_interface(reader, &action->target)) {
		diag_hint(diags,
			  diag_add(diags, E_UNKNOWN_ACTION, action->verb.where,
				   "`redirect` needs the name of an interface"),
			  "write: => redirect NAME; `ip link` lists the interfaces that there are");
		return false;
	}
	if (strlen(action->target.text) > INTERFACE_NAME_MAX) {
		diag_add(diags, E_RANGE, action->target.where,
			 "an interface's name has at most %d characters", INTERFACE_NAME_MAX);
		return false;
	}
	action->interface = interface_number(reader->policy, &action->target);
	return true;
}

/* A decimal or hexadecimal number; says what is wrong if it is not one, or too great. */
static bool take_number(struct reader *reader, const struct name *owner, uint32_t min, uint32_t max,
			uint32_t *number)
{
	struct diags *diags = &reader->policy->diags;
	const struct name *word = take(reader);
	unsigned long long value;
	char *end;

	if (!word) {
		diag_add(diags, E_SYNTAX, owner->where, "`%s` needs a number", owner->text);
		return false;
	}
	value = strtoull(word->text, &end, 0);
	if (end == word->text || *end) {
		diag_add(diags, E_SYNTAX, word->where, "`%s` takes a number, not `%s`", owner->text,
			 word->text);
		return false;
	}
	if (value < min || value > max) {
		diag_add(diags, E_RANGE, word->where, "`%s` takes a number from %u to %u, not %s",
			 owner->text, min, max, word->text);
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool read_mark(struct reader *reader, const struct name *word, struct action *action)
{
	if (action->has_mark) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `mark`");
		return false;
	}
	action->has_mark = true;
	return take_number(reader, word, 0, UINT32_MAX, &action->mark);
}

static bool read_verb(struct reader *reader, struct action *action);
static bool is_prefix(const struct name *word);

/* The word has to be there; `example` shows the whole of it. */
static bool take_word(struct reader *reader, const char *wanted, const char *example)
{
	const struct name *word = take(reader), *last = &reader->action->words[reader->next - 1];
	struct diags *diags = &reader->policy->diags;

	if (word && strcmp(word->text, wanted) == 0)
		return true;
	if (word)
		diag_hint(diags,
			  diag_add(diags, E_SYNTAX, word->where, "unexpected `%s`, expected `%s`",
				   word->text, wanted),
			  "write: %s", example);
	else
		diag_hint(diags,
			  diag_add(diags, E_SYNTAX, last->where, "`%s` is missing behind `%s`",
				   wanted, last->text),
			  "write: %s", example);
	return false;
}

#define LIMIT_EXAMPLE "limit 1000/s burst 100 else drop xsk NAME"

static bool take_unit(struct reader *reader, struct limit *limit)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
	const struct name *word;

	if (!take_word(reader, "/", LIMIT_EXAMPLE))
		return false;
	word = take(reader);
	for (size_t i = 0; word && i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, word->text) != 0)
			continue;
		limit->unit_text = units[i].name;
		limit->unit = units[i].seconds * 1000000000;
		return true;
	}
	if (!word)
		word = &reader->action->words[reader->next - 1];
	diag_hint(&reader->policy->diags,
		  diag_add(&reader->policy->diags, E_SYNTAX, word->where,
			   "a rate is by `s`, `min` or `h`"),
		  "write: " LIMIT_EXAMPLE);
	return false;
}

static bool read_otherwise(struct reader *reader, struct action *action)
{
	const struct name *word, *before = &reader->action->words[reader->next - 1];

	while ((word = peek(reader)) && strcmp(word->text, "mark") == 0) {
		take(reader);
		if (!read_mark(reader, word, action))
			return false;
	}
	if (word && is_prefix(word)) {
		diag_add(&reader->policy->diags, E_SYNTAX, word->where,
			 "`%s` can't stand behind `else`", word->text);
		return false;
	}
	if (word)
		return read_verb(reader, action);
	diag_hint(&reader->policy->diags,
		  diag_add(&reader->policy->diags, E_SYNTAX, before->where,
			   "an action is missing behind `%s`", before->text),
		  "write: " LIMIT_EXAMPLE);
	return false;
}

static bool read_limit(struct reader *reader, const struct name *word, struct action *action)
{
	static const struct name burst = {.text = "burst"};
	struct limit *limit = arena_alloc(reader->policy->arena, sizeof(*limit));
	struct name owner = burst;

	if (action->limit) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `limit`");
		return false;
	}
	if (!take_number(reader, word, 1, LIMIT_RATE_MAX, &limit->rate) ||
	    !take_unit(reader, limit) || !take_word(reader, "burst", LIMIT_EXAMPLE))
		return false;
	owner.where = reader->action->words[reader->next - 1].where;
	if (!take_number(reader, &owner, 1, LIMIT_BURST_MAX, &limit->burst) ||
	    !take_word(reader, "else", LIMIT_EXAMPLE) || !read_otherwise(reader, &limit->otherwise))
		return false;
	action->limit = limit;
	return true;
}

#define SAMPLE_EXAMPLE "sample 1/1000 xsk NAME"

static bool read_sample(struct reader *reader, const struct name *word, struct action *action)
{
	uint32_t one;

	if (action->sample) {
		diag_add(&reader->policy->diags, E_DUPLICATE, word->where, "a second `sample`");
		return false;
	}
	return take_number(reader, word, 1, 1, &one) && take_word(reader, "/", SAMPLE_EXAMPLE) &&
	       take_number(reader, word, 1, UINT32_MAX, &action->sample);
}

/* What can stand in front of a verb. */
static const struct {
	const char *word;
	bool (*read)(struct reader *reader, const struct name *word, struct action *action);
} prefixes[] = {
	{"mark", read_mark},
	{"limit", read_limit},
	{"sample", read_sample},
};

#define PREFIXES (sizeof(prefixes) / sizeof(*prefixes))

static size_t find_prefix(const struct name *word)
{
	size_t i = 0;

	while (i < PREFIXES && strcmp(prefixes[i].word, word->text) != 0)
		i++;
	return i;
}

static bool is_prefix(const struct name *word)
{
	return find_prefix(word) < PREFIXES;
}

static bool read_prefixes(struct reader *reader, struct action *action)
{
	const struct name *word;
	size_t i;

	while ((word = peek(reader)) && (i = find_prefix(word)) < PREFIXES) {
		take(reader);
		if (!prefixes[i].read(reader, word, action))
			return false;
	}
	if (word)
		return true;
	word = &reader->action->words[reader->action->word_count - 1];
	diag_hint(&reader->policy->diags,
		  action->limit
			  ? diag_add(&reader->policy->diags, E_UNKNOWN_ACTION, word->where,
				     "no action for packets within the limit behind `else %s`",
				     action->limit->otherwise.verb.text)
			  : diag_add(&reader->policy->diags, E_UNKNOWN_ACTION, word->where,
				     "no action behind `%s`", reader->action->words[0].text),
		  "it stands in front of one: => %s",
		  action->limit	   ? LIMIT_EXAMPLE
		  : action->sample ? SAMPLE_EXAMPLE
				   : "mark 7 xsk NAME");
	return false;
}

/* What follows each verb; NULL: nothing does. */
static bool (*const read_rest[ACTIONS])(struct reader *reader, struct action *action) = {
	[ACTION_XSK] = read_xsk,
	[ACTION_TX] = read_tx,
	[ACTION_REDIRECT] = read_redirect,
};

static void unknown_action(struct reader *reader, const struct name *verb)
{
	const char *names[ACTIONS + PREFIXES];

	memcpy(names, action_verbs, sizeof(action_verbs));
	for (size_t i = 0; i < PREFIXES; i++)
		names[ACTIONS + i] = prefixes[i].word;
	unknown_name(reader->policy, E_UNKNOWN_ACTION, verb, "action", names, ACTIONS + PREFIXES);
}

static bool read_verb(struct reader *reader, struct action *action)
{
	action->verb = *take(reader);
	for (int kind = 0; kind < ACTIONS; kind++) {
		if (strcmp(action_verbs[kind], action->verb.text) != 0)
			continue;
		action->kind = (enum action_kind)kind;
		return !read_rest[kind] || read_rest[kind](reader, action);
	}
	unknown_action(reader, &action->verb);
	return false;
}

static void refuse_rest(struct reader *reader, const struct action *action)
{
	const struct name *word = peek(reader);
	struct diags *diags = &reader->policy->diags;

	if (!word)
		return;
	if (is_prefix(word))
		diag_hint(diags,
			  diag_add(diags, E_SYNTAX, word->where, "unexpected `%s` behind `%s`",
				   word->text, action->verb.text),
			  "`%s` stands in front of the action", word->text);
	else if (action->kind == ACTION_TX)
		diag_hint(
			diags,
			diag_add(diags, E_UNKNOWN_ACTION, word->where,
				 "`tx` takes `swap` or nothing, not `%s`", word->text),
			"`tx swap` exchanges the Ethernet addresses, `tx` sends the frame as it is");
	else if (action->target.text)
		diag_add(diags, E_SYNTAX, word->where, "unexpected `%s` behind `%s %s`", word->text,
			 action->verb.text, action->target.text);
	else
		diag_add(diags, E_UNKNOWN_ACTION, word->where, "`%s` takes no name",
			 action->verb.text);
}

/* A mark is in the metadata of a diverted packet, and nowhere else. */
static void mark_check(struct policy *policy, const struct action *action)
{
	if (action->kind != ACTION_XSK)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_ACTION, action->verb.where,
				   "`mark` tells a consumer, and `%s` hands the packet to none",
				   action->verb.text),
			  "marks go with `xsk`");
	else if (!policy->consumers[action->consumer]->metadata)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_ACTION, action->verb.where,
				   "consumer `%s` has `metadata off`, and would not see the mark",
				   action->target.text),
			  "leave that option away");
}

void action_check(struct policy *policy, struct action *action)
{
	struct reader reader = {.policy = policy, .action = action};

	if (!read_prefixes(&reader, action) || !read_verb(&reader, action))
		return;
	refuse_rest(&reader, action);
	if (action->has_mark)
		mark_check(policy, action);
	if (action->limit && action->limit->otherwise.has_mark)
		mark_check(policy, &action->limit->otherwise);
}

const struct action *policy_action(const struct policy *policy, size_t number)
{
	return number && number <= policy->rule_count ? &policy->rules[number - 1]->action
						      : &policy->default_action;
}

bool policy_has_samples(const struct policy *policy)
{
	for (size_t i = 0; i <= policy->rule_count; i++)
		if (policy_action(policy, i)->sample)
			return true;
	return false;
}

bool policy_has_action(const struct policy *policy, enum action_kind kind)
{
	for (size_t i = 0; i <= policy->rule_count; i++) {
		const struct action *action = policy_action(policy, i);

		if (action->kind == kind ||
		    (action->limit && action->limit->otherwise.kind == kind))
			return true;
	}
	return false;
}

char *action_format(char *buffer, size_t size, const struct action *action)
{
	char limit[ACTION_TEXT] = "", otherwise[ACTION_TEXT / 2];
	char mark[24] = "", sample[24] = "";

	if (action->sample)
		snprintf(sample, sizeof(sample), "sample 1/%u ", action->sample);

	if (action->has_mark)
		snprintf(mark, sizeof(mark), "mark %u ", action->mark);
	if (action->limit)
		snprintf(limit, sizeof(limit), "limit %u/%s burst %u else %s ", action->limit->rate,
			 action->limit->unit_text, action->limit->burst,
			 action_format(otherwise, sizeof(otherwise), &action->limit->otherwise));
	snprintf(buffer, size, "%s%s%s%s%s%s%s", sample, limit, mark, action_verb(action->kind),
		 action->target.text ? " " : "", action->target.text ? action->target.text : "",
		 action->swap ? " swap" : "");
	return buffer;
}
