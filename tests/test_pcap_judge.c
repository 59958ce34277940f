// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libpcap as the judge: what a rule says, as a tcpdump filter, must hold for the same packets as in
 * the evaluator, and the rule that the program chooses must be the first whose filter holds. What
 * can't be said, or where libpcap means something else, is left out (pcap_text.h), and counted.
 */
#include "differential.h"
#include "eval.h"
#include "odd_packets.h"
#include "packet/text.h"
#include "packet_generator.h"
#include "pcap_text.h"
#include "policy_generator.h"

#include <errno.h>
#include <glob.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKETS	 2000
#define TAGS_MAX 2 /* VLAN tags that both sides read */
#define RANDOM	 16

/* With less, the judge has slept. */
#define LEAST_JUDGED_PERCENT                                                                       \
	70 /* of rules (tunnels can't be said); of those that are sayable ... */
#define LEAST_MATCHED_PERCENT  75 /* ... so many held once, and not for all packets */
#define LEAST_COMPARED_PERCENT 50 /* of packets, for a rule on average */

static uint64_t seed = 20260101; /* or the argument */

static const struct named_text {
	const char *name, *text;
} policies[] = {
	{"ether", "rule a: ether saddr 02:00:00:00:00:01 => drop\n"
		  "rule b: ether daddr 02:00:00:00:ff:ff-02:00:00:01:00:01 => drop\n"
		  "rule c: ether type 0x88a2 => drop\n rule d: ether type != 0x600-0xffff => drop\n"
		  "rule e: not ether type { ip, ip6, arp, 0x8100 } => drop\n"
		  "rule f: ether saddr . ether type { 02:00:00:00:00:02 . ip6 } => drop\n"},
	{"tags", "rule a: vlan[1] id 7 and vlan[0] id 100 => drop\n rule b: vlan pcp 5-7 => drop\n"
		 "rule c: vlan[1] pcp 0 and udp => drop\n"
		 "rule d: vlan[1] and not vlan[1] id 0-4000 => drop\n"
		 "rule e: vlan id != 100-200 and tcp dport 1-1024 => drop\n"
		 "rule f: vlan and not vlan[1] and ip6 => drop\n rule g: vlan => drop\n"},
	{"arp", "rule a: arp operation reply and arp saddr ip 10.0.0.0/8 => drop\n"
		"rule b: arp daddr ip 10.0.0.1-10.0.1.2 => drop\n"
		"rule c: arp saddr ether 02:00:00:00:00:01-02:00:00:00:01:00 => drop\n"
		"rule d: arp saddr ip . arp daddr ip { 10.0.0.2 . 10.0.0.3 } => drop\n"
		"rule e: arp daddr ether != 00:00:00:00:00:00 and arp operation 2-9 => drop\n"
		"rule f: not arp and not ip and not ip6 => drop\n"},
	{"ip", "rule a: ip saddr 10.0.0.0/8 and ip daddr != 10.0.0.0/30 => drop\n"
	       "rule b: ip daddr 192.168.1.7-192.168.3.1 => drop\n"
	       "rule c: ip protocol { gre, esp, 89-110 } => drop\n rule d: ip dscp ef => drop\n"
	       "rule e: ip ttl 1-3 => drop\n rule f: ip length 20-40 => drop\n"
	       "rule g: ip ttl & 0xf0 = 0x30 => drop\n rule h: ip saddr 0.0.0.0/1 => drop\n"},
	{"ip6", "rule a: ip6 saddr 2001:db8::/32 and ip6 daddr != 2001:db8::/64 => drop\n"
		"rule b: ip6 saddr 2001:db8::ffff:ffff-2001:db8::1:0:0:1 => drop\n"
		"rule c: ip6 protocol { 0, 41, 60, icmp6 } => drop\n"
		"rule d: ip6 dscp { cs1, 3, 63 } => drop\n rule e: ip6 hoplimit != 60-255 => drop\n"
		"rule f: ip6 length 40-100 => drop\n rule g: ip6 daddr ::/1 => drop\n"},
	{"ports", "rule a: tcp dport 22 => drop\n rule b: udp sport 1000-2000 => drop\n"
		  "rule c: sctp dport { 7, 9, 100-200 } => drop\n"
		  "rule d: tcp sport != 1024-65535 and ip6 => drop\n"
		  "rule e: ip saddr . tcp dport { 10.0.0.0/30 . 1-100, 10.0.0.7 . 443 } => drop\n"
		  "rule f: udp dport 0 => drop\n rule g: sctp sport 65535 => drop\n"
		  "rule h: not (udp or tcp dport 0-32767) and ip => drop\n"},
	{"flags", "rule a: tcp flags syn and not tcp flags ack => drop\n"
		  "rule b: tcp flags & (syn|ack|rst) = ack => pass\n"
		  "rule c: tcp flags & 0xff = 0 => drop\n rule d: tcp flags & 0xc0 != 0 => drop\n"},
	{"icmp",
	 "rule a: icmp type echo-request => drop\n rule b: icmp type 3 and icmp code 1-3 => drop\n"
	 "rule c: icmp6 type != 128-137 => drop\n rule d: icmp6 code 4 => drop\n"
	 "rule e: icmp and not icmp type 0-20 => drop\n rule f: udp length 8-20 => drop\n"},
	{"fragments",
	 "rule a: ip frag first and udp dport 53 => drop\n"
	 "rule b: ip frag later and ip protocol udp => drop\n"
	 "rule c: ip frag none and tcp dport 22 => drop\n rule d: ip frag any => drop\n"
	 "rule e: ip6 frag first => drop\n rule f: ip6 frag later => drop\n"
	 "rule g: ip6 frag none and ip6 hoplimit 7 => drop\n"
	 "rule h: udp dport 53 => drop\n rule i: not tcp and ip protocol tcp => drop\n"},
	{"frames", "rule a: frame length 64-65 => drop\n"
		   "rule b: frame length != 0-120 and udp => drop\n"
		   "rule c: bytes(l2 + 60, 2) != 0-0x7fff => drop\n"
		   "rule d: bytes(l3 + 8, 1) & 3 != 0 and vlan => drop\n"
		   "rule e: bytes(l2 + 15, 3) 0x1000-0xffff => drop\n"
		   "rule f: not bytes(l3 + 40, 4) 0-0x7fffffff and frame length & 1 = 1 => drop\n"},
	{"sets",
	 "set hosts : ipv4 { 10.0.0.0/30, 10.0.1.1-10.0.1.3, 192.168.0.0/16, 10.0.0.7 }\n"
	 "set hosts6 : ipv6 { 2001:db8::/64, 2001:db8:1::10-2001:db8:2::5 }\n"
	 "set conversations : ipv4 . ipv4 . port . port\n"
	 "{ 10.0.0.0/30 . 10.0.1.0/24 . 1000-1010 . 53, 10.0.0.1 . 10.0.0.2 . 0-65535 . 80 }\n"
	 "rule a: ip saddr . ip daddr . udp sport . udp dport @conversations => drop\n"
	 "rule b: ip saddr @hosts and ip daddr != @hosts => drop\n"
	 "rule c: not ip6 saddr @hosts6 and ip6 daddr @hosts6 => drop\n"
	 "rule d: ip daddr @hosts or ip6 saddr @hosts6 => drop\n"},
};

