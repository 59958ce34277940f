// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Filters of libpcap's, in the kernel, against libpcap's own interpreter of classic BPF.
 */
#include "arena.h"
#include "cbpf_run.h"
#include "differential.h"
#include "filter_generator.h"
#include "generator_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKETS	    6000
#define TRUNCATED   12 /* packets of which every length is tried */
#define ODD	    6 /* policies of odd filters */
#define LEAST_MET   90 /* percent of the rules, where filters are as people write them; */
#define LEAST_TAKEN 20 /* and of the packets */

static uint64_t seed = 20260101; /* or the argument: another run over other packets */

/* Filters as people write them for tcpdump, and some that need all of classic BPF. */
#define ADDRESS_FILTERS                                                                            \
	"rule a: pcap \"host 10.0.0.1 and not port 53\" => drop\n"                                 \
	"rule b: pcap \"src net 192.168.0.0/16 or dst net 172.16.0.0 mask 255.240.0.0\" => drop\n" \
	"rule c: pcap \"ip6 host 2001:db8::1\" => drop\n"                                          \
	"rule d: pcap \"ip6 net 2001:db8:1::/48 and udp\" => drop\n"                               \
	"rule e: pcap \"ether host 02:00:00:00:00:01\" => drop\n"                                  \
	"rule f: pcap \"ether src 02-00-00-00-00-02 or ether dst 0200.0000.0003\" => drop\n"       \
	"rule g: pcap \"arp and host 10.0.0.2\" => drop\n"                                         \
	"rule h: pcap \"dst host 10.9.8.7 and (tcp or udp)\" => drop\n"                            \
	"rule i: pcap \"rarp or ether proto 0x88a2\" => drop\n"                                    \
	"rule j: pcap \"ip multicast or ip6 multicast\" => drop\n"                                 \
	"rule k: pcap \"ether broadcast\" => drop\n"                                               \
	"rule l: pcap \"ether multicast and not ip6\" => drop\n"                                   \
	"rule m: pcap \"greater 300 or less 20\" => drop\n"

#define PORT_FILTERS                                                                               \
	"rule a: pcap \"tcp port 80\" => drop\n"                                                   \
	"rule b: pcap \"udp portrange 5000-5010\" => drop\n"                                       \
	"rule c: pcap \"src port 22 and tcp[tcpflags] & (tcp-syn|tcp-fin) != 0\" => drop\n"        \
	"rule d: pcap \"sctp dst port 9\" => drop\n"                                               \
	"rule e: pcap \"port 53\" => drop\n"                                                       \
	"rule f: pcap \"icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply\" => drop\n" \
	"rule g: pcap \"icmp6[icmp6type] = icmp6-routeradvert\" => drop\n"                         \
	"rule h: pcap \"ip6 and ip6[6] = 58 and ip6[40] = 135\" => drop\n"                         \
	"rule i: pcap \"tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420\" => drop\n"                 \
	"rule j: pcap \"udp[8:4] & 0xffff0000 = 0x01020000\" => drop\n"                            \
	"rule k: pcap \"ip proto \\tcp and ip[0] & 0xf > 5\" => drop\n"                            \
	"rule l: pcap \"igmp or pim or ip proto 112 or ah or esp\" => drop\n"                      \
	"rule m: pcap \"ip[6:2] & 0x3fff != 0\" => drop\n"                                         \
	"rule n: pcap \"ip[8] < 5 and not icmp\" => drop\n"                                        \
	"rule o: pcap \"ip[2:2] - ((ip[0]&0xf)<<2) > 100\" => drop\n"

#define LINK_FILTERS                                                                               \
	"rule a: pcap \"vlan 7 and udp\" => drop\n"                                                \
	"rule b: pcap \"vlan and vlan 9\" => drop\n"                                               \
	"rule c: pcap \"mpls 1000 and ip host 10.0.0.1\" => drop\n"                                \
	"rule d: pcap \"pppoes and tcp port 443\" => drop\n"                                       \
	"rule e: pcap \"pppoed\" => drop\n"                                                        \
	"rule f: pcap \"geneve 5 and tcp\" => drop\n"                                              \
	"rule g: pcap \"stp or iso proto \\clnp or llc rr\" => drop\n"                             \
	"rule h: pcap \"ether[12:2] <= 1500 and ether[14:2] = 0xaaaa\" => drop\n"                  \
	"rule i: pcap \"ip[1] << ip[5] & 0x10 != 0 and ip[9] >> ip[8] = 0\" => drop\n"             \
	"rule j: pcap \"ip[ip[8]] = 9\" => drop\n"                                                 \
	"rule k: pcap \"ip[4:2] % (ip[8] + 1) = 3\" => drop\n"                                     \
	"rule l: pcap \"ip[1] ^ ip[9] > 0x17 and ip[2:2] * ip[8] > 7000\" => drop\n"               \
	"rule m: pcap \"ip[4:4] / ip[9] < 1000 or -ip[1] = 0xffffff00 + 9\" => drop\n"             \
	"rule n: pcap \"ether[ether[5] - 1] | 3 = 0x7f\" => drop\n"                                \
	"rule o: pcap \"len - 20 <= ip6[4:2]\" => drop\n"

/* More rules than are written as straight code. */
static char *with_more_rules(const char *text)
{
	char *result = malloc(strlen(text) + 20 * 80);
	size_t used = (size_t)sprintf(result, "%s", text);

	for (int i = 0; i < 17; i++)
		used += (size_t)sprintf(
			result + used,
			"rule r%d: udp dport %d and ip6 saddr 2001:db8::%d => pass\n", i, i, i);
	return result;
}

