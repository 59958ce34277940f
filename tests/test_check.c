// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the front end says of policies: each kind of mistake, by code and place.
 */
#include "ast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct expected {
	const char *text;
	const char *code;
	unsigned int line, column;
	const char *message; /* part of it, or of the hint */
};

static const struct diag *find(const struct policy *policy, const struct expected *expected)
{
	for (size_t i = 0; i < policy->diags.count; i++) {
		const struct diag *diag = &policy->diags.list[i];

		if (strcmp(diag_code_name(diag->code), expected->code) == 0 &&
		    diag->where.line == expected->line && diag->where.column == expected->column &&
		    (strstr(diag->message, expected->message) ||
		     (diag->hint && strstr(diag->hint, expected->message))))
			return diag;
	}
	return NULL;
}

/* Exactly one diagnostic, and this one. */
static void check_all(const struct expected *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct policy *policy = policy_from_text("test.policy", list[i].text);

		if (!find(policy, &list[i]) || policy->diags.count != 1) {
			diags_print(&policy->diags, stderr, false);
			fail_msg("%s\nwanted only %s at %u:%u: %s", list[i].text, list[i].code,
				 list[i].line, list[i].column, list[i].message);
		}
		policy_free(&policy);
	}
}

#define CHECK(...)                                                                                 \
	do {                                                                                       \
		static const struct expected list[] = {__VA_ARGS__};                               \
		check_all(list, sizeof(list) / sizeof(*list));                                     \
	} while (0)

static void check_syntax_says_what_was_expected(void **state)
{
	(void)state;
	CHECK({"rule a tcp => drop\n", "E001", 1, 8, "expected `:`"},
	      {"rule a: ip saddr 10.0.0.1 or 10.0.0.2 => drop\n", "E001", 1, 30,
	       "ip saddr { A, B }"},
	      {"rule a: => drop\n", "E001", 1, 9, "unexpected `=>`"},
	      {"rule a: tcp => \n", "E001", 2, 1, "the end of the file"},
	      {"rule a: (tcp => drop\n", "E001", 1, 14, "expected"},
	      {"rule a: tcp $ => drop\n", "E001", 1, 13, "unknown character"},
	      {"", "E001", 1, 1, "says nothing"}, {"# nothing\n", "E001", 1, 1, "default pass"},
	      {"set s : ipv4 { 10.0.0.1 10.0.0.2 }\nrule a: ip saddr @s => drop\n", "E001", 1, 25,
	       "unexpected address"});
}

static void check_dynamic_sets_say_what_they_take(void **state)
{
	(void)state;
	CHECK({"set s : ipv4 dynamic { 10.0.0.0/8 }\nrule a: ip saddr @s => drop\n", "E022", 1, 24,
	       "dynamic prefixes"},
	      {"set s : ipv4 . port dynamic { 10.0.0.1 . 1-9 }\n"
	       "rule a: ip saddr . tcp dport @s => drop\n",
	       "E022", 1, 42, "single values, not a range"},
	      {"set s : port dynamic prefixes\nrule a: tcp dport @s => drop\n", "E022", 1, 9,
	       "of ipv4, or of ipv6"},
	      {"set s : ipv4 dynamic size\nrule a: ip saddr @s => drop\n", "E018", 1, 22,
	       "a number of elements"},
	      {"set s : ipv4 dynamic size 0\nrule a: ip saddr @s => drop\n", "E021", 1, 27,
	       "1 to 16777216"},
	      {"set s : ipv4 dynamic size 1 { 10.0.0.1, 10.0.0.2 }\nrule a: ip saddr @s => drop\n",
	       "E021", 1, 5, "begins with 2"},
	      {"set s : ipv4 dynamic prefixes size 2 { 10.0.0.1-10.0.0.6 }\n"
	       "rule a: ip saddr @s => drop\n",
	       "E021", 1, 5, "begins with 4"},
	      {"set s : ipv4 size 7 { 10.0.0.1 }\nrule a: ip saddr @s => drop\n", "E018", 1, 14,
	       "write `dynamic`"},
	      {"set s : ipv4 dynamc\nrule a: ip saddr @s => drop\n", "E018", 1, 14, "`dynamic`?"},
	      {"set s : ipv4\nrule a: ip saddr @s => drop\n", "E001", 1, 5, "no elements"});
}

static void check_every_error_is_told(void **state)
{
	struct policy *policy = policy_from_text("test.policy",
						 "rule a: tcp dpor 1 => drop\n"
						 "rule b tcp => drop\n"
						 "rule c: tcp dport 99999 => dorp\n");

	(void)state;
	assert_int_equal(policy->diags.errors, 4);
	policy_free(&policy);
}

static void check_literals_are_read_or_refused(void **state)
{
	(void)state;
	CHECK({"rule a: ip saddr 10.0.0.256 => drop\n", "E002", 1, 18, "not an IPv4 address"},
	      {"rule a: ip6 saddr 1::2::3 => drop\n", "E002", 1, 19, "not an IPv6 address"},
	      {"rule a: tcp dport 80x => drop\n", "E002", 1, 19, "not a number"},
	      {"rule a: tcp dport 0x => drop\n", "E002", 1, 19, "not a number"},
	      {"rule a: tcp dport 99999999999 => drop\n", "E002", 1, 19, "more than any field"});
}

