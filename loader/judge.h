/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Asks which rule of a policy takes a frame: the compiled program, run by the kernel, and the
 * evaluator, which must say the same.
 */
#ifndef XDIVERT_JUDGE_H
#define XDIVERT_JUDGE_H

#include "input.h"
#include "policy/eval.h"

#include <stdbool.h>
#include <stddef.h>

struct object;

enum judge_use {
	JUDGE_PROGRAM, /* the program must be asked */
	JUDGE_EITHER, /* the program too, if this process may */
	JUDGE_EVALUATOR, /* no program: needs no privilege and no clang */
};

struct judge {
	const struct policy *policy;
	struct object *object; /* NULL: the evaluator alone decides */
	char why_not[256]; /* what kept the program from being asked */
	/* private: one of them owns the policy */
	struct policy *own_policy;
	struct program *program;
};

/* FILE is a policy or an object. Reports what is wrong; then there is nothing to close. */
enum status judge_open(struct judge *judge, const char *file, enum judge_use use, bool json);
void judge_close(struct judge *judge);

struct verdict {
	struct dissection packet;
	size_t rule; /* of the program, if it was asked, else of the evaluator */
	bool by_program;
	/* The program says `rule`, the evaluator another: one of them is wrong. */
	bool disputed;
	size_t evaluated;
};

/*
 * In a test run, longer frames are refused or come in pieces, of which the program sees the first:
 * a page, less the room in front of and behind the frame.
 */
#define JUDGE_PROGRAM_FRAME_MAX 3072

/*
 * A frame that is too short or too long for a test run is left to the evaluator. Negative errno
 * only if a test run failed.
 */
int judge_frame(const struct judge *judge, const void *frame, size_t length,
		struct verdict *verdict);

/* Says on standard error that there is a bug, and all that is needed to look for it. */
void judge_dispute(const struct judge *judge, const struct verdict *verdict, const void *frame,
		   size_t length);

/* "drop", "xsk feed"; `number` 0 is the default. Returns `buffer`. */
char *action_text(char buffer[ACTION_TEXT], const struct policy *policy, size_t number);

#endif
