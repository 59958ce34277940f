// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Conditions as C, for straight code: the tree of the policy, field by field.
 */
#include "emit.h"

#include "arena.h"
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct writer {
	const struct plan *plan;
	struct arena *arena;
	FILE *out;
	bool reads_fragments, reads_inner_fragments;
	unsigned int known; /* headers that are sure to be there, by what was asked before: bits */
};

/* How tightly what is around an expression binds: decides on parentheses. */
enum binding { BINDS_NOT_AT_ALL, BINDS_OR, BINDS_AND, BINDS_NOT };

static void write_expr(struct writer *writer, const struct expr *expr, enum binding around);

static bool is_asked_twice(const struct plan *plan, const struct expr *expr)
{
	size_t times = 0;

	for (size_t i = 0; i < plan->questions.count; i++)
		times += !plan->questions.list[i].rule &&
			 plan->questions.list[i].expr->set == expr->set;
	return times > 1;
}

/* "ip_saddr_tcp_dport_in_sessions" */
static void name_by_fields(const struct expr *expr, char *buffer, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < expr->field_count && used < size; i++) {
		const struct field_use *use = &expr->fields[i];

		if (use->is_bytes)
			used += (size_t)snprintf(buffer + used, size - used, "bytes_%u_",
						 use->slice + 1);
		else
			used += (size_t)snprintf(buffer + used, size - used, "%.20s_%.20s_",
						 use->header.text, use->name.text);
	}
	if (used < size)
		snprintf(buffer + used, size - used, "in_%s", expr->set->name.text);
}

char *emit_question_name(const struct plan *plan, size_t question, char *buffer, size_t size)
{
	const struct expr *expr = plan->questions.list[question].expr;

	if (plan->questions.list[question].rule)
		snprintf(buffer, size, "rule_%s", plan->questions.list[question].rule->name.text);
	else if (expr->kind == EXPR_PCAP)
		snprintf(buffer, size, "pcap_%zu", expr->filter - plan->policy->filters + 1);
	else if (expr->set)
		snprintf(buffer, size, "in_%s", expr->set->name.text);
	else
		snprintf(buffer, size, "%s_%zu", expr->kind == EXPR_MASK ? "masked" : "in_list",
			 question + 1);
	/* Two questions about one set, of source and of destination, are two names. */
	if (expr->set && !plan->questions.list[question].rule && is_asked_twice(plan, expr))
		name_by_fields(expr, buffer, size);
	for (char *c = buffer; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return buffer;
}

void emit_mask(const struct plan *plan, const struct expr *expr, FILE *out)
{
	fputs("(", out);
	emit_word(plan, use_word(&expr->fields[0]), out);
	fprintf(out, " & 0x%02x) %s 0x%02x", expr->mask, expr->negated ? "!=" : "==", expr->value);
}

static void write_number(FILE *out, enum value_type type, uint32_t number)
{
	switch (type) {
	case TYPE_IPV4:
		fprintf(out, "XDV_IPV4(%u, %u, %u, %u)", number >> 24, number >> 16 & 0xff,
			number >> 8 & 0xff, number & 0xff);
		break;
	case TYPE_IPV6:
	case TYPE_ETHER:
	case TYPE_ETHER_TYPE:
	case TYPE_NUMBER:
		fprintf(out, "0x%x", number);
		break;
	default:
		fprintf(out, "%u", number);
		break;
	}
}

static const struct field_info *field_of_word(const struct expr *expr, uint32_t word)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		const struct field_info *field = &field_table[expr->fields[i].field];
		uint32_t first = use_word(&expr->fields[i]);

		if (word >= first && word < first + field->words)
			return field;
	}
	return NULL;
}

static void write_bound(struct writer *writer, const struct expr *expr, const struct bound *bound)
{
	const struct field_info *field = field_of_word(expr, bound->word);
	FILE *out = writer->out;

	if (bound->lo == bound->hi) {
		emit_word(writer->plan, bound->word, out);
		fputs(" == ", out);
		write_number(out, field->type, bound->lo);
		return;
	}
	fputs("XDV_IN(", out);
	emit_word(writer->plan, bound->word, out);
	fputs(", ", out);
	write_number(out, field->type, bound->lo);
	fputs(", ", out);
	write_number(out, field->type, bound->hi);
	fputs(")", out);
}

static void write_box(struct writer *writer, const struct expr *expr, const struct box *box)
{
	for (size_t i = 0; i < box->count; i++) {
		if (i)
			fputs(" && ", writer->out);
		write_bound(writer, expr, &box->bounds[i]);
	}
	if (!box->count) /* every value, as in 0.0.0.0/0 */
		fputs("1", writer->out);
}