static void check_unknown_names_get_the_nearest(void **state)
{
	(void)state;
	CHECK({"rule a: tcp dpor 1 => drop\n", "E010", 1, 13, "did you mean `dport`"},
	      {"rule a: ip6 nexthdr 6 => drop\n", "E010", 1, 13, "ip6 protocol"},
	      {"rule a: arp saddr 1 => drop\n", "E010", 1, 13, "`arp saddr ip`"},
	      {"rule a: meta length 1 => drop\n", "E011", 1, 9, "`frame length`"},
	      {"rule a: vlan[2] id 1 => drop\n", "E011", 1, 9, "`vlan[0]`"},
	      {"rule a: ip6 ttl 1 => drop\n", "E010", 1, 13, "`ip6 hoplimit`"},
	      {"rule a: bytes(l5, 1) 1 => drop\n", "E016", 1, 15, "`l"},
	      {"rule a: frame => drop\n", "E023", 1, 9, "`rx queue`"},
	      {"rule a: ip dscp af44 => drop\n", "E016", 1, 17, "did you mean `af4"},
	      {"rule a: tpc dport 1 => drop\n", "E011", 1, 9, "did you mean `tcp`"},
	      {"set here : ipv4 { 1.2.3.4 }\nrule b: ip saddr @here => drop\n"
	       "rule a: ip daddr @hare => drop\n",
	       "E012", 3, 18, "did you mean `here`"},
	      {"consumer feed { queues all }\nrule a: udp => xsk feed\nrule b: tcp => xsk fed\n",
	       "E013", 3, 20, "did you mean `feed`"},
	      {"rule a: udp => xsk feed\n", "E013", 1, 20, "declare it: consumer feed"},
	      {"rule a: udp => dpdk fwd\n", "E013", 1, 21, "declare it: target fwd dpdk {"},
	      {"target fwd dpdk { }\nrule a: udp => dpdk fwd\nrule b: tcp => dpdk fwt\n", "E013", 3,
	       21, "did you mean `fwd`"},
	      {"rule itch: udp => drop\ntest ich: udp 10.0.0.1 > 10.0.0.2\n", "E014", 2, 6, "itch"},
	      {"set s : ipv5 { }\n", "E015", 1, 9, "ipv4"},
	      {"rule a: ip protocol utp => drop\n", "E016", 1, 21, "did you mean `udp`"},
	      {"rule a: tcp flags sin => drop\n", "E016", 1, 19, "did you mean"},
	      {"rule a: udp => dorp\n", "E017", 1, 16, "did you mean `drop`"},
	      {"rule a: udp => drop feed\n", "E017", 1, 21, "takes no name"},
	      {"rule a: udp => xsk\n", "E017", 1, 16, "needs the name"},
	      {"rule a: udp => tx swop\n", "E017", 1, 19, "takes `swap` or nothing"},
	      {"rule a: udp => tx swap swap\n", "E017", 1, 24, "takes `swap` or nothing"},
	      {"rule a: udp => redirect\n", "E017", 1, 16, "needs the name of an interface"},
	      {"rule a: udp => redirect eth0 eth1\n", "E001", 1, 30, "behind `redirect eth0`"},
	      {"rule a: udp => redirect eth0 .7\n", "E001", 1, 30, "behind `redirect eth0`"},
	      {"rule a: udp => redirect enp129s0f1np1.4094\n", "E021", 1, 25,
	       "at most 15 characters"},
	      {"rule a: udp => mark 7 drop\n", "E017", 1, 23, "hands the packet to none"},
	      {"rule a: udp => mark 7\n", "E017", 1, 21, "no action behind `mark`"},
	      {"rule a: udp => mark\n", "E001", 1, 16, "`mark` needs a number"},
	      {"rule a: udp => mark drop\n", "E001", 1, 21, "takes a number, not `drop`"},
	      {"rule a: udp => mrak 7 drop\n", "E017", 1, 16, "did you mean `mark`"},
	      {"consumer f { metadata off }\nrule a: udp => mark 7 xsk f\n", "E017", 2, 23,
	       "has `metadata off`"},
	      {"rule a: udp => limit 1/s burst 0 else drop pass\n", "E021", 1, 32, "from 1 to"},
	      {"rule a: udp => limit 0/s burst 1 else drop pass\n", "E021", 1, 22, "from 1 to"},
	      {"rule a: udp => limit 5/day burst 1 else drop pass\n", "E001", 1, 24,
	       "by `s`, `min` or `h`"},
	      {"rule a: udp => limit 5 burst 1 else drop pass\n", "E001", 1, 24, "expected `/`"},
	      {"rule a: udp => limit 5/s else drop pass\n", "E001", 1, 26, "expected `burst`"},
	      {"rule a: udp => limit 5/s burst 1 drop pass\n", "E001", 1, 34, "expected `else`"},
	      {"rule a: udp => limit 5/s burst 1 else\n", "E001", 1, 34, "action is missing"},
	      {"rule a: udp => limit 5/s burst 1\n", "E001", 1, 32, "`else` is missing"},
	      {"rule a: udp => limit 5/s burst 1 else drop\n", "E017", 1, 39,
	       "within the limit behind `else drop`"},
	      {"rule a: udp => limit 5/s burst 1 else limit 5/s burst 1 else drop pass drop\n",
	       "E001", 1, 39, "can't stand behind `else`"},
	      {"rule a: udp => sample 1/0 pass\n", "E021", 1, 25, "from 1 to"},
	      {"rule a: udp => sample 2/10 pass\n", "E021", 1, 23, "from 1 to 1"},
	      {"rule a: udp => sample 1 pass\n", "E001", 1, 25, "expected `/`"},
	      {"rule a: udp => sample 1/10 sample 1/10 pass\n", "E020", 1, 28, "a second"},
	      {"rule a: udp => sample 1/10\n", "E017", 1, 25, "no action behind"},
	      {"rule a: udp => limit 5/s burst 1 else mark 1 drop pass\n", "E017", 1, 46,
	       "hands the packet to none"},
	      {"consumer f { }\nrule a: udp => mark 7 mark 8 xsk f\nrule b: tcp => xsk f\n", "E020",
	       2, 23, "a second `mark`"},
	      {"consumer f { }\nrule a: udp => xsk f mark 8\n", "E001", 2, 22,
	       "stands in front of the action"},
	      {"rule a: udp => drop 7\n", "E017", 1, 21, "takes no name"},
	      {"consumer f { }\nrule a: udp => xsk f g\n", "E001", 2, 22, "behind `xsk f`"},
	      {"consumer f { queus all }\nrule a: udp => xsk f\n", "E018", 1, 14, "`queues`"},
	      {"flows { sise 10 }\n", "E018", 1, 9, "did you mean `size`"},
	      {"flows { size }\n", "E018", 1, 9, "takes a number"},
	      {"flows { size many }\n", "E018", 1, 9, "flows { size 65536 }"},
	      {"flows { size 0 }\n", "E021", 1, 14, "1 to 16777216"},
	      {"flows { size 16777217 }\n", "E021", 1, 14, "1 to 16777216"},
	      {"flows { size 1; size 2 }\n", "E020", 1, 17, "a second `size`"},
	      {"flows { }\nflows { }\n", "E020", 2, 1, "a second `flows`"},
	      {"on-exit stay\ndefault pass\n", "E018", 1, 9, "keep or unload, not `stay`"},
	      {"on-exit keep\non-exit keep\ndefault pass\n", "E020", 2, 1, "a second `on-exit`"},
	      {"on-exit\ndefault pass\n", "E001", 2, 1, "unexpected `default`"},
	      {"flows 10\ndefault pass\n", "E001", 1, 7, "expected `{`"},
	      {"default pass\nrule flows: udp => drop\n", "E001", 2, 6, "unexpected `flows`"},
	      /* a pair that FNV-1a is known for */
	      {"consumer liquid { }\nconsumer costarring { }\nflows { }\n", "E020", 2, 10,
	       "from `liquid`"},
	      {"consumer f { queues some }\nrule a: udp => xsk f\n", "E018", 1, 14, "takes all"},
	      {"consumer f { allow trader }\nrule a: udp => xsk f\n", "E018", 1, 14,
	       "user or group"},
	      {"consumer f { allow user }\nrule a: udp => xsk f\n", "E018", 1, 14,
	       "name or number"},
	      {"consumer f { allow user a b }\nrule a: udp => xsk f\n", "E018", 1, 14, "user or"},
	      {"target f dpdk { allow user a }\nrule a: udp => dpdk f\n", "E018", 1, 17,
	       "dpdk targets"},
	      {"consumer f { join }\nrule a: udp => xsk f\n", "E018", 1, 14, "a multicast group"},
	      {"consumer f { join feed }\nrule a: udp => xsk f\n", "E018", 1, 14,
	       "join 239.1.2.3"},
	      {"consumer f { queues 10.0.0.1 }\nrule a: udp => xsk f\n", "E018", 1, 14,
	       "takes all"},
	      {"consumer f { steer }\nrule a: udp => xsk f\n", "E018", 1, 14, "from 0 on"},
	      {"consumer f { steer -1 }\nrule a: udp => xsk f\n", "E001", 1, 20, "unexpected"},
	      {"consumer f { steer 4096 }\nrule a: udp => xsk f\n", "E021", 1, 20, "0 to 4095"},
	      {"consumer f { steer 1; steer 2 }\nrule a: udp => xsk f\n", "E020", 1, 23,
	       "a second `steer`"},
	      {"consumer f { fanout 4 }\nrule a: udp => xsk f\n", "E018", 1, 14, "fanout flow 4"},
	      {"consumer f { fanout flow }\nrule a: udp => xsk f\n", "E018", 1, 14, "how many"},
	      {"consumer f { fanout packet 4 }\nrule a: udp => xsk f\n", "E018", 1, 14,
	       "takes flow"},
	      {"consumer f { fanout flow 0 }\nrule a: udp => xsk f\n", "E021", 1, 26,
	       "from 1 to 16"},
	      {"consumer f { fanout flow 17 }\nrule a: udp => xsk f\n", "E021", 1, 26, "1 to 16"},
	      {"consumer f { fanout flow four }\nrule a: udp => xsk f\n", "E021", 1, 26, "1 to 16"},
	      {"target f dpdk { fanout flow 2 }\nrule a: udp => dpdk f\n", "E018", 1, 17,
	       "dpdk targets"},
	      {"consumer f { stal 1s }\nrule a: udp => xsk f\n", "E018", 1, 14, "`stall`"},
	      {"consumer f { stall }\nrule a: udp => xsk f\n", "E018", 1, 14, "such as 100ms"},
	      {"consumer f { stall on }\nrule a: udp => xsk f\n", "E018", 1, 14, "or off"},
	      {"consumer f { stall ms }\nrule a: udp => xsk f\n", "E018", 1, 14, "such as 100ms"},
	      {"consumer f { stall 100 }\nrule a: udp => xsk f\n", "E018", 1, 14, "in ms or s"},
	      {"consumer f { stall 1min }\nrule a: udp => xsk f\n", "E018", 1, 14, "in ms or s"},
	      {"consumer f { stall 1s 2s }\nrule a: udp => xsk f\n", "E018", 1, 14, "takes a time"},
	      {"consumer f { stall 0ms }\nrule a: udp => xsk f\n", "E021", 1, 20, "`stall off`"},
	      {"consumer f { stall 61s }\nrule a: udp => xsk f\n", "E021", 1, 20,
	       "from 1ms to 60s"},
	      {"consumer f { stall 99999999999999999999s }\nrule a: udp => xsk f\n", "E021", 1, 20,
	       "from 1ms to 60s"},
	      {"rule a: udp dport 100ms => drop\n", "E001", 1, 19, "unexpected time `100ms`"});
}

