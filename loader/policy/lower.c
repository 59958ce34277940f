// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From conditions to boxes.
 */
#include "box.h"

#include "arena.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define WORD(member) WORD_AT(packet.member)

static struct boxes one_bound(struct arena *arena, struct bound bound)
{
	struct boxes boxes = {NULL, 0};
	struct box *box = arena_push(arena, &boxes.list, boxes.count);

	box->bounds = arena_alloc(arena, sizeof(bound));
	box->bounds[0] = bound;
	box->count = 1;
	return boxes;
}

static struct boxes everything(struct arena *arena)
{
	return (struct boxes){arena_alloc(arena, sizeof(struct box)), 1};
}

static struct boxes nothing(void)
{
	return (struct boxes){NULL, 0};
}

static struct boxes product(struct lowering *lowering, struct boxes a, struct boxes b)
{
	return boxes_product(lowering->arena, a, b, RULE_BOXES_MAX, &lowering->too_complex);
}

/* `boxes` has grown by this function only: its capacity is arena_push()'s. */
static void append(struct lowering *lowering, struct boxes *boxes, struct boxes more)
{
	if (boxes->count + more.count > RULE_BOXES_MAX)
		lowering->too_complex = true;
	for (size_t i = 0; i < more.count && !lowering->too_complex; i++)
		*arena_push(lowering->arena, &boxes->list, boxes->count) = more.list[i];
}

/* The opposite of one box: any of its bounds does not hold. */
static struct boxes box_complement(struct lowering *lowering, const struct box *box)
{
	struct boxes result = nothing();

	for (size_t i = 0; i < box->count; i++) {
		struct bound bound = box->bounds[i];

		if (bound.lo > 0)
			result = boxes_union(
				lowering->arena, result,
				one_bound(lowering->arena,
					  (struct bound){bound.word, 0, bound.lo - 1}));
		if (bound.hi < UINT32_MAX)
			result = boxes_union(
				lowering->arena, result,
				one_bound(lowering->arena,
					  (struct bound){bound.word, bound.hi + 1, UINT32_MAX}));
	}
	return result;
}

static struct boxes complement(struct lowering *lowering, struct boxes boxes)
{
	struct boxes result = everything(lowering->arena);

	for (size_t i = 0; i < boxes.count && !lowering->too_complex; i++)
		result = product(lowering, result, box_complement(lowering, &boxes.list[i]));
	return result;
}

/* The packet has this header. */
static struct boxes lower_header(struct lowering *lowering, enum header header)
{
	static const struct bound bounds[HEADERS] = {
		[HEADER_VLAN] = {WORD(vlan_tags), 1, 2},
		[HEADER_VLAN_SECOND] = {WORD(vlan_tags), 2, 2},
		[HEADER_ARP] = {WORD(l3), XDV_L3_ARP, XDV_L3_ARP},
		[HEADER_IP] = {WORD(l3), XDV_L3_IPV4, XDV_L3_IPV4},
		[HEADER_IP6] = {WORD(l3), XDV_L3_IPV6, XDV_L3_IPV6},
		[HEADER_TCP] = {WORD(l4), XDV_L4_TCP, XDV_L4_TCP},
		[HEADER_UDP] = {WORD(l4), XDV_L4_UDP, XDV_L4_UDP},
		[HEADER_SCTP] = {WORD(l4), XDV_L4_SCTP, XDV_L4_SCTP},
		[HEADER_ICMP] = {WORD(l4), XDV_L4_ICMP, XDV_L4_ICMP},
		[HEADER_ICMP6] = {WORD(l4), XDV_L4_ICMP6, XDV_L4_ICMP6},
		[HEADER_VXLAN] = {WORD_AT(tunnel.kind), XDV_TUNNEL_VXLAN, XDV_TUNNEL_VXLAN},
		[HEADER_GENEVE] = {WORD_AT(tunnel.kind), XDV_TUNNEL_GENEVE, XDV_TUNNEL_GENEVE},
		[HEADER_GRE] = {WORD_AT(tunnel.kind), XDV_TUNNEL_GRE, XDV_TUNNEL_GRE_KEY},
		[HEADER_IPIP] = {WORD_AT(tunnel.kind), XDV_TUNNEL_IPIP, XDV_TUNNEL_IPIP},
		[HEADER_INNER + HEADER_ETHER] = {WORD_AT(tunnel.has_ether), 1, 1},
	};
	bool inner = header_is_inner(header);
	struct bound bound = bounds[header];
	struct boxes boxes;

