// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * When a consumer is taken for hung, by the program in the kernel. The test plays the application,
 * and time: it sets back when the program has asked.
 */
#include "bpf/abi.h"
#include "live/counters.h"
#include "lone_socket.h"
#include "packet/text.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR 3600000u /* ticks, where they are shortest */

struct fixture {
	struct program *program;
	struct object *object;
	struct xdv_queue_state *state; /* of the consumer's queue */
};

static void put_socket(const struct fixture *f, const char *map)
{
	const uint32_t zero = 0;

	assert_int_equal(
		bpf_map_update_elem(object_map_fd(f->object, map), &zero, &lone_socket.fd, BPF_ANY),
		0);
}

static void take_socket(const struct fixture *f, const char *map)
{
	const uint32_t zero = 0;

	assert_int_equal(bpf_map_delete_elem(object_map_fd(f->object, map), &zero), 0);
}

/* The consumer that is looked at is the first, and its application beats. */
static void load(struct fixture *f, const char *text)
{
	int fd;

	text_load(&f->program, &f->object, text);
	fd = object_map_fd(f->object, "queues_0");
	assert_true(fd >= 0);
	f->state = mmap(NULL, sizeof(*f->state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(f->state, MAP_FAILED);
	put_socket(f, XDV_XSKS_MAP);
	put_socket(f, "beating_0");
	state_beat(f->state); /* as when it joins */
}

static void unload(struct fixture *f)
{
	munmap(f->state, sizeof(*f->state));
	object_close(&f->object);
	program_free(&f->program);
}

static uint32_t runs(const struct fixture *f, const char *packet)
{
	struct packet_text_error error;
	struct packet_bytes bytes;
	uint32_t action = 0;

	assert_int_equal(packet_from_text(&bytes, packet, &error), 0);
	assert_int_equal(object_run(f->object, bytes.bytes, bytes.length, NULL, &action), 0);
	return action;
}

static void diverted(const struct fixture *f)
{
	assert_int_equal(runs(f, "udp 10.0.0.1:1 > 10.0.0.2:9000"), XDP_REDIRECT);
}

static void passed(const struct fixture *f)
{
	assert_int_equal(runs(f, "udp 10.0.0.1:1 > 10.0.0.2:9000"), XDP_PASS);
}

/* So many ticks go by. */
static void later(const struct fixture *f, uint64_t ticks)
{
	f->state->asked -= ticks;
	if (f->state->again)
		f->state->again -= ticks;
}

/* The first is unanswered for an hour, one more is tried, and then the kernel has them. */
static void hang(const struct fixture *f)
{
	diverted(f);
	later(f, HOUR);
	diverted(f);
	passed(f);
	passed(f);
}

#define FEED "consumer feed { stall 10s }\n"

static void stall_turns_the_queue_to_the_kernel(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	hang(&f);
	assert_int_equal(f.state->stalled, 2);
	unload(&f);
}

static uint64_t fallback(const struct fixture *f, uint32_t rule)
{
	struct xdv_counter counters[2];

	assert_int_equal(counters_sum(object_map_fd(f->object, "rule_counters"), counters, 2), 0);
	return counters[rule].fallback;
}

static void stall_counts_as_the_rules_fallback(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	hang(&f);
	assert_int_equal(fallback(&f, 1), 2);
	assert_int_equal(fallback(&f, 0), 0);
	unload(&f);
}

static void stall_holds_wherever_a_rule_diverts(void **state)
{
	static const char *const rules[] = {
		"rule a: udp dport 9000 => mark 7 xsk feed\n",
		"rule a: udp dport 9000 => sample 1/1000 xsk feed\n",
		"rule a: udp dport 9000 => limit 1/h burst 1 else xsk feed mark 8 xsk feed\n",
		"default xsk feed\n",
	};
	struct fixture f;
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int used = snprintf(text, sizeof(text), FEED "%s", rules[i]);

		load(&f, text);
		hang(&f);
		unload(&f);
		/* the same, looked up */
		for (int j = 1; j <= 20; j++)
			used += snprintf(text + used, sizeof(text) - (size_t)used,
					 "rule s%d: udp dport %d and ip saddr 10.0.0.%d => pass\n",
					 j, j, j);
		load(&f, text);
		hang(&f);
		unload(&f);
	}
}

static void stall_ends_with_the_next_beat(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	for (int i = 0; i < 3; i++) {
		hang(&f);
		state_beat(f.state);
		diverted(&f);
		diverted(&f);
		assert_int_equal(f.state->again, 0);
		state_beat(f.state);
	}
	unload(&f);
}

static void stall_is_not_for_the_idle(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	later(&f, HOUR);
	diverted(&f); /* the first ever */
	state_beat(f.state);
	for (int i = 0; i < 3; i++) {
		later(&f, HOUR); /* nothing comes; and then two at a time */
		diverted(&f);
		diverted(&f);
		state_beat(f.state);
	}
	assert_int_equal(f.state->stalled, 0);
	unload(&f);
}

static void stall_needs_its_time(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, "consumer feed { stall 60s }\nrule a: udp dport 9000 => xsk feed\n");
	diverted(&f);
	later(&f, 3000); /* ticks: 30 s where they are longest */
	for (int i = 0; i < 10; i++)
		diverted(&f);
	assert_int_equal(f.state->again, 0);
	unload(&f);
}

