// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "report.h"

#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

double above_empty(const struct report *report, const struct subject *subject, bool mix)
{
	const struct subject *empty = &report->bench->subjects[0];

	return mix ? subject->mix.ns - empty->mix.ns : subject->hot.ns - empty->hot.ns;
}

/* The subject of the same rules and side that acts, if there is one. */
static const struct subject *twin_of(const struct report *report, const struct subject *subject)
{
	for (size_t i = 0; i < report->bench->count; i++) {
		const struct subject *other = &report->bench->subjects[i];

		if (other->acts && other->side == subject->side &&
		    other->workload == subject->workload && other->program >= 0)
			return other;
	}
	return NULL;
}

static void put_pair(const struct report *report, const struct subject *subject, FILE *out)
{
	if (subject)
		fprintf(out, " %8.1f %8.1f", above_empty(report, subject, false),
			above_empty(report, subject, true));
	else
		fprintf(out, " %8s %8s", "", "");
}

static void put_subject(const struct report *report, const struct subject *subject, FILE *out)
{
	const char *title = subject->workload ? subject->workload->title : "";
	const struct subject *classify = subject->acts ? NULL : subject;

	fprintf(out, "%-22s %-13s", title, side_names[subject->side]);
	if (subject->program < 0) {
		fprintf(out, "  %s\n", subject->note);
		return;
	}
	put_pair(report, classify, out);
	put_pair(report, twin_of(report, subject), out);
	fprintf(out, " %8u", subject->verified);
	if (subject->memory)
		fprintf(out, " %9.1f", (double)subject->memory / 1024);
	fputc('\n', out);
}

/* What comes with a classifier has been printed in its line. */
static bool is_twin(const struct report *report, const struct subject *subject)
{
	for (size_t i = 0; subject->acts && i < report->bench->count; i++) {
		const struct subject *other = &report->bench->subjects[i];

		if (!other->acts && other->side == subject->side &&
		    other->workload == subject->workload)
			return true;
	}
	return false;
}

static const struct subject *find(const struct report *report, const char *workload, enum side side,
				  bool acts)
{
	for (size_t i = 0; i < report->bench->count; i++) {
		const struct subject *subject = &report->bench->subjects[i];

		if (subject->workload && subject->side == side && subject->acts == acts &&
		    subject->program >= 0 && strcmp(subject->workload->name, workload) == 0)
			return subject;
	}
	return NULL;
}

static void put_ratio(const struct report *report, const char *what, const struct subject *a,
		      const struct subject *b, FILE *out)
{
	if (a && b)
		fprintf(out, "%-58s %7.2f / %.2f\n", what,
			above_empty(report, a, false) / above_empty(report, b, false),
			above_empty(report, a, true) / above_empty(report, b, true));
}

static void put_ratios(const struct report *report, FILE *out)
{
	static const struct {
		const char *what, *a;
		enum side a_side;
		const char *b;
		enum side b_side;
		bool acts;
	} ratios[] = {
		{"10,000 ports to 10", "ports-10k", SIDE_XDIVERT, "ports-10", SIDE_XDIVERT, false},
		{"10,000 prefix + port to 10", "prefix-10k", SIDE_XDIVERT, "prefix-10",
		 SIDE_XDIVERT, false},
		{"1,000 ports, rule by rule to xdivert", "ports-1k", SIDE_LINEAR, "ports-1k",
		 SIDE_XDIVERT, false},
		{"1,000 prefix + port, rule by rule to xdivert", "prefix-1k", SIDE_LINEAR,
		 "prefix-1k", SIDE_XDIVERT, false},
		{"1,000 mixed, rule by rule to xdivert", "mixed-1k", SIDE_LINEAR, "mixed-1k",
		 SIDE_XDIVERT, false},
		{"1,000 sets, rule by rule to xdivert", "sets-1k", SIDE_LINEAR, "sets-1k",
		 SIDE_XDIVERT, false},
		{"1,000 ports, counter and redirect, by hand to xdivert", "ports-1k", SIDE_BY_HAND,
		 "ports-1k", SIDE_XDIVERT, true},
	};

	fprintf(out, "\n%-58s %7s / mix\n", "ratios", "hot");
	for (size_t i = 0; i < sizeof(ratios) / sizeof(*ratios); i++)
		put_ratio(report, ratios[i].what,
			  find(report, ratios[i].a, ratios[i].a_side, ratios[i].acts),
			  find(report, ratios[i].b, ratios[i].b_side, ratios[i].acts), out);
}

static void put_times(const struct report *report, FILE *out)
{
	fprintf(out,
		"\nfrom text to a loaded program, ms (medians; cache: instead of clang)\n%-22s",
		"");
	for (int stage = 0; stage < STAGES; stage++)
		fprintf(out, " %8s", stage_names[stage]);
	fprintf(out, " %8s %8s %8s\n", "sum", "cached", "verified");
	for (size_t i = 0; i < report->times_count; i++) {
		const struct times *times = &report->times[i];
		double sum = 0;

		fprintf(out, "%-22s", times->workload->title);
		if (*times->note) {
			fprintf(out, "  %s\n", times->note);
			continue;
		}
		for (int stage = 0; stage < STAGES; stage++) {
			fprintf(out, " %8.1f", times->ms[stage]);
			sum += times->ms[stage];
		}
		fprintf(out, " %8.1f %8.1f %8u\n", sum - times->ms[STAGE_CACHE],
			sum - times->ms[STAGE_CLANG], times->verified);
	}
}

