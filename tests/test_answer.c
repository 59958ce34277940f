// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What looked-up rules answer, and that the program does what the answers say.
 */
#include "answer.h"

#include "live/counters.h"
#include "live/object.h"
#include "live/privileges.h"
#include "packet/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#define RULES 20 /* more than are written as straight code */

static void answer_says_rule_action_and_target(void **state)
{
	struct policy *policy = policy_from_text(
		"test.policy", "consumer a { }\ntarget b dpdk { }\n"
			       "rule r: udp => dpdk b\nrule t: tcp => tx swap\n"
			       "rule u: sctp => redirect eth7\nrule v: icmp => mark 9 xsk a\n");

	(void)state;
	assert_int_equal(policy->diags.errors, 0);
	/* DPDK's is the first map of sockets, wherever it stands */
	assert_int_equal(answer_of_rule(policy, 1), XDV_ANSWER(1u, XDV_ACTION_XSK, 0u));
	assert_int_equal(answer_of_rule(policy, 2), XDV_ANSWER(2u, XDV_ACTION_TX, 1u));
	assert_int_equal(answer_of_rule(policy, 3), XDV_ANSWER(3u, XDV_ACTION_REDIRECT, 0u));
	assert_int_equal(answer_of_rule(policy, 4),
			 XDV_ANSWER(4u, XDV_ACTION_XSK, 1u) | XDV_ANSWER_OPTIONS);
	assert_int_equal(XDV_ANSWER_RULE(answer_of_rule(policy, 4)), 4);
	assert_int_equal(answer_options(policy)[4].mark, 9);
	assert_int_equal(answer_options(policy)[4].options, XDV_OPTION_MARK);
	policy_free(&policy);
}

static void answer_of_an_earlier_rule_is_lower(void **state)
{
	uint32_t last = XDV_ANSWER((uint32_t)XDV_ANSWER_RULES, 0u, 0u);

	(void)state;
	assert_true(XDV_ANSWER(1u, 7u, 0x7fu) + XDV_ANSWER_OPTIONS < XDV_ANSWER(2u, 0u, 0u));
	assert_int_equal(last & XDV_TREE_ANSWER, 0);
	assert_int_equal(XDV_ANSWER_RULE(last), XDV_ANSWER_RULES);
}

static void answer_has_room_for_so_many_interfaces(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct policy *policy;

	(void)state;
	for (int i = 0; i <= XDV_ANSWER_TARGETS; i++)
		fprintf(out, "rule r%d: udp dport %d => redirect port%d\n", i, i, i);
	fclose(out);
	policy = policy_from_text("test.policy", text);
	assert_int_equal(policy->diags.errors, 0);
	assert_int_equal(answer_check(policy), -E2BIG);
	assert_int_equal(policy->diags.errors, 1);
	assert_int_equal(policy->diags.list[0].where.line, XDV_ANSWER_TARGETS + 1);
	policy_free(&policy);
	free(text);
}

/* Rules that all do the same, with packets for one of them: what its counter says. */
static struct xdv_counter count_of(const char *head, const char *action, uint32_t *verdict)
{
	const struct object_options options = {0};
	struct xdv_counter counters[RULES + 1];
	struct packet_text_error text_error;
	struct packet_bytes packet;
	struct program *program;
	struct object *object;
	struct xdv_error error = {0};
	char text[4096];
	int used = snprintf(text, sizeof(text), "%s\n", head);

	for (int i = 1; i <= RULES; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 "rule r%d: udp dport %d => %s\n", i, i, action);
	if (program_build(&program, policy_from_text("test.policy", text), NULL, &error) ||
	    object_load(&object, program, &options, &error))
		fail_msg("%s", error.message);
	assert_int_equal(packet_from_text(&packet, "udp 10.0.0.1:1 > 10.0.0.2:20", &text_error), 0);
	assert_int_equal(object_run(object, packet.bytes, packet.length, NULL, verdict), 0);
	assert_int_equal(counters_sum(object_map_fd(object, "rule_counters"), counters, RULES + 1),
			 0);
	object_close(&object);
	program_free(&program);
	return counters[RULES];
}

/* Nobody is at the sockets, so that what is diverted falls back, and is counted as that. */
static void program_diverts_to_targets_of_every_kind(void **state)
{
	static const struct {
		const char *head, *action;
	} kinds[] = {
		{"consumer feed { }", "xsk feed"},
		{"target fwd dpdk { }", "dpdk fwd"},
		{"target vol0 storage { }", "storage vol0"},
		{"consumer feed { }\nconsumer other { }", "xsk other"},
		{"consumer feed { }", "mark 3 xsk feed"},
	};
	struct xdv_error error;
	uint32_t verdict;

	(void)state;
	if (privileges_check("lo", "run programs", &error))
		skip();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct xdv_counter counter = count_of(kinds[i].head, kinds[i].action, &verdict);

		assert_int_equal(verdict, XDP_PASS);
		assert_int_equal(counter.packets, 1);
		assert_int_equal(counter.fallback, 1);
	}
}

static void program_drops_and_sends_back(void **state)
{
	struct xdv_error error;
	uint32_t verdict;

	(void)state;
	if (privileges_check("lo", "run programs", &error))
		skip();
	assert_int_equal(count_of("", "drop", &verdict).packets, 1);
	assert_int_equal(verdict, XDP_DROP);
	assert_int_equal(count_of("", "tx swap", &verdict).packets, 1);
	assert_int_equal(verdict, XDP_TX);
	assert_int_equal(count_of("default drop", "pass", &verdict).fallback, 0);
	assert_int_equal(verdict, XDP_PASS);
	assert_int_equal(count_of("", "limit 1/h burst 1 else drop pass", &verdict).packets, 1);
	assert_int_equal(verdict, XDP_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_says_rule_action_and_target),
		cmocka_unit_test(answer_of_an_earlier_rule_is_lower),
		cmocka_unit_test(answer_has_room_for_so_many_interfaces),
		cmocka_unit_test(program_diverts_to_targets_of_every_kind),
		cmocka_unit_test(program_drops_and_sends_back),
	};

	libbpf_set_print(NULL); /* object_load() says what is to be said */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