	if (header == HEADER_ETHER ||
	    !header_can_lack(header)) /* no frame without it comes to the program */
		return everything(lowering->arena);
	if (inner && !bound.word) {
		bound = bounds[header_outer(header)];
		bound.word += INNER_WORDS;
	}
	boxes = one_bound(lowering->arena, bound);
	if (header_is_l4(header) &&
	    (inner ? lowering->reads_inner_fragments : lowering->reads_fragments)) {
		bound.lo += XDV_L4_FIRST;
		bound.hi += XDV_L4_FIRST;
		boxes = boxes_union(lowering->arena, boxes, one_bound(lowering->arena, bound));
	}
	return boxes;
}

/* Whether a rule may read there is as with the headers that are there: by the fragment. */
static struct boxes lower_slice_presence(struct lowering *lowering, const struct field_use *use)
{
	struct boxes there = one_bound(lowering->arena,
				       (struct bound){SLICE_THERE(use->slice), 1, 1});
	struct bound whole = {WORD(fragment), XDV_FRAGMENT_NONE, XDV_FRAGMENT_NONE};

	if (!slice_needs_whole(use) || lowering->reads_fragments)
		return there;
	return product(lowering, there, one_bound(lowering->arena, whole));
}

/* Not every packet with the field's header has the field itself. */
static struct boxes lower_field_presence(struct lowering *lowering, const struct field_use *use)
{
	struct bound known = {use_word(use), 0, XDV_PROTOCOL_UNKNOWN - 1};
	struct bound key = {WORD_AT(tunnel.kind), XDV_TUNNEL_GRE_KEY, XDV_TUNNEL_GRE_KEY};

	if (use->field == FIELD_BYTES)
		return lower_slice_presence(lowering, use);
	if (field_outer(use->field) == FIELD_IP6_PROTOCOL)
		return one_bound(lowering->arena, known);
	if (use->field == FIELD_GRE_KEY)
		return one_bound(lowering->arena, key);
	return everything(lowering->arena);
}

/* All the fields are there. */
static struct boxes lower_presence(struct lowering *lowering, const struct expr *expr)
{
	struct boxes result = everything(lowering->arena);

	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;

		result = product(lowering, result,
				 lower_header(lowering, field_table[field].header));
		result = product(lowering, result,
				 lower_field_presence(lowering, &expr->fields[i]));
	}
	return result;
}

/* A value as the words of struct xdv_packet have it: 4 bytes a word, the rest in the last. */
static void value_words(const struct value *value, const struct field_info *field, uint32_t *words)
{
	unsigned int width = type_table[field->type].width;

	if (field->words == 1) {
		words[0] = value_number(value, field->type);
		return;
	}
	for (unsigned int i = 0; i < width; i += 4) {
		words[i / 4] = 0;
		for (unsigned int j = i; j < i + 4 && j < width; j++)
			words[i / 4] = words[i / 4] << 8 | value->bytes[j];
	}
}

static uint32_t word_max(const struct field_info *field, unsigned int word)
{
	unsigned int bytes = type_table[field->type].width - word * 4;

	return bytes >= 4 ? UINT32_MAX : (1u << bytes * 8) - 1;
}

/*
 * A range of numbers of several words, most significant first: the words that are equal, then what
 * lies above the low end, between the ends, and below the high end.
 */
