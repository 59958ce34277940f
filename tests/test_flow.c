// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Flows of frames, against the dissector, which reads headers independently; and their text.
 */
#include "flow_text.h"
#include "flowmap.h"
#include "packet/dissect.h"
#include "packet_generator.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 20000

static const char aimed_at[] = "rule a: tcp dport 80 and ip saddr 10.0.0.1 => drop\n"
			       "rule b: udp sport 53 and ip6 => drop\n"
			       "rule c: sctp and vlan => drop\n"
			       "rule d: ip6 frag any => drop\nrule e: ip frag any => drop\n";

static void same_address(const uint8_t found[16], const struct dissection *packet, enum field of_ip,
			 enum field of_ip6)
{
	uint8_t wanted[16] = {0};

	if (packet->has[HEADER_IP6])
		memcpy(wanted, packet->values[of_ip6].bytes, 16);
	else
		memcpy(wanted, packet->values[of_ip].bytes, 4);
	assert_memory_equal(found, wanted, 16);
}

/* False if no flow can take it. */
static bool ports_of(const struct dissection *packet, uint32_t *sport, uint32_t *dport)
{
	static const enum field ports[][2] = {
		{FIELD_TCP_SPORT, FIELD_TCP_DPORT},
		{FIELD_UDP_SPORT, FIELD_UDP_DPORT},
		{FIELD_SCTP_SPORT, FIELD_SCTP_DPORT},
	};

	for (int i = 0; i < 3; i++) {
		if (!packet->has[field_table[ports[i][0]].header] ||
		    packet->fragment != XDV_FRAGMENT_NONE)
			continue;
		*sport = value_number(&packet->values[ports[i][0]], TYPE_PORT);
		*dport = value_number(&packet->values[ports[i][1]], TYPE_PORT);
		return true;
	}
	return false;
}

static void frame_has_the_flow_that_the_dissector_reads(void **state)
{
	struct policy *policy = policy_from_text("test.policy", aimed_at);
	struct generator *generator = generator_new(policy, 7);
	static uint8_t bytes[GENERATOR_FRAME_MAX];
	size_t length, flows = 0;

	(void)state;
	for (int i = 0; i < FRAMES; i++) {
		struct xdv_frame frame = {.data = bytes};
		uint32_t sport, dport;
		struct dissection packet;
		struct xdv_flow flow;

		generator_next(generator, bytes, &length);
		frame.len = (uint32_t)length;
		dissect(&packet, bytes, length);
		if (!ports_of(&packet, &sport, &dport)) {
			assert_int_equal(xdv_flow_of_frame(&frame, &flow), -ENOMSG);
			continue;
		}
		assert_int_equal(xdv_flow_of_frame(&frame, &flow), 0);
		assert_int_equal(flow.family, packet.has[HEADER_IP6] ? AF_INET6 : AF_INET);
		assert_int_equal(flow.protocol, packet.protocol);
		assert_int_equal(flow.sport, sport);
		assert_int_equal(flow.dport, dport);
		same_address(flow.saddr, &packet, FIELD_IP_SADDR, FIELD_IP6_SADDR);
		same_address(flow.daddr, &packet, FIELD_IP_DADDR, FIELD_IP6_DADDR);
		flows++;
	}
	print_message("# %zu of %d frames are of flows\n", flows, FRAMES);
	assert_true(flows > FRAMES / 4);
	generator_free(&generator);
	policy_free(&policy);
}

static struct xdv_flow flow_of(const char *text)
{
	struct packet_text_error error;
	struct flow_text read;

	if (flow_from_text(&read, text, false, &error))
		fail_msg("%s: %s", text, error.message);
	return read.flow;
}

static void key_of_ipv4_has_one_word_of_address(void **state)
{
	struct xdv_flow flow = flow_of("udp 10.0.0.1:5000 > 192.0.2.255:53"), back;
	struct xdv_flow_key key, wanted = {
					 .saddr = {0x0a000001},
					 .daddr = {0xc00002ff},
					 .sport = 5000,
					 .dport = 53,
					 .l3 = XDV_L3_IPV4,
					 .protocol = 17,
				 };

	(void)state;
	memset(flow.saddr + 4, 0xff, 12); /* which do not count */
	assert_int_equal(flowmap_key(&key, &flow), 0);
	assert_memory_equal(&key, &wanted, sizeof(key));
	flowmap_flow(&back, &key);
	memset(flow.saddr + 4, 0, 12);
	assert_memory_equal(&back, &flow, sizeof(flow));
}

static void key_of_ipv6_has_four(void **state)
{
	struct xdv_flow flow = flow_of("tcp [2001:db8::1:2]:80 > [fe80::ffff:0:3]:65535"), back;
	struct xdv_flow_key key, wanted = {
					 .saddr = {0x20010db8, 0, 0, 0x00010002},
					 .daddr = {0xfe800000, 0, 0x0000ffff, 0x00000003},
					 .sport = 80,
					 .dport = 65535,
					 .l3 = XDV_L3_IPV6,
					 .protocol = 6,
				 };

	(void)state;
	assert_int_equal(flowmap_key(&key, &flow), 0);
	assert_memory_equal(&key, &wanted, sizeof(key));
	flowmap_flow(&back, &key);
	assert_memory_equal(&back, &flow, sizeof(flow));
}

static void key_of_what_is_no_flow_is_refused(void **state)
{
	struct xdv_flow flow = flow_of("udp 10.0.0.1:5000 > 192.0.2.255:53");
	struct xdv_flow_key key;

	(void)state;
	flow.protocol = 1;
	assert_int_equal(flowmap_key(&key, &flow), -EINVAL);
	flow.protocol = 17;
	flow.family = AF_UNIX;
	assert_int_equal(flowmap_key(&key, &flow), -EINVAL);
}

