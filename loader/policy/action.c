// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Actions by name and number, and as text.
 */
#include "ast.h"

#include <stdio.h>

const char *const action_verbs[ACTIONS] = {
	[ACTION_PASS] = "pass",	      [ACTION_DROP] = "drop",	      [ACTION_XSK] = "xsk",
	[ACTION_TX] = "tx",	      [ACTION_REDIRECT] = "redirect", [ACTION_DPDK] = "dpdk",
	[ACTION_STORAGE] = "storage",
};

const struct consumer_words consumer_words[CONSUMER_KINDS] = {
	[CONSUMER_XSK] = {ACTION_XSK, "xsk", "consumer", "consumer", ""},
	[CONSUMER_DPDK] = {ACTION_DPDK, "dpdk", "dpdk target", "target", " dpdk"},
	[CONSUMER_STORAGE] = {ACTION_STORAGE, "storage", "storage target", "target", " storage"},
};

bool action_diverts(enum action_kind kind)
{
	for (int i = 0; i < CONSUMER_KINDS; i++)
		if (consumer_words[i].action == kind)
			return true;
	return false;
}

const char *action_verb(enum action_kind kind)
{
	return action_verbs[kind];
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

bool policy_spreads(const struct policy *policy)
{
	for (size_t i = 0; i < policy->consumer_count; i++)
		if (policy->consumers[i]->fanout > 1)
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