static void write_values(struct writer *writer, const struct expr *expr, bool alone)
{
	struct questions none = {NULL, 0};
	struct lowering lowering = {.arena = writer->arena, .questions = &none};
	struct boxes boxes = lower_elements(&lowering, expr);
	bool parentheses = expr->negated || (boxes.count > 1 && !alone);

	if (expr->negated)
		fputs("!", writer->out);
	if (parentheses)
		fputs("(", writer->out);
	for (size_t i = 0; i < boxes.count; i++) {
		bool several = boxes.count > 1 && boxes.list[i].count > 1;

		fprintf(writer->out, "%s%s", i ? " || " : "", several ? "(" : "");
		write_box(writer, expr, &boxes.list[i]);
		fputs(several ? ")" : "", writer->out);
	}
	if (!boxes.count)
		fputs("0", writer->out);
	fputs(parentheses ? ")" : "", writer->out);
}

_Static_assert(HEADERS <= 32, "a bit of `known` each");

/* Whether this must be asked, or goes without saying. */
static bool asks_header(const struct writer *writer, enum header header)
{
	return header != HEADER_ETHER && header_can_lack(header) && !(writer->known & 1u << header);
}

/* Of the packet's own headers, or of those in the tunnel. */
static void write_walked_header(struct writer *writer, enum header header, bool inner)
{
	static const char *const tests[WALKED_HEADERS] = {
		[HEADER_VLAN] = "vlan_tags",	    [HEADER_VLAN_SECOND] = "vlan_tags == 2",
		[HEADER_ARP] = "l3 == XDV_L3_ARP",  [HEADER_IP] = "l3 == XDV_L3_IPV4",
		[HEADER_IP6] = "l3 == XDV_L3_IPV6", [HEADER_TCP] = "XDV_L4_TCP",
		[HEADER_UDP] = "XDV_L4_UDP",	    [HEADER_SCTP] = "XDV_L4_SCTP",
		[HEADER_ICMP] = "XDV_L4_ICMP",	    [HEADER_ICMP6] = "XDV_L4_ICMP6",
	};
	const char *packet = inner ? "key->inner." : "p->", *test = tests[header];

	if (!header_is_l4(header))
		fprintf(writer->out, "%s%s", packet, test);
	else if (inner ? writer->reads_inner_fragments : writer->reads_fragments)
		fprintf(writer->out, "(%sl4 & ~XDV_L4_FIRST) == %s", packet, test);
	else
		fprintf(writer->out, "%sl4 == %s", packet, test);
}

static void write_header(struct writer *writer, enum header header)
{
	static const char *const tests[HEADERS] = {
		[HEADER_VXLAN] = "key->tunnel.kind == XDV_TUNNEL_VXLAN",
		[HEADER_GENEVE] = "key->tunnel.kind == XDV_TUNNEL_GENEVE",
		[HEADER_GRE] = "XDV_IN(key->tunnel.kind, XDV_TUNNEL_GRE, XDV_TUNNEL_GRE_KEY)",
		[HEADER_IPIP] = "key->tunnel.kind == XDV_TUNNEL_IPIP",
		[HEADER_INNER + HEADER_ETHER] = "key->tunnel.has_ether",
	};

	writer->known |= 1u << header;
	if (tests[header])
		fputs(tests[header], writer->out);
	else
		write_walked_header(writer, header_outer(header), header_is_inner(header));
}

static void join(struct writer *writer, bool *written)
{
	if (*written)
		fputs(" && ", writer->out);
	*written = true;
}

/* What a field needs, beside its header, to be there. */
static void write_field_presence(struct writer *writer, const struct field_use *use, bool *written)
{
	if (use->field == FIELD_BYTES) {
		join(writer, written);
		emit_word(writer->plan, SLICE_THERE(use->slice), writer->out);
		if (slice_needs_whole(use) && !writer->reads_fragments)
			fputs(" && p->fragment == XDV_FRAGMENT_NONE", writer->out);
	}
	if (field_outer(use->field) == FIELD_IP6_PROTOCOL) {
		join(writer, written);
		emit_word(writer->plan, use_word(use), writer->out);
		fputs(" != XDV_PROTOCOL_UNKNOWN", writer->out);
	}
	if (use->field == FIELD_GRE_KEY) {
		join(writer, written);
		fputs("key->tunnel.kind == XDV_TUNNEL_GRE_KEY", writer->out);
	}
}

