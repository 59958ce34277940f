/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The kernel's verifier speaks of instructions; this says which line of the policy it means.
 */
#ifndef XDIVERT_VERIFIER_H
#define XDIVERT_VERIFIER_H

#include "program.h"

/*
 * Fills `error` from the log of a refused load: line, rule, the verifier's last words. The log is
 * kept in the file `path`, or a new temporary one if that is NULL; the hint names it.
 * Returns -EBADMSG.
 */
int verifier_explain(const struct program *program, const char *log, const char *path,
		     struct xdv_error *error);

/* What verifier_explain() finds out, for tests. `line` 0: the log names no line of the policy. */
struct refusal {
	unsigned int line;
	unsigned int source; /* the file, of those of the policy */
	char reason[200];
};

void refusal_find(struct refusal *refusal, const struct policy *policy, const char *log);

#endif