static struct boxes lower_range(struct lowering *lowering, const struct field_use *use,
				const uint32_t *lo, const uint32_t *hi, unsigned int word)
{
	const struct field_info *field = &field_table[use->field];
	struct bound bound = {use_word(use) + word, lo[word], hi[word]};
	uint32_t zeros[4] = {0}, ones[4];
	struct boxes first, last, result = nothing();
	bool low_end = true, high_end = true; /* the words behind this one are not cut */

	for (unsigned int i = word + 1; i < field->words; i++) {
		ones[i] = word_max(field, i);
		low_end &= lo[i] == 0;
		high_end &= hi[i] == ones[i];
	}
	if (low_end && high_end)
		return one_bound(lowering->arena, bound);
	if (lo[word] == hi[word])
		return product(lowering, one_bound(lowering->arena, bound),
			       lower_range(lowering, use, lo, hi, word + 1));
	if (!low_end) {
		first = product(
			lowering,
			one_bound(lowering->arena, (struct bound){bound.word, lo[word], lo[word]}),
			lower_range(lowering, use, lo, ones, word + 1));
		result = boxes_union(lowering->arena, result, first);
		bound.lo++;
	}
	if (!high_end) {
		last = product(
			lowering,
			one_bound(lowering->arena, (struct bound){bound.word, hi[word], hi[word]}),
			lower_range(lowering, use, zeros, hi, word + 1));
		result = boxes_union(lowering->arena, result, last);
		bound.hi--;
	}
	if (bound.lo <= bound.hi)
		result = boxes_union(lowering->arena, result, one_bound(lowering->arena, bound));
	return result;
}

static int by_low_end(const void *a, const void *b)
{
	const struct bound *one = a, *two = b;

	return one->lo < two->lo ? -1 : one->lo > two->lo;
}

/* Elements of a field of one word: sorted, and joined where they meet. */
static struct boxes lower_intervals(struct lowering *lowering, const struct expr *expr)
{
	const struct field_info *field = &field_table[expr->fields[0].field];
	size_t count = expr->elements.count, kept = 0;
	struct bound *bounds = arena_alloc(lowering->arena, count * sizeof(*bounds));
	struct boxes boxes = nothing();

	for (size_t i = 0; i < count; i++) {
		const struct part *part = expr->elements.list[i].parts;

		bounds[i] = (struct bound){use_word(&expr->fields[0]),
					   value_number(&part->lo, field->type),
					   value_number(&part->hi, field->type)};
	}
	qsort(bounds, count, sizeof(*bounds), by_low_end);
	for (size_t i = 0; i < count; i++) {
		if (kept && (bounds[kept - 1].hi == UINT32_MAX ||
			     bounds[i].lo <= bounds[kept - 1].hi + 1)) {
			if (bounds[i].hi > bounds[kept - 1].hi)
				bounds[kept - 1].hi = bounds[i].hi;
		} else {
			bounds[kept++] = bounds[i];
		}
	}
	boxes.list = arena_alloc(lowering->arena, kept * sizeof(*boxes.list));
	boxes.count = kept;
	for (size_t i = 0; i < kept; i++)
		boxes.list[i] = (struct box){&bounds[i], 1};
	return boxes;
}

struct boxes lower_elements(struct lowering *lowering, const struct expr *expr)
{
	struct boxes result = nothing();

	if (expr->field_count == 1 && field_table[expr->fields[0].field].words == 1)
		return lower_intervals(lowering, expr);
	for (size_t i = 0; i < expr->elements.count; i++) {
		const struct part *parts = expr->elements.list[i].parts;
		struct boxes element = everything(lowering->arena);

		for (size_t j = 0; j < expr->field_count; j++) {
			const struct field_info *field = &field_table[expr->fields[j].field];
			uint32_t lo[4], hi[4];

			value_words(&parts[j].lo, field, lo);
			value_words(&parts[j].hi, field, hi);
			element = product(lowering, element,
					  lower_range(lowering, &expr->fields[j], lo, hi, 0));
		}
		for (size_t j = 0; j < element.count; j++)
			*arena_push(lowering->arena, &result.list, result.count) = element.list[j];
	}
	return result;
}

