// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Dynamic sets, as C: their tables, and what a packet's fields are looked up in them by.
 */
#include "emit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool asks_prefixes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->dynamic.look_count; i++)
		if (plan->dynamic.tables[plan->dynamic.looks[i].table].example->prefixes)
			return true;
	return false;
}

void emit_dynamic_headers(const struct plan *plan, FILE *out)
{
	if (asks_prefixes(plan))
		fputs("#include \"dynamic_prefix.h\"\n", out);
	else if (plan->dynamic.look_count)
		fputs("#include \"dynamic.h\"\n", out);
}

/* "SET_blocked"; where two names come to the same in C, the number tells them apart. */
static void put_constant(const struct plan *plan, const struct set *set, FILE *out)
{
	const struct dynamic *dynamic = &plan->dynamic;

	fputs("SET_", out);
	for (const char *c = set->name.text; *c; c++)
		fputc(isalnum((unsigned char)*c) ? *c : '_', out);
	for (size_t i = 0; i < dynamic->set_count; i++) {
		const char *a = dynamic->sets[i].set->name.text, *b = set->name.text;

		while (*a && (*a == *b || (strchr("-_", *a) && *b && strchr("-_", *b)))) {
			a++;
			b++;
		}
		if (dynamic->sets[i].set != set && !*a && !*b) {
			fprintf(out, "_%zu", set->number + 1);
			return;
		}
	}
}

static bool is_asked(const struct plan *plan, const struct set *set)
{
	for (size_t i = 0; i < plan->questions.count; i++)
		if (!plan->questions.list[i].rule && plan->questions.list[i].expr->set == set)
			return true;
	return false;
}

static bool has_look(const struct plan *plan, size_t table)
{
	for (size_t i = 0; i < plan->dynamic.look_count; i++)
		if (plan->dynamic.looks[i].table == table)
			return true;
	return false;
}

static void put_table(const struct plan *plan, size_t number, FILE *out)
{
	const struct dynamic_table *table = &plan->dynamic.tables[number];

	if (table->example->prefixes) {
		fprintf(out, "XDV_PREFIXES_%s(dynamic_%zu, %zu)",
			table->example->types[0] == TYPE_IPV4 ? "IPV4" : "IPV6", number, number);
	} else {
		fprintf(out, "XDV_DYNAMIC(dynamic_%zu, %u); /* ", number, table->key_words);
		for (size_t i = 0; i < table->example->parts; i++)
			fprintf(out, "%s%s", i ? " . " : "",
				type_table[table->example->types[i]].name);
		fputs(" */", out);
	}
	fputs("\n\nenum {\n", out);
	for (size_t i = 0; i < plan->dynamic.set_count; i++) {
		const struct dynamic_set *place = &plan->dynamic.sets[i];

		if (place->table != number || !is_asked(plan, place->set))
			continue;
		fputc('\t', out);
		put_constant(plan, place->set, out);
		fprintf(out, " = %d,\n", __builtin_ctz(place->bit));
	}
	fputs("};\n\n", out);
}

/* "ip_saddr_tcp_dport": what a look is called by. */
static void put_look_name(const struct plan *plan, const struct dynamic_look *look, FILE *out)
{
	for (size_t i = 0; i < look->expr->field_count; i++) {
		const struct field_use *use = &look->expr->fields[i];

		fputs(i ? "_" : "", out);
		if (use->is_bytes)
			fprintf(out, "bytes_%u", use->slice + 1);
		else
			for (const char *part = use->header.text; part;
			     part = part == use->header.text ? use->name.text : NULL) {
				fputs(part == use->name.text ? "_" : "", out);
				for (const char *c = part; *c; c++)
					fputc(isalnum((unsigned char)*c) ? *c : '_', out);
			}
	}
	fputs(plan->dynamic.tables[look->table].example->prefixes ? "_prefixes" : "", out);
}

/* Many of them have a line each, so that none is too long. */
static void put_words(const struct plan *plan, const struct dynamic_look *look, unsigned int count,
		      FILE *out)
{
	const char *between = count > 4 ? ",\n\t\t" : ", ";

	fputs(count > 4 ? "\n\t\t" : "", out);
	for (size_t i = 0; i < look->expr->field_count; i++)
		emit_field_words(plan, &look->expr->fields[i], i ? between : "", between, out);
	fputs(count > 4 ? ",\n\t" : "", out);
}

