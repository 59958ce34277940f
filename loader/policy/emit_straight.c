// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "emit_text.h"

#include <ctype.h>
#include <string.h>

/* "RULE_order": a name, in C; where two rules come to the same, the number tells them apart. */
void emit_rule_constant(const struct policy *policy, size_t number, char *out, size_t size)
{
	const char *name = policy_rule_name(policy, number);

	snprintf(out, size, "RULE_%s", number ? name : "DEFAULT");
	for (char *c = out; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	for (size_t i = 1; number && i < number; i++) {
		const char *other = policy_rule_name(policy, i);
		size_t j = 0;

		while (other[j] && name[j] &&
		       (other[j] == name[j] || (other[j] == '-' && name[j] == '_') ||
			(other[j] == '_' && name[j] == '-')))
			j++;
		if (!other[j] && !name[j]) {
			size_t used = strlen(out);

			snprintf(out + used, size - used, "_%zu", number);
			return;
		}
	}
}

static void put_straight_rule(struct emitter *emitter, size_t number)
{
	const struct rule *rule = emitter->policy->rules[number - 1];
	char name[96];

	emit_rule_constant(emitter->policy, number, name, sizeof(name));
	put_dynamic_looks(emitter, number);
	put_rule_text(emitter, rule, "\t");
	put_source_line(emitter, rule);
	put(emitter, "\tif (");
	put_condition(emitter, rule, strlen("if ("));
	put(emitter, ")\n\t\treturn %s;\n", name);
}

/* From rule `number` on, how many rules stand in the same file. */
static size_t rules_together(const struct policy *policy, size_t number)
{
	size_t end = number;

	while (end < policy->rule_count &&
	       policy->rules[end]->where.source == policy->rules[number - 1]->where.source)
		end++;
	return end - number + 1;
}

/* Ends with `{`, and variables. */
static void put_classifier_head(struct emitter *emitter, const char *name)
{
	bool key = emit_takes_key(emitter->plan);

	put(emitter, "static __always_inline __u32 %s(struct xdp_md *ctx, const struct %s)\n{\n%s",
	    name, key ? "key *key" : "xdv_packet *p",
	    key ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
}

/*
 * Rules that are included have a function of their own: clang's line information for the kernel
 * has the file of the function, whatever a #line inside of it says.
 */
static bool put_included_classifiers(struct emitter *emitter)
{
	const struct policy *policy = emitter->policy;
	bool any = false;
	size_t count;
	char name[40];

	for (size_t number = 1; number <= policy->rule_count; number += count) {
		const struct rule *rule = policy->rules[number - 1];

		count = rules_together(policy, number);
		if (!rule->where.source)
			continue;
		any = true;
		put_line(emitter, 1, rule_file(emitter, rule));
		put(emitter, "/* The first one of %s that matches; RULE_DEFAULT if none does. */\n",
		    base_name(rule_file(emitter, rule)));
		snprintf(name, sizeof(name), "classify_from_%zu", number);
		put_classifier_head(emitter, name);
		put(emitter, emit_takes_key(emitter->plan) ? "\n" : "");
		for (size_t i = number; i < number + count; i++)
			put_straight_rule(emitter, i);
		put(emitter, "\treturn RULE_DEFAULT;\n}\n\n");
	}
	return any;
}

static void put_rule_constants(struct emitter *emitter)
{
	char name[96];

	put(emitter, "enum {\n");
	for (size_t i = 0; i <= emitter->policy->rule_count; i++) {
		emit_rule_constant(emitter->policy, i, name, sizeof(name));
		put(emitter, "\t%s%s,\n", name, i ? "" : " = 0");
	}
	put(emitter, "};\n\n");
}

void put_straight_classifier(struct emitter *emitter)
{
	const struct policy *policy = emitter->policy;
	bool included;

	put_rule_constants(emitter);
	included = put_included_classifiers(emitter);
	put_line(emitter, 1, policy->file);
	put(emitter, "/* The first rule that matches; RULE_DEFAULT if none does. */\n");
	put_classifier_head(emitter, "classify");
	put(emitter, "%s%s", included ? "\t__u32 rule;\n" : "",
	    included || emit_takes_key(emitter->plan) ? "\n" : "");
	for (size_t number = 1; number <= policy->rule_count; number++) {
		if (!policy->rules[number - 1]->where.source) {
			put_straight_rule(emitter, number);
			continue;
		}
		put(emitter,
		    "\trule = classify_from_%zu(ctx, %s);\n\tif (rule)\n\t\treturn rule;\n", number,
		    emit_takes_key(emitter->plan) ? "key" : "p");
		number += rules_together(policy, number) - 1;
	}
	put(emitter, "\treturn RULE_DEFAULT;\n}\n\n");
	put_own_line(emitter);
}
