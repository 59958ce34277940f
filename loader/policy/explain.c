// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The evaluator's reasons in words.
 */
#include "box.h"
#include "eval.h"
#include "expr_text.h"

#include <string.h>

#define ALTERNATIVES_SHOWN 4 /* of an `or` */

/* One explanation: of this rule, for this packet. */
struct explanation {
	struct text *out;
	const struct rule *rule;
	const struct dissection *packet;
	bool inner; /* the packet is what a tunnel carries */
};

static void why_false(const struct explanation *e, const struct expr *expr);
static void why_true(const struct explanation *e, const struct expr *expr);

static void add_field_name(struct text *out, const struct field_use *use)
{
	char text[FIELD_TEXT];

	text_add(out, "%s", field_use_text(text, use));
}

static void add_field_value(const struct explanation *e, const struct expr *expr, size_t field)
{
	struct value value;

	if (field_value(&value, &expr->fields[field], expr, e->packet))
		text_add_value(e->out, &value, field_table[expr->fields[field].field].type);
}

/* "ip saddr . tcp dport", and with values "ip saddr 10.0.0.1 . tcp dport 22" */
static void add_fields(const struct explanation *e, const struct expr *expr, bool values)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		text_add(e->out, "%s", i ? " . " : "");
		add_field_name(e->out, &expr->fields[i]);
		if (values) {
			text_add(e->out, " ");
			add_field_value(e, expr, i);
		}
	}
}

static const char *network_name(const struct dissection *packet)
{
	if (packet->has[HEADER_IP])
		return "IPv4";
	if (packet->has[HEADER_IP6])
		return "IPv6";
	return packet->has[HEADER_ARP] ? "ARP" : NULL;
}

/* Without "inner". */
static const char *header_word(enum header header)
{
	header = header_outer(header);
	if (header == HEADER_VLAN)
		return "VLAN";
	return header == HEADER_ARP ? "ARP" : header_table[header].doc;
}

static const char *the_packet(const struct explanation *e)
{
	return e->inner ? "what the tunnel carries" : "the packet";
}

static void say_first_fragment(const struct explanation *e)
{
	text_add(e->out,
		 "%s is a first fragment, and the rule does not speak of fragments (%sip frag)",
		 the_packet(e), e->inner ? "inner " : "");
}

/* What the packet is instead, if a header of layer 2 or 3 is not there. */
static void why_no_network(const struct explanation *e)
{
	const struct dissection *packet = e->packet;

	if (network_name(packet))
		text_add(e->out, "%s is %s", the_packet(e), network_name(packet));
	else if (packet->end != DISSECT_COMPLETE)
		text_add(e->out, "%s", dissect_end_text(packet->end));
	else
		text_add(e->out, "%s is of Ethernet type 0x%04x", the_packet(e),
			 value_number(&packet->values[FIELD_ETHER_TYPE], TYPE_ETHER_TYPE));
}

/* The same for layer 4. */
static void why_no_transport(const struct explanation *e, enum header header)
{
	const struct dissection *packet = e->packet;
	enum header other = dissect_l4(packet);
	struct value protocol = value_from_number(packet->protocol, TYPE_PROTOCOL);

	if (!packet->has[HEADER_IP] && !packet->has[HEADER_IP6]) {
		why_no_network(e);
	} else if (packet->fragment == XDV_FRAGMENT_LATER) {
		text_add(e->out, "%s is a later fragment", the_packet(e));
	} else if (packet->has[header]) {
		say_first_fragment(e);
	} else if (other != HEADERS) {
		text_add(e->out, "%s is %s", the_packet(e), header_table[other].doc);
	} else if (packet->end != DISSECT_COMPLETE) {
		text_add(e->out, "%s", dissect_end_text(packet->end));
	} else {
		text_add(e->out, "%s is of %s protocol ", the_packet(e), network_name(packet));
		text_add_value(e->out, &protocol, TYPE_PROTOCOL);
	}
}

/* And for tunnels, or what they carry. */
static void why_no_tunnel(const struct explanation *e)
{
	const struct dissection *packet = e->packet;
	enum header other = dissect_tunnel(packet);

	if (other != HEADERS)
		text_add(e->out, "the packet is %s", header_table[other].doc);
	else if (packet->end != DISSECT_COMPLETE)
		text_add(e->out, "%s", dissect_end_text(packet->end));
	else if (packet->fragment != XDV_FRAGMENT_NONE)
		text_add(e->out, "the packet is a fragment");
	else if (packet->has[HEADER_UDP])
		text_add(e->out, "udp dport is %u",
			 value_number(&packet->values[FIELD_UDP_DPORT], TYPE_PORT));
	else
		why_no_transport(e, HEADER_UDP);
}

