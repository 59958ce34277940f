// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the cost model makes of policies, at the borders between one form and another.
 */
#include "plan.h"

#include "arena.h"
#include "cost.h"
#include "weigh.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct policy *policy;
	struct plan *plan;
};

/* `count` times a rule, or element: its # is the number, from 1 on, and @. three bytes of an
 * address. */
static struct fixture plan_of(const char *head, size_t count, const char *rule, const char *tail)
{
	struct fixture f;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs(head, out);
	for (size_t i = 1; i <= count; i++) {
		for (const char *c = rule; *c; c++) {
			if (*c == '#')
				fprintf(out, "%zu", i);
			else if (*c == '@' && c[1] == '.')
				fprintf(out, "10.%zu.%zu", i / 250, i % 250);
			else
				fputc(*c, out);
		}
	}
	fputs(tail, out);
	fclose(out);
	f.policy = policy_from_text("test.policy", text);
	if (f.policy->diags.errors)
		diags_print(&f.policy->diags, stderr, false);
	assert_int_equal(f.policy->diags.errors, 0);
	assert_int_equal(plan_policy(&f.plan, f.policy), 0);
	free(text);
	return f;
}

static void plan_writes_few_rules_as_code(void **state)
{
	struct fixture f = plan_of("", STRAIGHT_RULES_MAX, "rule r#: udp dport # => drop\n", "");

	(void)state;
	assert_int_equal(f.plan->kind, PLAN_STRAIGHT);
	policy_free(&f.policy);
	f = plan_of("", STRAIGHT_RULES_MAX + 1, "rule r#: udp dport # => drop\n", "");
	assert_int_equal(f.plan->kind, PLAN_LOOKUP);
	policy_free(&f.policy);
}

/* A bit of what one look has found, for each: a tree would ask for them one after another. */
static void plan_writes_rules_of_dynamic_sets_as_code(void **state)
{
	const char *const rule = "set s# : ipv4 dynamic\nrule r#: ip saddr in @s# => drop\n";
	struct fixture f = plan_of("", 32, rule, "");

	(void)state;
	assert_int_equal(f.plan->kind, PLAN_STRAIGHT);
	assert_int_equal(f.plan->dynamic.look_count, 1);
	policy_free(&f.policy);
	f = plan_of("", STRAIGHT_RULES_MAX, "rule r#: udp dport # => drop\n",
		    "set s : ipv4 dynamic\nrule last: ip saddr in @s => drop\n");
	assert_int_equal(f.plan->kind, PLAN_STRAIGHT);
	policy_free(&f.policy);
	f = plan_of("", STRAIGHT_RULES_MAX + 1, "rule r#: udp dport # => drop\n",
		    "set s : ipv4 dynamic\nrule last: ip saddr in @s => drop\n");
	assert_int_equal(f.plan->kind, PLAN_LOOKUP);
	policy_free(&f.policy);
}

/* However few the rules are: comparisons are what code costs. */
static void plan_looks_up_few_rules_of_many_values(void **state)
{
	struct fixture f = plan_of("", STRAIGHT_RULES_MAX, "rule r#: udp dport # => drop\n", "");
	const char *const rule = "rule r#: udp dport { #, 101, 201, 301, 401, 501, 601, 701 } and "
				 "ip saddr { @.1, @.3, @.5, @.7, @.9, @.11, @.13, @.15 } => drop\n";

	(void)state;
	policy_free(&f.policy);
	f = plan_of("", STRAIGHT_RULES_MAX, rule, "");
	assert_int_equal(f.plan->kind, PLAN_LOOKUP);
	policy_free(&f.policy);
}

/* One look, whose answer is final, for any number of rules of a kind. */
static void plan_of_alike_rules_is_one_table(void **state)
{
	struct fixture f = plan_of("", 1000, "rule r#: ip saddr @.0/24 and udp dport # => drop\n",
				   "");
	const struct classifier *rules = &f.plan->rules;

	(void)state;
	assert_int_equal(rules->count, 1);
	assert_int_equal(rules->list[0].steps, 0);
	assert_int_equal(rules->list[0].entry_count, 1000);
	assert_true(rules->list[0].tuple.cost < 2 * COST_TABLE);
	policy_free(&f.policy);
}

static void plan_of_two_kinds_is_two_tables(void **state)
{
	struct fixture f = plan_of(
		"", 100, "rule a#: ip saddr @.0/24 => drop\nrule b#: udp dport # => pass\n", "");

	(void)state;
	assert_int_equal(f.plan->rules.count, 2);
	assert_int_equal(f.plan->rules.list[0].steps + f.plan->rules.list[1].steps, 0);
	policy_free(&f.policy);
}

/* A second table costs more than the step that tells two rules apart. */
static void plan_joins_a_rule_that_is_nearly_alike(void **state)
{
	struct fixture f = plan_of("", 100, "rule r#: udp dport # => drop\n",
				   "rule other: udp dport 777 and ip ttl 1 => pass\n");

	(void)state;
	assert_int_equal(f.plan->rules.count, 1);
	assert_true(f.plan->rules.list[0].steps > 0);
	policy_free(&f.policy);
}

static uint32_t random_below(uint32_t limit)
{
	static uint32_t state = 7;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % limit;
}

