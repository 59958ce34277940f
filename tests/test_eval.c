// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "eval.h"
#include "packet/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct policy *policy_of(const char *text)
{
	struct policy *policy = policy_from_text("test.policy", text);

	if (policy->diags.errors) {
		diags_print(&policy->diags, stderr, false);
		fail();
	}
	return policy;
}

static struct dissection packet_of(const char *text)
{
	static struct packet_bytes frame;
	struct packet_text_error error;
	struct dissection packet;

	if (packet_from_text(&frame, text, &error))
		fail_msg("%s: %s", text, error.message);
	dissect(&packet, frame.bytes, frame.length);
	return packet;
}

/* Does a rule with this condition take the packet? */
static bool takes(const char *condition, const char *packet_text)
{
	struct dissection packet = packet_of(packet_text);
	struct policy *policy;
	char text[2048];
	size_t rule;

	snprintf(text, sizeof(text),
		 "set nets : ipv4 { 10.0.0.0/8, 192.168.1.1-192.168.1.9 }\n"
		 "set sessions : ipv4 . port { 10.0.0.5 . 31001, 10.0.0.6 . 32000-32009 }\n"
		 "rule one: %s => drop\n",
		 condition);
	policy = policy_of(text);
	rule = policy_evaluate(policy, &packet);
	policy_free(&policy);
	return rule == 1;
}

#define UDP   "udp 10.0.0.1:5000 > 10.0.0.2:53"
#define TCP   "tcp 10.0.0.5:5000 > 10.0.0.2:31001 flags syn,ack"
#define UDP6  "udp [2001:db8::1]:5000 > [2001:db8::2]:53"
#define PING  "icmp 10.0.0.1 > 10.0.0.2"
#define AOE   "vlan 7 ether 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type aoe"
#define FIRST UDP " frag first"
#define LATER UDP " frag later"

static void eval_header_is_there_or_not(void **state)
{
	(void)state;
	assert_true(takes("udp", UDP));
	assert_true(takes("ip", UDP));
	assert_true(takes("ether", UDP));
	assert_false(takes("vlan", UDP));
	assert_true(takes("vlan", AOE));
	assert_false(takes("tcp", UDP));
	assert_true(takes("not tcp", UDP));
	assert_true(takes("arp", "arp 10.0.0.1 > 10.0.0.2"));
	assert_true(takes("ip6 and udp", UDP6));
	assert_false(takes("ip", UDP6));
	assert_false(takes("ether", "hex 00"));
	assert_true(takes("not ether", "hex 00"));
}

static void eval_field_matches_value_range_and_prefix(void **state)
{
	(void)state;
	assert_true(takes("udp dport 53", UDP));
	assert_true(takes("udp dport 50-53", UDP));
	assert_true(takes("udp dport 53-60", UDP));
	assert_false(takes("udp dport 54-60", UDP));
	assert_true(takes("ip saddr 10.0.0.0/31", UDP));
	assert_false(takes("ip saddr 10.0.0.2/31", UDP));
	assert_true(takes("ip6 saddr 2001:db8::/32", UDP6));
	assert_false(takes("ip6 saddr 2001:db9::/32", UDP6));
	assert_true(takes("ether daddr ff:ff:ff:ff:ff:ff", AOE));
	assert_true(takes("ether type aoe and vlan id 7", AOE));
	assert_true(takes("icmp type echo-request", PING));
}

static void eval_details_of_ip(void **state)
{
	(void)state;
	assert_true(takes("ip dscp ef", UDP " dscp 46"));
	assert_true(takes("ip dscp cs0", UDP));
	assert_false(takes("ip6 dscp cs0", UDP));
	assert_true(takes("ip6 dscp af11 - af13", UDP6 " dscp af12"));
	assert_true(takes("ip ttl 64 and not ip ttl 65-255", UDP));
	assert_true(takes("ip6 hoplimit 1", UDP6 " ttl 1"));
	assert_true(takes("ip length 128", UDP " len 100"));
	assert_true(takes("ip6 length 108", UDP6 " len 100"));
	assert_false(takes("ip6 length != 108", UDP6 " len 100"));
}

