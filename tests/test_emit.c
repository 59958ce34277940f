// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Conditions as C, and the names that come from a policy.
 */
#include "emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *emitted(const char *text)
{
	struct policy *policy = policy_from_text("test.policy", text);
	struct plan *plan;
	char *c;
	size_t size;
	FILE *memory;

	assert_int_equal(policy->diags.errors, 0);
	assert_int_equal(plan_policy(&plan, policy), 0);
	memory = open_memstream(&c, &size);
	emit_program(plan, memory, false);
	fclose(memory);
	policy_free(&policy);
	return c;
}

static void assert_emits(const char *policy, const char *wanted)
{
	char *c = emitted(policy);

	if (!strstr(c, wanted))
		fail_msg("%s\n%s\nwanted %s", policy, c, wanted);
	free(c);
}

static void emit_conditions_read_as_in_the_policy(void **state)
{
	(void)state;
	assert_emits("rule a: tcp dport 22 => pass\n",
		     "if (p->l4 == XDV_L4_TCP && p->dport == 22)");
	assert_emits("rule a: ip saddr 10.0.0.0/8 => drop\n",
		     "XDV_IN(p->ip_saddr, XDV_IPV4(10, 0, 0, 0), XDV_IPV4(10, 255, 255, 255))");
	assert_emits("rule a: tcp dport != 22 => drop\n",
		     "if (p->l4 == XDV_L4_TCP && !(p->dport == 22))");
	assert_emits("rule a: not tcp dport 22 => drop\n",
		     "if (!(p->l4 == XDV_L4_TCP && p->dport == 22))");
	assert_emits("rule a: tcp flags syn and tcp dport 1 => drop\n",
		     "if (p->l4 == XDV_L4_TCP && (p->tcp_flags & 0x02) == 0x02 && p->dport == 1)");
	assert_emits(
		"rule a: (arp or ip) and not ip frag any => drop\n",
		"if ((p->l3 == XDV_L3_ARP || p->l3 == XDV_L3_IPV4) && !(p->l3 == XDV_L3_IPV4 &&");
	assert_emits("rule a: ip frag first and udp dport 1 => drop\n",
		     "(p->l4 & ~XDV_L4_FIRST) == XDV_L4_UDP");
	assert_emits("rule a: ip6 protocol 50 => drop\n",
		     "p->protocol != XDV_PROTOCOL_UNKNOWN && p->protocol == 50");
	assert_emits("rule a: ether saddr 02:00:00:00:00:01 => drop\n",
		     "p->ether_saddr[0] == 0x2000000 && p->ether_saddr[1] == 0x1");
	assert_emits("rule a: ip saddr 0.0.0.0/0 => drop\n", "XDV_IPV4(255, 255, 255, 255)");
}

static void emit_walk_reads_what_is_asked(void **state)
{
	(void)state;
	assert_emits("rule a: ip saddr 10.0.0.1 => drop\n", "#define XDV_READS (XDV_READ_IPV4)\n");
	assert_emits("rule a: ether type 0x88a2 => drop\n", "#define XDV_READS (0)\n");
	assert_emits("rule a: icmp6 => drop\n",
		     "#define XDV_READS (XDV_READ_IPV6 | XDV_READ_L4)\n");
	assert_emits("rule a: arp or ether saddr 02:00:00:00:00:01 => drop\n",
		     "#define XDV_READS (XDV_READ_ETHER | XDV_READ_ARP)\n");
	assert_emits("rule a: ip ttl 1 => drop\n",
		     "#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IP_DETAILS)\n");
	assert_emits("rule a: vlan id 1 or arp => drop\n", "#define XDV_READS (XDV_READ_ARP)\n");
	assert_emits("rule a: vlan[1] id 1 or rx queue 1 => drop\n",
		     "#define XDV_READS (XDV_READ_VLAN_DETAILS | XDV_READ_FRAME)\n");
}

static void emit_names_that_clash_in_c_are_told_apart(void **state)
{
	(void)state;
	assert_emits("rule a-b: tcp => drop\nrule a_b: udp => drop\n",
		     "\tRULE_a_b,\n\tRULE_a_b_2,\n");
}

static void emit_rule_text_cannot_leave_its_comment(void **state)
{
	char *c = emitted("rule a: tcp # */ int evil;\n\tdport 22 => pass\n");

	(void)state;
	assert_null(strstr(c, "evil"));
	assert_non_null(strstr(c, "/* 1: rule a: tcp dport 22 => pass */"));
	free(c);
}

static void emit_same_set_of_two_fields_has_two_functions(void **state)
{
	char *c = emitted(
		"set s : ipv4 { 10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.7, 10.0.0.9, 10.0.0.11,"
		" 10.0.0.13, 10.0.0.15, 10.0.0.17 }\n"
		"rule a: ip saddr in @s and ip daddr in @s => drop\n");

	(void)state;
	assert_non_null(strstr(c, "ip_saddr_in_s(p) && ip_daddr_in_s(p)"));
	free(c);
}

