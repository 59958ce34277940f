// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the header walks have to look at.
 */
#include "plan.h"

#define READ_TUNNELS (READ_VXLAN | READ_GENEVE | READ_GRE | READ_IPIP)

/* What the header walk, or the one in a tunnel, must look at for a header or a field of it. */
static void add_reads(struct plan *plan, enum header header, enum field field)
{
	static const unsigned int by_header[HEADERS] = {
		[HEADER_ARP] = READ_ARP,
		[HEADER_IP] = READ_IPV4,
		[HEADER_IP6] = READ_IPV6,
		[HEADER_TCP] = READ_IPV4 | READ_IPV6 | READ_L4,
		[HEADER_UDP] = READ_IPV4 | READ_IPV6 | READ_L4,
		[HEADER_SCTP] = READ_IPV4 | READ_IPV6 | READ_L4,
		[HEADER_ICMP] = READ_IPV4 | READ_L4,
		[HEADER_ICMP6] = READ_IPV6 | READ_L4,
		[HEADER_VXLAN] = READ_IPV4 | READ_IPV6 | READ_L4 | READ_VXLAN,
		[HEADER_GENEVE] = READ_IPV4 | READ_IPV6 | READ_L4 | READ_GENEVE,
		[HEADER_GRE] = READ_IPV4 | READ_IPV6 | READ_L4 | READ_GRE,
		[HEADER_IPIP] = READ_IPV4 | READ_IPV6 | READ_L4 | READ_IPIP,
	};
	static const unsigned int by_field[FIELDS] = {
		[FIELD_ETHER_DADDR] = READ_ETHER,
		[FIELD_ETHER_SADDR] = READ_ETHER,
		[FIELD_FRAME_LENGTH] = READ_FRAME,
		[FIELD_RX_QUEUE] = READ_FRAME,
		[FIELD_VLAN_PCP] = READ_VLAN_DETAILS,
		[FIELD_VLAN_SECOND_ID] = READ_VLAN_DETAILS,
		[FIELD_VLAN_SECOND_PCP] = READ_VLAN_DETAILS,
		[FIELD_ARP_OPERATION] = READ_ARP_DETAILS,
		[FIELD_ARP_SADDR_ETHER] = READ_ARP_DETAILS,
		[FIELD_ARP_SADDR_IP] = READ_ARP_DETAILS,
		[FIELD_ARP_DADDR_ETHER] = READ_ARP_DETAILS,
		[FIELD_ARP_DADDR_IP] = READ_ARP_DETAILS,
		[FIELD_UDP_LENGTH] = READ_L4_DETAILS,
		[FIELD_ICMP_CODE] = READ_L4_DETAILS,
		[FIELD_ICMP6_CODE] = READ_L4_DETAILS,
		[FIELD_IP_DSCP] = READ_IP_DETAILS,
		[FIELD_IP_TTL] = READ_IP_DETAILS,
		[FIELD_IP_LENGTH] = READ_IP_DETAILS,
		[FIELD_IP6_DSCP] = READ_IP_DETAILS,
		[FIELD_IP6_HOPLIMIT] = READ_IP_DETAILS,
		[FIELD_IP6_LENGTH] = READ_IP_DETAILS,
	};
	unsigned int reads = by_header[header_outer(header)];

	if (field < FIELDS)
		reads |= by_field[field_outer(field)];
	if (header_is_inner(header)) {
		plan->walks_inner = true;
		plan->inner_reads |= reads;
		plan->reads |= READ_IPV4 | READ_IPV6 | READ_L4 | READ_TUNNELS;
	} else {
		plan->reads |= reads;
	}
}

static void add_expr_reads(struct plan *plan, const struct expr *expr)
{
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		add_expr_reads(plan, expr->right);
	if (expr->kind == EXPR_NOT)
		add_expr_reads(plan, expr->left);
	if (expr->kind == EXPR_HEADER)
		add_reads(plan, expr->header, FIELDS);
	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;

		add_reads(plan, field_table[field].header, field);
		if (field == FIELD_BYTES)
			plan->reads |= READ_PLACES | (slice_needs_whole(&expr->fields[i])
							      ? READ_IPV4 | READ_IPV6 | READ_L4
							      : 0);
	}
}

void plan_reads(struct plan *plan)
{
	plan->reads = plan->policy->flows || policy_spreads(plan->policy)
			      ? READ_IPV4 | READ_IPV6 | READ_L4
			      : 0;
	for (size_t i = 0; i < plan->policy->rule_count; i++)
		add_expr_reads(plan, plan->policy->rules[i]->match);
}

bool plan_reads_tunnels(const struct plan *plan)
{
	return plan->reads & READ_TUNNELS;
}