static void check_names_are_given_once(void **state)
{
	(void)state;
	CHECK({"rule a: udp => drop\nrule a: tcp => drop\n", "E020", 2, 6, "line 1"},
	      {"set s : port { 1 }\nset s : port { 2 }\nrule a: tcp dport @s => drop\n", "E020", 2,
	       5, "line 1"},
	      {"default pass\ndefault drop\n", "E020", 2, 1, "second default"},
	      {"consumer f { stall 1s; stall off }\nrule a: udp => xsk f\n", "E020", 1, 24,
	       "a second `stall`"},
	      {"rule drop: udp => drop\n", "E020", 1, 6, "is an action"});
}

static void check_values_must_fit(void **state)
{
	(void)state;
	CHECK({"rule a: tcp dport 65536 => drop\n", "E021", 1, 19, "0 to 65535"},
	      {"rule a: vlan id 4096 => drop\n", "E021", 1, 17, "0 to 4095"},
	      {"rule a: ip6 protocol 255 => drop\n", "E021", 1, 22, "0 to 254"},
	      {"consumer f { join 10.0.0.0/30 }\nrule a: udp => xsk f\n", "E021", 1, 19,
	       "from 224.0.0.0/4"},
	      {"consumer f { join 223.255.255.255-224.0.0.1 }\nrule a: udp => xsk f\n", "E021", 1,
	       19, "from 224.0.0.0/4"},
	      {"consumer f { join fe80::1 }\nrule a: udp => xsk f\n", "E021", 1, 19,
	       "from ff00::/8"},
	      {"consumer f { join 233.54.12.1/24 }\nrule a: udp => xsk f\n", "E021", 1, 19,
	       "233.54.12.0/24"},
	      {"consumer f { join 233.54.0.0/23 }\nrule a: udp => xsk f\n", "E021", 1, 19,
	       "at most 256 groups"},
	      {"consumer f { join ff00::/8 }\nrule a: udp => xsk f\n", "E021", 1, 19,
	       "at most 256 groups"},
	      {"consumer f { join 239.1.1.0/24 }\nconsumer g { join ff15::1 }\n"
	       "rule a: udp => xsk f\nrule b: tcp => xsk g\n",
	       "E021", 2, 19, "at most 256 groups"},
	      {"rule a: tcp dport 20-10 => drop\n", "E021", 1, 19, "10-20"},
	      {"rule a: ip saddr 10.0.0.0/33 => drop\n", "E021", 1, 18, "at most 32"},
	      {"rule a: ip saddr 10.0.0.5/8 => drop\n", "E021", 1, 18, "10.0.0.0/8"},
	      {"rule a: ip6 saddr 2001:db8::1/32 => drop\n", "E021", 1, 19, "2001:db8::/32"});
}

