// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which filters of a policy its program asks.
 */
#include "plan.h"

static bool expr_asks(const struct expr *expr, const struct filter *filter)
{
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		if (expr_asks(expr->right, filter))
			return true;
	if (expr->kind == EXPR_NOT)
		return expr_asks(expr->left, filter);
	return expr->kind == EXPR_PCAP && expr->filter == filter;
}

/* Straight code has even the rules that no packet reaches. */
bool plan_asks_filter(const struct plan *plan, const struct filter *filter)
{
	const struct policy *policy = plan->policy;

	for (size_t i = 0; i < policy->rule_count && !filter->is_true; i++)
		if ((plan->kind == PLAN_STRAIGHT || !policy->rules[i]->unreachable) &&
		    expr_asks(policy->rules[i]->match, filter))
			return true;
	return false;
}

bool plan_has_filters(const struct plan *plan)
{
	for (size_t i = 0; i < plan->policy->filter_count; i++)
		if (plan_asks_filter(plan, &plan->policy->filters[i]))
			return true;
	return false;
}
