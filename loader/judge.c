// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "judge.h"

#include "live/object.h"
#include "live/privileges.h"
#include "output.h"
#include "packet/text.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_object(const char *file)
{
	FILE *in = strcmp(file, "-") == 0 ? NULL : fopen(file, "re");
	char magic[SELFMAG];
	bool found;

	if (!in)
		return false;
	found = fread(magic, 1, SELFMAG, in) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
	fclose(in);
	return found;
}

static enum status open_policy(struct judge *judge, const char *file, bool json)
{
	enum status status;

	if (is_object(file))
		status = input_program(file, &judge->program, json);
	else
		status = input_policy(file, &judge->own_policy, json);
	if (status == STATUS_DONE)
		judge->policy = judge->program ? judge->program->policy : judge->own_policy;
	return status;
}

static int load(struct judge *judge, struct xdv_error *error)
{
	struct object_options options = {.classify = true};

	return object_load(&judge->object, judge->program, &options, error);
}

static enum status open_program(struct judge *judge, const char *file, bool json)
{
	struct xdv_error error;
	enum status status;

	if (privileges_check(file, "run the compiled program", &error)) {
		snprintf(error.hint, sizeof(error.hint),
			 "run it as root, or ask the evaluator instead of the program: --evaluate");
		return report(&error);
	}
	status = input_program(file, &judge->program, json);
	if (status != STATUS_DONE)
		return status;
	judge->policy = judge->program->policy;
	if (!load(judge, &error))
		return STATUS_DONE;
	status = report(&error);
	judge_close(judge);
	return status;
}

/* Compiles and loads if that is possible, else notes why not. */
static void try_program(struct judge *judge)
{
	struct xdv_error error = {0};
	char *log = NULL;
	int err;

	if (privileges_check(judge->policy->file, "run the compiled program", &error)) {
		snprintf(judge->why_not, sizeof(judge->why_not),
			 "run as root to ask the compiled program too");
		return;
	}
	err = judge->program ? 0 : program_build(&judge->program, judge->own_policy, &log, &error);
	free(log);
	if (!err) {
		judge->own_policy = NULL; /* the program's now */
		err = load(judge, &error);
	}
	if (err)
		snprintf(judge->why_not, sizeof(judge->why_not), "%s", error.message);
}

enum status judge_open(struct judge *judge, const char *file, enum judge_use use, bool json)
{
	enum status status;

	memset(judge, 0, sizeof(*judge));
	if (use == JUDGE_PROGRAM)
		return open_program(judge, file, json);
	status = open_policy(judge, file, json);
	if (status == STATUS_DONE && use == JUDGE_EITHER)
		try_program(judge);
	return status;
}

void judge_close(struct judge *judge)
{
	if (judge->object)
		object_close(&judge->object);
	if (judge->program)
		program_free(&judge->program);
	if (judge->own_policy)
		policy_free(&judge->own_policy);
}

int judge_frame(const struct judge *judge, const void *frame, size_t length,
		struct verdict *verdict)
{
	uint32_t rule;
	int err;

	memset(verdict, 0, sizeof(*verdict));
	dissect(&verdict->packet, frame, length);
	verdict->evaluated = verdict->rule = policy_evaluate(judge->policy, &verdict->packet);
	if (!judge->object || length < OBJECT_FRAME_MIN || length > JUDGE_PROGRAM_FRAME_MAX)
		return 0;
	err = object_classify(judge->object, frame, length, &rule);
	if (err)
		return err;
	verdict->by_program = true;
	verdict->rule = rule;
	verdict->disputed = verdict->rule != verdict->evaluated;
	return 0;
}

void judge_dispute(const struct judge *judge, const struct verdict *verdict, const void *frame,
		   size_t length)
{
	const uint8_t *bytes = frame;
	char *hex = malloc(2 * length + 1);

	if (hex)
		hex[0] = '\0';
	for (size_t i = 0; hex && i < length; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	remark("INTERNAL ERROR: the compiled program says `%s`, the evaluator says `%s`; please report this, with the policy and this packet: hex %s",
	       policy_rule_name(judge->policy, verdict->rule),
	       policy_rule_name(judge->policy, verdict->evaluated), hex ? hex : "");
	free(hex);
}

char *action_text(char buffer[ACTION_TEXT], const struct policy *policy, size_t number)
{
	return action_format(buffer, ACTION_TEXT, policy_action(policy, number));
}