static void check_types_must_agree(void **state)
{
	(void)state;
	CHECK({"rule a: ip saddr ::1 => drop\n", "E022", 1, 18, "ip6 saddr"},
	      {"rule a: ip saddr 5 => drop\n", "E022", 1, 18, "the number"},
	      {"rule a: tcp dport 80/4 => drop\n", "E022", 1, 19, "needs an address"},
	      {"set s : ipv4 { ::1 }\nrule a: ip saddr @s => drop\n", "E022", 1, 16,
	       "set @s takes"},
	      {"set s : ipv4 { 10.0.0.1 . 80 }\nrule a: ip saddr @s => drop\n", "E022", 1, 16,
	       "1 part, not 2"},
	      {"set s : ipv6 { ::1 }\nrule a: ip saddr @s => drop\n", "E022", 2, 18, "one of ipv6"},
	      {"set s : ipv4 . port { 10.0.0.1 . 80 }\nrule a: ip saddr @s => drop\n", "E022", 2,
	       18, "ipv4 . port"});
}

static void check_operators_must_exist(void **state)
{
	(void)state;
	CHECK({"rule a: ip saddr & 255 = 1 => drop\n", "E023", 1, 9, "can't be masked"},
	      {"rule a: tcp flags { syn, ack } => drop\n", "E023", 1, 9, "syn|ack"},
	      {"rule a: tcp flags 0 => drop\n", "E023", 1, 9, "0xff = 0"},
	      {"rule a: tcp flags & syn = syn|ack => drop\n", "E024", 1, 27, "behind `&`"});
}