static void put_look(const struct plan *plan, const struct dynamic_look *look, FILE *out)
{
	const struct dynamic_table *table = &plan->dynamic.tables[look->table];
	const struct expr *only = look->questions == 1 ? look->expr : NULL;
	bool slices = emit_takes_key(plan);
	char name[160];

	if (only) {
		fprintf(out, "static __always_inline bool %s(",
			emit_question_name(plan, (size_t)plan_question(plan, only), name,
					   sizeof(name)));
	} else {
		fputs("/* The dynamic sets that it is in, a bit each. */\n"
		      "static __always_inline __u32 sets_of_",
		      out);
		put_look_name(plan, look, out);
		fputs("(", out);
	}
	fprintf(out, "const struct %s)\n{\n%s", slices ? "key *key" : "xdv_packet *p",
		slices ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
	if (!table->example->prefixes) {
		fputs("\tconst __u32 words[] = {", out);
		put_words(plan, look, table->key_words, out);
		fputs("};\n\n", out);
	}
	if (table->example->prefixes) {
		fprintf(out, "\treturn dynamic_%u_sets(", look->table);
		put_words(plan, look, 0, out);
		fputs(")", out);
	} else {
		fprintf(out, "\treturn xdv_sets(&dynamic_%u, %u, words, %u)", look->table,
			look->table, table->key_words);
	}
	if (only) {
		fputs(" >> ", out);
		put_constant(plan, only->set, out);
		fputs(" & 1", out);
	}
	fputs(";\n}\n\n", out);
}

void emit_dynamic(const struct plan *plan, FILE *out)
{
	for (size_t i = 0; i < plan->dynamic.table_count; i++)
		if (has_look(plan, i))
			put_table(plan, i, out);
	for (size_t i = 0; i < plan->dynamic.look_count; i++)
		put_look(plan, &plan->dynamic.looks[i], out);
}

static bool asks_look(const struct plan *plan, const struct expr *expr,
		      const struct dynamic_look *look)
{
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		if (asks_look(plan, expr->right, look))
			return true;
	if (expr->kind == EXPR_NOT)
		return asks_look(plan, expr->left, look);
	return expr->kind == EXPR_MATCH && dynamic_look(&plan->dynamic, expr) == look;
}

/* Whether a rule in front of this one, in the same function of the program, has asked already. */
static bool asked_before(const struct plan *plan, size_t number, const struct dynamic_look *look)
{
	const struct rule *const *rules = (const struct rule *const *)plan->policy->rules;
	unsigned int source = rules[number - 1]->where.source;

	for (size_t i = number - 1; i-- > 0;) {
		if (rules[i]->where.source == source && asks_look(plan, rules[i]->match, look))
			return true;
		if (rules[i]->where.source != source && source)
			return false; /* an included file has a function of its own */
	}
	return false;
}

/* A look that answers for several sets is made once, in front of the first rule that asks. */
void emit_dynamic_looks(const struct plan *plan, size_t rule, FILE *out)
{
	for (size_t i = 0; i < plan->dynamic.look_count; i++) {
		const struct dynamic_look *look = &plan->dynamic.looks[i];

		if (look->questions == 1 ||
		    (rule && (!asks_look(plan, plan->policy->rules[rule - 1]->match, look) ||
			      asked_before(plan, rule, look))))
			continue;
		fputs("\tconst __u32 ", out);
		put_look_name(plan, look, out);
		fputs("_sets = sets_of_", out);
		put_look_name(plan, look, out);
		fprintf(out, "(%s);\n", emit_takes_key(plan) ? "key" : "p");
	}
}

void emit_dynamic_answer(const struct plan *plan, const struct expr *expr, FILE *out)
{
	put_look_name(plan, dynamic_look(&plan->dynamic, expr), out);
	fputs("_sets >> ", out);
	put_constant(plan, expr->set, out);
	fputs(" & 1", out);
}
