/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Answers what a policy does with a packet by walking its tree: slow, plain, and with nothing in
 * common with the code that the compiler emits, which it judges.
 */
#ifndef XDIVERT_EVAL_H
#define XDIVERT_EVAL_H

#include "ast.h"
#include "packet/dissect.h"

#include <stdbool.h>
#include <stddef.h>

/* Number of the rule that takes the packet (1 = first), 0 for the default. */
size_t policy_evaluate(const struct policy *policy, const struct dissection *packet);

bool rule_matches(const struct rule *rule, const struct dissection *packet);

/*
 * Says in words why a rule does not take a packet, by the first condition that fails:
 * "udp dport is 53, not 26400-26499". For one that does take it, why that is.
 * Writes at most `size` bytes, always terminated, and returns `buffer`.
 */
#define EXPLAIN_TEXT 1024
char *eval_explain(char *buffer, size_t size, const struct rule *rule,
		   const struct dissection *packet);

/* What a field is in this packet; for bytes that are not there, false. */
bool field_value(struct value *value, const struct field_use *use, const struct expr *expr,
		 const struct dissection *packet);

/* What eval.c and explain.c share: whether one expression of a rule holds. */
bool expr_holds(const struct expr *expr, const struct rule *rule, const struct dissection *packet);
/* Whether a rule may read this header in this packet. */
bool header_visible(enum header header, const struct rule *rule, const struct dissection *packet);

#endif
