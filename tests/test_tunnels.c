// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tunnels: what the dissector finds in them, and what rules with `inner` say of it.
 */
#include "eval.h"
#include "packet/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A UDP datagram in an IPv4 packet; in front of it, in hexadecimal, what a tunnel has. */
#define INNER_UDP   "4500001c 00000000 40110000 01000001 01000002 00070008 00080000"
#define INNER_ETHER "020000000006 020000000005 0800 " INNER_UDP

static struct packet_bytes frame;

/* Replaces the payload of a packet, and has its lengths right. */
static struct dissection around(const char *packet, const char *payload)
{
	struct packet_bytes bytes = {.length = 0};
	struct packet_text_error error;
	struct dissection dissection;
	char text[1024];

	snprintf(text, sizeof(text), "hex %s", payload);
	assert_int_equal(packet_from_text(&bytes, text, &error), 0);
	snprintf(text, sizeof(text), "%s len %zu", packet, bytes.length);
	if (packet_from_text(&frame, text, &error))
		fail_msg("%s: %s", text, error.message);
	memcpy(frame.bytes + frame.length - bytes.length, bytes.bytes, bytes.length);
	dissect(&dissection, frame.bytes, frame.length);
	return dissection;
}

#define VXLAN  "udp 10.0.0.1:1 > 10.0.0.2:4789"
#define GENEVE "udp 10.0.0.1:1 > 10.0.0.2:6081"
#define GRE    "ip 10.0.0.1 > 10.0.0.2 proto gre"

static uint32_t number(const struct dissection *packet, enum field field)
{
	return value_number(&packet->values[field], field_table[field].type);
}

static bool has_inner_udp(const struct dissection *packet)
{
	return packet->has[HEADER_INNER + HEADER_UDP] &&
	       number(packet, FIELD_INNER + FIELD_UDP_DPORT) == 8;
}

static void tunnel_vxlan_has_a_vni_and_a_frame(void **state)
{
	struct dissection packet = around(VXLAN, "08000000 00002a00 " INNER_ETHER);

	(void)state;
	assert_true(packet.has[HEADER_VXLAN]);
	assert_int_equal(number(&packet, FIELD_VXLAN_VNI), 42);
	assert_true(has_inner_udp(&packet));
	assert_int_equal(packet.values[FIELD_INNER + FIELD_ETHER_SADDR].bytes[5], 5);
	assert_int_equal(number(&packet, FIELD_UDP_DPORT), 4789); /* nothing shifts */
}

static void tunnel_vxlan_needs_its_flags(void **state)
{
	(void)state;
	assert_true(around(VXLAN, "88000000 00002a00 " INNER_ETHER).has[HEADER_VXLAN]);
	assert_true(around(VXLAN, "08ffffff 00002aff " INNER_ETHER).has[HEADER_VXLAN]);
	assert_false(around(VXLAN, "00000000 00002a00 " INNER_ETHER).has[HEADER_VXLAN]);
	/* "next protocol" of VXLAN-GPE: no frame */
	assert_false(around(VXLAN, "0c000001 00002a00 " INNER_ETHER).has[HEADER_VXLAN]);
	assert_false(around(VXLAN, "08000000 00002a").has[HEADER_VXLAN]);
	assert_true(around(VXLAN, "08000000 00002a00").has[HEADER_VXLAN]); /* empty */
}

static void tunnel_geneve_options_are_skipped(void **state)
{
	struct dissection packet = around(GENEVE, "02000800 00000700 01020304 05060708 " INNER_UDP);

	(void)state;
	assert_int_equal(number(&packet, FIELD_GENEVE_VNI), 7);
	assert_int_equal(number(&packet, FIELD_GENEVE_PROTOCOL), 0x800);
	assert_true(has_inner_udp(&packet));
	assert_false(packet.has[HEADER_INNER + HEADER_ETHER]);
	packet = around(GENEVE, "00406558 00000700 " INNER_ETHER);
	assert_true(has_inner_udp(&packet));
	assert_true(packet.has[HEADER_INNER + HEADER_ETHER]);
}

static void tunnel_geneve_odd_headers_carry_nothing(void **state)
{
	struct dissection packet = around(GENEVE, "00800800 00000700 " INNER_UDP);

	(void)state;
	assert_true(packet.has[HEADER_GENEVE]); /* a control message */
	assert_false(packet.has[HEADER_INNER + HEADER_IP]);
	assert_false(around(GENEVE, "40000800 00000700 " INNER_UDP).has[HEADER_GENEVE]);
	assert_false(around(GENEVE, "3f000800 00000700 " INNER_UDP).has[HEADER_GENEVE]);
}

