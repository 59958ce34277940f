// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The plan in words: what was chosen, why, and what it costs.
 */
#include "plan.h"

#include "cost.h"
#include "words.h"

#include <stdio.h>

static void dump_reads(const char *walk, unsigned int reads, FILE *out)
{
	static const struct {
		unsigned int bit;
		const char *what;
	} parts[] = {
		{READ_ETHER, ", Ethernet addresses"},
		{READ_ARP, ", ARP"},
		{READ_IPV4, ", IPv4"},
		{READ_IPV6, ", IPv6"},
		{READ_L4, ", layer 4"},
		{READ_IP_DETAILS, ", DSCP, hop limit and length of IP"},
		{READ_L4_DETAILS, ", ICMP code and UDP length"},
		{READ_VLAN_DETAILS, ", all of the VLAN tags"},
		{READ_ARP_DETAILS, ", all of ARP"},
		{READ_FRAME, ", length and queue of the frame"},
		{READ_PLACES, ", where the payloads are"},
		{READ_VXLAN, ", VXLAN"},
		{READ_GENEVE, ", Geneve"},
		{READ_GRE, ", GRE"},
		{READ_IPIP, ", IP in IP"},
	};

	fprintf(out, "%s: Ethernet type and VLAN tags", walk);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (reads & parts[i].bit)
			fputs(parts[i].what, out);
	fputs("\n", out);
}

static void dump_field_name(uint32_t word, uint32_t mask, FILE *out)
{
	const char *name = word_name(word);
	uint32_t all = word_bits(word) == 32 ? UINT32_MAX : (1u << word_bits(word)) - 1;

	if (word >= SLICE_WORDS)
		fprintf(out, "bytes_%u", (word - (uint32_t)SLICE_WORDS) / 2 + 1);
	else
		fputs(name ? name : "an answer", out);
	if ((mask & all) != all)
		fprintf(out, "/%d", __builtin_popcount(mask & all));
}

static void dump_lookup(const struct lookup *lookup, const char *indent, FILE *out)
{
	const struct tuple *tuple = &lookup->tuple;

	if (!tuple->part_count) {
		fprintf(out, "%sa tree: %zu combinations, at most %u steps", indent, tuple->count,
			lookup->steps);
	} else {
		fprintf(out, "%sa table: %zu keys of ", indent, lookup->entry_count);
		for (size_t i = 0; i < tuple->part_count; i++) {
			fputs(i ? ", " : "", out);
			dump_field_name(tuple->parts[i].word, tuple->parts[i].mask, out);
		}
		if (lookup->steps)
			fprintf(out, "; then at most %u steps in a tree", lookup->steps);
	}
	fprintf(out, " (about %.0f ns)\n", tuple->cost);
}

static void dump_dynamic(const struct plan *plan, const struct expr *expr, FILE *out)
{
	const struct dynamic_look *look = dynamic_look(&plan->dynamic, expr);
	const struct dynamic_table *table = &plan->dynamic.tables[look->table];

	fprintf(out, "    dynamic: in table %u, %s about %.0f ns", look->table,
		table->example->prefixes ? "a look for each length of prefix that there is, each"
					 : "one look,",
		COST_DYNAMIC);
	fprintf(out,
		look->questions > 1 ? ", for all %zu sets that are asked of these fields\n" : "\n",
		look->questions);
}

static void dump_question(const struct plan *plan, size_t number, FILE *out)
{
	const struct question *question = &plan->questions.list[number];
	const struct expr *expr = question->expr;

	fputs("  ", out);
	if (question->rule) {
		fprintf(out, "rule %s, in straight code: it comes to more than %d combinations\n",
			question->rule->name.text, RULE_BOXES_MAX);
		return;
	}
	if (expr->kind == EXPR_PCAP) {
		fprintf(out, "pcap \"%s\"\n", expr->filter->text);
		return;
	}
	for (size_t i = 0; i < expr->field_count; i++) {
		char field[FIELD_TEXT];

		fprintf(out, "%s%s", i ? " . " : "", field_use_text(field, &expr->fields[i]));
	}
	if (expr->kind == EXPR_MASK) {
		fprintf(out, " & 0x%x = 0x%x\n", expr->mask, expr->value);
		return;
	}
	fprintf(out, " in %s%s, %s%zu element%s\n", expr->set ? "@" : "a list",
		expr->set ? expr->set->name.text : "",
		dynamic_look(&plan->dynamic, expr) ? "which begins with " : "",
		expr->elements.count, expr->elements.count == 1 ? "" : "s");
	if (dynamic_look(&plan->dynamic, expr))
		dump_dynamic(plan, expr, out);
	if (plan->sets[number].ranges)
		fprintf(out,
			"    a table of %zu ranges of %s, by 16, 8 and 8 bits (about %.0f ns)\n",
			plan->sets[number].ranges, word_name(plan->sets[number].word),
			COST_STRIDES);
	for (size_t i = 0; i < plan->sets[number].count; i++)
		dump_lookup(&plan->sets[number].list[i], "    ", out);
}