static void eval_details_of_frame_and_layer_4(void **state)
{
	(void)state;
	assert_true(takes("icmp code 1-3", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3"));
	assert_false(takes("icmp6 code 3", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3"));
	assert_true(takes("icmp6 code 4", "icmp6 fe80::1 > fe80::2 type 1 code 4"));
	assert_true(takes("udp length 18", UDP " len 10"));
	assert_true(takes("frame length 52", UDP " len 10"));
	assert_true(takes("frame length 1", "hex 00"));
	assert_false(takes("frame length != 52", UDP " len 10"));
	assert_true(takes("rx queue 0", UDP));
	assert_false(takes("rx queue 1-9", UDP));
}

#define TAGGED "vlan 7 pcp 5 vlan 9 " UDP

static void eval_vlan_tags_by_depth(void **state)
{
	(void)state;
	assert_true(takes("vlan id 7 and vlan pcp 5", TAGGED));
	assert_true(takes("vlan[0] id 7 and vlan[1] id 9 and vlan[1] pcp 0", TAGGED));
	assert_true(takes("vlan[1] and udp dport 53", TAGGED));
	assert_false(takes("vlan[1]", "vlan 7 " UDP));
	assert_false(takes("vlan[1] id != 9", "vlan 7 " UDP));
	assert_true(takes("vlan[0]", "vlan 7 " UDP));
}

static void eval_arp_fields(void **state)
{
	const char *reply = "arp 10.0.0.1 > 10.0.0.2 operation reply";

	(void)state;
	assert_true(takes("arp operation reply", reply));
	assert_false(takes("arp operation request", reply));
	assert_true(takes("arp saddr ip 10.0.0.1 and arp daddr  ip 10.0.0.2", reply));
	assert_true(takes("arp saddr ether 02:00:00:00:00:01", reply));
	assert_true(takes("arp daddr ether 00:00:00:00:00:00", reply));
	assert_true(takes("arp saddr ip in @nets", reply));
	assert_false(takes("ip saddr in @nets", reply));
	assert_false(takes("arp saddr ip != 10.9.9.9", UDP));
}

#define QUIC "udp 10.0.0.1:5000 > 10.0.0.2:443 data "

/* Bits of a QUIC connection id, in a short header (RFC 8999, section 5.2; RFC 9000, 17.3). */
static void eval_bytes_are_read_where_they_are(void **state)
{
	const char *cid =
		"bytes(payload, 1) & 0x80 = 0 and bytes(payload + 1, 4) & 0x3f000000 = 0x07000000";

	(void)state;
	assert_true(takes(cid, QUIC "40c7aabbcc"));
	assert_false(takes(cid, QUIC "c0c7aabbcc"));
	assert_false(takes(cid, QUIC "4008aabbcc"));
	assert_false(takes(cid, QUIC "4007aabb"));
	assert_false(takes("bytes(payload + 1, 4) != 7", QUIC "4007aabb"));
	assert_true(takes("not bytes(payload + 1, 4) 7", QUIC "4007aabb"));
	assert_true(takes("bytes(l4 + 2, 2) 443", QUIC "00"));
	assert_true(takes("bytes(l3 + 9, 1) & 0x1f in { 16-18, 3 }", QUIC "00"));
	assert_true(takes("bytes(l3 + 9, 1) = 17", "vlan 7 vlan 8 " UDP));
	assert_true(takes("bytes(l2 + 12, 2) = 0x88a2",
			  "ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type aoe"));
	assert_false(takes("bytes(l4, 1) 0-255", FIRST));
	assert_true(takes("bytes(l4, 1) 0-255 and ip frag first", FIRST));
	assert_false(takes("bytes(l4, 1) 0-255 and ip frag any", LATER));
	assert_true(takes("ip saddr . bytes(payload, 2) { 10.0.0.0/8 . 0x4007 }", QUIC "4007"));
	assert_true(takes("ip ttl & 0xf0 = 0x40", UDP));
	assert_false(takes("udp dport & 1 != 1", UDP));
}

static void eval_list_and_set_match_any_element(void **state)
{
	(void)state;
	assert_true(takes("udp dport { 1, 53, 99 }", UDP));
	assert_false(takes("udp dport { 1, 54, 99 }", UDP));
	assert_true(takes("ip saddr in @nets", UDP));
	assert_true(takes("ip saddr @nets", "icmp 192.168.1.9 > 10.0.0.2"));
	assert_false(takes("ip saddr @nets", "icmp 192.168.1.10 > 10.0.0.2"));
}

static void eval_key_matches_in_all_parts(void **state)
{
	(void)state;
	assert_true(takes("ip saddr . tcp dport in @sessions", TCP));
	assert_false(takes("ip saddr . tcp dport in @sessions", "tcp 10.0.0.6:1 > 10.0.0.2:31001"));
	assert_true(takes("ip saddr . tcp dport in @sessions", "tcp 10.0.0.6:1 > 10.0.0.2:32009"));
	assert_false(takes("ip saddr . tcp dport in @sessions", "udp 10.0.0.5:1 > 10.0.0.2:31001"));
	assert_true(takes("ip saddr . tcp dport != @sessions", "tcp 10.0.0.7:1 > 10.0.0.2:32009"));
	assert_false(takes("ip saddr . tcp dport != @sessions", TCP));
	assert_false(takes("ip saddr . tcp dport != @sessions", UDP));
}

static void eval_not_equal_needs_the_header_and_not_does_not(void **state)
{
	(void)state;
	assert_true(takes("udp dport != 54", UDP));
	assert_false(takes("udp dport != 53", UDP));
	assert_false(takes("tcp dport != 53", UDP));
	assert_true(takes("not tcp dport 53", UDP));
}

static void eval_flags_and_masks(void **state)
{
	(void)state;
	assert_true(takes("tcp flags syn", TCP));
	assert_true(takes("tcp flags syn|ack", TCP));
	assert_false(takes("tcp flags fin", TCP));
	assert_false(takes("tcp flags & (syn|ack) = syn", TCP));
	assert_true(takes("tcp flags & (syn|ack) != syn", TCP));
	assert_true(takes("tcp flags & (syn|fin) = syn", TCP));
	assert_false(takes("tcp flags & (syn|ack) != syn", UDP));
	assert_true(takes("tcp flags & 0xff = 0", "tcp 10.0.0.1:1 > 10.0.0.2:2 flags none"));
}

static void eval_and_or_not_combine(void **state)
{
	(void)state;
	assert_true(takes("udp and udp dport 53 and ip", UDP));
	assert_false(takes("udp and udp dport 54 and ip", UDP));
	assert_true(takes("tcp or icmp or udp", UDP));
	assert_false(takes("tcp or icmp or arp", UDP));
	assert_true(takes("tcp or udp and udp dport 53", UDP));
	assert_false(takes("(tcp or udp) and udp dport 54", UDP));
	assert_true(takes("not (tcp or (udp and udp dport 54))", UDP));
	assert_false(takes("not not tcp", UDP));
}

static void eval_first_fragment_is_read_only_by_rules_that_speak_of_fragments(void **state)
{
	(void)state;
	assert_false(takes("udp dport 53", FIRST));
	assert_false(takes("udp", FIRST));
	assert_true(takes("not udp", FIRST));
	assert_true(takes("ip protocol udp", FIRST));
	assert_true(takes("udp dport 53 and ip frag first", FIRST));
	assert_true(takes("udp dport 53 and (ip6 frag any or ip)", FIRST));
	assert_true(takes("ip saddr 10.0.0.1", FIRST));
}

static void eval_later_fragment_has_no_layer_4(void **state)
{
	(void)state;
	assert_false(takes("udp and ip frag any", LATER));
	assert_true(takes("ip frag any and ip protocol udp", LATER));
	assert_true(takes("ip frag later", LATER));
	assert_false(takes("ip frag first", LATER));
	assert_true(takes("ip frag none", UDP));
	assert_true(takes("ip6 frag later", UDP6 " frag later"));
	assert_false(takes("ip frag later", UDP6 " frag later"));
	assert_true(takes("ip frag != none", LATER));
}

/* A hop-by-hop header of 16 bytes in a payload of 8 */
#define CUT                                                                                        \
	"hex 020000000002 020000000001 86dd 60000000 0008 0040 "                                   \
	"20010db8000000000000000000000001 20010db8000000000000000000000002 1101000000000000"

static void eval_unknown_ipv6_protocol_is_neither_this_nor_another(void **state)
{
	(void)state;
	assert_true(takes("ip6 protocol udp", UDP6));
	assert_true(takes("ip6 protocol != tcp", UDP6));
	assert_false(takes("ip6 protocol 0-254", CUT));
	assert_false(takes("ip6 protocol != tcp", CUT));
	assert_true(takes("not ip6 protocol tcp", CUT));
	assert_true(takes("ip6", CUT));
	/* The protocol byte of IPv4 is simply that. */
	assert_true(takes("ip protocol != tcp",
			  "hex 020000000002 020000000001 0800 45000014 00000000 40ff0000 "
			  "0a000001 0a000002"));
}

static void eval_first_matching_rule_wins(void **state)
{
	struct policy *policy = policy_of("rule a: udp dport 53 => pass\n"
					  "rule b: udp => drop\n"
					  "rule c: ip => pass\n"
					  "default drop\n");
	struct dissection packet = packet_of(UDP);

	(void)state;
	assert_int_equal(policy_evaluate(policy, &packet), 1);
	packet = packet_of("udp 10.0.0.1:1 > 10.0.0.2:2");
	assert_int_equal(policy_evaluate(policy, &packet), 2);
	assert_int_equal(policy_action(policy, 2)->kind, ACTION_DROP);
	packet = packet_of(PING);
	assert_int_equal(policy_evaluate(policy, &packet), 3);
	packet = packet_of(AOE);
	assert_int_equal(policy_evaluate(policy, &packet), 0);
	assert_int_equal(policy_action(policy, 0)->kind, ACTION_DROP);
	policy_free(&policy);
}

static void eval_long_chains_do_not_exhaust_the_stack(void **state)
{
	enum { ALTERNATIVES = 40000 };
	struct expr *chain = calloc(2 * ALTERNATIVES, sizeof(*chain)), *expr = chain;
	struct dissection packet = packet_of(UDP);
	char text[EXPLAIN_TEXT];
	struct rule rule = {0};

	(void)state;
	chain[0] = (struct expr){.kind = EXPR_HEADER, .header = HEADER_TCP};
	for (size_t i = 1; i + 1 < 2 * ALTERNATIVES; i += 2) {
		chain[i] = (struct expr){.kind = EXPR_HEADER, .header = HEADER_ARP};
		chain[i + 1] = (struct expr){.kind = EXPR_OR, .left = expr, .right = &chain[i]};
		expr = &chain[i + 1];
	}
	rule.match = expr;
	assert_false(rule_matches(&rule, &packet));
	eval_explain(text, sizeof(text), &rule, &packet);
	assert_non_null(strstr(text, "no TCP header: the packet is UDP; and no ARP header"));
	free(chain);
}

static void explain_names_the_first_condition_that_fails(void **state)
{
	static const struct {
		const char *condition, *packet, *text;
	} cases[] = {
		{"udp dport 26400-26499", UDP, "udp dport is 53, not 26400-26499"},
		{"ip saddr 172.16.0.0/12", UDP, "ip saddr is 10.0.0.1, not 172.16.0.0/12"},
		{"udp dport { 1, 2, 3, 4, 5, 6 }", UDP,
		 "udp dport 53 is not in { 1, 2, 3, 4, and 2 more }"},
		{"ip daddr in @s", UDP, "ip daddr 10.0.0.2 is not in @s"},
		{"ip daddr . udp dport in @k", UDP,
		 "ip daddr 10.0.0.2 . udp dport 53 is not in @k"},
		{"udp and ip frag any and udp dport 54", UDP, "ip frag is none, not any"},
		{"tcp dport 53", UDP, "no TCP header: the packet is UDP"},
		{"tcp", PING, "no TCP header: the packet is ICMP"},
		{"tcp", "arp 10.0.0.1 > 10.0.0.2", "no TCP header: the packet is ARP"},
		{"tcp", AOE, "no TCP header: the packet is of Ethernet type 0x88a2"},
		{"tcp", "ip 10.0.0.1 > 10.0.0.2 proto gre",
		 "no TCP header: the packet is of IPv4 protocol gre"},
		{"tcp", "ip 10.0.0.1 > 10.0.0.2 proto tcp len 19",
		 "no TCP header: the layer 4 header is cut short"},
		{"tcp and ip frag any", LATER, "no TCP header: the packet is a later fragment"},
		{"udp dport 53", FIRST,
		 "UDP header not read: the packet is a first fragment, and the rule does not speak of fragments (ip frag)"},
		{"ip", UDP6, "no IPv4 header: the packet is IPv6"},
		{"ip6 protocol 0-254", CUT,
		 "ip6 protocol is not known: an IPv6 extension header is cut short"},
		{"vlan id 7", UDP, "the packet has no VLAN tag"},
		{"ether", "hex 00",
		 "no Ethernet header: the frame is shorter than an Ethernet header"},
		{"tcp flags fin", TCP, "tcp flags are syn|ack, without fin"},
		{"tcp flags & (syn|ack) = syn", TCP,
		 "tcp flags are syn|ack; of syn|ack there is syn|ack, not syn"},
		{"udp dport != 53", UDP, "udp dport is 53"},
		{"udp dport != 50-59", UDP, "udp dport is 53, which is in 50-59"},
		{"not udp", UDP, "the packet has a UDP header"},
		{"not (ip and udp dport 53)", UDP,
		 "the packet has an IPv4 header, and udp dport is 53"},
		{"tcp or udp dport 54", UDP,
		 "no TCP header: the packet is UDP; and udp dport is 53, not 54"},
		{"tcp or sctp or icmp or arp or ip6 or vlan", UDP,
		 "no TCP header: the packet is UDP; and no SCTP header: the packet is UDP; and no ICMP header: the packet is UDP; and no ARP header: the packet is IPv4; and so on for 2 more"},
		{"not (tcp or udp)", UDP, "the packet has a UDP header"},
		/* and what holds, for the rule that takes it */
		{"udp dport 50-59", UDP, "udp dport is 53, which is in 50-59"},
		{"not tcp", UDP, "no TCP header: the packet is UDP"},
		{"pcap \"port 53\" and tcp", UDP, "no TCP header: the packet is UDP"},
		{"pcap \"port 54\"", UDP, "the filter \"port 54\" does not take it"},
		{"not pcap \"port 54\"", UDP, "the filter \"port 54\" does not take it"},
		{"not pcap \"port 53\"", UDP, "the filter \"port 53\" takes it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct dissection packet = packet_of(cases[i].packet);
		char policy_text[1024], text[EXPLAIN_TEXT];
		struct policy *policy;

		snprintf(policy_text, sizeof(policy_text),
			 "set s : ipv4 { 233.54.12.0/24 }\nset k : ipv4 . port { 10.0.0.5 . 53 }\n"
			 "rule one: %s => drop\n",
			 cases[i].condition);
		policy = policy_of(policy_text);
		eval_explain(text, sizeof(text), policy->rules[0], &packet);
		assert_string_equal(text, cases[i].text);
		policy_free(&policy);
	}
}

static void explain_small_buffer_is_cut_and_terminated(void **state)
{
	struct policy *policy = policy_of("rule one: tcp or sctp or arp => drop\n");
	struct dissection packet = packet_of(UDP);
	char text[16];

	(void)state;
	memset(text, 'x', sizeof(text));
	eval_explain(text, 9, policy->rules[0], &packet);
	assert_string_equal(text, "no TCP h");
	assert_int_equal(text[9], 'x');
	policy_free(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eval_header_is_there_or_not),
		cmocka_unit_test(eval_field_matches_value_range_and_prefix),
		cmocka_unit_test(eval_details_of_ip),
		cmocka_unit_test(eval_details_of_frame_and_layer_4),
		cmocka_unit_test(eval_vlan_tags_by_depth),
		cmocka_unit_test(eval_arp_fields),
		cmocka_unit_test(eval_bytes_are_read_where_they_are),
		cmocka_unit_test(eval_list_and_set_match_any_element),
		cmocka_unit_test(eval_key_matches_in_all_parts),
		cmocka_unit_test(eval_not_equal_needs_the_header_and_not_does_not),
		cmocka_unit_test(eval_flags_and_masks),
		cmocka_unit_test(eval_and_or_not_combine),
		cmocka_unit_test(eval_first_fragment_is_read_only_by_rules_that_speak_of_fragments),
		cmocka_unit_test(eval_later_fragment_has_no_layer_4),
		cmocka_unit_test(eval_unknown_ipv6_protocol_is_neither_this_nor_another),
		cmocka_unit_test(eval_first_matching_rule_wins),
		cmocka_unit_test(eval_long_chains_do_not_exhaust_the_stack),
		cmocka_unit_test(explain_names_the_first_condition_that_fails),
		cmocka_unit_test(explain_small_buffer_is_cut_and_terminated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
