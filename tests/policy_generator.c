// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "policy_generator.h"

#include "condition_generator.h"
#include "value_generator.h"

#include <stdlib.h>
#include <string.h>

#define RULE_TEXT 8192
#define SETS_TEXT 65536

#define ANY(list) (list)[random_below(random, sizeof(list) / sizeof(*(list)))]

/* A policy in the making: what stands in front of the rules, and a line for each of them. */
struct draft {
	struct vocabulary words;
	char sets[SETS_TEXT], consumers[200], last[200];
	char (*rules)[RULE_TEXT];
	size_t count;
};

static void add_element(struct text *out, struct random *random, const struct named_set *set,
			bool single)
{
	for (size_t i = 0; i < set->parts; i++) {
		text_add(out, i ? " . " : "");
		if (single)
			value_text_random(out, random, set->types[i]);
		else
			part_text_random(out, random, set->types[i]);
	}
}

/* Mostly short, now and then longer than what is spelled out in a plan. */
static uint32_t set_length(struct random *random)
{
	return one_in(random, 6) ? 30 + random_below(random, 100) : 1 + random_below(random, 8);
}

static void add_set(struct text *out, struct random *random, struct named_set *set)
{
	bool dynamic = one_in(random, 3), address, prefixes;
	uint32_t count = set_length(random);

	text_add(out, "set %s :", set->name);
	for (size_t i = 0; i < set->parts; i++)
		text_add(out, "%s%s", i ? " . " : " ", type_table[set->types[i]].name);
	address = set->parts == 1 && (set->types[0] == TYPE_IPV4 || set->types[0] == TYPE_IPV6);
	prefixes = dynamic && address && one_in(random, 2);
	if (dynamic)
		text_add(out, " dynamic%s", prefixes ? " prefixes" : "");
	if (dynamic && !prefixes && one_in(random, 3))
		text_add(out, " size %u", count + random_below(random, 9));
	if (dynamic && one_in(random, 10)) {
		text_add(out, "\n");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		text_add(out, i % 6 == 5 ? ",\n" : i ? ", " : " { ");
		add_element(out, random, set, dynamic && !prefixes);
	}
	if (!dynamic && address && set->types[0] == TYPE_IPV4 && one_in(random, 3))
		text_add(out, ", include \"tests/golden/parts/local.txt\"");
	text_add(out, " }\n");
}

static void add_sets(struct draft *draft)
{
	struct random *random = draft->words.random;
	struct text out = {draft->sets, sizeof(draft->sets), 0};

	text_add(&out, "# sets\n");
	while (draft->words.set_count < VOCABULARY_SETS) {
		struct named_set *set = &draft->words.sets[draft->words.set_count++];

		types_random(&draft->words, set);
		snprintf(set->name, sizeof(set->name), "s%zu", draft->words.set_count);
		add_set(&out, random, set);
	}
}

static void add_consumers(struct draft *draft)
{
	static const char *const stalls[] = {"", "", "; stall 1s", "; stall off", "; stall 20ms"};
	static const char *const flows[] = {"", "", "", "flows { }", "flows { size 50 }"};
	struct random *random = draft->words.random;
	struct text out = {draft->consumers, sizeof(draft->consumers), 0};

	text_add(&out, "consumer one { queues all%s }\n", ANY(stalls));
	text_add(&out, "consumer two { metadata off%s } %s\n", ANY(stalls), ANY(flows));
	text_add(&out, "target three dpdk { queues all } target four storage { }\n");
}

static void add_verb(struct text *out, struct random *random)
{
	static const char *const verbs[] = {
		"pass",		 "drop",
		"xsk one",	 "mark 7 xsk one",
		"xsk two",	 "tx",
		"tx swap",	 "mark 0xffffffff xsk one",
		"redirect eth1", "redirect eth0.7",
		"dpdk three",	 "storage four",
	};

	text_add(out, "%s", ANY(verbs));
}

/* Rates are by the hour: in a test, a bucket has its burst, and no more (see differential.c). */
static void add_action(struct text *out, struct random *random)
{
	static const uint32_t bursts[] = {1, 7, 40, 200, 1000000};
	bool samples_first = one_in(random, 2);

	if (one_in(random, 6) && samples_first)
		text_add(out, "sample 1/%u ", 1 + random_below(random, 10));
	if (one_in(random, 5)) {
		text_add(out, "limit %u/h burst %u else ", 1 + random_below(random, 3),
			 ANY(bursts));
		add_verb(out, random);
		text_add(out, " ");
	}
	if (!samples_first && one_in(random, 6))
		text_add(out, "sample 1/%u ", 1 + random_below(random, 10));
	add_verb(out, random);
	text_add(out, "\n");
}

static void add_rule(struct draft *draft, unsigned int depth)
{
	char *line = draft->rules[draft->count++];
	struct text out = {line, RULE_TEXT, 0};

	text_add(&out, "rule r%zu: ", draft->count);
	conditions_random(&out, &draft->words, depth);
	if (out.used > RULE_TEXT - 200) { /* cut in the middle of something */
		out.used = 0;
		text_add(&out, "rule r%zu: udp", draft->count);
	}
	text_add(&out, " => ");
	add_action(&out, draft->words.random);
}

static void add_default(struct draft *draft)
{
	struct text out = {draft->last, sizeof(draft->last), 0};

	if (one_in(draft->words.random, 3)) /* none is written */
		return;
	text_add(&out, "default ");
	add_action(&out, draft->words.random);
}

static struct policy *assemble(const struct draft *draft)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct policy *policy;

	fprintf(out, "%s%s", draft->sets, draft->consumers);
	for (size_t i = 0; i < draft->count; i++)
		fputs(draft->rules[i], out);
	fputs(draft->last, out);
	fclose(out);
	policy = policy_from_text("random.policy", text);
	free(text);
	return policy;
}

static bool is_expected(enum diag_code code)
{
	return code == E_CONTRADICTION || code == E_FILTER || code == E_TOO_COMPLEX;
}

/* Takes out the rules in which there are errors; one rule is one line. */
static void without_errors(struct draft *draft, const struct policy *policy)
{
	size_t kept = 0, line = 1;

	for (const char *c = draft->sets; *c; c++)
		line += *c == '\n';
	for (const char *c = draft->consumers; *c; c++)
		line += *c == '\n';
	for (size_t i = 0; i < draft->count; i++, line++) {
		bool is_wrong = false;

		for (size_t j = 0; j < policy->diags.count; j++)
			is_wrong |= is_expected(policy->diags.list[j].code) &&
				    policy->diags.list[j].where.line == line;
		if (!is_wrong)
			memmove(draft->rules[kept++], draft->rules[i], RULE_TEXT);
	}
	draft->count = kept;
}

struct policy *policy_random(uint64_t seed, size_t rules, unsigned int depth)
{
	struct random random = {seed * 0x9e3779b97f4a7c15ull | 1};
	struct draft *draft = calloc(1, sizeof(*draft));
	struct policy *policy;
	size_t before;

	draft->rules = calloc(rules, RULE_TEXT);
	vocabulary_choose(&draft->words, &random);
	add_sets(draft);
	add_consumers(draft);
	while (draft->count < rules)
		add_rule(draft, depth);
	add_default(draft);
	policy = assemble(draft);
	do {
		before = draft->count;
		without_errors(draft, policy);
		if (draft->count == before)
			break;
		policy_free(&policy);
		policy = assemble(draft);
	} while (policy->diags.errors);
	free(draft->rules);
	free(draft);
	return policy;
}
