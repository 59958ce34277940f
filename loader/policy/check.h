/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The parts of the checker, which turns a parsed policy into a resolved and typed one. Private to
 * it; policy_check() in ast.h is the way in.
 */
#ifndef XDIVERT_CHECK_H
#define XDIVERT_CHECK_H

#include "ast.h"

/* check.c: "line 7", or "FILE, line 7" if that is not the file of `from`. */
const char *place_text(struct policy *policy, const struct location *place,
		       const struct location *from);

/* check_value.c; `owner` is what takes the value, for messages: "ip saddr", "set @exchanges". */
bool part_check(struct policy *policy, struct part *part, enum value_type type, const char *owner);
bool flags_check(struct policy *policy, const struct literal *literal, enum value_type type,
		 const char *owner, uint32_t *bits);
const struct symbol *symbol_check(struct policy *policy, const struct name *name,
				  enum value_type type, const char *owner);

/* check_expr.c */
struct set_index; /* finds sets by name */
void expr_check(struct policy *policy, const struct set_index *sets, struct rule *rule,
		struct expr *expr);
/* Says "unknown" and the nearest of `names`. */
void unknown_name(struct policy *policy, enum diag_code code, const struct name *name,
		  const char *what, const char *const *names, size_t count);
struct set *set_lookup(const struct set_index *sets, const char *name);
const char *const *set_names(const struct set_index *sets, size_t *count);

/* check_consumer.c */
void consumer_check(struct policy *policy, struct consumer *consumer);
void dpdk_target_first(struct policy *policy); /* gets number 0 */

/* check_join.c */
void read_join(struct policy *policy, struct consumer *consumer, const struct option *option);

/* check_flows.c */
void flows_check(struct policy *policy, struct flows *flows);

/* check_filter.c: of an EXPR_PCAP */
void filter_check(struct policy *policy, struct expr *expr);

/* check_action.c */
void action_check(struct policy *policy, struct action *action);

/* check_set.c */
void set_check(struct policy *policy, struct set *set);
/* An element of a dynamic set that is not of prefixes: no part of it may be a range. */
bool single_check(struct policy *policy, const struct set *set, const struct element *element);
bool element_check(struct policy *policy, struct element *element, const enum value_type *types,
		   size_t count, const char *owner);

/*
 * check_reach.c: contradictions, and in a policy without errors also rules that nothing is left
 * for.
 */
void reach_check(struct policy *policy);

#endif