static void put_network(FILE *out, const char *field)
{
	static const unsigned int lengths[] = {16, 20, 22, 24, 26, 28, 32};
	unsigned int length = lengths[random_below(7)];
	uint32_t address = 0x0a000000 | random_below(60) << 16 | random_below(65536);

	address &= UINT32_MAX << (32 - length);
	fprintf(out, " and ip %s %u.%u.%u.%u/%u", field, address >> 24, address >> 16 & 255,
		address >> 8 & 255, address & 255, length);
}

/* As lists of access rules are: seven of eight name the source, by networks of many lengths. */
static char *mixed_rules(size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 1; i <= count; i++) {
		fprintf(out, "rule m%zu: %s", i, random_below(2) ? "tcp" : "udp");
		if (random_below(8))
			put_network(out, "saddr");
		if (random_below(8))
			put_network(out, "daddr");
		fprintf(out, random_below(2) ? " and ip ttl %zu => drop\n" : " => drop\n",
			1 + i % 250);
	}
	fclose(out);
	return text;
}

/* Two looks are cheaper than one for each of the many kinds, which no pair of them shows. */
static void plan_cuts_mixed_rules_in_two(void **state)
{
	char *rules = mixed_rules(800);
	struct fixture f = plan_of(rules, 0, "", "");
	const struct classifier *classifier = &f.plan->rules;
	size_t boxes = 0;

	(void)state;
	assert_int_equal(classifier->count, 2);
	for (size_t i = 0; i < classifier->count; i++)
		boxes += classifier->list[i].tuple.count;
	assert_int_equal(boxes, f.plan->box_count);
	policy_free(&f.policy);
	free(rules);
}

/* Ranges that share nothing exactly but the protocol are cut in halves. */
static void plan_of_ranges_has_a_tree(void **state)
{
	struct fixture f = plan_of("", 256, "rule r#: udp dport #0-#3 => drop\n", "");

	(void)state;
	assert_int_equal(f.plan->rules.count, 1);
	assert_in_range(f.plan->rules.list[0].steps, 8, 12);
	policy_free(&f.policy);
}

static bool has_strides(size_t ranges, const char *element)
{
	struct fixture f = plan_of("set s : ipv4 {\n", ranges, element,
				   "192.0.2.1 }\nrule a: ip saddr in @s => drop\n");
	bool has = f.plan->strides.count;

	policy_free(&f.policy);
	return has;
}

static void plan_of_prefixes_has_strides_if_there_are_many(void **state)
{
	(void)state;
	assert_false(has_strides(STRIDE_RANGES_MIN - 1, "@.0/25,\n"));
	assert_true(has_strides(STRIDE_RANGES_MIN, "@.0/25,\n"));
	/* a table of single addresses is as quick, and smaller */
	assert_false(has_strides(10 * STRIDE_RANGES_MIN, "@.1,\n"));
}

/* Boxes of one word each, which all have the same value, and another word that differs. */
static struct tuple tuple_of(struct arena *arena, uint32_t boxes, bool second_in_key)
{
	struct tuple tuple = {.count = boxes, .key_words = 1};

	tuple.boxes = arena_alloc(arena, boxes * sizeof(*tuple.boxes));
	tuple.parts[tuple.part_count++] = (struct key_part){WORD_AT(packet.ip_saddr), UINT32_MAX, 0,
							    0};
	if (second_in_key)
		tuple.parts[tuple.part_count++] = (struct key_part){WORD_AT(packet.dport),
								    UINT32_MAX, 0, 0};
	for (uint32_t i = 0; i < boxes; i++) {
		struct bound *bounds = arena_alloc(arena, 2 * sizeof(*bounds));

		bounds[0] = (struct bound){WORD_AT(packet.ip_saddr), 1, 1};
		bounds[1] = (struct bound){WORD_AT(packet.dport), i, i};
		tuple.boxes[i].box = (struct box){bounds, 2};
		tuple.boxes[i].answer = i + 1;
	}
	return tuple;
}

static void weigh_counts_steps_behind_a_key(void **state)
{
	struct arena *arena = arena_new();
	struct tuple exact = tuple_of(arena, 64, true), coarse = tuple_of(arena, 64, false);
	const struct tuple *twice[] = {&coarse, &coarse};
	double look = COST_TABLE + COST_KEY_WORD;

	(void)state;
	assert_true(weigh_tuple(&exact, &(const struct tuple *){&exact}, 1) == look);
	/* 64 are found in six steps, and one more that asks for the value */
	assert_true(weigh_tuple(&coarse, twice, 1) == look + 7 * COST_TREE_STEP);
	/* twice as many: one step more, from whichever of two tuples they come */
	assert_true(weigh_tuple(&coarse, twice, 2) == look + 8 * COST_TREE_STEP);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_writes_few_rules_as_code),
		cmocka_unit_test(plan_writes_rules_of_dynamic_sets_as_code),
		cmocka_unit_test(plan_looks_up_few_rules_of_many_values),
		cmocka_unit_test(plan_of_alike_rules_is_one_table),
		cmocka_unit_test(plan_of_two_kinds_is_two_tables),
		cmocka_unit_test(plan_joins_a_rule_that_is_nearly_alike),
		cmocka_unit_test(plan_cuts_mixed_rules_in_two),
		cmocka_unit_test(plan_of_ranges_has_a_tree),
		cmocka_unit_test(plan_of_prefixes_has_strides_if_there_are_many),
		cmocka_unit_test(weigh_counts_steps_behind_a_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