static void dump_filters(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	fputs("functions, made of libpcap's filters:\n", out);
	for (size_t i = 0; i < policy->filter_count; i++)
		if (plan_asks_filter(plan, &policy->filters[i]))
			fprintf(out, "  pcap_%zu, of %zu instructions: %s\n", i + 1,
				policy->filters[i].length, policy->filters[i].text);
}

static void dump_dynamic_maps(const struct dynamic *dynamic, FILE *out)
{
	for (size_t i = 0; i < dynamic->table_count; i++) {
		const struct dynamic_table *table = &dynamic->tables[i];
		size_t slots = 2 * (size_t)table->buckets * XDV_BUCKET_SLOTS;

		fprintf(out, "map dynamic_%zu: room for %zu elements, %zu kB\n", i, table->room,
			(slots * dynamic_slot_words(table) * 4 + 1023) / 1024);
	}
}

static void dump_maps(const struct plan *plan, FILE *out)
{
	const struct index_tables *tables = &plan->tables;
	size_t rules = plan->policy->rule_count + 1;

	if (plan_has_tables(plan))
		fprintf(out, "map slots: %zu of %u words of key, %zu kB; displacements: %zu kB\n",
			tables->slot_count, tables->slot_words,
			(tables->slot_count * (tables->slot_words + 1) * 4 + 1023) / 1024,
			(tables->displacement_count * sizeof(*tables->displacements) + 1023) /
				1024);
	if (plan_has_trees(plan))
		fprintf(out, "map tree: %zu nodes, %zu kB\n", plan->node_count,
			(plan->node_count * sizeof(*plan->nodes) + 1023) / 1024);
	if (plan->strides.count)
		fprintf(out, "map strides: %zu kB\n",
			plan->strides.count * sizeof(*plan->strides.list) / 1024);
	if (plan->dynamic.look_count)
		dump_dynamic_maps(&plan->dynamic, out);
	fprintf(out, "map rule_counters: %zu for each CPU, %zu kB\n", rules,
		(rules + XDV_COUNTERS - 1) / XDV_COUNTERS * sizeof(struct xdv_counters) / 1024);
}

void plan_dump(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	dump_reads("header walk", plan->reads, out);
	if (plan->walks_inner)
		dump_reads("walk in the tunnel", plan->inner_reads, out);
	if (policy->flows)
		fprintf(out, "flows: a hash of the kernel's, of up to %u, asked before the rules\n",
			policy->flows->size);
	if (plan->kind == PLAN_STRAIGHT) {
		fprintf(out,
			"plan: straight code: %zu rule%s, one `if` each, in order (up to %d rules "
			"and %d comparisons)\n",
			policy->rule_count, policy->rule_count == 1 ? "" : "s",
			policy->rule_count > STRAIGHT_RULES_MAX ? STRAIGHT_DYNAMIC_RULES_MAX
								: STRAIGHT_RULES_MAX,
			STRAIGHT_TESTS_MAX);
	} else {
		fprintf(out,
			"plan: looked up: %zu rules are %zu combinations of values and ranges; the "
			"code is the same for any number of them\n",
			policy->rule_count, plan->box_count);
		for (size_t i = 0; i < plan->rules.count; i++)
			dump_lookup(&plan->rules.list[i], "  ", out);
		if (plan->rules.count > 1)
			fputs("  the lowest rule that any of them finds is the first that matches\n",
			      out);
	}
	if (plan->questions.count)
		fprintf(out, "%s:\n",
			plan->kind == PLAN_STRAIGHT ? "looked up when a rule asks"
						    : "answered before");
	for (size_t i = 0; i < plan->questions.count; i++)
		dump_question(plan, i, out);
	if (plan_has_filters(plan))
		dump_filters(plan, out);
	dump_maps(plan, out);
}
