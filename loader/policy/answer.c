// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "answer.h"

#include "arena.h"

#include <errno.h>

static uint32_t answer_of(size_t rule, const struct action *action)
{
	static const enum xdv_action kinds[ACTIONS] = {
		[ACTION_PASS] = XDV_ACTION_PASS,	 [ACTION_DROP] = XDV_ACTION_DROP,
		[ACTION_XSK] = XDV_ACTION_XSK,		 [ACTION_TX] = XDV_ACTION_TX,
		[ACTION_REDIRECT] = XDV_ACTION_REDIRECT, [ACTION_DPDK] = XDV_ACTION_XSK,
		[ACTION_STORAGE] = XDV_ACTION_XSK,
	};
	const uint32_t targets[ACTIONS] = {
		[ACTION_XSK] = action->consumer,       [ACTION_TX] = action->swap,
		[ACTION_REDIRECT] = action->interface, [ACTION_DPDK] = action->consumer,
		[ACTION_STORAGE] = action->consumer,
	};
	bool options = action->has_mark || action->limit || action->sample;

	return XDV_ANSWER((uint32_t)rule, (uint32_t)kinds[action->kind], targets[action->kind]) |
	       (options ? XDV_ANSWER_OPTIONS : 0);
}

uint32_t answer_of_rule(const struct policy *policy, size_t number)
{
	return answer_of(number, policy_action(policy, number));
}

static int too_many(struct policy *policy, struct location where, const char *what,
		    unsigned int most)
{
	diag_add(&policy->diags, E_TOO_COMPLEX, where,
		 "this %s is one too many: a policy of so many rules can have at most %u", what,
		 most);
	return -E2BIG;
}

int answer_check(struct policy *policy)
{
	if (policy->rule_count > XDV_ANSWER_RULES)
		return too_many(policy, policy->rules[XDV_ANSWER_RULES]->where, "rule",
				XDV_ANSWER_RULES);
	if (policy->consumer_count > XDV_ANSWER_TARGETS)
		return too_many(policy, policy->consumers[XDV_ANSWER_TARGETS]->name.where,
				"consumer", XDV_ANSWER_TARGETS);
	if (policy->interface_count > XDV_ANSWER_TARGETS)
		return too_many(policy, policy->interfaces[XDV_ANSWER_TARGETS].where, "interface",
				XDV_ANSWER_TARGETS);
	return 0;
}

/* As XDV_LIMIT() in bpf/limit.h. */
static struct xdv_limit limit_of(const struct limit *limit)
{
	return (struct xdv_limit){
		.rate = limit->rate,
		.cost = limit->unit,
		.full = limit->unit * limit->burst,
		.fill = limit->unit * limit->burst / limit->rate + 1,
	};
}

static struct xdv_rule_options options_of(size_t rule, const struct action *action)
{
	struct xdv_rule_options options = {.mark = action->mark, .sample = action->sample};

	options.options |= action->has_mark ? XDV_OPTION_MARK : 0;
	options.options |= action->sample ? XDV_OPTION_SAMPLE : 0;
	if (!action->limit)
		return options;
	options.options |= XDV_OPTION_LIMIT;
	options.options |= action->limit->otherwise.has_mark ? XDV_OPTION_OVER_MARK : 0;
	options.limit = limit_of(action->limit);
	options.over = answer_of(rule, &action->limit->otherwise);
	options.over_mark = action->limit->otherwise.mark;
	return options;
}

const struct xdv_rule_options *answer_options(const struct policy *policy)
{
	struct xdv_rule_options *options = arena_alloc(policy->arena,
						       (policy->rule_count + 1) * sizeof(*options));

	for (size_t i = 0; i <= policy->rule_count; i++)
		options[i] = options_of(i, policy_action(policy, i));
	return options;
}
