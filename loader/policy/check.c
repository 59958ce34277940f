// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker: names; consumers, actions, values and conditions are its other files' work.
 */
#include "check_storage.h"

#include "arena.h"
#include "packet/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_NAME_MAX 63

struct set_index {
	struct set **sorted;
	const char **names; /* in the same order */
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	const struct name *one = *(const struct name *const *)a;
	const struct name *two = *(const struct name *const *)b;
	int order = strcmp(one->text, two->text);

	return order ? order : location_compare(&one->where, &two->where);
}

const char *place_text(struct policy *policy, const struct location *place,
		       const struct location *from)
{
	if (place->source == from->source)
		return arena_printf(policy->arena, "line %u", place->line);
	return arena_printf(policy->arena, "%s, line %u", source_file(&policy->sources, place),
			    place->line);
}

/*
 * Sorts pointers to things whose first member is their `struct name`, and reports names that are
 * given twice.
 */
static void *sort_names(struct policy *policy, void *list, size_t count, const char *what)
{
	struct name **names = arena_alloc(policy->arena, count * sizeof(*names));

	if (count)
		memcpy(names, list, count * sizeof(*names));
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i]->text, names[i - 1]->text) == 0)
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_DUPLICATE, names[i]->where,
					   "a second %s `%s`", what, names[i]->text),
				  "the first is in %s",
				  place_text(policy, &names[i - 1]->where, &names[i]->where));
	return names;
}

_Static_assert(offsetof(struct set, name) == 0 && offsetof(struct consumer, name) == 0 &&
		       offsetof(struct rule, name) == 0,
	       "sort_names() takes them for their names");

static struct set_index index_sets(struct policy *policy)
{
	struct set_index index = {.count = policy->set_count};

	index.sorted = sort_names(policy, policy->sets, policy->set_count, "set");
	index.names = arena_alloc(policy->arena, index.count * sizeof(*index.names));
	for (size_t i = 0; i < index.count; i++)
		index.names[i] = index.sorted[i]->name.text;
	return index;
}

static int name_matches(const void *key, const void *entry)
{
	return strcmp(key, (*(const struct set *const *)entry)->name.text);
}

struct set *set_lookup(const struct set_index *sets, const char *name)
{
	struct set **found = NULL;

	if (sets->count)
		found = bsearch(name, sets->sorted, sets->count, sizeof(*found), name_matches);
	return found ? *found : NULL;
}

const char *const *set_names(const struct set_index *sets, size_t *count)
{
	*count = sets->count;
	return sets->names;
}

static void rule_check(struct policy *policy, const struct set_index *sets, struct rule *rule)
{
	size_t errors = policy->diags.errors;

	if (strlen(rule->name.text) > RULE_NAME_MAX)
		diag_add(&policy->diags, E_RANGE, rule->name.where,
			 "a rule's name has at most %d characters", RULE_NAME_MAX);
	for (int kind = 0; kind < ACTIONS; kind++)
		if (strcmp(rule->name.text, action_verbs[kind]) == 0)
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_DUPLICATE, rule->name.where,
					   "`%s` is an action and can't name a rule",
					   rule->name.text),
				  "tests name a rule or an action, and must tell which");
	expr_check(policy, sets, rule, rule->match);
	rule->broken |= policy->diags.errors != errors;
	action_check(policy, &rule->action);
}

static void expected_check(struct policy *policy, const struct name *expected)
{
	const char **names;

	if (strcmp(expected->text, "default") == 0 || policy_rule_number(policy, expected->text) ||
	    policy->broken_rules)
		return;
	names = arena_alloc(policy->arena, (policy->rule_count + ACTIONS) * sizeof(*names));
	for (int kind = 0; kind < ACTIONS; kind++) {
		names[kind] = action_verb(kind);
		if (strcmp(expected->text, names[kind]) == 0)
			return;
	}
	for (size_t i = 0; i < policy->rule_count; i++)
		names[ACTIONS + i] = policy->rules[i]->name.text;
	unknown_name(policy, E_UNKNOWN_RULE, expected, "rule or action", names,
		     policy->rule_count + ACTIONS);
}