static void check_contradictions_are_found(void **state)
{
	(void)state;
	CHECK({"rule a: tcp dport 80 and udp dport 80 => drop\n", "E024", 1, 26, "`tcp dport 80`"},
	      {"rule a: ip saddr 10.0.0.1 and ip6 => drop\n", "E024", 1, 31, "no packet is both"},
	      {"rule a: udp and ip protocol tcp => drop\n", "E024", 1, 17, "`udp`"},
	      {"rule a: ip frag later and tcp dport 1 => drop\n", "E024", 1, 27, "`ip frag later`"},
	      {"rule a: tcp dport 1-10 and tcp dport 20 => drop\n", "E024", 1, 28, "1-10"},
	      {"rule a: arp or (icmp and ip6) => drop\n", "E024", 1, 26, "`icmp`"},
	      {"rule a: not (icmp and ip6) => drop\n", "E024", 1, 23, "`icmp`"},
	      {"rule a: ip saddr { } => drop\n", "E024", 1, 9, "empty"});
}

static void check_filters_are_sound(void **state)
{
	(void)state;
	CHECK({"rule a: pcap \"tcp prot 80\" => drop\n", "E030", 1, 19, "did you mean `port`"},
	      {"rule a: pcap \"host example.com\" => drop\n", "E030", 1, 20, "not looked up"},
	      {"rule a: pcap \"tcp port http\" => drop\n", "E030", 1, 24,
	       "write the address or number"},
	      {"rule a: pcap \"port domain\" => drop\n", "E030", 1, 20, "not looked up"},
	      {"rule a: pcap \"ether host router\" => drop\n", "E030", 1, 26, "not looked up"},
	      {"rule a: pcap \"ip proto \\\\foo\" => drop\n", "E030", 1, 24, "no protocol"},
	      {"rule a: pcap \"udp or 1-2\" => drop\n", "E030", 1, 22, "portrange 1-2"},
	      {"rule a: pcap \"ip6 protochain 6\" => drop\n", "E030", 1, 19, "loop"},
	      {"rule a: pcap \"gateway foo\" => drop\n", "E030", 1, 15, "not looked up"},
	      {"rule a: pcap \"udp and inbound\" => drop\n", "E030", 1, 23, "which way"},
	      {"rule a: pcap \"udp and (\" => drop\n", "E030", 1, 14, "syntax error"},
	      {"rule a: pcap \"ip broadcast\" => drop\n", "E030", 1, 14, "netmask"},
	      {"rule a: pcap \"ether[0 - 1] = 0\" => drop\n", "E030", 1, 14, "in front of it"},
	      {"rule a: pcap \"udp and tcp\" => drop\n", "E024", 1, 14, "takes no packet"},
	      {"rule a: pcap \"ether[70000] = 1\" => drop\n", "E024", 1, 14, "no packet"},
	      {"rule a: pcap \"udp\" and not pcap \"udp\" => drop\n", "E024", 1, 24,
	       "no packet is both"},
	      {"rule a: pcap \"\" => drop\n", "W103", 1, 14, "every packet"},
	      {"rule a: pcap \"udp\" => pass\nrule b: tcp and pcap \"udp\" => drop\n", "W101", 2, 6,
	       "rule `a` (line 1)"},
	      {"rule a: tcp \"udp\" => drop\n", "E001", 1, 13, "pcap \"FILTER\""});
}

static void check_filters_have_limits(void **state)
{
	char *text = calloc(1, 20000);
	struct policy *policy;

	(void)state;
	for (int i = 0; i <= FILTERS_MAX; i++) /* the first one twice */
		sprintf(text + strlen(text),
			"rule r%d: udp dport %d and pcap \"len > %d\" => drop\n", i, i,
			i > 0 ? i - 1 : 0);
	policy = policy_from_text("test.policy", text);
	assert_int_equal(policy->diags.count, 0);
	assert_int_equal(policy->filter_count, FILTERS_MAX);
	policy_free(&policy);
	strcat(text, "rule more: pcap \"len > 99\" => drop\n");
	policy = policy_from_text("test.policy", text);
	assert_int_equal(policy->diags.errors, 1);
	assert_int_equal(policy->diags.list[0].code, E_TOO_COMPLEX);
	policy_free(&policy);

	strcpy(text, "rule a: pcap \"ip6 host ::");
	for (int i = 0; i < 60; i++)
		sprintf(text + strlen(text), " or ip6 host ::%x", i + 1);
	strcat(text, "\" => drop\n");
	policy = policy_from_text("test.policy", text);
	assert_int_equal(policy->diags.errors, 1);
	assert_int_equal(policy->diags.list[0].code, E_TOO_COMPLEX);
	policy_free(&policy);
	free(text);
}

static void check_packets_of_tests_are_read(void **state)
{
	(void)state;
	CHECK({"rule a: udp => drop\ntest a: udp 10.0.0.1 10.0.0.2\n", "E026", 2, 22, ""},
	      {"rule a: udp => drop\ntest a: upd 10.0.0.1 > 10.0.0.2\n", "E026", 2, 9, ""});
}

static void check_rules_that_nothing_reaches_are_told(void **state)
{
	(void)state;
	CHECK({"rule a: ip => drop\nrule b: ip saddr 10.0.0.1 => drop\n", "W101", 2, 6,
	       "rule `a` (line 1)"},
	      {"rule a: tcp dport 1-100 => drop\nrule b: tcp dport { 3, 50-60 } => drop\n", "W101",
	       2, 6, "never matches"},
	      {"rule a: ip => drop\nrule b: ip6 => pass\nrule c: tcp => pass\nrule d: udp and ip => pass\n",
	       "W101", 4, 6, "rule `a` (line 1)"},
	      {"set s : ipv4 { }\nrule a: ip saddr @s => drop\n", "W101", 2, 6, "can never match"},
	      {"set s : port { 1 }\n", "W102", 1, 5, "no rule uses"},
	      {"consumer f { queues all }\n", "W102", 1, 10, "no rule diverts"},
	      {"set s : ipv4 { 10.0.0.0/8, 10.1.0.0/16 }\nrule a: ip saddr @s => drop\n", "W103", 1,
	       28, "in @s already"});
}