static struct differential *try(const char *name, struct policy *policy)
{
	struct differential *differential;

	if (policy->diags.errors)
		diags_print(&policy->diags, stderr, false);
	assert_int_equal(policy->diags.errors, 0);
	assert_int_equal(differential_open(&differential, name, policy), 0);
	differential_try_generated(differential, seed, PACKETS, TRUNCATED);
	print_message("# %s: %zu of %zu rules met, by %zu of %zu packets\n", name,
		      differential_rules_met(differential), policy->rule_count, differential->taken,
		      differential->packets);
	assert_int_equal(differential->differences, 0);
	assert_true(differential_counters_agree(differential));
	return differential;
}

/* Nearly all rules are met, and by many packets, or the run means nothing. */
static void try_all(const char *name, const char *text)
{
	struct policy *policy = policy_from_text(name, text);
	struct differential *differential = try(name, policy);

	assert_true(differential_rules_met(differential) * 100 >= policy->rule_count * LEAST_MET);
	assert_true(differential->taken * 100 >= differential->packets * LEAST_TAKEN);
	differential_close(&differential);
}

static void try_straight_and_looked_up(const char *name, const char *text)
{
	char *more = with_more_rules(text);

	try_all(name, text);
	try_all(name, more);
	free(more);
}

static void filters_of_addresses_agree(void **state)
{
	(void)state;
	try_straight_and_looked_up("addresses", ADDRESS_FILTERS);
}

static void filters_of_ports_and_contents_agree(void **state)
{
	(void)state;
	try_straight_and_looked_up("ports", PORT_FILTERS);
}

static void filters_of_links_and_arithmetic_agree(void **state)
{
	(void)state;
	try_straight_and_looked_up("links", LINK_FILTERS);
}

static void filters_among_conditions_agree(void **state)
{
	(void)state;
	try_straight_and_looked_up(
		"among",
		"set hosts : ipv4 { 10.0.0.0/30, 10.0.1.1-10.0.1.3, 192.168.0.0/16 }\n"
		"rule a: pcap \"udp and (ether[0] & 1 = 0 or host 10.0.0.1)\" and not vlan"
		" => drop\n"
		"rule b: not (pcap \"ip\" or pcap \"ip6\") and vlan => pass\n"
		"rule c: tcp and ip saddr @hosts and not pcap \"tcp[13] & 2 != 0\" => drop\n"
		"rule d: bytes(payload, 2) 0-1000 and not pcap \"less 100\" => drop\n"
		"rule e: pcap \"ip or not ip\" and icmp => drop\n");
}

/* Filters in libpcap's language that nobody would write. */
static struct policy *random_filters(uint64_t number)
{
	struct random random = {seed * 1000 + 500 + number};
	char *text = calloc(FILTERS_MAX, 2 * FILTER_RANDOM_TEXT);
	struct policy *policy = NULL;

	for (size_t i = 0, used = 0; i < FILTERS_MAX;) {
		char filter[FILTER_RANDOM_TEXT];
		size_t length = 0;

		filter_random(&random, filter);
		length = (size_t)sprintf(
			text + used,
			"rule r%zu: bytes(l2 + 5, 1) & 15 = %zu and pcap \"%s\" => "
			"drop\n",
			i, i, filter);
		policy_free(&policy);
		policy = policy_from_text("random-filters.policy", text);
		if (policy->diags.errors || policy->filter_count != i + 1) {
			text[used] = 0; /* libpcap does not take it, or there was the same */
			continue;
		}
		used += length;
		i++;
	}
	policy_free(&policy);
	policy = policy_from_text("random-filters.policy", text);
	free(text);
	return policy;
}

static void filters_at_random_agree(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < ODD; i++) {
		struct differential *differential = try("random", random_filters(i));

		differential_close(&differential);
	}
}

/*
 * Filters of instructions in which libpcap has no hand: whatever classic BPF can say, the kernel
 * must take and get right. Each is asked about a sixteenth of the packets.
 */
static struct policy *odd_filters(uint64_t number)
{
	struct random random = {seed * 1000 + number};
	char text[FILTERS_MAX * 80] = "";
	struct policy *policy;

	for (size_t i = 0; i < FILTERS_MAX; i++)
		sprintf(text + strlen(text),
			"rule r%zu: bytes(l2 + 5, 1) & 15 = %zu and pcap \"len > %zu\" => drop\n",
			i, i, i);
	policy = policy_from_text("odd-filters.policy", text);
	for (size_t i = 0; i < policy->filter_count;) {
		uint8_t bytes[30 * CBPF_INSN_BYTES];
		struct filter *filter = &policy->filters[i];
		struct cbpf cbpf;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)random_below(&random, 256);
		filter->code = arena_alloc(policy->arena, 32 * sizeof(*filter->code));
		filter->length = cbpf_from_bytes(filter->code, 32, bytes, sizeof(bytes) - i % 2);
		/* one that is a verdict, and nothing else, libpcap would not give us */
		i += cbpf_read(&cbpf, policy->arena, filter->code, filter->length) == CBPF_SOUND &&
		     cbpf.block_count > 2;
	}
	return policy;
}

static void filters_of_any_instructions_agree(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < ODD; i++) {
		struct differential *differential = try("odd", odd_filters(i));

		differential_close(&differential);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_of_addresses_agree),
		cmocka_unit_test(filters_of_ports_and_contents_agree),
		cmocka_unit_test(filters_of_links_and_arithmetic_agree),
		cmocka_unit_test(filters_among_conditions_agree),
		cmocka_unit_test(filters_at_random_agree),
		cmocka_unit_test(filters_of_any_instructions_agree),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!differential_begin())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
