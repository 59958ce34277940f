// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "emit_text.h"

#include "words.h"

#include <string.h>

/* The sets that rules ask about; `p` is enough to answer. */
void put_set_functions(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;
	bool key = emit_takes_key(plan);
	char name[160];

	for (size_t i = 0; i < plan->questions.count; i++) {
		const struct classifier *set = &plan->sets[i];

		if (!question_is_static_set(&plan->questions.list[i]))
			continue;
		put(emitter, "static __always_inline bool %s(const struct %s)\n{\n%s",
		    emit_question_name(plan, i, name, sizeof(name)),
		    key ? "key *key" : "xdv_packet *p",
		    key ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
		if (set->ranges) {
			put(emitter, "\treturn xdv_in_ranges(%u, ", set->strides);
			emit_word(plan, set->word, emitter->out);
			put(emitter, ");\n}\n\n");
			continue;
		}
		if (!set->count) { /* a key of the same field twice, and two values, say */
			put(emitter, "\treturn false; /* no packet is in it */\n}\n\n");
			continue;
		}
		put_keys(emitter, set);
		put(emitter, "\n\treturn ");
		for (size_t j = 0; j < set->count; j++) {
			put(emitter, j ? " ||\n\t       " : "");
			emit_lookup(set, j, key ? "(const __u32 *)key" : "(const __u32 *)p",
				    emitter->out);
		}
		put(emitter, ";\n}\n\n");
	}
}

/* As for straight code: a rule that is included has a function of its own. */
static void put_included_answers(struct emitter *emitter)
{
	const struct questions *questions = &emitter->plan->questions;
	char name[160];

	for (size_t i = 0; i < questions->count; i++) {
		const struct rule *rule = questions->list[i].rule;

		if (!rule || !rule->where.source)
			continue;
		put_line(emitter, 1, rule_file(emitter, rule));
		put_rule_text(emitter, rule, "");
		put(emitter,
		    "static __always_inline bool %s(const struct key *key)\n{\n"
		    "\tconst struct xdv_packet *p = &key->packet;\n\n",
		    emit_question_name(emitter->plan, i, name, sizeof(name)));
		put_source_line(emitter, rule);
		put(emitter, "\treturn ");
		put_condition(emitter, rule, strlen("return "));
		put(emitter, ";\n}\n\n");
	}
}

static void put_answers(struct emitter *emitter, bool of_rules)
{
	const struct questions *questions = &emitter->plan->questions;
	char name[160];

	for (size_t i = 0; i < questions->count; i++) {
		const struct question *question = &questions->list[i];

		if (!question->rule == of_rules)
			continue;
		emit_question_name(emitter->plan, i, name, sizeof(name));
		if (question->rule && question->rule->where.source) {
			put(emitter, "\tkey->%s = %s(key);\n", name, name);
		} else if (question->rule) {
			put_rule_text(emitter, question->rule, "\t");
			put_source_line(emitter, question->rule);
			put(emitter, "\tkey->%s = ", name);
			put_condition(emitter, question->rule, strlen("key-> = ") + strlen(name));
			put(emitter, ";\n");
		} else if (question->expr->kind == EXPR_PCAP) {
			put(emitter, "\tkey->%s = %s(ctx);\n", name, name);
		} else if (question->expr->kind == EXPR_MASK) {
			put(emitter, "\tkey->%s = (", name);
			emit_word(emitter->plan, use_word(&question->expr->fields[0]),
				  emitter->out);
			put(emitter, " & 0x%02x) == 0x%02x;\n", question->expr->mask,
			    question->expr->value);
		} else if (dynamic_is_shared(&emitter->plan->dynamic, question->expr)) {
			put(emitter, "\tkey->%s = ", name);
			emit_dynamic_answer(emitter->plan, question->expr, emitter->out);
			put(emitter, ";\n");
		} else {
			put(emitter, "\tkey->%s = %s(%s);\n", name, name,
			    emit_takes_key(emitter->plan) ? "key" : "p");
		}
	}
}

void put_lookup_classifier(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;
	bool answers = emit_has_key(plan);

	put_included_answers(emitter);
	put_line(emitter, 1, emitter->policy->file);
	put(emitter,
	    "/* Of the first rule that matches, what the tables and trees of all rules answer. */\n"
	    "static __always_inline __u32 classify(struct xdp_md *ctx, %s)\n{\n%s"
	    "\t__u32 answer = 0;\n",
	    answers ? "struct key *key" : "const struct xdv_packet *p",
	    answers ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
	if (answers) {
		put(emitter, "\n");
		put_dynamic_looks(emitter, 0);
		put_answers(emitter, false);
		put_answers(emitter, true); /* rules, that ask about sets themselves */
		if (classifier_has_trees(&plan->rules) && !emit_takes_key(plan))
			put(emitter, "\txdv_forget(ctx, key, XDV_KEY_WORDS);\n");
	}
	put(emitter, "\n");
	put_keys(emitter, &plan->rules);
	for (size_t i = 0; i < plan->rules.count; i++) {
		put(emitter, "\tanswer = xdv_first(answer, ");
		emit_lookup(&plan->rules, i, answers ? "(const __u32 *)key" : "(const __u32 *)p",
			    emitter->out);
		put(emitter, ");\n");
	}
	put(emitter, "\treturn answer;\n}\n\n");
	put_own_line(emitter);
}
