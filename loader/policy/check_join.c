// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of `join`: the multicast groups that a consumer is for.
 */
#include "arena.h"
#include "check.h"
#include "join.h"

/* 224.0.0.0/4, ff00::/8 */
static bool is_group(const struct value *address, enum value_type type)
{
	return type == TYPE_IPV4 ? address->bytes[0] >> 4 == 0xe : address->bytes[0] == 0xff;
}

static bool groups_check(struct policy *policy, const struct part *part, enum value_type type)
{
	if (is_group(&part->lo, type) && is_group(&part->hi, type))
		return true;
	diag_hint(&policy->diags,
		  diag_add(&policy->diags, E_RANGE, part->where,
			   "`join` takes multicast groups, from %s",
			   type == TYPE_IPV4 ? "224.0.0.0/4" : "ff00::/8"),
		  "packets to an address of this machine come without it");
	return false;
}

void read_join(struct policy *policy, struct consumer *consumer, const struct option *option)
{
	struct part *part = option->addresses;
	enum value_type type;
	struct join join;

	if (!part || part->first.kind == LITERAL_ETHER) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where,
				   "`join` takes a multicast group, IPv4 or IPv6, or a prefix"),
			  "write: join 239.1.2.3; join 233.54.12.0/24");
		return;
	}
	type = part->first.kind == LITERAL_IPV4 ? TYPE_IPV4 : TYPE_IPV6;
	if (!part_check(policy, part, type, "join") || !groups_check(policy, part, type))
		return;
	join = (struct join){type, part->lo, part->hi};
	if (join_groups(&join) + policy_groups(policy) > GROUPS_MAX) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_RANGE, part->where,
				   "a policy joins at most %d groups", GROUPS_MAX),
			  "each is joined for itself: name those that are sent to");
		return;
	}
	*arena_push(policy->arena, &consumer->joins, consumer->join_count) = join;
}