static void put_changes(const struct changes *changes, FILE *out)
{
	const struct {
		const char *what, *unit;
		double value;
	} lines[] = {
		{"one element, of a full set of 100,000", "us", changes->element_us},
		{"likewise, while its table is open", "us", changes->element_open_us},
		{"of those added, a new table is made for", "%", changes->anew_percent},
		{"all 100,000 elements replaced, at once", "ms", changes->replace_ms},
		{"one flow added, in a table of 65,536", "us", changes->flow_us},
	};

	fputs("\nchanges of what is live (medians)\n", out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		fprintf(out, "%-46s %8.1f %s\n", lines[i].what, lines[i].value, lines[i].unit);
}

static json_t *changes_json(const struct changes *changes)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "element_us", changes->element_us,
			 "element_open_us", changes->element_open_us, "anew_percent",
			 changes->anew_percent, "replace_ms", changes->replace_ms, "flow_us",
			 changes->flow_us);
}

void report_table(const struct report *report, FILE *out)
{
	const struct subject *empty = &report->bench->subjects[0];
	struct utsname system;

	uname(&system);
	fprintf(out,
		"Linux %s, %s, least of %u rounds\n"
		"ns a packet above the empty program (%.1f hot, %.1f mix), by BPF_PROG_TEST_RUN\n"
		"hot: one packet, for the last rule; mix: %d packets, 75 %% aimed at rules\n\n"
		"%-22s %-13s %17s %17s %8s %9s\n%-22s %-13s %8s %8s %8s %8s %8s %9s\n",
		system.release, report->conditions, report->rounds, empty->hot.ns, empty->mix.ns,
		BENCH_FRAMES, "", "", "classify", "count + redirect", "verified", "tables", "", "",
		"hot", "mix", "hot", "mix", "insns", "KiB");
	for (size_t i = 0; i < report->bench->count; i++)
		if (!is_twin(report, &report->bench->subjects[i]))
			put_subject(report, &report->bench->subjects[i], out);
	fprintf(out, "(xdp-filter counts and drops: it has no redirect)\n");
	put_ratios(report, out);
	if (report->times_count)
		put_times(report, out);
	if (report->changes)
		put_changes(report->changes, out);
}

static json_t *subject_json(const struct report *report, const struct subject *subject)
{
	json_t *object = json_pack("{s:s, s:b}", "side", side_names[subject->side], "acts",
				   subject->acts);

	if (subject->workload)
		json_object_update_new(
			object, json_pack("{s:s, s:s, s:I, s:I}", "group", subject->workload->group,
					  "workload", subject->workload->name, "rules",
					  (json_int_t)subject->workload->rules, "elements",
					  (json_int_t)subject->workload->elements));
	if (subject->program < 0)
		json_object_set_new(object, "missing", json_string(subject->note));
	else
		json_object_update_new(
			object, json_pack("{s:f, s:f, s:f, s:f, s:I, s:I}", "hot_ns",
					  subject->hot.ns, "mix_ns", subject->mix.ns,
					  "hot_above_empty_ns", above_empty(report, subject, false),
					  "mix_above_empty_ns", above_empty(report, subject, true),
					  "verified_instructions", (json_int_t)subject->verified,
					  "table_bytes", (json_int_t)subject->memory));
	return object;
}

static json_t *times_json(const struct times *times)
{
	json_t *object = json_pack("{s:s}", "workload", times->workload->name);

	if (*times->note) {
		json_object_set_new(object, "missing", json_string(times->note));
		return object;
	}
	for (int stage = 0; stage < STAGES; stage++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ms", stage_names[stage]);
		json_object_set_new(object, key, json_real(times->ms[stage]));
	}
	json_object_set_new(object, "verified_instructions", json_integer(times->verified));
	return object;
}

void report_json(const struct report *report, FILE *out)
{
	json_t *programs = json_array(), *times = json_array(), *root;
	struct utsname system;

	uname(&system);
	for (size_t i = 0; i < report->bench->count; i++)
		json_array_append_new(programs, subject_json(report, &report->bench->subjects[i]));
	for (size_t i = 0; i < report->times_count; i++)
		json_array_append_new(times, times_json(&report->times[i]));
	root = json_pack("{s:s, s:s, s:i, s:i, s:o, s:o}", "kernel", system.release, "conditions",
			 report->conditions, "rounds", (int)report->rounds, "mix_packets",
			 BENCH_FRAMES, "programs", programs, "text_to_live", times);
	if (report->changes)
		json_object_set_new(root, "changes", changes_json(report->changes));
	json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(root);
}
