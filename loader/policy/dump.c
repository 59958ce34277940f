// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checked policy as text: what the names, types and values of a file came to.
 */
#include "ast.h"
#include "join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dump_elements(const struct elements *elements, const enum value_type *types, FILE *out)
{
	char lo[VALUE_TEXT], hi[VALUE_TEXT];

	for (size_t i = 0; i < elements->count; i++) {
		const struct element *element = &elements->list[i];

		fputs(i ? ", " : "", out);
		for (size_t j = 0; j < element->count; j++) {
			const struct part *part = &element->parts[j];

			fprintf(out, "%s%s", j ? " . " : "",
				value_format(lo, sizeof(lo), &part->lo, types[j]));
			if (value_compare(&part->lo, &part->hi, types[j]))
				fprintf(out, "-%s",
					value_format(hi, sizeof(hi), &part->hi, types[j]));
		}
	}
}

static void dump_match(const struct expr *expr, FILE *out)
{
	char text[FIELD_TEXT];
	enum value_type types[KEY_PARTS_MAX];

	for (size_t i = 0; i < expr->field_count; i++) {
		const struct field_info *field = &field_table[expr->fields[i].field];

		types[i] = field->type;
		fprintf(out, "%s%s", i ? " . " : "", field_use_text(text, &expr->fields[i]));
		if (expr->fields[i].is_bytes && expr->mask)
			fprintf(out, " & 0x%x", expr->mask);
	}
	if (expr->kind == EXPR_MASK) {
		fprintf(out, " & 0x%x %s 0x%x\n", expr->mask, expr->negated ? "!=" : "=",
			expr->value);
		return;
	}
	fputs(expr->negated ? " not in " : " in ", out);
	if (expr->set) {
		fprintf(out, "@%s\n", expr->set->name.text);
		return;
	}
	fputs("{ ", out);
	dump_elements(&expr->elements, types, out);
	fputs(" }\n", out);
}

static void dump_expr(const struct expr *expr, int depth, FILE *out);

static void dump_chain(const struct expr *chain, int depth, FILE *out)
{
	size_t count = expr_operands(chain, NULL);
	const struct expr **operands = calloc(count, sizeof(*operands));

	if (!operands)
		return;
	expr_operands(chain, operands);
	for (size_t i = 0; i < count; i++)
		dump_expr(operands[i], depth, out);
	free(operands);
}

static void dump_expr(const struct expr *expr, int depth, FILE *out)
{
	enum expr_kind kind = expr->kind;

	fprintf(out, "%*s", depth * 2, "");
	switch (kind) {
	case EXPR_AND:
	case EXPR_OR:
		fprintf(out, "%s\n", kind == EXPR_AND ? "and" : "or");
		dump_chain(expr, depth + 1, out);
		break;
	case EXPR_NOT:
		fputs("not\n", out);
		dump_expr(expr->left, depth + 1, out);
		break;
	case EXPR_HEADER:
		fprintf(out, "has %s\n", header_table[expr->header].name);
		break;
	case EXPR_PCAP:
		fprintf(out, "pcap \"%s\"\n", expr->filter_text.text);
		break;
	default:
		dump_match(expr, out);
		break;
	}
}

static void dump_action(const struct action *action, FILE *out)
{
	char text[ACTION_TEXT];

	fputs(action_format(text, sizeof(text), action), out);
}

static void dump_volume(const struct consumer *target, FILE *out)
{
	const struct storage *storage = &target->storage;

	fprintf(out, "target %s storage { ", target->name.text);
	if (storage->nbd.text)
		fprintf(out, "nbd \"%s\"; ", storage->nbd.text);
	if (storage->aoe.text)
		fprintf(out, "aoe shelf %u slot %u; ", storage->shelf, storage->slot);
	fprintf(out, "backend \"%s\"%s%s }\n", storage->backend.text ? storage->backend.text : "",
		storage->read_only ? "; read-only" : "", storage->cached ? "; cached" : "");
}

void policy_dump_ast(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->set_count; i++) {
		const struct set *set = policy->sets[i];

		fprintf(out, "set %s : ", set->name.text);
		for (size_t j = 0; j < set->parts; j++)
			fprintf(out, "%s%s", j ? " . " : "", type_table[set->types[j]].name);
		if (set->dynamic)
			fprintf(out, " dynamic%s", set->prefixes ? " prefixes" : "");
		if (set->size)
			fprintf(out, " size %u", set->size);
		fputs(" { ", out);
		dump_elements(&set->elements, set->types, out);
		fputs(" }\n", out);
	}
	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct consumer *consumer = policy->consumers[i];

		fprintf(out, "%s %s%s { queues all; metadata %s; stall ",
			consumer_words[consumer->kind].statement, consumer->name.text,
			consumer_words[consumer->kind].kind, consumer->metadata ? "on" : "off");
		if (consumer->stall)
			fprintf(out, "%ums", consumer->stall);
		else
			fputs("off", out);
		if (consumer->fanout > 1)
			fprintf(out, "; fanout flow %u", consumer->fanout);
		for (size_t j = 0; j < consumer->allow_count; j++)
			fprintf(out, "; allow %s %s", consumer->allow[j].group ? "group" : "user",
				consumer->allow[j].who.text);
		fputs(consumer->join_count ? "; join " : "", out);
		joins_write(consumer, out);
		if (consumer->steers)
			fprintf(out, "; steer %u", consumer->steer);
		fputs(" }\n", out);
	}
	for (size_t i = 0; i < policy->volume_count; i++)
		dump_volume(policy->volumes[i], out);
	if (policy->flows)
		fprintf(out, "flows { size %u }\n", policy->flows->size);
	if (policy->unload_on_exit)
		fputs("on-exit unload\n", out);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = policy->rules[i];

		fprintf(out, "%zu: rule %s => ", i + 1, rule->name.text);
		dump_action(&rule->action, out);
		fprintf(out, "%s\n", rule->reads_fragments ? "  (reads fragments)" : "");
		dump_expr(rule->match, 2, out);
	}
	fputs("default ", out);
	dump_action(&policy->default_action, out);
	fputs("\n", out);
	for (size_t i = 0; i < policy->test_count; i++)
		fprintf(out, "test %s: %s\n", policy->tests[i]->expected.text,
			policy->tests[i]->packet);
}