/*
 * `udp`, from or to somewhere: of more than 1,024 combinations, the first thousand of which are of
 * packets that are not UDP.
 */
#define TEN_HOSTS(net)                                                                             \
	net ".1, " net ".3, " net ".5, " net ".7, " net ".9, " net ".11, " net ".13, " net         \
	    ".15, " net ".17, " net ".19"
#define THIRTY_HOSTS TEN_HOSTS("10.0.0") ", " TEN_HOSTS("10.0.1") ", " TEN_HOSTS("10.0.2")
#define MANY_COMBINATIONS                                                                          \
	"not (udp dport 5 or not (ip saddr { " THIRTY_HOSTS " } and ip daddr { " THIRTY_HOSTS      \
	", 10.0.3.1, 10.0.3.3 }))"

static void check_reachable_rules_are_left_alone(void **state)
{
	static const char *const texts[] = {
		"rule a: tcp dport 1 => drop\nrule b: udp dport 1 => drop\n",
		"rule a: ip saddr 10.0.0.0/8 => drop\nrule b: ip daddr 10.0.0.0/8 => drop\n",
		"rule a: tcp flags syn => drop\nrule b: tcp => pass\n",
		/* a first fragment's ports are read by b only */
		"rule a: udp dport 1 => drop\nrule b: udp dport 1 and ip frag first => drop\n",
		"rule a: not ip => drop\nrule b: ip => pass\n",
		"rule a: not udp => pass\nrule b: " MANY_COMBINATIONS " => drop\n",
		"rule a: udp and " MANY_COMBINATIONS " => drop\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct policy *policy = policy_from_text("test.policy", texts[i]);

		if (policy->diags.count) {
			diags_print(&policy->diags, stderr, false);
			fail_msg("%s", texts[i]);
		}
		policy_free(&policy);
	}
}

static void check_junk_is_cut_off(void **state)
{
	char *junk = malloc(200001);
	struct policy *policy;

	(void)state;
	for (int i = 0; i < 200000; i++)
		junk[i] = "rule: = { $"[i % 11];
	junk[200000] = 0;
	policy = policy_from_text("junk", junk);
	assert_true(policy->diags.errors > 0);
	assert_true(policy->diags.count <= 2 * DIAG_MAX);
	policy_free(&policy);
	free(junk);
}

static void check_warnings_do_not_crowd_out_errors(void **state)
{
	char *text = calloc(1, 100000);
	struct policy *policy;
	bool told = false;

	(void)state;
	for (int i = 0; i < 2 * DIAG_MAX; i++)
		sprintf(text + strlen(text), "set s%d : port { 1, 1 }\n", i);
	strcat(text, "rule a: tcp dprot 1 => drop\n");
	policy = policy_from_text("test.policy", text);
	for (size_t i = 0; i < policy->diags.count; i++)
		told |= policy->diags.list[i].code == E_UNKNOWN_FIELD;
	assert_true(told);
	assert_int_equal(policy->diags.count, DIAG_MAX + 1);
	assert_int_equal(policy->diags.suppressed, DIAG_MAX);
	policy_free(&policy);
	free(text);
}

static void check_fragments_are_spoken_of(void **state)
{
	struct policy *policy = policy_from_text("test.policy",
						 "rule a: udp dport 1 => drop\n"
						 "rule b: udp and not ip frag any => drop\n"
						 "rule c: ip6 frag later => drop\n");

	(void)state;
	assert_int_equal(policy->diags.errors, 0);
	assert_false(policy->rules[0]->reads_fragments);
	assert_true(policy->rules[1]->reads_fragments);
	assert_true(policy->rules[2]->reads_fragments);
	policy_free(&policy);
}

static void check_interfaces_are_numbered_by_name(void **state)
{
	struct policy *policy = policy_from_text("test.policy", "rule a: udp => redirect eth0.100\n"
								"rule b: tcp => redirect eth1\n"
								"rule c: arp => redirect eth0.100\n"
								"default redirect br-lan\n");

	(void)state;
	assert_int_equal(policy->diags.count, 0);
	assert_int_equal(policy->interface_count, 3);
	assert_string_equal(policy->interfaces[0].text, "eth0.100");
	assert_int_equal(policy->rules[0]->action.interface, 0);
	assert_int_equal(policy->rules[1]->action.interface, 1);
	assert_int_equal(policy->rules[2]->action.interface, 0);
	assert_string_equal(policy->interfaces[2].text, "br-lan");
	policy_free(&policy);
}

