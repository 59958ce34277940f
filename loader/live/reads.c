// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "reads.h"

static bool fields_read_header(const struct expr *expr, enum header header)
{
	size_t count = expr->kind == EXPR_MASK ? 1 : expr->field_count;

	for (size_t i = 0; i < count; i++)
		if (field_table[expr->fields[i].field].header == header)
			return true;
	return false;
}

static bool expr_reads_header(const struct expr *expr, enum header header)
{
	switch (expr->kind) {
	case EXPR_AND:
	case EXPR_OR:
		return expr_reads_header(expr->left, header) ||
		       expr_reads_header(expr->right, header);
	case EXPR_NOT:
		return expr_reads_header(expr->left, header);
	case EXPR_HEADER:
		return expr->header == header;
	case EXPR_MATCH:
	case EXPR_MASK:
		return fields_read_header(expr, header);
	case EXPR_PCAP:
		return header == HEADER_VLAN && expr->filter->reads_vlan;
	}
	return false;
}

bool policy_reads_header(const struct policy *policy, enum header header)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (expr_reads_header(policy->rules[i]->match, header))
			return true;
	return false;
}
