// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which of the sockets of a queue a packet goes to, by the program in the kernel: the test has one
 * socket, which it puts into one place after the other.
 */
#include "bpf/abi.h"
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
#include <unistd.h>

#include <cmocka.h>

#define SOCKETS 4
#define NONE	(-1)

struct fixture {
	struct program *program;
	struct object *object;
};

static void load(struct fixture *f, const char *text)
{
	text_load(&f->program, &f->object, text);
}

static void unload(struct fixture *f)
{
	object_close(&f->object);
	program_free(&f->program);
}

/* The only socket that takes the packet; NONE: none does. */
static int socket_of(const struct fixture *f, const char *packet)
{
	int map = object_map_fd(f->object, XDV_XSKS_MAP), found = NONE;
	struct packet_text_error error;
	struct packet_bytes bytes;

	assert_int_equal(packet_from_text(&bytes, packet, &error), 0);
	for (uint32_t i = 0; i < XDV_FANOUT_MAX; i++) {
		uint32_t action = 0;

		assert_int_equal(bpf_map_update_elem(map, &i, &lone_socket.fd, BPF_ANY), 0);
		assert_int_equal(object_run(f->object, bytes.bytes, bytes.length, NULL, &action),
				 0);
		assert_int_equal(bpf_map_delete_elem(map, &i), 0);
		if (action != XDP_REDIRECT)
			continue;
		assert_int_equal(found, NONE);
		found = (int)i;
	}
	return found;
}

#define FEED "consumer feed { fanout flow 4; stall off }\n"

static void fanout_uses_all_sockets(void **state)
{
	static const char *const forms[] = {"udp 10.0.0.1:%d > 10.0.0.2:9000",
					    "tcp 10.0.%d.1:5000 > 10.0.0.2:9000",
					    "udp [fd00::%d]:5000 > [fd00::ffff]:9000"};
	struct fixture f;
	char packet[128];

	(void)state;
	load(&f, FEED "rule a: udp dport 9000 or tcp dport 9000 => xsk feed\n");
	for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		int flows[SOCKETS] = {0};

		for (int i = 1; i <= 64; i++) {
			int number;

			snprintf(packet, sizeof(packet), forms[form], i);
			number = socket_of(&f, packet);
			assert_in_range(number, 0, SOCKETS - 1);
			assert_int_equal(socket_of(&f, packet), number);
			flows[number]++;
		}
		for (int i = 0; i < SOCKETS; i++)
			assert_in_range(flows[i], 4, 40);
	}
	unload(&f);
}

static void fanout_keeps_a_conversation_together(void **state)
{
	struct fixture f;
	char there[128], back[128];

	(void)state;
	load(&f, FEED "default xsk feed\n");
	for (int i = 1; i <= 32; i++) {
		snprintf(there, sizeof(there), "tcp 10.0.0.%d:%d > 10.0.0.2:9000", i, 5000 + i);
		snprintf(back, sizeof(back), "tcp 10.0.0.2:9000 > 10.0.0.%d:%d", i, 5000 + i);
		assert_int_equal(socket_of(&f, there), socket_of(&f, back));
		snprintf(there, sizeof(there), "udp [fd00::%d]:%d > [fd00::2]:53", i, 5000 + i);
		snprintf(back, sizeof(back), "vlan 7 udp [fd00::2]:53 > [fd00::%d]:%d", i,
			 5000 + i);
		assert_int_equal(socket_of(&f, there), socket_of(&f, back));
	}
	unload(&f);
}

static void fanout_keeps_fragments_together(void **state)
{
	struct fixture f;
	char first[128], later[128];

	(void)state;
	load(&f, FEED "default xsk feed\n");
	for (int i = 1; i <= 32; i++) {
		snprintf(first, sizeof(first), "udp 10.0.0.%d:5000 > 10.0.0.2:9000 frag first", i);
		snprintf(later, sizeof(later), "ip 10.0.0.%d > 10.0.0.2 proto 17 frag later", i);
		assert_int_equal(socket_of(&f, first), socket_of(&f, later));
	}
	unload(&f);
}

static void fanout_of_other_packets_is_the_first_socket(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, FEED "default xsk feed\n");
	assert_int_equal(socket_of(&f, "arp 10.0.0.1 > 10.0.0.2"), 0);
	assert_int_equal(socket_of(&f, "ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x88b5"),
			 0);
	unload(&f);
}

/* In straight code and in look-ups, with all that may stand in front of a divert. */
static void fanout_holds_wherever_a_rule_diverts(void **state)
{
	static const char *const rules[] = {
		"rule a: udp dport 9000 => xsk feed\n",
		"rule a: udp dport 9000 => mark 7 xsk feed\n",
		"rule a: udp dport 9000 => sample 1/1000 xsk feed\n",
		"rule a: udp dport 9000 => limit 1/h burst 1 else xsk feed mark 8 xsk feed\n",
		"rule a: inner udp => drop\ndefault xsk feed\n",
		"flows { }\ndefault xsk feed\n",
		"default xsk feed\n",
	};
	struct fixture f;
	char text[4096];
	int number;

	(void)state;
	load(&f, FEED "default xsk feed\n");
	number = socket_of(&f, "udp 10.0.0.1:5 > 10.0.0.2:9000");
	unload(&f);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int used = snprintf(text, sizeof(text), FEED "%s", rules[i]);

		load(&f, text);
		assert_int_equal(socket_of(&f, "udp 10.0.0.1:5 > 10.0.0.2:9000"), number);
		unload(&f);
		/* the same, looked up, and watched */
		used = snprintf(text, sizeof(text), "consumer feed { fanout flow 4 }\n%s",
				rules[i]);
		for (int j = 1; j <= 20; j++)
			used += snprintf(text + used, sizeof(text) - (size_t)used,
					 "rule s%d: udp dport %d and ip saddr 10.0.0.%d => pass\n",
					 j, j, j);
		load(&f, text);
		assert_int_equal(socket_of(&f, "udp 10.0.0.1:5 > 10.0.0.2:9000"), number);
		unload(&f);
	}
}

static void fanout_is_each_consumers_own(void **state)
{
	struct fixture f;

	(void)state;
	load(&f, "consumer one { stall off }\nconsumer two { fanout flow 16 }\n"
		 "rule a: udp dport 9000 => xsk one\nrule b: udp dport 9001 => xsk two\n");
	for (int i = 1; i < 32; i++) {
		char packet[128];

		snprintf(packet, sizeof(packet), "udp 10.0.0.1:%d > 10.0.0.2:9000", i);
		assert_int_equal(socket_of(&f, packet), 0);
	}
	unload(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fanout_uses_all_sockets),
		cmocka_unit_test(fanout_keeps_a_conversation_together),
		cmocka_unit_test(fanout_keeps_fragments_together),
		cmocka_unit_test(fanout_of_other_packets_is_the_first_socket),
		cmocka_unit_test(fanout_holds_wherever_a_rule_diverts),
		cmocka_unit_test(fanout_is_each_consumers_own),
	};

	libbpf_set_print(NULL); /* object_load() says what is to be said */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, lone_socket_open, lone_socket_close);
}
