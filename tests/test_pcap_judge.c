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
#include "subjects.h"

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
#define RANDOM	 8

/* With less, the judge has slept. */
#define LEAST_JUDGED_PERCENT                                                                       \
	70 /* of rules (tunnels can't be said); of those that are sayable ... */
#define LEAST_MATCHED_PERCENT  75 /* ... so many held once, and not for all packets */
#define LEAST_COMPARED_PERCENT 50 /* of packets, for a rule on average */

static uint64_t seed = 20260101; /* or the argument */

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
	differential_print_policy(run->policy->text);
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
	if ((err == -E2BIG || err == -EFBIG) && subject->is_random)
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

	for (const struct subject_text *subject = sayable_texts; subject->name; subject++)
		add_subject(subject->name, policy_from_text(subject->name, subject->text), false);
	for (size_t i = 0; i < files->gl_pathc && i < 40; i++) {
		const char *base = strrchr(files->gl_pathv[i], '/') + 1;
		struct policy *policy;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
		if (policy_from_file(&policy, files->gl_pathv[i]) == 0)
			add_subject(name, policy, false);
	}
	for (size_t i = 0; i < RANDOM; i++) {
		snprintf(name, sizeof(name), "random_%zu", i);
		add_subject(name, policy_random(seed + i, 5 + 2 * i, (unsigned int)i % 3), true);
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