static void stall_tries_again_more_and_more_rarely(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	hang(&f);
	for (int i = 0; i < 10; i++) {
		uint64_t waited = (f.state->again - f.state->asked) / 2;

		later(&f, waited / 2);
		passed(&f);
		later(&f, waited - waited / 2);
		diverted(&f);
		assert_true((f.state->again - f.state->asked) / 2 >= 2 * waited);
		passed(&f);
	}
	unload(&f);
}

static void stall_exempts_who_does_not_beat(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	hang(&f);
	take_socket(&f, "beating_0"); /* the socket is another's, who joined without a word */
	for (int i = 0; i < 3; i++) {
		diverted(&f);
		later(&f, HOUR);
	}
	assert_int_equal(f.state->stalled, 2);
	unload(&f);
}

static void stall_of_nobody_is_none(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 => xsk feed\n");
	hang(&f);
	take_socket(&f, XDV_XSKS_MAP);
	take_socket(&f, "beating_0");
	for (int i = 0; i < 3; i++) {
		passed(&f);
		later(&f, HOUR);
	}
	assert_int_equal(f.state->stalled, 2);
	unload(&f);
}

static void stall_is_each_consumers_own(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "consumer more { stall 1ms }\nconsumer off { stall off }\n"
		      "rule a: udp dport 9000 => xsk feed\nrule b: udp dport 9001 => xsk more\n"
		      "rule c: udp dport 9002 => xsk off\n");
	put_socket(&f, "xsks_1");
	put_socket(&f, "beating_1");
	put_socket(&f, "xsks_2");
	assert_true(object_map_fd(f.object, "beating_2") < 0);
	hang(&f);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(runs(&f, "udp 10.0.0.1:1 > 10.0.0.2:9002"), XDP_REDIRECT);
		passed(&f);
	}
	assert_int_equal(runs(&f, "udp 10.0.0.1:1 > 10.0.0.2:9001"), XDP_REDIRECT);
	passed(&f);
	unload(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stall_turns_the_queue_to_the_kernel),
		cmocka_unit_test(stall_counts_as_the_rules_fallback),
		cmocka_unit_test(stall_holds_wherever_a_rule_diverts),
		cmocka_unit_test(stall_ends_with_the_next_beat),
		cmocka_unit_test(stall_is_not_for_the_idle),
		cmocka_unit_test(stall_needs_its_time),
		cmocka_unit_test(stall_tries_again_more_and_more_rarely),
		cmocka_unit_test(stall_exempts_who_does_not_beat),
		cmocka_unit_test(stall_of_nobody_is_none),
		cmocka_unit_test(stall_is_each_consumers_own),
	};

	libbpf_set_print(NULL); /* object_load() says what is to be said */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, lone_socket_open, lone_socket_close);
}
