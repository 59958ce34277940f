// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Boxes, and conditions turned into them.
 */
#include "arena.h"
#include "box.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORD(member) (offsetof(struct xdv_packet, member) / sizeof(__u32))

static struct boxes lower(struct arena *arena, const char *condition, bool *too_complex,
			  size_t *questions)
{
	struct questions asked = {NULL, 0};
	struct lowering lowering = {.arena = arena, .questions = &asked};
	char *text = arena_printf(arena, "rule r: %s => drop\n", condition);
	struct policy *policy = policy_from_text("test.policy", text);
	struct boxes boxes;

	assert_int_equal(policy->diags.errors, 0);
	lowering.reads_fragments = policy->rules[0]->reads_fragments;
	boxes = lower_expr(&lowering, policy->rules[0]->match, false);
	*too_complex = lowering.too_complex;
	*questions = asked.count;
	policy_free(&policy); /* boxes hold numbers only */
	return boxes;
}

static void assert_boxes(const char *condition, size_t count)
{
	struct arena *arena = arena_new();
	bool too_complex;
	size_t questions;
	struct boxes boxes = lower(arena, condition, &too_complex, &questions);

	assert_false(too_complex);
	assert_int_equal(questions, 0);
	if (boxes.count != count)
		fail_msg("%s: %zu boxes, wanted %zu", condition, boxes.count, count);
	arena_free(&arena);
}

static void lower_conditions_come_to_few_boxes(void **state)
{
	(void)state;
	assert_boxes("tcp dport 80", 1);
	assert_boxes("tcp dport { 80, 81, 82, 90 }", 2);
	assert_boxes("tcp dport != 80", 2);
	assert_boxes("ip saddr 10.0.0.0/8", 1);
	assert_boxes("ip6 saddr 2001:db8::/32", 1);
	assert_boxes("ip6 saddr 2001:db8::1-2001:db8::ffff", 1);
	assert_boxes("ip6 saddr 2001:db8::1-2001:db9::5", 4);
	assert_boxes("ip or ip6", 2);
	assert_boxes("(tcp dport 1 or tcp dport 2) and (ip saddr 10.0.0.1 or ip saddr 10.0.0.2)",
		     4);
	assert_boxes("ip frag first and udp dport 1", 2);
	/* not IPv4, or a port that is not 80, or no TCP */
	assert_boxes("not (ip and tcp dport 80)", 6);
}

static void lower_long_lists_become_questions(void **state)
{
	struct arena *arena = arena_new();
	char list[2048] = "ip6 saddr { ";
	bool too_complex;
	size_t questions;
	struct boxes boxes;

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(list + strlen(list), "%s::%x", i ? ", " : "", 2 * i + 1);
	strcat(list, " }");
	boxes = lower(arena, list, &too_complex, &questions);
	assert_int_equal(questions, 1);
	assert_int_equal(boxes.count, 1);
	assert_int_equal(boxes.list[0].bounds[1].word, QUESTION_WORDS);
	arena_free(&arena);
}

static void lower_explosion_is_stopped(void **state)
{
	struct arena *arena = arena_new();
	char condition[4096] = "";
	bool too_complex;
	size_t questions;

	(void)state;
	strcpy(condition, "tcp and ip");
	for (int i = 0; i < 12; i++)
		sprintf(condition + strlen(condition),
			" and tcp sport != %d and tcp dport != %d and ip saddr != 10.0.0.%d and ip daddr != 10.0.0.%d",
			2 * i + 1, 2 * i + 1, 2 * i + 1, 2 * i + 1);
	lower(arena, condition, &too_complex, &questions);
	assert_true(too_complex);
	arena_free(&arena);
}

static void box_close_adds_what_follows(void **state)
{
	struct arena *arena = arena_new();
	struct bound bound = {WORD(l4), XDV_L4_ICMP6, XDV_L4_ICMP6};
	struct box box = {&bound, 1}, closed;

	(void)state;
	assert_true(box_close(arena, &box, &closed));
	assert_int_equal(box_bound(&closed, WORD(l3))->lo, XDV_L3_IPV6);
	assert_int_equal(box_bound(&closed, WORD(protocol))->hi, 58);
	assert_int_equal(box_bound(&closed, WORD(ether_type))->lo, 0x86dd);
	assert_int_equal(box_bound(&closed, WORD(fragment))->hi, XDV_FRAGMENT_NONE);
	arena_free(&arena);
}

static void box_close_finds_what_contradicts(void **state)
{
	struct arena *arena = arena_new();
	struct bound bounds[] = {{WORD(l3), XDV_L3_IPV4, XDV_L3_IPV4},
				 {WORD(l4), XDV_L4_ICMP6, XDV_L4_ICMP6}};
	struct box box = {bounds, 2}, closed;

	(void)state;
	assert_false(box_close(arena, &box, &closed));
	arena_free(&arena);
}

static void box_covers_means_every_bound(void **state)
{
	struct bound wide[] = {{1, 0, 10}}, narrow[] = {{1, 3, 4}, {2, 5, 5}};
	struct box outer = {wide, 1}, inner = {narrow, 2}, all = {NULL, 0};

	(void)state;
	assert_true(box_covers(&outer, &inner));
	assert_false(box_covers(&inner, &outer));
	assert_true(box_covers(&all, &inner));
	assert_false(box_covers(&inner, &all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_conditions_come_to_few_boxes),
		cmocka_unit_test(lower_long_lists_become_questions),
		cmocka_unit_test(lower_explosion_is_stopped),
		cmocka_unit_test(box_close_adds_what_follows),
		cmocka_unit_test(box_close_finds_what_contradicts),
		cmocka_unit_test(box_covers_means_every_bound),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