struct subject {
	const char *name;
	struct policy *policy; /* taken by the test */
	bool is_random;
};

/* A rule as filters, by the number of tags; not `said`: libpcap has no words for it. */
struct filters {
	bool said;
	struct bpf_program by_tags[TAGS_MAX + 1];
	size_t compared, held;
};

static struct {
	size_t rules, said, matched;
	size_t packets_by_rules, compared, chosen; /* `chosen`: by the program, and confirmed */
} total;

/* libpcap takes a filter that it finds to hold for nothing for a mistake. */
static void compile_never(struct bpf_program *filter)
{
	filter->bf_insns = malloc(sizeof(*filter->bf_insns));
	filter->bf_insns[0] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	filter->bf_len = 1;
}

static void compile(struct filters *filters, const struct rule *rule)
{
	static char text[PCAP_TEXT];
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);

	filters->said = true;
	for (unsigned int tags = 0; tags <= TAGS_MAX && filters->said; tags++) {
		struct bpf_program *filter = &filters->by_tags[tags];

		filters->said = pcap_text(rule, tags, text);
		if (!filters->said || !pcap_compile(pcap, filter, text, 1, PCAP_NETMASK_UNKNOWN))
			continue;
		if (strcmp(pcap_geterr(pcap), "expression rejects all packets") == 0) {
			compile_never(filter);
			continue;
		}
		print_message("# rule %s: %s: %.800s\n", rule->name.text, pcap_geterr(pcap), text);
		fail_msg("libpcap refuses what rule %s is in its language", rule->name.text);
	}
	pcap_close(pcap);
}

