// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plan in words: what was chosen, why, and what it costs.
 */
#include "plan.h"

#include <stdio.h>

static void dump_reads(const struct plan *plan, FILE *out)
{
	static const struct {
		unsigned int bit;
		const char *what;
	} parts[] = {
		{READ_ETHER, ", Ethernet addresses"}, {READ_ARP, ", ARP"}, {READ_IPV4, ", IPv4"},
		{READ_IPV6, ", IPv6"},                {READ_L4, ", layer 4"},
	};

	fputs("header walk: Ethernet type and VLAN tags", out);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (plan->reads & parts[i].bit)
			fputs(parts[i].what, out);
	fputs("\n", out);
}

static void dump_question(const struct question *question, FILE *out)
{
	const struct expr *expr = question->expr;

	fputs("  ", out);
	if (question->rule) {
		fprintf(out, "rule %s, in straight code: it comes to more than %d combinations\n",
			question->rule->name.text, RULE_BOXES_MAX);
		return;
	}
	for (size_t i = 0; i < expr->field_count; i++) {
		const struct field_info *field = &field_table[expr->fields[i].field];

		fprintf(out, "%s%s %s", i ? " . " : "", header_table[field->header].name,
			field->name);
	}
	if (expr->kind == EXPR_MASK)
		fprintf(out, " & 0x%x = 0x%x\n", expr->mask, expr->value);
	else
		fprintf(out, " in %s%s: a tree of %zu elements\n", expr->set ? "@" : "a list",
			expr->set ? expr->set->name.text : "", expr->elements.count);
}

void plan_dump(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	dump_reads(plan, out);
	if (plan->kind == PLAN_STRAIGHT) {
		fprintf(out,
			"plan: straight code: %zu rule%s, one `if` each, in order (up to %d rules "
			"and %d comparisons)\n",
			policy->rule_count, policy->rule_count == 1 ? "" : "s", STRAIGHT_RULES_MAX,
			STRAIGHT_TESTS_MAX);
	} else {
		fprintf(out,
			"plan: %u decision tree%s: %zu rules are %zu combinations of ranges; the code "
			"is the same for any number of them\n",
			plan->rule_trees, plan->rule_trees == 1 ? "" : "s", policy->rule_count,
			plan->box_count);
		if (plan->rule_trees > 1)
			fputs("  a tree for each kind of rules: in one, those that leave a field open "
			      "would be copied into most branches\n",
			      out);
		fprintf(out, "  at most %zu steps a packet; one array lookup and one comparison each\n",
			plan_rule_steps(plan));
	}
	if (plan->questions.count)
		fprintf(out, "%s:\n", plan->kind == PLAN_STRAIGHT ? "looked up when a rule asks"
								  : "answered before the tree");
	for (size_t i = 0; i < plan->questions.count; i++)
		dump_question(&plan->questions.list[i], out);
	if (plan_tree_count(plan))
		fprintf(out, "tree map: %zu nodes, %zu kB\n", plan->node_count,
			(plan->node_count * sizeof(*plan->nodes) + 1023) / 1024);
	fprintf(out, "counters: %zu per CPU, %zu kB for each\n", policy->rule_count + 1,
		((policy->rule_count + 1) * sizeof(struct xdv_counter) + 1023) / 1024);
}
