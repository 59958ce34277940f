// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of actions: from the words behind an arrow to what is done with a packet.
 */
#include "check_action.h"

#include "arena.h"

#include <stdio.h>
#include <string.h>

#define INTERFACE_NAME_MAX 15 /* IFNAMSIZ, less the zero at the end */

static enum consumer_kind kind_for(const struct action *action)
{
	int kind = CONSUMER_XSK;

	while (consumer_words[kind].action != action->kind)
		kind++;
	return (enum consumer_kind)kind;
}

/* The verb must say what the target is: who reads a rule sees where its packets go. */
static bool suits_verb(struct reader *reader, const struct action *action,
		       const struct consumer *consumer)
{
	const struct consumer_words *words = &consumer_words[consumer->kind];

	if (consumer->broken || words->action == action->kind)
		return !consumer->broken;
	diag_hint(&reader->policy->diags,
		  diag_add(&reader->policy->diags, E_TYPE, action->target.where,
			   "`%s` is a %s, and `%s` hands packets to a %s", consumer->name.text,
			   words->noun, action->verb.text, consumer_words[kind_for(action)].noun),
		  "write: => %s %s", action_verb(words->action), consumer->name.text);
	return false;
}

static bool is_volume(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->volume_count; i++)
		if (strcmp(policy->volumes[i]->name.text, name) == 0)
			return true;
	return false;
}

static bool find_consumer(struct reader *reader, struct action *action)
{
	const struct consumer_words *words = &consumer_words[kind_for(action)];
	struct policy *policy = reader->policy;
	const char **names = arena_alloc(policy->arena, policy->consumer_count * sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < policy->consumer_count; i++) {
		struct consumer *consumer = policy->consumers[i];

		if (strcmp(consumer->name.text, action->target.text) == 0) {
			action->consumer = (unsigned int)i;
			consumer->used = true;
			return suits_verb(reader, action, consumer);
		}
		if (consumer->kind == kind_for(action))
			names[count++] = consumer->name.text;
	}
	if (is_volume(policy, action->target.text))
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TYPE, action->target.where,
				   "storage target `%s` is for NBD clients, and takes no packets",
				   action->target.text),
			  "NBD is TCP, and stays with the kernel: => pass");
	else if (count)
		unknown_name(policy, E_UNKNOWN_CONSUMER, &action->target, words->noun, names,
			     count);
	else
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_CONSUMER, action->target.where,
				   "there is no %s `%s`", words->noun, action->target.text),
			  "declare it: %s %s%s { queues all }", words->statement,
			  action->target.text, words->kind);
	return false;
}

static bool read_divert(struct reader *reader, struct action *action)
{
	const struct name *target = take(reader);
	struct diags *diags = &reader->policy->diags;

	if (!target) {
		diag_hint(diags,
			  diag_add(diags, E_UNKNOWN_ACTION, action->verb.where,
				   "`%s` needs the name of a %s", action->verb.text,
				   consumer_words[kind_for(action)].noun),
			  "write: => %s NAME", action->verb.text);
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

/* What follows each verb; NULL: nothing does. */
static bool (*const read_rest[ACTIONS])(struct reader *reader, struct action *action) = {
	[ACTION_XSK] = read_divert,	   [ACTION_TX] = read_tx,
	[ACTION_REDIRECT] = read_redirect, [ACTION_DPDK] = read_divert,
	[ACTION_STORAGE] = read_divert,
};

static void unknown_action(struct reader *reader, const struct name *verb)
{
	const char *names[ACTIONS + PREFIXES];

	memcpy(names, action_verbs, sizeof(action_verbs));
	for (size_t i = 0; i < PREFIXES; i++)
		names[ACTIONS + i] = prefix_words[i];
	unknown_name(reader->policy, E_UNKNOWN_ACTION, verb, "action", names, ACTIONS + PREFIXES);
}

bool read_verb(struct reader *reader, struct action *action)
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