static void check_targets_are_of_a_kind(void **state)
{
	(void)state;
	CHECK({"target f dpdk { }\nrule a: udp => xsk f\n", "E022", 2, 20, "write: => dpdk f"},
	      {"target f dpdk { }\nrule a: udp => xsk f\n", "E022", 2, 20,
	       "`f` is a dpdk target, and `xsk` hands packets to a consumer"},
	      {"consumer f { }\nrule a: udp => storage f\n", "E022", 2, 24, "write: => xsk f"},
	      {"target f dpdk { }\nrule a: udp => dpdk\n", "E017", 2, 16, "write: => dpdk NAME"},
	      {"target f dpkd { }\nrule a: udp => dpdk f\n", "E018", 1, 10, "mean `dpdk`"},
	      {"target f xsk { }\nrule a: udp => xsk f\n", "E018", 1, 10, "consumer f {"},
	      {"target f { }\nrule a: udp => xsk f\n", "E001", 1, 10, "expected a name"},
	      {"target f dpdk\nrule a: udp => dpdk f\n", "E001", 2, 1, "expected `{`"},
	      {"target f dpdk { metadata on }\nrule a: udp => dpdk f\n", "E018", 1, 17,
	       "no option of dpdk targets `metadata`"},
	      {"target f dpdk { stall 1s }\nrule a: udp => dpdk f\n", "E018", 1, 17,
	       "no option of dpdk targets `stall`"},
	      {"target f storage { shelf 0 }\nrule a: udp => storage f\n", "E018", 1, 20,
	       "no option of storage targets `shelf`"},
	      {"target f dpdk { }\nrule a: udp => mark 1 dpdk f\n", "E017", 2, 23, "`mark`"},
	      {"target f dpdk { }\n", "W102", 1, 8, "no rule diverts to dpdk target `f`"},
	      {"target f dpdk { }\nconsumer f { }\nrule a: udp => dpdk f\n", "E020", 2, 10,
	       "a second consumer or target `f`"});
}

static void check_storage_targets_say_what_they_serve(void **state)
{
	static const char good[] =
		"target a storage { nbd \"127.0.0.1:10809\"; backend \"memory:1G\"; cached }\n"
		"target b storage { nbd \"unix:/run/b\"; backend \"file:/b\"; read-only; queues all }\n";
	struct policy *policy = policy_from_text("test.policy", good);

	(void)state;
	assert_int_equal(policy->diags.count, 0); /* no rule has to divert to them */
	assert_int_equal(policy->consumer_count, 0);
	assert_int_equal(policy->volume_count, 2);
	assert_string_equal(policy->volumes[0]->storage.backend.text, "memory:1G");
	assert_true(policy->volumes[0]->storage.cached);
	assert_false(policy->volumes[0]->storage.read_only);
	assert_string_equal(policy->volumes[1]->storage.nbd.text, "unix:/run/b");
	assert_true(policy->volumes[1]->storage.read_only);
	policy_free(&policy);
	/* one rule is enough for all disks; with nbd, too, it is still one that takes packets */
	policy = policy_from_text("test.policy",
				  "target a storage { aoe shelf 1 slot 2; backend \"memory:1\" }\n"
				  "target b storage { aoe shelf 1 slot 3; backend \"memory:1\"; "
				  "nbd \"[::1]:1\" }\n"
				  "rule a: ether type aoe => storage b\n");
	assert_int_equal(policy->diags.count, 0);
	assert_int_equal(policy->consumer_count, 2);
	assert_int_equal(policy->volume_count, 2);
	assert_int_equal(policy->volumes[1]->storage.shelf, 1);
	assert_int_equal(policy->volumes[1]->storage.slot, 3);
	policy_free(&policy);
	CHECK({"target f storage { backend \"x\" }\n", "E018", 1, 28, "'x' is no back end"},
	      {"target f storage { backend \"memory:x\" }\n", "E018", 1, 28, "expected a size"},
	      {"target f storage { backend file }\n", "E018", 1, 20, "write: backend \"file:"},
	      {"target f storage { backend \"\" }\n", "E018", 1, 20, "takes a string"},
	      {"target f storage { backend \"a\" \"b\" }\n", "E001", 1, 32, "unexpected string"},
	      {"target f storage { nbd \"here\"; backend \"memory:1\" }\n", "E018", 1, 24,
	       "no address to listen on"},
	      {"target f storage { nbd \"[::1]:1\" }\n", "E018", 1, 8, "nothing to serve"},
	      {"target f storage { read-only yes }\n", "E018", 1, 20, "stands alone"},
	      {"target f storage { nbd \"[::1]:1\"; backend \"memory:1\" }\nrule a: tcp => storage f\n",
	       "E022", 2, 24, "takes no packets"},
	      {"target f storage { aoe shelf 0 slot 255; backend \"memory:1\" }\n", "E018", 1, 20,
	       "write: aoe shelf 0 slot 0"},
	      {"target f storage { aoe 0 0; backend \"memory:1\" }\n", "E018", 1, 20,
	       "a shelf, 0 to 65534, and a slot, 0 to 254"},
	      {"target f storage { aoe shelf 0 slot 0 }\nrule a: ether type aoe => storage f\n",
	       "E018", 1, 8, "nothing to serve"},
	      {"target f storage { aoe shelf 0 slot 0; backend \"memory:1\" }\n"
	       "target g storage { aoe shelf 0 slot 0; backend \"memory:1\" }\n"
	       "rule a: ether type aoe => storage f\n",
	       "E020", 2, 20, "is `f` already"},
	      {"target f dpdk { cached }\n", "E018", 1, 17, "no option of dpdk targets"},
	      {"target f storage { queues \"all\" }\n", "E018", 1, 20, "takes all"},
	      {"target f storage { backend \"memory:1\" }\n", "W102", 1, 8, "no rule diverts"});
}

