// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdivert explain: which rule takes one packet, and why the rules in front of it do not.
 */
#include "judge.h"
#include "output.h"
#include "packet/headers.h"
#include "packet/text.h"
#include "show.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct explaining {
	struct judge judge;
	struct packet_bytes frame;
	struct verdict verdict;
};

/* What the shell took apart. */
static char *join(char **words, size_t count)
{
	size_t size = 1;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	text = malloc(size);
	if (!text)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, words[i]);
	}
	return text;
}

static enum status read_packet(struct packet_bytes *frame, const struct arguments *arguments)
{
	char *text = join(arguments->list + 1, arguments->count - 1);
	struct packet_text_error where;
	struct xdv_error error;
	int err;

	if (!text)
		return report_errno(-ENOMEM, "PACKET", NULL);
	err = packet_from_text(frame, text, &where);
	free(text);
	if (!err)
		return STATUS_DONE;
	error.code = err;
	snprintf(error.message, sizeof(error.message), "PACKET, column %zu: %s", where.offset + 1,
		 where.message);
	snprintf(error.hint, sizeof(error.hint), "%s", where.hint);
	return report_as(STATUS_USAGE, &error);
}

static const char *decided_by(const struct explaining *explaining)
{
	return explaining->verdict.by_program ? "program" : "evaluator";
}

static void say_who(const struct explaining *explaining)
{
	if (explaining->judge.policy->flows)
		printf("flows of a live policy come before its rules, and are not considered here\n");
	if (explaining->verdict.by_program)
		printf("decided by the compiled program; the evaluator agrees\n");
	else if (explaining->judge.object)
		printf("decided by the evaluator: the kernel test-runs frames of 14 to %d bytes\n",
		       JUDGE_PROGRAM_FRAME_MAX);
	else
		printf("decided by the evaluator: %s\n", explaining->judge.why_not);
}

static void show_packet(const struct dissection *packet)
{
	struct header_line lines[HEADER_LINES_MAX];
	size_t count = headers_text(lines, packet);
	char text[PACKET_TEXT];
	int width = 6;

	printf("%s\n", packet_describe(text, sizeof(text), packet));
	for (size_t i = 0; i < count; i++)
		if ((int)strlen(lines[i].name) > width)
			width = (int)strlen(lines[i].name);
	for (size_t i = 0; i < count; i++)
		printf("  %-*s  %s\n", width, lines[i].name, lines[i].text);
	putchar('\n');
}

static int name_width(const struct policy *policy, size_t last)
{
	size_t width = strlen("default");

	for (size_t i = 1; i <= last; i++)
		if (strlen(policy_rule_name(policy, i)) > width)
			width = strlen(policy_rule_name(policy, i));
	return (int)width;
}

static void show_rules(const struct explaining *explaining)
{
	const struct policy *policy = explaining->judge.policy;
	const struct dissection *packet = &explaining->verdict.packet;
	size_t winner = explaining->verdict.evaluated;
	size_t last = winner ? winner : policy->rule_count;
	int width = name_width(policy, last);
	char why[EXPLAIN_TEXT], action[ACTION_TEXT];

	for (size_t i = 1; i <= last; i++)
		printf("%s %-*s  %s\n", i == winner ? "=>" : "  ", width,
		       policy_rule_name(policy, i),
		       eval_explain(why, sizeof(why), policy->rules[i - 1], packet));
	if (!winner)
		printf("=> %-*s  no rule takes it\n", width, "default");
	if (winner) {
		const struct location *where = &policy->rules[winner - 1]->where;
		char *source = rule_source(policy, winner);

		printf("\n%s:%u: rule %s: %s\n", source_file(&policy->sources, where), where->line,
		       policy_rule_name(policy, winner), source ? source : "");
		free(source);
	} else {
		printf("\ndefault %s\n", action_text(action, policy, winner));
	}
}

static json_t *packet_json(const struct explaining *explaining)
{
	struct header_line lines[HEADER_LINES_MAX];
	size_t count = headers_text(lines, &explaining->verdict.packet);
	char hex[2 * PACKET_MAX + 1] = "", text[PACKET_TEXT];
	json_t *headers = json_array();

	for (size_t i = 0; i < explaining->frame.length; i++)
		sprintf(hex + 2 * i, "%02x", explaining->frame.bytes[i]);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(headers, json_pack("{s:s, s:s}", "header", lines[i].name,
							 "text", lines[i].text));
	packet_describe(text, sizeof(text), &explaining->verdict.packet);
	return json_pack("{s:s, s:s, s:o}", "text", text, "hex", hex, "headers", headers);
}

static void show_json_result(const struct explaining *explaining)
{
	const struct policy *policy = explaining->judge.policy;
	const struct verdict *verdict = &explaining->verdict;
	size_t winner = verdict->evaluated, last = winner ? winner : policy->rule_count;
	char why[EXPLAIN_TEXT], action[ACTION_TEXT];
	json_t *rules = json_array(), *line;

	for (size_t i = 1; i <= last; i++) {
		eval_explain(why, sizeof(why), policy->rules[i - 1], &verdict->packet);
		json_array_append_new(
			rules, json_pack("{s:i, s:o, s:o, s:i, s:b, s:o}", "number", (int)i, "rule",
					 json_text(policy_rule_name(policy, i)), "file",
					 json_text(source_file(&policy->sources,
							       &policy->rules[i - 1]->where)),
					 "line", (int)policy->rules[i - 1]->where.line, "matches",
					 i == winner, "why", json_text(why)));
	}
	action_text(action, policy, winner);
	line = winner ? json_integer(policy->rules[winner - 1]->where.line) : json_null();
	print_json(json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:s, s:b, s:b, s:o}", "file",
			     json_text(policy->file), "packet", packet_json(explaining), "rule",
			     json_text(policy_rule_name(policy, winner)), "number", (int)winner,
			     "action", json_text(action), "line", line, "decided_by",
			     decided_by(explaining), "disputed", verdict->disputed,
			     "flows_considered", false, "rules", rules));
}

static enum status explain(struct explaining *explaining, bool json)
{
	const struct packet_bytes *frame = &explaining->frame;
	int err = judge_frame(&explaining->judge, frame->bytes, frame->length,
			      &explaining->verdict);

	if (err)
		return report_errno(err, "the test run of the program", NULL);
	if (json) {
		show_json_result(explaining);
	} else {
		show_packet(&explaining->verdict.packet);
		show_rules(explaining);
	}
	if (explaining->verdict.disputed) {
		if (!json)
			putchar('\n');
		judge_dispute(&explaining->judge, &explaining->verdict, frame->bytes,
			      frame->length);
		return STATUS_FAILED;
	}
	if (!json)
		say_who(explaining);
	return STATUS_DONE;
}

enum status cmd_explain(const struct arguments *arguments)
{
	struct explaining *explaining = calloc(1, sizeof(*explaining));
	enum status status;

	if (!explaining)
		return report_errno(-ENOMEM, "explain", NULL);
	status = read_packet(&explaining->frame, arguments);
	if (status == STATUS_DONE)
		status = judge_open(&explaining->judge, arguments->list[0], JUDGE_EITHER,
				    arguments->json);
	if (status == STATUS_DONE) {
		status = explain(explaining, arguments->json);
		judge_close(&explaining->judge);
	}
	free(explaining);
	return status;
}
