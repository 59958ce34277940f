// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pcap_text.h"

#include "pcap_value.h"

#include <stdlib.h>

static bool is_l4(enum header header)
{
	return header == HEADER_TCP || header == HEADER_UDP || header == HEADER_SCTP ||
	       header == HEADER_ICMP || header == HEADER_ICMP6;
}

static void say_l4(struct saying *s, const char *name)
{
	text_add(&s->out, "(%s and (ip6 or (ip and ip[6:2] & 0x%x = 0)))", name,
		 s->reads_fragments ? 0x1fff : 0x3fff);
}

static void say_header(struct saying *s, enum header header)
{
	static const char *const texts[HEADERS] = {
		[HEADER_ETHER] = "len >= 14",
		[HEADER_FRAME] = "len >= 0",
		[HEADER_VLAN] = "(ether[12:2] = 0x8100 or ether[12:2] = 0x88a8)",
		[HEADER_VLAN_SECOND] = "((ether[12:2] = 0x8100 or ether[12:2] = 0x88a8) and"
				       " (ether[16:2] = 0x8100 or ether[16:2] = 0x88a8))",
		/* Ethernet and IPv4, and their lengths */
		[HEADER_ARP] = "(arp and arp[0:4] = 0x00010800 and arp[4:2] = 0x0604)",
		[HEADER_IP] = "ip",
		[HEADER_IP6] = "ip6",
	};

	if (is_l4(header))
		say_l4(s, header_table[header].name);
	else if (texts[header])
		text_add(&s->out, "%s", texts[header]);
	else
		s->unsayable = true;
}

static void say_element(struct saying *s, const struct expr *expr, const struct element *element)
{
	text_add(&s->out, "(");
	for (size_t i = 0; i < expr->field_count; i++) {
		text_add(&s->out, i ? " and " : "");
		say_part(s, expr, i, &element->parts[i]);
	}
	text_add(&s->out, ")");
}

/* Without what it asks for, a condition is false, negated or not. */
static void say_fields_there(struct saying *s, const struct expr *expr)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		say_header(s, field_table[expr->fields[i].field].header);
		text_add(&s->out, " and ");
		if (expr->fields[i].field == FIELD_BYTES)
			say_bytes_there(s, &expr->fields[i]);
	}
}

static void say_match(struct saying *s, const struct expr *expr)
{
	text_add(&s->out, "(");
	say_fields_there(s, expr);
	text_add(&s->out, "%s(", expr->negated ? "not " : "");
	for (size_t i = 0; i < expr->elements.count && !text_is_full(&s->out); i++) {
		text_add(&s->out, i ? " or " : "");
		say_element(s, expr, &expr->elements.list[i]);
	}
	text_add(&s->out, "))");
}

static void say_mask(struct saying *s, const struct expr *expr)
{
	text_add(&s->out, "(");
	say_fields_there(s, expr);
	text_add(&s->out, "%s(", expr->negated ? "not " : "");
	say_masked(s, expr);
	text_add(&s->out, "))");
}

static void say_expr(struct saying *s, const struct expr *expr);

static void say_chain(struct saying *s, const struct expr *chain)
{
	size_t count = expr_operands(chain, NULL);
	const struct expr **operands = calloc(count, sizeof(*operands));

	expr_operands(chain, operands);
	text_add(&s->out, "(");
	for (size_t i = 0; i < count && !text_is_full(&s->out); i++) {
		text_add(&s->out, i == 0 ? "" : chain->kind == EXPR_AND ? " and " : " or ");
		say_expr(s, operands[i]);
	}
	text_add(&s->out, ")");
	free(operands);
}

static void say_expr(struct saying *s, const struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_AND:
	case EXPR_OR:
		say_chain(s, expr);
		break;
	case EXPR_NOT:
		text_add(&s->out, "not (");
		say_expr(s, expr->left);
		text_add(&s->out, ")");
		break;
	case EXPR_HEADER:
		say_header(s, expr->header);
		break;
	case EXPR_MATCH:
		say_match(s, expr);
		break;
	case EXPR_MASK:
		say_mask(s, expr);
		break;
	default:
		s->unsayable = true;
		break;
	}
}

bool pcap_text(const struct rule *rule, unsigned int tags, char text[PCAP_TEXT])
{
	struct saying s = {.out = {text, PCAP_TEXT, 0},
			   .tags = tags,
			   .reads_fragments = rule->reads_fragments};

	*text = 0;
	for (unsigned int i = 0; i < tags; i++)
		text_add(&s.out, "vlan and ");
	text_add(&s.out, "(");
	say_expr(&s, rule->match);
	text_add(&s.out, ")");
	return !s.unsayable && !text_is_full(&s.out);
}

/* Whether a condition asks for something that a predicate holds for. */
static bool asks_for(const struct expr *expr, bool (*is_it)(enum header header, int field))
{
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		if (asks_for(expr->right, is_it))
			return true;
	if (expr->kind == EXPR_NOT)
		return asks_for(expr->left, is_it);
	if (expr->kind == EXPR_HEADER)
		return is_it(expr->header, -1);
	for (size_t i = 0; i < expr->field_count; i++)
		if (is_it(field_table[expr->fields[i].field].header, (int)expr->fields[i].field))
			return true;
	return false;
}

static bool is_behind_ip6(enum header header, int field)
{
	return is_l4(header) || field == FIELD_IP6_PROTOCOL;
}

static bool is_ip6_frag(enum header header, int field)
{
	(void)header;
	return field == FIELD_IP6_FRAG;
}

bool pcap_means_the_same(const struct rule *rule, const struct dissection *packet)
{
	if (!packet->has[HEADER_ETHER] ||
	    (packet->end != DISSECT_COMPLETE && packet->end != DISSECT_VLAN_THIRD &&
	     packet->end != DISSECT_ARP_OTHER))
		return false;
	if (!packet->extension_count)
		return true;
	if (asks_for(rule->match, is_behind_ip6))
		return false;
	/* libpcap could be told of one fragment header, which is what most packets have */
	return !asks_for(rule->match, is_ip6_frag) ||
	       (packet->extension_count == 1 && packet->extensions[0] == 44);
}