static void why_no_header(const struct explanation *e, enum header header);

static void why_no_inner(const struct explanation *e, enum header header)
{
	struct dissection inner;
	struct explanation of_inner = {e->out, e->rule, &inner, true};

	if (dissect_inner(&inner, e->packet)) {
		why_no_header(&of_inner, header_outer(header));
		return;
	}
	text_add(e->out, "no inner %s header: ", header_word(header));
	why_no_tunnel(e);
}

static void why_no_header(const struct explanation *e, enum header header)
{
	const char *inner = e->inner ? "inner " : "";

	if (header_is_inner(header)) {
		why_no_inner(e, header);
		return;
	}
	if (header == HEADER_VLAN && e->packet->end != DISSECT_VLAN_SHORT) {
		text_add(e->out, "%s has no VLAN tag", the_packet(e));
		return;
	}
	if (e->packet->has[header])
		text_add(e->out, "%s%s header not read: ", inner, header_word(header));
	else
		text_add(e->out, "no %s%s header: ", inner, header_word(header));
	if (header >= HEADER_VXLAN)
		why_no_tunnel(e);
	else if (header_is_l4(header))
		why_no_transport(e, header);
	else
		why_no_network(e);
}

/* The first header that the fields need and the rule can't read, HEADERS if there is none. */
static enum header hidden_header(const struct explanation *e, const struct expr *expr)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		enum header header = field_table[expr->fields[i].field].header;

		if (!header_visible(header, e->rule, e->packet))
			return header;
	}
	return HEADERS;
}

/* Some fields may lack where their header does not. */
static bool field_hidden(const struct explanation *e, enum field field)
{
	const struct dissection *packet = e->packet;
	struct dissection inner;

	if (field == FIELD_GRE_KEY && !packet->has_gre_key) {
		text_add(e->out, "the GRE header has no key");
		return true;
	}
	if (field_outer(field) != FIELD_IP6_PROTOCOL)
		return false;
	if (field != FIELD_IP6_PROTOCOL) {
		dissect_inner(&inner, packet);
		packet = &inner;
	}
	if (packet->protocol != XDV_PROTOCOL_UNKNOWN)
		return false;
	text_add(e->out, "%s protocol is not known: %s",
		 header_table[field_table[field].header].name,
		 packet->end == DISSECT_COMPLETE ? "the header says 255, which is reserved"
						 : dissect_end_text(packet->end));
	return true;
}

/* Why a field can't be compared at all; false if it can. */
static bool fields_hidden(const struct explanation *e, const struct expr *expr)
{
	enum header header = hidden_header(e, expr);

	if (header != HEADERS) {
		why_no_header(e, header);
		return true;
	}
	for (size_t i = 0; i < expr->field_count; i++) {
		struct value unused;

		if (expr->fields[i].field != FIELD_BYTES)
			continue;
		if (!field_value(&unused, &expr->fields[i], expr, e->packet)) {
			text_add(e->out, "the packet has no ");
			add_field_name(e->out, &expr->fields[i]);
			return true;
		}
		if (e->packet->fragment == XDV_FRAGMENT_FIRST && !e->rule->reads_fragments &&
		    slice_needs_whole(&expr->fields[i])) {
			say_first_fragment(e);
			return true;
		}
	}
	for (size_t i = 0; i < expr->field_count; i++)
		if (field_hidden(e, expr->fields[i].field))
			return true;
	return false;
}

/* "ip daddr 10.0.0.1 is not in @exchanges", "udp dport is 53, not 26400-26499" */
static void compare_match(const struct explanation *e, const struct expr *expr, bool is_in)
{
	bool one = expr->field_count == 1 && expr->elements.count == 1 && !expr->set;
	enum field field = expr->fields[0].field;
	const struct part *part = one ? expr->elements.list[0].parts : NULL;

	if (!one) {
		add_fields(e, expr, true);
		text_add(e->out, is_in ? " is in " : " is not in ");
		text_add_elements(e->out, expr);
		return;
	}
	add_fields(e, expr, false);
	if (expr->mask)
		text_add(e->out, " & 0x%x", expr->mask);
	text_add(e->out, " is ");
	add_field_value(e, expr, 0);
	if (is_in && value_compare(&part->lo, &part->hi, field_table[field].type) == 0)
		return;
	text_add(e->out, is_in ? ", which is in " : ", not ");
	text_add_elements(e->out, expr);
}