/* "!(ip_saddr_sets >> SET_blocked & 1)" */
static void write_shared_answer(struct writer *writer, const struct expr *expr)
{
	fputs(expr->negated ? "!(" : "(", writer->out);
	emit_dynamic_answer(writer->plan, expr, writer->out);
	fputs(")", writer->out);
}

static void write_match(struct writer *writer, const struct expr *expr, enum binding around)
{
	int question = expr->kind == EXPR_MATCH ? plan_question(writer->plan, expr) : -1;
	bool parentheses = around == BINDS_NOT || around == BINDS_OR;
	bool written = false, alone;
	char name[160];

	fputs(parentheses ? "(" : "", writer->out);
	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;

		/* that of a key says more */
		if (field != FIELD_GRE_KEY && asks_header(writer, field_table[field].header)) {
			join(writer, &written);
			write_header(writer, field_table[field].header);
		}
		write_field_presence(writer, &expr->fields[i], &written);
	}
	alone = !written && around == BINDS_NOT_AT_ALL;
	join(writer, &written);
	if (expr->kind == EXPR_MASK)
		emit_mask(writer->plan, expr, writer->out);
	else if (question >= 0 && writer->plan->kind == PLAN_STRAIGHT &&
		 dynamic_is_shared(&writer->plan->dynamic, expr))
		write_shared_answer(writer, expr);
	else if (question >= 0)
		fprintf(writer->out, writer->plan->kind == PLAN_LOOKUP ? "%skey->%s" : "%s%s(%s)",
			expr->negated ? "!" : "",
			emit_question_name(writer->plan, (size_t)question, name, sizeof(name)),
			emit_takes_key(writer->plan) ? "key" : "p");
	else
		write_values(writer, expr, alone);
	fputs(parentheses ? ")" : "", writer->out);
}

static void write_filter(struct writer *writer, const struct expr *expr)
{
	bool answered = writer->plan->kind == PLAN_LOOKUP && plan_question(writer->plan, expr) >= 0;

	if (expr->filter->is_true) {
		fputs("1", writer->out);
		return;
	}
	fputs(answered ? "key->" : "", writer->out);
	emit_filter_name(writer->plan, expr->filter, writer->out);
	fputs(answered ? "" : "(ctx)", writer->out);
}

static void write_chain(struct writer *writer, const struct expr *chain, enum binding around)
{
	enum expr_kind kind = chain->kind;
	enum binding binding = kind == EXPR_AND ? BINDS_AND : BINDS_OR;
	bool parentheses = around > binding || (around == BINDS_OR && kind == EXPR_AND);
	size_t count = expr_operands(chain, NULL);
	const struct expr **operands = arena_alloc(writer->arena, count * sizeof(*operands));
	unsigned int known = writer->known;

	expr_operands(chain, operands);
	fputs(parentheses ? "(" : "", writer->out);
	for (size_t i = 0; i < count; i++) {
		if (i)
			fputs(kind == EXPR_AND ? " && " : " || ", writer->out);
		write_expr(writer, operands[i], binding);
		if (kind == EXPR_OR)
			writer->known = known;
	}
	fputs(parentheses ? ")" : "", writer->out);
}

static void write_expr(struct writer *writer, const struct expr *expr, enum binding around)
{
	unsigned int known = writer->known;

	switch (expr->kind) {
	case EXPR_AND:
	case EXPR_OR:
		write_chain(writer, expr, around);
		break;
	case EXPR_NOT:
		fputs("!", writer->out);
		write_expr(writer, expr->left, BINDS_NOT);
		writer->known = known;
		break;
	case EXPR_HEADER:
		fputs(around == BINDS_NOT ? "(" : "", writer->out);
		if (asks_header(writer, expr->header))
			write_header(writer, expr->header);
		else
			fputs("1", writer->out);
		fputs(around == BINDS_NOT ? ")" : "", writer->out);
		break;
	case EXPR_PCAP:
		write_filter(writer, expr);
		break;
	default:
		write_match(writer, expr, around);
		break;
	}
}

void emit_condition(const struct plan *plan, const struct rule *rule, FILE *out)
{
	struct arena *arena = arena_new();
	struct writer writer = {.plan = plan,
				.arena = arena,
				.out = out,
				.reads_fragments = rule->reads_fragments,
				.reads_inner_fragments = rule->reads_inner_fragments};

	write_expr(&writer, rule->match, BINDS_NOT_AT_ALL);
	arena_free(&arena);
}
