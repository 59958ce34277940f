// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The compiled program, run by the kernel, against the evaluator: for each policy, thousands of
 * generated packets and every truncation of some. One difference is a bug in one of the two.
 */
#include "differential.h"
#include "subjects.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKETS	  6000
#define TRUNCATED 25 /* packets of which every length is tried */

/* A run that meets fewer rules, or those too rarely, means nothing. */
#define LEAST_TAKEN_PERCENT 10
#define LEAST_MET_PERCENT   80

static uint64_t seed = 20260101; /* or the argument: another run over other packets */

static struct policy *policy_of_text(const void *data)
{
	const struct subject_text *subject = data;

	return policy_from_text(subject->name, subject->text);
}

static struct policy *file_policy(const void *data)
{
	struct policy *policy;

	return policy_from_file(&policy, data) ? NULL : policy;
}

/* A thousand rules over few fields, as they are made by scripts. */
static struct policy *large_policy(const void *data)
{
	size_t size = 200000, used = 0;
	char *text = malloc(size);
	struct policy *policy;

	(void)data;
	for (unsigned int i = 0; i < 1000; i++)
		used += (size_t)snprintf(
			text + used, size - used,
			i % 3 ? "rule r%u: ip saddr 10.%u.%u.0/24 and udp dport %u => drop\n"
			      : "rule r%u: ip daddr 172.16.%u.%u and tcp dport %u => pass\n",
			i, i % 7, i * 5 % 256, i * 13 % 3000);
	policy = policy_from_text("large.policy", text);
	free(text);
	return policy;
}

struct subject {
	char name[100];
	struct policy *(*make)(const void *data);
	const void *data;
	bool is_miss; /* of the past: made at random, for one thing only */
};

static void program_and_evaluator_agree(void **state)
{
	const struct subject *subject = *state;
	struct policy *policy = subject->make(subject->data);
	struct differential *run;
	size_t met, taken, packets;

	assert_non_null(policy);
	assert_int_equal(differential_open(&run, subject->name, policy), 0);
	differential_try_generated(run, seed, PACKETS, TRUNCATED);
	met = differential_rules_met(run);
	taken = run->taken;
	packets = run->packets;
	differential_try_odd(run);
	print_message("# %s: %zu of %zu rules met, by %zu of %zu packets, %zu differences\n",
		      subject->name, met, policy->rule_count, taken, packets, run->differences);
	if (run->differences) {
		differential_print_policy(policy->text);
		fail_msg("%s: program and evaluator differ", subject->name);
	}
	if (!subject->is_miss) {
		assert_true(met * 100 >= policy->rule_count * LEAST_MET_PERCENT);
		assert_true(taken * 100 >= packets * LEAST_TAKEN_PERCENT || !met);
	}
	assert_true(differential_counters_agree(run));
	differential_close(&run);
}

#define SUBJECTS_MAX 200

/* A set of ranges of all widths, so many that a table of ranges is worth it; `data` more rules. */
static struct policy *ranges_policy(const void *data)
{
	static const char *const ranges[] = {
		"10.%u.0.0-10.%u.0.200",   "10.%u.16.0-10.%u.31.255", "10.%u.0.6-10.%u.1.1",
		"10.%u.0.0-10.%u.255.255", "10.%u.0.8-10.%u.0.9",     "10.%u.3.0-10.%u.3.255",
		"10.%u.0.0-10.%u.255.254",
	};
	size_t size = 30000, used = 0, rules = (size_t)(uintptr_t)data;
	char *text = malloc(size);
	struct policy *policy;

	used += (size_t)snprintf(text, size, "set networks : ipv4 { 0.0.0.0-0.0.0.9, 10.0.0.1");
	for (unsigned int i = 1; i < 254; i++) {
		used += (size_t)snprintf(text + used, size - used, ", ");
		used += (size_t)snprintf(text + used, size - used, ranges[i % 7], i, i);
	}
	used += (size_t)snprintf(text + used, size - used,
				 ", 11.0.0.0-13.1.2.3, 255.255.255.0/24 }\n"
				 "rule first: ip saddr != @networks and tcp => pass\n"
				 "rule both: ip saddr @networks and ip daddr @networks => drop\n");
	for (unsigned int i = 0; i < rules; i++)
		used += (size_t)snprintf(text + used, size - used,
					 "rule r%u: ip saddr @networks and udp dport %u => drop\n",
					 i, i * 7);
	policy = policy_from_text("ranges.policy", text);
	free(text);
	return policy;
}

static struct subject subjects[SUBJECTS_MAX];
static struct CMUnitTest tests[SUBJECTS_MAX];
static size_t subject_count;

static void add_subject(struct policy *(*make)(const void *), const void *data, const char *name)
{
	struct subject *subject = &subjects[subject_count];

	subject->make = make;
	subject->data = data;
	snprintf(subject->name, sizeof(subject->name), "differential_%.60s_agrees", name);
	tests[subject_count] = (struct CMUnitTest){.name = subject->name,
						   .test_func = program_and_evaluator_agree,
						   .initial_state = subject};
	subject_count++;
}

static void add_subjects(const glob_t *files)
{
	for (size_t i = 0; i < files->gl_pathc && i < 100; i++) {
		const char *base = strrchr(files->gl_pathv[i], '/');
		char name[60];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(base + 1, "."), base + 1);
		add_subject(file_policy, files->gl_pathv[i], name);
		subjects[subject_count - 1].is_miss = strncmp(files->gl_pathv[i], "tests/", 6) == 0;
	}
	for (const struct subject_text *subject = subject_texts; subject->name; subject++)
		add_subject(policy_of_text, subject, subject->name);
	for (const struct subject_text *subject = sayable_texts; subject->name; subject++)
		add_subject(policy_of_text, subject, subject->name);
	add_subject(large_policy, NULL, "thousand_rules");
	add_subject(ranges_policy, NULL, "ranges");
	add_subject(ranges_policy, (const void *)20, "ranges_looked_up");
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
	if (glob("policies/*.policy", 0, NULL, &files) ||
	    glob("tests/misses/*.policy", GLOB_APPEND, NULL, &files)) {
		printf("Bail out! no policies/*.policy here: run it at the top of the source\n");
		return 1;
	}
	add_subjects(&files);
	failed = _cmocka_run_group_tests("differential", tests, subject_count, NULL, NULL);
	globfree(&files);
	return failed;
}
