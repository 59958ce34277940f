// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "eval.h"

#include <pcap/pcap.h>
#include <string.h>

bool header_visible(enum header header, const struct rule *rule, const struct dissection *packet)
{
	if (!header_can_lack(header))
		return true;
	if (!packet->has[header])
		return false;
	if (!header_is_l4(header))
		return true;
	if (header_is_inner(header))
		return packet->inner_fragment == XDV_FRAGMENT_NONE || rule->reads_inner_fragments;
	return packet->fragment == XDV_FRAGMENT_NONE || rule->reads_fragments;
}

/* The protocol behind IPv6 extension headers and GRE's key are the fields that may lack where their
 * headers do not. */
static bool field_visible(const struct field_use *use, const struct expr *expr,
			  const struct rule *rule, const struct dissection *packet)
{
	enum field field = use->field;
	struct value unused;

	if (field == FIELD_BYTES)
		return field_value(&unused, use, expr, packet) &&
		       (use->name.text[0] != 'p' && strcmp(use->name.text, "l4") != 0
				? true
				: packet->fragment == XDV_FRAGMENT_NONE || rule->reads_fragments);
	if (field == FIELD_IP6_PROTOCOL && packet->protocol == XDV_PROTOCOL_UNKNOWN)
		return false;
	if (field == FIELD_INNER + FIELD_IP6_PROTOCOL &&
	    packet->inner_protocol == XDV_PROTOCOL_UNKNOWN)
		return false;
	if (field == FIELD_GRE_KEY && !packet->has_gre_key)
		return false;
	return header_visible(field_table[field].header, rule, packet);
}

bool field_value(struct value *value, const struct field_use *use, const struct expr *expr,
		 const struct dissection *packet)
{
	size_t base = 0, start;
	uint32_t number = 0;

	if (use->field != FIELD_BYTES) {
		*value = packet->values[use->field];
		return true;
	}
	while (strcmp(slice_base_names[base], use->name.text) != 0)
		base++;
	start = packet->bases[base].start + use->offset.number;
	if (start + use->length.number > packet->bases[base].end)
		return false;
	for (size_t i = 0; i < use->length.number; i++)
		number = number * 256 + packet->frame[start + i];
	*value = value_from_number(expr->mask ? number & expr->mask : number, TYPE_NUMBER);
	return true;
}

static bool element_holds(const struct element *element, const struct expr *expr,
			  const struct dissection *packet)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;
		enum value_type type = field_table[field].type;
		struct value value;

		if (!field_value(&value, &expr->fields[i], expr, packet) ||
		    value_compare(&value, &element->parts[i].lo, type) < 0 ||
		    value_compare(&value, &element->parts[i].hi, type) > 0)
			return false;
	}
	return true;
}

static bool any_element_holds(const struct expr *expr, const struct dissection *packet)
{
	for (size_t i = 0; i < expr->elements.count; i++)
		if (element_holds(&expr->elements.list[i], expr, packet))
			return true;
	return false;
}

static bool mask_holds(const struct expr *expr, const struct dissection *packet)
{
	enum field field = expr->fields[0].field;
	uint32_t number = value_number(&packet->values[field], field_table[field].type);

	return (number & expr->mask) == expr->value;
}

static bool fields_visible(const struct expr *expr, const struct rule *rule,
			   const struct dissection *packet)
{
	for (size_t i = 0; i < expr->field_count; i++)
		if (!field_visible(&expr->fields[i], expr, rule, packet))
			return false;
	return true;
}

/* By libpcap's own interpreter. */
static bool filter_holds(const struct filter *filter, const struct dissection *packet)
{
	const struct bpf_program program = {(unsigned int)filter->length, filter->code};
	const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)packet->length,
					   .len = (bpf_u_int32)packet->length};

	return pcap_offline_filter(&program, &header, packet->frame) != 0;
}

/* A long `a and b and c …` leans to the left: it is followed in a loop, not by recursion. */
bool expr_holds(const struct expr *expr, const struct rule *rule, const struct dissection *packet)
{
	switch (expr->kind) {
	case EXPR_AND:
		for (; expr->kind == EXPR_AND; expr = expr->left)
			if (!expr_holds(expr->right, rule, packet))
				return false;
		return expr_holds(expr, rule, packet);
	case EXPR_OR:
		for (; expr->kind == EXPR_OR; expr = expr->left)
			if (expr_holds(expr->right, rule, packet))
				return true;
		return expr_holds(expr, rule, packet);
	case EXPR_NOT:
		return !expr_holds(expr->left, rule, packet);
	case EXPR_HEADER:
		return header_visible(expr->header, rule, packet);
	case EXPR_MATCH:
		return fields_visible(expr, rule, packet) &&
		       any_element_holds(expr, packet) != expr->negated;
	case EXPR_MASK:
		return fields_visible(expr, rule, packet) &&
		       mask_holds(expr, packet) != expr->negated;
	case EXPR_PCAP:
		return filter_holds(expr->filter, packet);
	}
	return false;
}

bool rule_matches(const struct rule *rule, const struct dissection *packet)
{
	return expr_holds(rule->match, rule, packet);
}

size_t policy_evaluate(const struct policy *policy, const struct dissection *packet)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (rule_matches(policy->rules[i], packet))
			return i + 1;
	return 0;
}
