/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Flows in the table of a program under test: puts them in, those of the packets that are tried and
 * some just beside them, and knows what the program has to do with a packet, from its dissection.
 */
#ifndef XDIVERT_TESTS_FLOW_ORACLE_H
#define XDIVERT_TESTS_FLOW_ORACLE_H

#include "ast.h"
#include "packet/dissect.h"

#include <stdbool.h>
#include <stddef.h>

/* The least room that it needs in the table. */
#define FLOW_ORACLE_SIZE 32

struct flow_oracle;

/* Borrows the policy and the descriptors of the maps `flows` and `flow_counters`. */
struct flow_oracle *flow_oracle_new(const struct policy *policy, int flows, int counters);
void flow_oracle_free(struct flow_oracle **oracle);

/*
 * To be asked once for each packet that the program is going to see. True if a flow takes it;
 * `action` is what the flow wants, and what a packet without a socket meets.
 */
bool flow_oracle_takes(struct flow_oracle *oracle, const struct dissection *packet,
		       struct action *action);

/* In the end: whether the table and the counters say what was tried. */
bool flow_oracle_counts_agree(const struct flow_oracle *oracle);

#endif
