/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The multicast groups of a policy: `join 233.54.12.0/24`.
 */
#ifndef XDIVERT_JOIN_H
#define XDIVERT_JOIN_H

#include "ast.h"

#include <stdio.h>

#define GROUPS_MAX 256 /* in a policy: each is joined for itself */

/* How many; GROUPS_MAX + 1 if there are more than GROUPS_MAX. */
size_t join_groups(const struct join *join);
/* The group by its number, from 0 on. */
struct value join_group(const struct join *join, size_t number);

/* The sums over a consumer, over a policy; a group that is named twice counts twice. */
size_t consumer_groups(const struct consumer *consumer);
size_t policy_groups(const struct policy *policy);

/* "233.54.12.0-233.54.12.255, ff15::1"; nothing if it joins none. */
void joins_write(const struct consumer *consumer, FILE *out);

#endif