static bool filter_holds(const struct filters *filters, const struct dissection *packet)
{
	struct pcap_pkthdr header = {.caplen = (bpf_u_int32)packet->length,
				     .len = (bpf_u_int32)packet->length};

	return pcap_offline_filter(&filters->by_tags[packet->vlan_tags], &header, packet->frame);
}

static bool is_judged(const struct filters *filters, const struct rule *rule,
		      const struct dissection *packet)
{
	return filters->said && pcap_means_the_same(rule, packet);
}

static void print_packet(const struct dissection *packet)
{
	char text[PACKET_TEXT];

	print_message("# packet %s\n# hex ", packet_describe(text, sizeof(text), packet));
	for (size_t i = 0; i < packet->length; i++)
		print_message("%02x", packet->frame[i]);
	print_message("\n");
}

static void fail_by_rule(const struct differential *run, size_t number,
			 const struct dissection *packet, const char *who)
{
	static char text[PCAP_TEXT];

	pcap_text(run->policy->rules[number], packet->vlan_tags, text);
	print_packet(packet);
	print_message("# filter %.900s\n", text);
	differential_print_policy(run->policy);
	fail_msg("%s: libpcap does not agree with %s on rule %s", run->name, who,
		 run->policy->rules[number]->name.text);
}

/* `chosen`: the number of the rule that the program says, 0 for the default, -1 if it was not run.
 */
static void judge(const struct differential *run, struct filters *filters,
		  const struct dissection *packet, int chosen)
{
	const struct policy *policy = run->policy;

	for (size_t i = 0; i < policy->rule_count; i++) {
		int number = (int)i + 1;
		bool holds;

		if (!is_judged(&filters[i], policy->rules[i], packet))
			continue;
		holds = filter_holds(&filters[i], packet);
		filters[i].compared++;
		filters[i].held += holds;
		if (holds != rule_matches(policy->rules[i], packet))
			fail_by_rule(run, i, packet, "the evaluator");
		if (chosen < 0 || (chosen && number > chosen))
			continue;
		if (holds != (number == chosen))
			fail_by_rule(run, i, packet, "the program");
		total.chosen += holds;
	}
}

struct trial {
	struct differential *run;
	struct filters *filters;
};

static void try_packet(void *context, const char *name, const uint8_t *frame, size_t length)
{
	const struct trial *trial = context;
	int chosen = differential_try(trial->run, frame, length);
	struct dissection packet;

	(void)name;
	dissect(&packet, frame, length);
	judge(trial->run, trial->filters, &packet, chosen);
}

static void try_packets(struct differential *run, struct filters *filters, bool odd)
{
	struct generator *generator = generator_new(run->policy, seed);
	struct trial trial = {run, filters};
	static uint8_t frame[GENERATOR_FRAME_MAX];
	size_t length;

	for (size_t i = 0; i < PACKETS; i++) {
		generator_next(generator, frame, &length);
		try_packet(&trial, "", frame, length);
	}
	generator_free(&generator);
	if (odd)
		odd_packets_each(try_packet, &trial);
}