static void reverse_exchanges_the_ends(void **state)
{
	struct xdv_flow flow = flow_of("udp [fd00::1]:1 > [fd00::2]:2");
	char text[XDV_FLOW_TEXT];

	(void)state;
	xdv_flow_reverse(&flow);
	assert_string_equal(xdv_flow_format(&flow, text), "udp [fd00::2]:2 > [fd00::1]:1");
}

static void text_of_a_flow_is_read_again(void **state)
{
	static const char *const texts[] = {
		"udp 10.0.0.1:5000 > 10.0.0.2:53",
		"tcp 255.255.255.255:65535 > 0.0.0.0:0",
		"sctp [fd00::1]:80 > [2001:db8:1:2:3:4:5:6]:4000",
	};
	char text[XDV_FLOW_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct xdv_flow flow = flow_of(texts[i]);

		assert_string_equal(xdv_flow_format(&flow, text), texts[i]);
	}
}

/* What is written is what was read, in its shortest form. */
static void text_says_what_to_do(void **state)
{
	static const char *const list[][2] = {
		{"udp 1.1.1.1:1 > 2.2.2.2:2 => pass", "pass"},
		{"udp 1.1.1.1:1>2.2.2.2:2 =>drop", "drop"},
		{"udp 1.1.1.1:1 2.2.2.2:2 xsk feed timeout 500ms", "xsk feed timeout 500ms"},
		{"udp 1.1.1.1:1 > 2.2.2.2:2 => tx timeout 90s", "tx timeout 90s"},
		{"udp 1.1.1.1:1 2.2.2.2:2 => tx swap timeout 120s", "tx swap timeout 2min"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout 1000ms", "pass timeout 1s"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout 49d", "pass timeout 49d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct xdv_flow_info info = {0};
		struct packet_text_error error;
		char text[FLOW_ACTION_TEXT];
		struct flow_text read;

		if (flow_from_text(&read, list[i][0], true, &error))
			fail_msg("%s: %s", list[i][0], error.message);
		info.action = read.action;
		info.timeout_ms = read.timeout_ms;
		strcpy(info.consumer, read.consumer);
		assert_string_equal(flow_action_format(text, &info), list[i][1]);
	}
}

static void wrong_text_is_refused_at_its_place(void **state)
{
	static const struct {
		const char *text;
		bool acts;
		size_t offset;
		const char *says; /* part of the message or the hint */
	} list[] = {
		{"", true, 0, "missing"},
		{"upd 1.1.1.1:1 2.2.2.2:2 pass", true, 0, "did you mean `udp`"},
		{"icmp 1.1.1.1 2.2.2.2 pass", true, 0, "udp, tcp or sctp"},
		{"udp", true, 3, "an address"},
		{"udp > 2.2.2.2:2 drop", true, 4, "an address"},
		{"udp 1.1.1.1 2.2.2.2:2 pass", true, 4, "no port"},
		{"udp 1.1.1.300:1 2.2.2.2:2 pass", true, 4, "not an address"},
		{"udp fe80::1 [fe80::2]:1 pass", true, 4, "no port"},
		{"udp 1.1.1.1:65536 2.2.2.2:2 pass", true, 12, "65535"},
		{"udp 1.1.1.1:1 [::1]:2 pass", true, 14, "other is IPv6"},
		{"udp 1.1.1.1:1", true, 13, "a shell takes"}, /* > 2.2.2.2:2 */
		{"udp 1.1.1.1:1 = pass", true, 14, "a shell takes"},
		{"udp 1.1.1.1:1 2.2.2.2:2 = feed", true, 26, "a shell takes"}, /* => xsk */
		{"udp 1.1.1.1:1 2.2.2.2:2", true, 23, "what to do"},
		{"udp 1.1.1.1:1 2.2.2.2:2 =>", true, 26, "what to do"},
		{"udp 1.1.1.1:1 2.2.2.2:2 accept", true, 24, "no action `accept`"},
		{"udp 1.1.1.1:1 2.2.2.2:2 droop", true, 24, "did you mean `drop`"},
		{"udp 1.1.1.1:1 2.2.2.2:2 xsk", true, 27, "name of a consumer"},
		{"udp 1.1.1.1:1 2.2.2.2:2 xsk a123456789a123456789a123456789ab", true, 28, "31"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout", true, 36, "a time"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout 30", true, 37, "look like"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout 0s", true, 37, "49d"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout 50d", true, 37, "49d"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass timeout -1s", true, 37, "not a time"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass swap", true, 29, "unexpected `swap`"},
		{"udp 1.1.1.1:1 2.2.2.2:2 pass", false, 24, "the flow ends here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct packet_text_error error = {0};
		struct flow_text read;

		assert_int_equal(flow_from_text(&read, list[i].text, list[i].acts, &error),
				 -EINVAL);
		if (error.offset != list[i].offset ||
		    (!strstr(error.message, list[i].says) && !strstr(error.hint, list[i].says)))
			fail_msg("`%s`: at %zu: %s (%s)", list[i].text, error.offset, error.message,
				 error.hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_has_the_flow_that_the_dissector_reads),
		cmocka_unit_test(key_of_ipv4_has_one_word_of_address),
		cmocka_unit_test(key_of_ipv6_has_four),
		cmocka_unit_test(key_of_what_is_no_flow_is_refused),
		cmocka_unit_test(reverse_exchanges_the_ends),
		cmocka_unit_test(text_of_a_flow_is_read_again),
		cmocka_unit_test(text_says_what_to_do),
		cmocka_unit_test(wrong_text_is_refused_at_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