/* DPDK joins the map of consumer 0, and takes no metadata. */
static void check_dpdk_target_comes_first(void **state)
{
	struct policy *policy = policy_from_text("test.policy",
						 "consumer a { }\n"
						 "target s storage { }\n"
						 "target d dpdk { queues all }\n"
						 "target e dpdk { }\n"
						 "rule a: tcp => xsk a\n"
						 "rule s: ether type aoe => storage s\n"
						 "rule d: udp => dpdk d\n"
						 "rule e: sctp => dpdk e\n");
	const char *const names[] = {"d", "a", "s", "e"};

	(void)state;
	assert_int_equal(policy->diags.count, 0);
	for (int i = 0; i < 4; i++)
		assert_string_equal(policy->consumers[i]->name.text, names[i]);
	assert_int_equal(policy->rules[0]->action.consumer, 1);
	assert_int_equal(policy->rules[1]->action.consumer, 2);
	assert_int_equal(policy->rules[2]->action.consumer, 0);
	assert_int_equal(policy->rules[3]->action.consumer, 3);
	assert_false(policy->consumers[0]->metadata);
	assert_int_equal(policy->consumers[0]->stall, 0);
	assert_true(policy->consumers[2]->metadata);
	assert_int_equal(policy->consumers[2]->stall, 100);
	policy_free(&policy);
}

static void check_consumers_have_their_options(void **state)
{
	struct policy *policy = policy_from_text("test.policy",
						 "consumer a { }\n"
						 "consumer b { stall 1ms; metadata off }\n"
						 "consumer c { queues all; stall 60s }\n"
						 "consumer d { stall off; fanout flow 16 }\n"
						 "rule a: udp dport 1 => xsk a\n"
						 "rule b: udp dport 2 => xsk b\n"
						 "rule c: udp dport 3 => xsk c\n"
						 "rule d: udp dport 4 => xsk d\n");

	(void)state;
	assert_int_equal(policy->diags.count, 0);
	assert_int_equal(policy->consumers[0]->stall, 100);
	assert_int_equal(policy->consumers[1]->stall, 1);
	assert_int_equal(policy->consumers[2]->stall, 60000);
	assert_int_equal(policy->consumers[3]->stall, 0);
	assert_true(policy->consumers[0]->metadata && policy->consumers[3]->metadata);
	assert_int_equal(policy->consumers[0]->fanout, 1);
	assert_int_equal(policy->consumers[3]->fanout, 16);
	assert_false(policy->consumers[1]->metadata);
	policy_free(&policy);
}

static void check_tunnels_and_what_is_in_them(void **state)
{
	(void)state;
	CHECK({"rule a: inner upd dport 5 => drop\n", "E011", 1, 9, "`inner udp`"},
	      {"rule a: inner udp dprt 5 => drop\n", "E010", 1, 19, "`dport`"},
	      {"rule a: inner and udp => drop\n", "E011", 1, 9, "in front of a header"},
	      {"rule a: vxlan ip saddr 10.0.0.1 => drop\n", "E011", 1, 9, "`vxlan and inner ip …`"},
	      {"rule a: vxlan vni 16777216 => drop\n", "E021", 1, 19, "0 to 16777215"},
	      {"rule a: vxlan and tcp => drop\n", "E024", 1, 19, "contradicts"},
	      {"rule a: ipip and inner vlan id 5 and inner ether => drop\n", "E024", 1, 38,
	       "contradicts"},
	      {"rule a: inner tcp dport 5 and inner udp => drop\n", "E024", 1, 31, "contradicts"},
	      {"rule a: vxlan and ip frag any => drop\n", "E024", 1, 19, "contradicts"},
	      {"rule a: inner tcp => drop\nrule b: inner tcp dport 5 => drop\n", "W101", 2, 6,
	       "never matches"});
}

static void check_inner_still_names_consumers(void **state)
{
	struct policy *policy = policy_from_text(
		"test.policy", "consumer inner { queues all }\n"
			       "rule inner: tcp => limit 1/s burst 1 else xsk inner pass\n"
			       "default xsk inner\nset s : port { 1 }\ntest inner: tcp 1.1.1.1:1 > "
			       "1.1.1.2:2\n");

	(void)state;
	assert_int_equal(policy->diags.errors, 0);
	policy_free(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_tunnels_and_what_is_in_them),
		cmocka_unit_test(check_inner_still_names_consumers),
		cmocka_unit_test(check_syntax_says_what_was_expected),
		cmocka_unit_test(check_dynamic_sets_say_what_they_take),
		cmocka_unit_test(check_every_error_is_told),
		cmocka_unit_test(check_literals_are_read_or_refused),
		cmocka_unit_test(check_unknown_names_get_the_nearest),
		cmocka_unit_test(check_names_are_given_once),
		cmocka_unit_test(check_targets_are_of_a_kind),
		cmocka_unit_test(check_storage_targets_say_what_they_serve),
		cmocka_unit_test(check_dpdk_target_comes_first),
		cmocka_unit_test(check_consumers_have_their_options),
		cmocka_unit_test(check_values_must_fit),
		cmocka_unit_test(check_types_must_agree),
		cmocka_unit_test(check_operators_must_exist),
		cmocka_unit_test(check_contradictions_are_found),
		cmocka_unit_test(check_filters_are_sound),
		cmocka_unit_test(check_filters_have_limits),
		cmocka_unit_test(check_packets_of_tests_are_read),
		cmocka_unit_test(check_rules_that_nothing_reaches_are_told),
		cmocka_unit_test(check_reachable_rules_are_left_alone),
		cmocka_unit_test(check_junk_is_cut_off),
		cmocka_unit_test(check_warnings_do_not_crowd_out_errors),
		cmocka_unit_test(check_fragments_are_spoken_of),
		cmocka_unit_test(check_interfaces_are_numbered_by_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