static void tunnel_gre_options_are_skipped(void **state)
{
	static const struct {
		const char *header;
		bool key;
	} headers[] = {
		{"00000800 ", false},
		{"80000800 00000000 ", false},
		{"10000800 00000001 ", false},
		{"20000800 00000007 ", true},
		{"a0000800 11110000 00000007 ", true},
		{"b0f80800 11110000 00000007 00000001 ", true}, /* reserved bits are ignored */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		char payload[200];
		struct dissection packet;

		snprintf(payload, sizeof(payload), "%s" INNER_UDP, headers[i].header);
		packet = around(GRE, payload);
		assert_true(packet.has[HEADER_GRE]);
		assert_true(has_inner_udp(&packet));
		assert_int_equal(packet.has_gre_key, headers[i].key);
		if (headers[i].key)
			assert_int_equal(number(&packet, FIELD_GRE_KEY), 7);
	}
}

static void tunnel_gre_of_other_kinds_is_none(void **state)
{
	static const char *const headers[] = {
		"00010800 ", /* version 1: PPTP */
		"00070800 ", "40000800 00000000 ", /* source routes */
		"08000800 ", "04000800 ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		char payload[200];

		snprintf(payload, sizeof(payload), "%s" INNER_UDP, headers[i]);
		assert_false(around(GRE, payload).has[HEADER_GRE]);
	}
	assert_false(around(GRE, "b0000800 0000 0000 0000 0007 0000 00").has[HEADER_GRE]);
}

static void tunnel_inner_ends_where_the_outer_does(void **state)
{
	struct dissection packet = around(VXLAN, "08000000 00002a00 " INNER_ETHER);

	(void)state;
	frame.bytes[17] -= 1; /* the outer total length: one byte less than the inner one needs */
	dissect(&packet, frame.bytes, frame.length);
	assert_true(packet.has[HEADER_VXLAN]);
	assert_true(packet.has[HEADER_INNER + HEADER_ETHER]);
	assert_false(packet.has[HEADER_INNER + HEADER_IP]);
}

static void tunnel_in_a_tunnel_is_not_looked_into(void **state)
{
	struct dissection packet = around(
		GRE, "00000800 45000034 00000000 402f0000 01000001 01000002 00000800 " INNER_UDP);

	(void)state;
	assert_int_equal(number(&packet, FIELD_INNER + FIELD_IP_PROTOCOL), 47);
	assert_false(packet.has[HEADER_INNER + HEADER_UDP]);
}

/* Does a rule with this condition take the packet? */
static bool takes(const char *condition, const char *packet_text)
{
	struct packet_text_error error;
	struct dissection packet;
	struct policy *policy;
	char text[1024];
	size_t rule;

	if (packet_from_text(&frame, packet_text, &error))
		fail_msg("%s: %s", packet_text, error.message);
	dissect(&packet, frame.bytes, frame.length);
	snprintf(text, sizeof(text), "rule one: %s => drop\n", condition);
	policy = policy_from_text("test.policy", text);
	if (policy->diags.errors) {
		diags_print(&policy->diags, stderr, false);
		fail();
	}
	rule = policy_evaluate(policy, &packet);
	policy_free(&policy);
	return rule == 1;
}

#define IN_VXLAN "udp 10.0.0.1:1 > 10.0.0.2 vxlan 42 inner "
#define IN_GRE	 "ip6 fe80::1 > fe80::2 gre key 7 inner "
#define IN_IPIP	 "ip 10.0.0.1 > 10.0.0.2 ipip inner "

static void inner_is_never_the_outermost(void **state)
{
	const char *packet = IN_VXLAN "tcp 1.0.0.1:5 > 1.0.0.2:80";

	(void)state;
	assert_true(takes("inner tcp dport 80 and udp dport 4789", packet));
	assert_true(takes("inner ip saddr 1.0.0.1 and ip saddr 10.0.0.1", packet));
	assert_false(takes("tcp", packet));
	assert_false(takes("inner udp", packet));
	assert_false(takes("inner ip", "udp 10.0.0.1:1 > 10.0.0.2:2"));
	assert_true(takes("not inner ip", "udp 10.0.0.1:1 > 10.0.0.2:2"));
	assert_true(takes("inner ip6", IN_IPIP "ip6 fe80::1 > fe80::2"));
}