static void emit_actions_are_what_the_rules_say(void **state)
{
	char *c = emitted("rule a: tcp => tx\nrule b: udp => tx swap\nrule c: sctp => tx\n"
			  "rule d: arp => redirect eth1\nconsumer f { }\n"
			  "rule e: icmp => mark 7 xsk f\ndefault mark 8 xsk f\n");

	(void)state;
	assert_non_null(strstr(c, "\tcase RULE_a:\n\tcase RULE_c:\n"
				  "\t\treturn xdv_tx(ctx, rule, false);\n"
				  "\tcase RULE_b:\n\t\treturn xdv_tx(ctx, rule, true);\n"));
	assert_non_null(strstr(c, "return xdv_redirect(ctx, rule, 0); /* eth1 */"));
	assert_non_null(strstr(c, "#include \"redirect.h\""));
	assert_null(strstr(c, "#include \"options.h\""));
	assert_null(strstr(c, "#include \"limit.h\""));
	assert_null(strstr(c, "#include \"sample.h\""));
	assert_non_null(strstr(c, "xdv_divert_marked(ctx, rule, &xsks_map, true, 7); /* f */"));
	assert_non_null(strstr(c, "xdv_divert_marked(ctx, rule, &xsks_map, true, 8); /* f */"));
	free(c);
}

static void emit_limits_are_asked_first(void **state)
{
	char *c = emitted("rule a: tcp => sample 1/9 limit 10/min burst 5 else drop tx\n");

	(void)state;
	assert_non_null(strstr(c, "#include \"limit.h\""));
	assert_non_null(strstr(c, "#include \"sample.h\""));
	assert_non_null(strstr(
		c,
		"\t\txdv_sample(ctx, rule, 9);\n"
		"\t\tif (xdv_over_limit(rule, &XDV_LIMIT(10, 60000000000ull, 5))) /* per min */\n"
		"\t\t\treturn xdv_drop(ctx, rule);\n"
		"\t\treturn xdv_tx(ctx, rule, false);\n"));
	free(c);
}

static void emit_filters_are_functions(void **state)
{
	char *c;

	(void)state;
	assert_emits(
		"rule a: pcap \"ip6 or arp\" and not pcap \"ether[0] & 1 = 0\" => drop\n",
		"/* ip6 or arp */\n__weak int pcap_2(struct xdp_md *ctx)\n{\n\t__u32 a = 0;\n\n"
		"\tif (!xdv_load_half(ctx, 12, &a))\n\t\treturn 0;\n"
		"\tif (a == 0x86dd)\n\t\treturn 1;\n\treturn a == 0x806;\n}\n\n");
	assert_emits("rule a: pcap \"ip6 or arp\" and not pcap \"ether[0] & 1 = 0\" => drop\n",
		     "if (pcap_2(ctx) && !pcap_1(ctx))");
	assert_emits("rule a: pcap \"ip[ip[8]] = 3\" => drop\n", "xdv_load_byte(ctx, x + 14, &a)");
	assert_emits("rule a: pcap \"ip[4:2] / ip[8] = 3\" => drop\n",
		     "\tif (!x)\n\t\treturn 0;\n\ta /= x;\n");
	assert_emits("rule a: pcap \"ip[4] << ip[8] = 3\" => drop\n", "a = x < 32 ? a << x : 0;");
	/* asked twice, written once; and one that says nothing is not written */
	c = emitted(
		"rule a: udp and pcap \"less 99\" => drop\n"
		"rule b: tcp and pcap \"less 99\" => drop\nrule c: icmp and pcap \"\" => drop\n");
	assert_null(strstr(c, "pcap_2"));
	assert_null(strstr(strstr(c, "int pcap_1") + 1, "int pcap_"));
	free(c);
}

static void emit_inner_headers_are_in_the_key(void **state)
{
	(void)state;
	assert_emits("rule a: vxlan vni 42 and inner tcp dport 80 => drop\n",
		     "if (key->tunnel.kind == XDV_TUNNEL_VXLAN && key->tunnel.id == 42 &&\n"
		     "\t    key->inner.l4 == XDV_L4_TCP && key->inner.dport == 80)");
	assert_emits("rule a: inner ip frag first and inner udp => drop\n",
		     "(key->inner.l4 & ~XDV_L4_FIRST) == XDV_L4_UDP");
	assert_emits("rule a: ip frag any or inner udp => drop\n",
		     "|| key->inner.l4 == XDV_L4_UDP");
	assert_emits("rule a: gre key 5 => drop\n",
		     "if (key->tunnel.kind == XDV_TUNNEL_GRE_KEY && key->tunnel.id == 5)");
	assert_emits("rule a: inner ether type arp => drop\n",
		     "if (key->tunnel.has_ether && key->inner.ether_type == 0x806)");
	assert_emits("rule a: inner ip ttl 1 => drop\n",
		     "#define XDV_INNER_READS (XDV_READ_IPV4 | XDV_READ_IP_DETAILS)\n");
}

/* Of tunnels too, a program has what it is asked for. */
static void emit_tunnels_without_inner_are_not_walked(void **state)
{
	char *c = emitted("rule a: vxlan vni 42 => drop\n");

	(void)state;
	assert_non_null(strstr(c, "XDV_READ_L4 | XDV_READ_VXLAN)"));
	assert_null(strstr(c, "inner"));
	free(c);
	c = emitted("rule a: udp dport 4789 => drop\n");
	assert_null(strstr(c, "tunnel"));
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emit_conditions_read_as_in_the_policy),
		cmocka_unit_test(emit_walk_reads_what_is_asked),
		cmocka_unit_test(emit_inner_headers_are_in_the_key),
		cmocka_unit_test(emit_tunnels_without_inner_are_not_walked),
		cmocka_unit_test(emit_names_that_clash_in_c_are_told_apart),
		cmocka_unit_test(emit_rule_text_cannot_leave_its_comment),
		cmocka_unit_test(emit_actions_are_what_the_rules_say),
		cmocka_unit_test(emit_limits_are_asked_first),
		cmocka_unit_test(emit_same_set_of_two_fields_has_two_functions),
		cmocka_unit_test(emit_filters_are_functions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