static void compare_mask(const struct explanation *e, const struct expr *expr)
{
	enum field field = expr->fields[0].field;
	uint32_t number = value_number(&e->packet->values[field], field_table[field].type);

	add_field_name(e->out, &expr->fields[0]);
	if (field_table[field].type != TYPE_TCP_FLAGS) {
		text_add(e->out, " is ");
		text_add_value(e->out, &e->packet->values[field], field_table[field].type);
		text_add(e->out, ", under 0x%x %u", expr->mask, number & expr->mask);
		if ((number & expr->mask) != expr->value)
			text_add(e->out, ", not %u", expr->value);
		return;
	}
	text_add(e->out, " are ");
	text_add_flags(e->out, number);
	if (expr->mask != expr->value) {
		text_add(e->out, "; of ");
		text_add_flags(e->out, expr->mask);
		text_add(e->out, " there is ");
		text_add_flags(e->out, number & expr->mask);
		if ((number & expr->mask) != expr->value) {
			text_add(e->out, ", not ");
			text_add_flags(e->out, expr->value);
		}
	} else if (expr->mask & ~number) {
		text_add(e->out, ", without ");
		text_add_flags(e->out, expr->mask & ~number);
	}
}

/* The conditions of a chain that leans to the left: a or b or c. */
static size_t chain_length(const struct expr *expr, enum expr_kind kind)
{
	size_t length = 1;

	for (; expr->kind == kind; expr = expr->left)
		length++;
	return length;
}

static const struct expr *chain_item(const struct expr *expr, enum expr_kind kind, size_t index)
{
	for (size_t last = chain_length(expr, kind) - 1; last > index; last--)
		expr = expr->left;
	return index ? expr->right : expr;
}

/* Says `why` of each condition of a chain, a few of them at most. */
static void each_of_chain(const struct explanation *e, const struct expr *expr, const char *between,
			  void (*why)(const struct explanation *, const struct expr *))
{
	size_t length = chain_length(expr, expr->kind);

	for (size_t i = 0; i < length && i < ALTERNATIVES_SHOWN; i++) {
		if (text_is_full(e->out))
			return;
		text_add(e->out, "%s", i ? between : "");
		why(e, chain_item(expr, expr->kind, i));
	}
	if (length > ALTERNATIVES_SHOWN)
		text_add(e->out, "%sso on for %zu more", between, length - ALTERNATIVES_SHOWN);
}

/* The first condition of a chain that holds (or does not). */
static const struct expr *first_of_chain(const struct explanation *e, const struct expr *expr,
					 bool holds)
{
	enum expr_kind kind = expr->kind;
	const struct expr *first = NULL;

	for (; expr->kind == kind; expr = expr->left)
		if (expr_holds(expr->right, e->rule, e->packet) == holds)
			first = expr->right;
	return expr_holds(expr, e->rule, e->packet) == holds ? expr : first;
}

static void add_filter(const struct explanation *e, const struct expr *expr, const char *verdict)
{
	text_add(e->out, "the filter \"%s\" %s", expr->filter->text, verdict);
}

static void why_false(const struct explanation *e, const struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_AND:
		why_false(e, first_of_chain(e, expr, false));
		break;
	case EXPR_OR:
		each_of_chain(e, expr, "; and ", why_false);
		break;
	case EXPR_NOT:
		why_true(e, expr->left);
		break;
	case EXPR_HEADER:
		why_no_header(e, expr->header);
		break;
	case EXPR_MATCH:
		if (!fields_hidden(e, expr))
			compare_match(e, expr, expr->negated);
		break;
	case EXPR_MASK:
		if (!fields_hidden(e, expr))
			compare_mask(e, expr);
		break;
	case EXPR_PCAP:
		add_filter(e, expr, "does not take it");
		break;
	}
}

static void why_true(const struct explanation *e, const struct expr *expr)
{
	bool inner = expr->kind == EXPR_HEADER && header_is_inner(expr->header);

	switch (expr->kind) {
	case EXPR_AND:
		each_of_chain(e, expr, ", and ", why_true);
		break;
	case EXPR_OR:
		why_true(e, first_of_chain(e, expr, true));
		break;
	case EXPR_NOT:
		why_false(e, expr->left);
		break;
	case EXPR_HEADER:
		text_add(e->out, "the packet has %s %s%s header",
			 inner || strchr("AEIS", *header_word(expr->header)) ? "an" : "a",
			 inner ? "inner " : "", header_word(expr->header));
		break;
	case EXPR_MATCH:
		compare_match(e, expr, !expr->negated);
		break;
	case EXPR_MASK:
		compare_mask(e, expr);
		break;
	case EXPR_PCAP:
		add_filter(e, expr, "takes it");
		break;
	}
}

char *eval_explain(char *buffer, size_t size, const struct rule *rule,
		   const struct dissection *packet)
{
	struct text out = {buffer, size, 0};
	struct explanation e = {&out, rule, packet, false};

	buffer[0] = '\0';
	if (rule_matches(rule, packet))
		why_true(&e, rule->match);
	else
		why_false(&e, rule->match);
	return buffer;
}
