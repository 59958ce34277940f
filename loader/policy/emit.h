/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writes the C of a planned policy: short, to be read, and built on the headers of bpf/.
 */
#ifndef XDIVERT_EMIT_H
#define XDIVERT_EMIT_H

#include "plan.h"

/*
 * `source_lines`: with #line directives, by which the kernel's verifier names the line of the
 * policy that it has an objection to.
 */
void emit_program(const struct plan *plan, FILE *out, bool source_lines);

/* emit_expr.c: the condition of a rule, as C, in one line. */
void emit_condition(const struct plan *plan, const struct rule *rule, FILE *out);
/* The name of a question in C: "in_exchanges"; returns `buffer`. */
char *emit_question_name(const struct plan *plan, size_t question, char *buffer, size_t size);
/* "(p->tcp_flags & 0x12) == 0x02" */
void emit_mask(const struct expr *expr, FILE *out);

#endif
