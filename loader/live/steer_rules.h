/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * `steer N`: which packets a NIC is to put on that receive queue, as its ntuple rules say it. A
 * hint, no more: the program decides on whatever queue a packet comes, so that a rule of the NIC's
 * may take more than the policy's, which has conditions that no NIC knows.
 */
#ifndef XDIVERT_STEER_RULES_H
#define XDIVERT_STEER_RULES_H

#include "ast.h"

#include <linux/ethtool.h>

#define STEER_RULES_MAX 128 /* of an interface: tables of NICs are small */

struct steer_rules {
	struct ethtool_rx_flow_spec *list; /* different ones; malloc'ed. Their location is 0. */
	size_t count;
	size_t left_out; /* cases of the policy's rules that no such rule, or no more, can say */
};

/* Those of all consumers that steer. */
int steer_rules_find(struct steer_rules *rules, const struct policy *policy);
void steer_rules_free(struct steer_rules *rules);

/* The same, wherever they are in the NIC's table. */
bool same_steer_rule(const struct ethtool_rx_flow_spec *a, const struct ethtool_rx_flow_spec *b);

#endif
