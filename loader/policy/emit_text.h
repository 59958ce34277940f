/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The C that is written, line by line. Private to emit.c, emit_straight.c and emit_answers.c.
 */
#ifndef XDIVERT_EMIT_TEXT_H
#define XDIVERT_EMIT_TEXT_H

#include "emit.h"

/* Counts the lines, so that a #line directive can lead back from the policy to this text. */
struct emitter {
	const struct plan *plan;
	const struct policy *policy;
	FILE *out;
	bool source_lines;
	unsigned int line;
};

void put(struct emitter *emitter, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What another file writes: its lines are counted, too. */
void put_part(struct emitter *emitter, void (*emit)(const struct plan *plan, FILE *out));
void put_dynamic_looks(struct emitter *emitter, size_t rule);
void put_keys(struct emitter *emitter, const struct classifier *classifier);

/* Without its folder. */
const char *base_name(const char *file);
const char *rule_file(const struct emitter *emitter, const struct rule *rule);
/* A rule as it is in its file, in a comment of one line. */
void put_rule_text(struct emitter *emitter, const struct rule *rule, const char *indent);
/*
 * Breaks a long condition behind `&&` and `||`; `used` columns of its first line are. With source
 * lines it stays one: a second line would count as the policy's next.
 */
void put_condition(struct emitter *emitter, const struct rule *rule, size_t used);

/* With source lines, what follows is from there; and from this text again. */
void put_line(struct emitter *emitter, unsigned int line, const char *file);
void put_source_line(struct emitter *emitter, const struct rule *rule);
void put_own_line(struct emitter *emitter);

/* emit_straight.c: classify() as an `if` for each rule, and the rules' numbers. */
void put_straight_classifier(struct emitter *emitter);
/* emit_answers.c: classify() as looks into tables and trees, what sets and odd rules answer before.
 */
void put_set_functions(struct emitter *emitter);
void put_lookup_classifier(struct emitter *emitter);

#endif