bool same_question(const struct expr *a, const struct expr *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->field_count != b->field_count)
		return false;
	if (a->kind == EXPR_PCAP)
		return a->filter == b->filter;
	for (size_t i = 0; i < a->field_count; i++)
		if (use_word(&a->fields[i]) != use_word(&b->fields[i]))
			return false;
	if (a->kind == EXPR_MASK)
		return a->mask == b->mask && a->value == b->value;
	return a->set && a->set == b->set;
}

struct boxes lower_question(struct lowering *lowering, const struct expr *expr,
			    const struct rule *rule, bool answer)
{
	struct questions *questions = lowering->questions;
	struct question *question = NULL;

	for (size_t i = 0; i < questions->count && !question; i++)
		if (questions->list[i].rule == rule && same_question(questions->list[i].expr, expr))
			question = &questions->list[i];
	if (!question) {
		if (questions->count == QUESTIONS_MAX) {
			lowering->too_complex = true;
			return nothing();
		}
		question = arena_push(lowering->arena, &questions->list, questions->count);
		question->expr = expr;
		question->rule = rule;
		question->word = (uint32_t)(QUESTION_WORDS + questions->count - 1);
	}
	return one_bound(lowering->arena, (struct bound){question->word, answer, answer});
}

/* The value is (not) one of the elements, whatever the headers. */
static struct boxes lower_values(struct lowering *lowering, const struct expr *expr, bool negated)
{
	bool intervals = expr->field_count == 1 && field_table[expr->fields[0].field].words == 1;
	struct boxes boxes;

	if (expr->kind == EXPR_MASK)
		return lower_question(lowering, expr, NULL, !negated);
	if (expr->elements.count > SPELL_OUT_MAX || (expr->set && expr->set->dynamic))
		return lower_question(lowering, expr, NULL, !negated);
	/* Each element of several words that a value must not be multiplies the boxes. */
	if (negated && !intervals && expr->elements.count > 4)
		return lower_question(lowering, expr, NULL, false);
	boxes = lower_elements(lowering, expr);
	return negated ? complement(lowering, boxes) : boxes;
}

static struct boxes lower_match(struct lowering *lowering, const struct expr *expr, bool negated)
{
	struct boxes presence = lower_presence(lowering, expr);
	struct boxes values = lower_values(lowering, expr, expr->negated != negated);

	if (!negated)
		return product(lowering, presence, values);
	return boxes_union(lowering->arena, complement(lowering, presence), values);
}

/*
 * A chain of `and` or `or`. It leans to the left and may have thousands of links: walked from its
 * right end, without recursion.
 */
static struct boxes lower_chain(struct lowering *lowering, const struct expr *expr, bool negated)
{
	enum expr_kind kind = expr->kind;
	bool any = (kind == EXPR_OR) != negated; /* De Morgan */
	struct boxes result = any ? nothing() : everything(lowering->arena);

	for (bool last = false; !last && !lowering->too_complex; expr = expr->left) {
		struct boxes operand;

		last = expr->kind != kind;
		operand = lower_expr(lowering, last ? expr : expr->right, negated);
		if (any)
			append(lowering, &result, operand);
		else
			result = product(lowering, operand, result);
	}
	return result;
}

struct boxes lower_expr(struct lowering *lowering, const struct expr *expr, bool negated)
{
	struct boxes result;

	switch (expr->kind) {
	case EXPR_NOT:
		return lower_expr(lowering, expr->left, !negated);
	case EXPR_HEADER:
		result = lower_header(lowering, expr->header);
		return negated ? complement(lowering, result) : result;
	case EXPR_AND:
	case EXPR_OR:
		return lower_chain(lowering, expr, negated);
	case EXPR_PCAP:
		if (expr->filter->is_true)
			return negated ? nothing() : everything(lowering->arena);
		return lower_question(lowering, expr, NULL, !negated);
	default:
		return lower_match(lowering, expr, negated);
	}
}
