// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a policy costs: a packet, in the kernel; and a change, from its text to its program.
 */
#include "measure.h"
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS	   15
#define TIMES_RUNS 5

/* Groups that are not about packets: from text to a loaded program, and what needs no load. */
#define GROUP_LOAD    "load"
#define GROUP_CHANGES "changes"

struct options {
	bool json;
	const char *chart;
	unsigned int rounds;
	char **groups;
	int group_count; /* 0: all */
};

static int usage(FILE *out)
{
	const char *before = "";

	fputs("usage: classifier [--json] [--svg FILE] [--rounds N] [GROUP...]\ngroups: ", out);
	for (size_t i = 0; i < workload_count; i++) {
		if (strcmp(before, workloads[i].group) != 0)
			fprintf(out, "%s ", workloads[i].group);
		before = workloads[i].group;
	}
	fputs(GROUP_LOAD " " GROUP_CHANGES "\n", out);
	return out == stdout ? 0 : 2;
}

static bool is_group(const char *name)
{
	for (size_t i = 0; i < workload_count; i++)
		if (strcmp(workloads[i].group, name) == 0)
			return true;
	return strcmp(name, GROUP_LOAD) == 0 || strcmp(name, GROUP_CHANGES) == 0;
}

static bool wants(const struct options *options, const char *group)
{
	for (int i = 0; i < options->group_count; i++)
		if (strcmp(options->groups[i], group) == 0)
			return true;
	return options->group_count == 0;
}

static int read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'},
		{"svg", required_argument, NULL, 's'},
		{"rounds", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	*options = (struct options){.rounds = ROUNDS};
	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (option == 'j')
			options->json = true;
		else if (option == 's')
			options->chart = optarg;
		else if (option == 'r')
			options->rounds = (unsigned int)strtoul(optarg, NULL, 10);
		else
			return usage(option == 'h' ? stdout : stderr) ? 2 : 1;
	}
	options->groups = argv + optind;
	options->group_count = argc - optind;
	for (int i = 0; i < options->group_count; i++)
		if (!is_group(options->groups[i]))
			return usage(stderr);
	return options->rounds ? 0 : usage(stderr);
}

static int write_chart(const struct report *report, const char *file)
{
	FILE *out = fopen(file, "w");
	bool failed;

	if (!out) {
		fprintf(stderr, "bench: %s: %s\n", file, strerror(errno));
		return -errno;
	}
	report_chart(report, out);
	failed = ferror(out);
	return fclose(out) || failed ? -EIO : 0;
}

/* Before the process takes a processor for itself: clang needs one, too. */
static void take_times(const struct options *options, struct times *times, size_t *count)
{
	for (size_t i = 0; i < workload_count; i++)
		if (wants(options, GROUP_LOAD))
			times_take(&times[(*count)++], &workloads[i], TIMES_RUNS);
}

static int add_subjects(const struct options *options, struct bench *bench)
{
	int err = bench_add_floor(bench);

	for (size_t i = 0; !err && i < workload_count; i++)
		if (wants(options, workloads[i].group))
			err = bench_add(bench, &workloads[i]);
	return err;
}

int main(int argc, char **argv)
{
	struct times *times = calloc(workload_count, sizeof(*times));
	struct options options;
	struct bench bench;
	struct changes changes;
	struct report report = {.bench = &bench, .times = times};
	int err = read_options(&options, argc, argv);

	if (err)
		return err == 1 ? 0 : 2;
	setenv("XDIVERT_CACHE", "off", 1);
	err = bench_open(&bench);
	if (!err)
		err = add_subjects(&options, &bench);
	if (!err && wants(&options, GROUP_CHANGES)) {
		err = changes_take(&changes);
		report.changes = &changes;
	}
	if (!err) {
		take_times(&options, times, &report.times_count);
		report.rounds = options.rounds;
		report.conditions = measure_prepare();
		err = measure(&bench, options.rounds);
		if (err)
			fprintf(stderr, "bench: a test run failed: %s\n", strerror(-err));
	}
	if (!err && options.json)
		report_json(&report, stdout);
	else if (!err)
		report_table(&report, stdout);
	if (!err && options.chart)
		err = write_chart(&report, options.chart);
	bench_close(&bench);
	free(times);
	return err || fflush(stdout) || ferror(stdout) ? 1 : 0;
}