static void test_check(struct policy *policy, const struct policy_test *test)
{
	struct location where = test->packet_where;
	struct packet_text_error error;
	struct packet_bytes packet;
	struct diag *diag;

	expected_check(policy, &test->expected);
	if (!packet_from_text(&packet, test->packet, &error))
		return;
	where.column += (unsigned int)error.offset;
	where.end_column = where.column + (unsigned int)(error.length ? error.length : 1);
	diag = diag_add(&policy->diags, E_PACKET, where, "%s", error.message);
	if (*error.hint)
		diag_hint(&policy->diags, diag, "%s", error.hint);
}

static void unused_check(struct policy *policy)
{
	for (size_t i = 0; i < policy->set_count; i++)
		if (!policy->sets[i]->used)
			diag_add(&policy->diags, W_UNUSED, policy->sets[i]->name.where,
				 "no rule uses set @%s", policy->sets[i]->name.text);
	for (size_t i = 0; i < policy->consumer_count; i++)
		/* flows may divert to any */
		if (!policy->consumers[i]->used && !policy->flows &&
		    !storage_is_served(policy, policy->consumers[i]))
			diag_add(&policy->diags, W_UNUSED, policy->consumers[i]->name.where,
				 "no rule diverts to %s `%s`",
				 consumer_words[policy->consumers[i]->kind].noun,
				 policy->consumers[i]->name.text);
}

/* As of a command that failed in front of a pipe: not a reason to take a live policy away. */
static void says_nothing(struct policy *policy)
{
	diag_hint(&policy->diags,
		  diag_add(&policy->diags, E_SYNTAX, (struct location){1, 1, 1, 2, 0},
			   "the policy says nothing"),
		  "`default pass` is the policy that leaves all packets to the kernel");
}

static void on_exit_check(struct policy *policy)
{
	static const char *const words[] = {"keep", "unload"};

	policy->unload_on_exit = strcmp(policy->on_exit.text, words[1]) == 0;
	if (!policy->unload_on_exit && strcmp(policy->on_exit.text, words[0]) != 0)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, policy->on_exit.where,
				   "`on-exit` takes keep or unload, not `%s`",
				   policy->on_exit.text),
			  "what becomes of the policy when `xdivert run` ends");
}

void policy_check(struct policy *policy)
{
	struct set_index sets;

	if (policy->incomplete) /* what is missing may be what the rest speaks of */
		return;
	sets = index_sets(policy);
	sort_names(policy, policy->consumers, policy->consumer_count, "consumer or target");
	sort_names(policy, policy->rules, policy->rule_count, "rule");
	for (size_t i = 0; i < policy->set_count; i++)
		set_check(policy, policy->sets[i]);
	for (size_t i = 0; i < policy->consumer_count; i++)
		consumer_check(policy, policy->consumers[i]);
	storage_part(policy);
	dpdk_target_first(policy);
	if (policy->flows)
		flows_check(policy, policy->flows);
	if (policy->on_exit.text)
		on_exit_check(policy);
	for (size_t i = 0; i < policy->rule_count; i++)
		rule_check(policy, &sets, policy->rules[i]);
	if (policy->has_default)
		action_check(policy, &policy->default_action);
	for (size_t i = 0; i < policy->test_count; i++)
		test_check(policy, policy->tests[i]);
	if (!policy->diags.errors && !policy->rule_count && !policy->has_default &&
	    !policy->set_count && !policy->consumer_count && !policy->volume_count &&
	    !policy->flows)
		says_nothing(policy);
	if (!policy->diags.errors) /* else what seems unused may only be mistyped */
		unused_check(policy);
	reach_check(policy);
}
