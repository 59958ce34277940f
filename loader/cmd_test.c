// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert test: what the compiled program does with the packets of the policy's `test` lines and
 * of captures.
 */
#include "capture.h"
#include "judge.h"
#include "output.h"
#include "packet/text.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct total {
	uint64_t packets, bytes;
};

struct testing {
	struct judge judge;
	bool json, quiet;
	json_t *tests, *captures;
	size_t passed, failed;
	size_t packets;
	size_t disputed, evaluated, cut;
	int name_width, action_width;
};

static int wider(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void measure(struct testing *testing)
{
	const struct policy *policy = testing->judge.policy;
	char action[ACTION_TEXT];

	for (size_t i = 0; i <= policy->rule_count; i++) {
		testing->name_width = wider(testing->name_width, policy_rule_name(policy, i));
		testing->action_width = wider(testing->action_width,
					      action_text(action, policy, i));
	}
}

/* Asks, and keeps count of what is odd. */
static int judge(struct testing *testing, const void *frame, size_t length, struct verdict *verdict)
{
	int err = judge_frame(&testing->judge, frame, length, verdict);

	if (err)
		return err;
	if (verdict->disputed) {
		testing->disputed++;
		judge_dispute(&testing->judge, verdict, frame, length);
	}
	testing->evaluated += testing->judge.object && !verdict->by_program;
	return 0;
}

/* A test names a rule, `default`, or the verb of an action. */
static bool is_expected(const struct policy *policy, const char *expected, size_t rule)
{
	return strcmp(expected, policy_rule_name(policy, rule)) == 0 ||
	       strcmp(expected, action_verb(policy_action(policy, rule)->kind)) == 0;
}

static void show_test(struct testing *testing, const struct policy_test *test, bool ok,
		      const struct verdict *verdict)
{
	const struct policy *policy = testing->judge.policy;
	const char *name = policy_rule_name(policy, verdict->rule);
	const char *file = source_file(&policy->sources, &test->packet_where);
	char action[ACTION_TEXT];

	action_text(action, policy, verdict->rule);
	if (testing->json) {
		json_array_append_new(
			testing->tests,
			json_pack("{s:b, s:o, s:i, s:o, s:o, s:o, s:i, s:o}", "ok", ok, "file",
				  json_text(file), "line", (int)test->packet_where.line, "packet",
				  json_text(test->packet), "expected",
				  json_text(test->expected.text), "rule", json_text(name), "number",
				  (int)verdict->rule, "action", json_text(action)));
		return;
	}
	if (ok && !testing->quiet)
		printf("ok      %s:%u: %-*s  %-*s  %s\n", file, test->packet_where.line,
		       testing->name_width, name, testing->action_width, action, test->packet);
	if (!ok)
		printf("FAILED  %s:%u: expected %s, got %s (%s): %s\n", file,
		       test->packet_where.line, test->expected.text, name, action, test->packet);
}

static int run_tests(struct testing *testing)
{
	const struct policy *policy = testing->judge.policy;
	static struct packet_bytes frame;

	for (size_t i = 0; i < policy->test_count; i++) {
		const struct policy_test *test = policy->tests[i];
		struct verdict verdict;
		bool ok;
		int err;

		err = packet_from_text(&frame, test->packet, NULL);
		if (!err)
			err = judge(testing, frame.bytes, frame.length, &verdict);
		if (err)
			return err;
		ok = is_expected(policy, test->expected.text, verdict.rule);
		if (ok)
			testing->passed++;
		else
			testing->failed++;
		show_test(testing, test, ok, &verdict);
	}
	return 0;
}

static void show_packet(const struct testing *testing, json_t *packets, size_t number,
			const struct verdict *verdict)
{
	const struct policy *policy = testing->judge.policy;
	const char *name = policy_rule_name(policy, verdict->rule);
	char action[ACTION_TEXT], text[PACKET_TEXT];

	if (testing->quiet)
		return;
	action_text(action, policy, verdict->rule);
	packet_describe(text, sizeof(text), &verdict->packet);
	if (testing->json)
		json_array_append_new(packets,
				      json_pack("{s:I, s:o, s:I, s:o, s:s}", "packet",
						(json_int_t)number, "rule", json_text(name),
						"number", (json_int_t)verdict->rule, "action",
						json_text(action), "text", text));
	else
		printf("%6zu  %-*s  %-*s  %s\n", number, testing->name_width, name,
		       testing->action_width, action, text);
}

static void show_totals(const struct testing *testing, const struct total *totals, json_t *rules)
{
	const struct policy *policy = testing->judge.policy;
	char action[ACTION_TEXT];

	if (!testing->json)
		printf("  %-*s  %-*s  %10s  %14s\n", testing->name_width, "rule",
		       testing->action_width, "action", "packets", "bytes");
	/* In the order in which rules are tried: the default last. */
	for (size_t i = 1; i <= policy->rule_count + 1; i++) {
		size_t rule = i <= policy->rule_count ? i : 0;
		const struct total *total = &totals[rule];

		action_text(action, policy, rule);
		if (testing->json)
			json_array_append_new(rules,
					      json_pack("{s:o, s:I, s:o, s:I, s:I}", "rule",
							json_text(policy_rule_name(policy, rule)),
							"number", (json_int_t)rule, "action",
							json_text(action), "packets",
							(json_int_t)total->packets, "bytes",
							(json_int_t)total->bytes));
		else if (total->packets)
			printf("  %-*s  %-*s  %10" PRIu64 "  %14" PRIu64 "\n", testing->name_width,
			       policy_rule_name(policy, rule), testing->action_width, action,
			       total->packets, total->bytes);
	}
}

static int read_frames(struct testing *testing, struct capture *capture, struct total *totals,
		       json_t *packets, struct xdv_error *error)
{
	struct captured_frame frame;
	struct verdict verdict;
	size_t number = 0;
	int more;

	while ((more = capture_next(capture, &frame, error)) > 0) {
		int err = judge(testing, frame.bytes, frame.length, &verdict);

		if (err)
			return err;
		testing->packets++;
		testing->cut += frame.cut != 0;
		totals[verdict.rule].packets++;
		totals[verdict.rule].bytes += frame.length;
		show_packet(testing, packets, ++number, &verdict);
	}
	return more;
}

static int run_capture(struct testing *testing, const char *file, struct xdv_error *error)
{
	json_t *packets = json_array(), *rules = json_array();
	struct total *totals = calloc(testing->judge.policy->rule_count + 1, sizeof(*totals));
	struct capture *capture = NULL;
	int err = capture_open(&capture, file, error);

	if (!err) {
		if (!testing->json)
			printf("%s:\n", file);
		err = read_frames(testing, capture, totals, packets, error);
		show_totals(testing, totals, rules);
		json_array_append_new(testing->captures,
				      json_pack("{s:o, s:O, s:O}", "file", json_text(file), "rules",
						rules, "packets", packets));
	}
	capture_close(&capture);
	json_decref(packets);
	json_decref(rules);
	free(totals);
	return err;
}

static void summary_text(const struct testing *testing, size_t captures)
{
	const char *who = testing->judge.object ? "the compiled program" : "the evaluator";

	if (testing->evaluated)
		printf("%zu packet%s left to the evaluator: the kernel test-runs frames of 14 to %d bytes\n",
		       testing->evaluated, testing->evaluated == 1 ? " was" : "s were",
		       JUDGE_PROGRAM_FRAME_MAX);
	if (testing->cut)
		printf("%zu packet%s cut short by the capture and filled up with zeros\n",
		       testing->cut, testing->cut == 1 ? " was" : "s were");
	if (testing->judge.policy->flows)
		printf("flows of a live policy come before its rules, and were not considered\n");
	if (captures)
		printf("%zu packet%s, ", testing->packets, testing->packets == 1 ? "" : "s");
	if (testing->failed)
		printf("`xdivert explain %s PACKET` says why a rule does not take a packet\n",
		       testing->judge.policy->file);
	printf("%zu test%s: %zu ok, %zu failed; decided by %s\n", testing->passed + testing->failed,
	       testing->passed + testing->failed == 1 ? "" : "s", testing->passed, testing->failed,
	       who);
}

static void summary_json(const struct testing *testing)
{
	print_json(json_pack(
		"{s:o, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:O, s:O}", "file",
		json_text(testing->judge.policy->file), "decided_by",
		testing->judge.object ? "program" : "evaluator", "ok",
		!testing->failed && !testing->disputed, "passed", (json_int_t)testing->passed,
		"failed", (json_int_t)testing->failed, "disputed", (json_int_t)testing->disputed,
		"left_to_evaluator", (json_int_t)testing->evaluated, "cut_by_capture",
		(json_int_t)testing->cut, "tests", testing->tests, "captures", testing->captures));
}

static enum status run(struct testing *testing, const struct arguments *arguments)
{
	struct xdv_error error = {0};
	int err;

	measure(testing);
	if (!testing->judge.policy->test_count && arguments->count == 1)
		remark("%s has no `test` lines, and no capture is given: nothing is tested",
		       testing->judge.policy->file);
	err = run_tests(testing);
	for (size_t i = 1; !err && i < arguments->count; i++)
		err = run_capture(testing, arguments->list[i], &error);
	if (err)
		return error.code ? report_as(STATUS_FAILED, &error)
				  : report_errno(err, "the test run of the program", NULL);
	if (testing->json)
		summary_json(testing);
	else
		summary_text(testing, arguments->count - 1);
	return testing->failed || testing->disputed ? STATUS_FAILED : STATUS_DONE;
}

enum status cmd_test(const struct arguments *arguments)
{
	bool evaluate = option_given(arguments, "evaluate");
	struct testing testing = {
		.json = arguments->json,
		.quiet = option_given(arguments, "quiet"),
	};
	enum status status;

	status = judge_open(&testing.judge, arguments->list[0],
			    evaluate ? JUDGE_EVALUATOR : JUDGE_PROGRAM, arguments->json);
	if (status != STATUS_DONE)
		return status;
	testing.tests = json_array();
	testing.captures = json_array();
	status = run(&testing, arguments);
	json_decref(testing.tests);
	json_decref(testing.captures);
	judge_close(&testing.judge);
	return status;
}