static void inner_ethernet_is_there_if_a_frame_is_carried(void **state)
{
	(void)state;
	assert_true(takes("inner ether type ip", IN_VXLAN "udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_true(takes("inner vlan id 5", IN_GRE "vlan 5 udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_false(takes("inner ether", IN_GRE "udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_false(takes("inner ether type != arp", IN_GRE "udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_true(takes("inner arp saddr ip 1.0.0.1", IN_GRE "arp 1.0.0.1 > 1.0.0.2"));
}

static void inner_fragments_are_as_outer_ones(void **state)
{
	const char *first = IN_VXLAN "udp 1.0.0.1:5 > 1.0.0.2:80 frag first";
	const char *later = IN_VXLAN "udp 1.0.0.1:5 > 1.0.0.2:80 frag later";

	(void)state;
	assert_false(takes("inner udp dport 80", first));
	assert_true(takes("inner ip frag first and inner udp dport 80", first));
	assert_false(takes("ip frag none and inner udp dport 80", first));
	assert_true(takes("inner ip frag later and not inner udp", later));
	assert_false(takes("ip frag any", later));
	/* and a fragment of the tunnel has nothing in it */
	assert_false(takes("vxlan or inner ip",
			   "udp 10.0.0.1:1 > 10.0.0.2 frag first vxlan 42 inner "
			   "udp 1.0.0.1:5 > 1.0.0.2:80"));
}

static void gre_key_may_lack(void **state)
{
	(void)state;
	assert_true(takes("gre key 7", IN_GRE "udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_true(takes("gre key != 8", IN_GRE "udp 1.0.0.1:1 > 1.0.0.2:2"));
	assert_false(takes("gre key != 8", "ip 10.0.0.1 > 10.0.0.2 gre inner udp 1.0.0.1:1 > "
					   "1.0.0.2:2"));
	assert_true(takes("gre and not gre key 0-4294967295",
			  "ip 10.0.0.1 > 10.0.0.2 gre inner udp 1.0.0.1:1 > 1.0.0.2:2"));
}

static void explained(const char *condition, const char *packet_text, const char *wanted)
{
	char text[1024], why[EXPLAIN_TEXT];
	struct dissection packet;
	struct policy *policy;

	assert_int_equal(packet_from_text(&frame, packet_text, NULL), 0);
	dissect(&packet, frame.bytes, frame.length);
	snprintf(text, sizeof(text), "rule one: %s => drop\n", condition);
	policy = policy_from_text("test.policy", text);
	assert_int_equal(policy->diags.errors, 0);
	assert_string_equal(eval_explain(why, sizeof(why), policy->rules[0], &packet), wanted);
	policy_free(&policy);
}

static void tunnels_are_explained(void **state)
{
	const char *web = IN_VXLAN "tcp 1.0.0.1:5 > 1.0.0.2:80";

	(void)state;
	explained("inner tcp dport 22", web, "inner tcp dport is 80, not 22");
	explained("inner udp dport 22", web, "no inner UDP header: what the tunnel carries is TCP");
	explained("inner ip", web, "the packet has an inner IPv4 header");
	explained("geneve vni 5", web, "no Geneve header: the packet is VXLAN");
	explained("vxlan", "udp 10.0.0.1:1 > 10.0.0.2:53", "no VXLAN header: udp dport is 53");
	explained("inner ip", "tcp 10.0.0.1:1 > 10.0.0.2:53",
		  "no inner IPv4 header: the packet is TCP");
	explained("inner udp dport 2", IN_VXLAN "udp 1.0.0.1:1 > 1.0.0.2:2 frag first",
		  "inner UDP header not read: what the tunnel carries is a first fragment, and the "
		  "rule does not speak of fragments (inner ip frag)");
	explained("gre key 7", "ip 10.0.0.1 > 10.0.0.2 gre inner udp 1.0.0.1:1 > 1.0.0.2:2",
		  "the GRE header has no key");
	explained("inner vlan id 3", web, "what the tunnel carries has no VLAN tag");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tunnel_vxlan_has_a_vni_and_a_frame),
		cmocka_unit_test(tunnel_vxlan_needs_its_flags),
		cmocka_unit_test(tunnel_geneve_options_are_skipped),
		cmocka_unit_test(tunnel_geneve_odd_headers_carry_nothing),
		cmocka_unit_test(tunnel_gre_options_are_skipped),
		cmocka_unit_test(tunnel_gre_of_other_kinds_is_none),
		cmocka_unit_test(tunnel_inner_ends_where_the_outer_does),
		cmocka_unit_test(tunnel_in_a_tunnel_is_not_looked_into),
		cmocka_unit_test(inner_is_never_the_outermost),
		cmocka_unit_test(inner_ethernet_is_there_if_a_frame_is_carried),
		cmocka_unit_test(inner_fragments_are_as_outer_ones),
		cmocka_unit_test(gre_key_may_lack),
		cmocka_unit_test(tunnels_are_explained),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