static void add_up(const struct differential *run, const struct filters *filters)
{
	size_t rules = run->policy->rule_count, said = 0, matched = 0, compared = 0;

	for (size_t i = 0; i < rules; i++) {
		said += filters[i].said;
		matched += filters[i].held && filters[i].held < filters[i].compared;
		compared += filters[i].compared;
	}
	print_message("# %s: %zu of %zu rules said, %zu of them matched, %zu comparisons\n",
		      run->name, said, rules, matched, compared);
	total.rules += rules;
	total.said += said;
	total.matched += matched;
	total.compared += compared;
	total.packets_by_rules += said * run->packets;
}

static void libpcap_agrees(void **state)
{
	struct subject *subject = *state;
	struct policy *policy = subject->policy;
	struct differential *run;
	struct filters *filters;
	int err;

	subject->policy = NULL;
	err = differential_open(&run, subject->name, policy);
	if (err == -E2BIG && subject->is_random)
		return;
	assert_int_equal(err, 0);
	filters = calloc(policy->rule_count + 1, sizeof(*filters));
	for (size_t i = 0; i < policy->rule_count; i++)
		compile(&filters[i], policy->rules[i]);
	try_packets(run, filters, !subject->is_random);
	assert_int_equal(run->differences, 0);
	add_up(run, filters);
	for (size_t i = 0; i < policy->rule_count; i++)
		for (size_t j = 0; j <= TAGS_MAX; j++)
			pcap_freecode(&filters[i].by_tags[j]);
	free(filters);
	differential_close(&run);
}

static void libpcap_judged_enough(void **state)
{
	(void)state;
	print_message("# %zu of %zu rules said; %zu of them matched; %zu of %zu packets compared; "
		      "%zu choices confirmed\n",
		      total.said, total.rules, total.matched, total.compared,
		      total.packets_by_rules, total.chosen);
	assert_true(total.said * 100 >= total.rules * LEAST_JUDGED_PERCENT);
	assert_true(total.matched * 100 >= total.said * LEAST_MATCHED_PERCENT);
	assert_true(total.compared * 100 >= total.packets_by_rules * LEAST_COMPARED_PERCENT);
	assert_true(total.chosen > 0);
}

#define SUBJECTS_MAX 100

static struct subject subjects[SUBJECTS_MAX];
static struct CMUnitTest tests[SUBJECTS_MAX];
static size_t subject_count;

static void add_subject(const char *name, struct policy *policy, bool is_random)
{
	static char names[SUBJECTS_MAX][100];
	struct subject *subject = &subjects[subject_count];

	snprintf(names[subject_count], sizeof(*names), "pcap_judge_%.60s_agrees", name);
	*subject = (struct subject){names[subject_count], policy, is_random};
	tests[subject_count++] = (struct CMUnitTest){
		.name = subject->name, .test_func = libpcap_agrees, .initial_state = subject};
}

static void add_subjects(const glob_t *files)
{
	char name[60];

	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		add_subject(policies[i].name, policy_from_text(policies[i].name, policies[i].text),
			    false);
	for (size_t i = 0; i < files->gl_pathc && i < 40; i++) {
		const char *base = strrchr(files->gl_pathv[i], '/') + 1;
		struct policy *policy;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
		if (policy_from_file(&policy, files->gl_pathv[i]) == 0)
			add_subject(name, policy, false);
	}
	for (size_t i = 0; i < RANDOM; i++) {
		snprintf(name, sizeof(name), "random_%zu", i);
		add_subject(name, policy_random(seed + i, 5 + 3 * i, (unsigned int)i % 3), true);
	}
}

int main(int argc, char **argv)
{
	glob_t files;
	int failed;

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!differential_begin())
		return 0;
	if (glob("policies/*.policy", 0, NULL, &files)) {
		printf("Bail out! no policies/*.policy here: run it at the top of the source\n");
		return 1;
	}
	add_subjects(&files);
	tests[subject_count++] = (struct CMUnitTest){
		.name = "pcap_judge_judged_enough",
		.test_func = libpcap_judged_enough,
	};
	failed = _cmocka_run_group_tests("pcap_judge", tests, subject_count, NULL, NULL);
	globfree(&files);
	return failed;
}
