// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What no packet can reach: conditions that contradict each other, and rules whose packets all go
 * to an earlier rule.
 */
#include "check.h"

#include "arena.h"
#include "box.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Boxes that some packet is in, with all that follows from their bounds. */
static struct boxes close_boxes(struct arena *arena, struct boxes boxes)
{
	struct boxes closed = {NULL, 0};

	for (size_t i = 0; i < boxes.count; i++) {
		struct box box;

		if (box_close(arena, &boxes.list[i], &box))
			*arena_push(arena, &closed.list, closed.count) = box;
	}
	return closed;
}

static struct boxes closed_operand(struct lowering *lowering, const struct expr *expr)
{
	return close_boxes(lowering->arena, lower_expr(lowering, expr, false));
}

static struct boxes meet(struct lowering *lowering, struct boxes a, struct boxes b)
{
	return close_boxes(lowering->arena, boxes_product(lowering->arena, a, b, RULE_BOXES_MAX,
							  &lowering->too_complex));
}

/* "`udp dport 80`", from the file. */
static const char *quote(const struct policy *policy, struct location where)
{
	if (where.line != where.end_line)
		return arena_printf(policy->arena, "the condition in line %u", where.line);
	return arena_printf(policy->arena, "`%.*s`", (int)(where.end_column - where.column),
			    source_line(&policy->sources, &where) + where.column - 1);
}

/*
 * The operands of a chain of `and`, from the left, meet one after another. Where nothing is left,
 * the operand is reported, with the single earlier one that excludes it, if there is one.
 */
static bool chain_contradicts(struct policy *policy, struct lowering *lowering,
			      const struct expr *chain)
{
	struct boxes *operands, so_far = {NULL, 0};
	size_t count = expr_operands(chain, NULL), against;
	const struct expr **exprs = arena_alloc(lowering->arena, count * sizeof(*exprs));
	struct diag *diag;

	operands = arena_alloc(lowering->arena, count * sizeof(*operands));
	expr_operands(chain, exprs);
	for (size_t i = 0; i < count && !lowering->too_complex; i++) {
		operands[i] = closed_operand(lowering, exprs[i]);
		if (lowering->too_complex) /* a list that was given up half-way says nothing */
			break;
		so_far = i ? meet(lowering, so_far, operands[i]) : operands[i];
		if (so_far.count || !operands[i].count)
			continue;
		for (against = 0; against < i; against++)
			if (!meet(lowering, operands[against], operands[i]).count)
				break;
		if (against < i) {
			diag = diag_add(&policy->diags, E_CONTRADICTION, exprs[i]->where,
					"%s contradicts %s: no packet is both",
					quote(policy, exprs[i]->where),
					quote(policy, exprs[against]->where));
			diag_hint(&policy->diags, diag,
				  "join alternatives by `or`, in parentheses");
		} else {
			diag_add(&policy->diags, E_CONTRADICTION, exprs[i]->where,
				 "%s contradicts what is in front of it: no packet is all of this",
				 quote(policy, exprs[i]->where));
		}
		return true;
	}
	return false;
}

static bool contradicts(struct policy *policy, struct lowering *lowering, const struct expr *expr)
{
	bool found = expr->kind == EXPR_AND && chain_contradicts(policy, lowering, expr);

	/* Below a contradiction, smaller ones are told too, but not the same one again. */
	for (; !found && (expr->kind == EXPR_AND || expr->kind == EXPR_OR); expr = expr->left) {
		enum expr_kind kind = expr->kind;

		found = contradicts(policy, lowering, expr->right);
		if (expr->left->kind != kind)
			return found || contradicts(policy, lowering, expr->left);
	}
	return found || (expr->kind == EXPR_NOT && contradicts(policy, lowering, expr->left));
}

/*
 * The boxes of the rules so far. To find one that covers a given box without looking at all, each
 * is filed under one of the words that it wants exactly so: only a box that wants the same can be
 * covered by it.
 */
struct filed {
	struct exact {
		uint32_t word, value;
	} key;
	struct entry {
		struct box box;
		size_t rule;
		struct entry *next;
	} * entries;
	UT_hash_handle hh;
};

struct files {
	struct filed *by_value;
	struct entry *others;
};

/* The exact bound that says most: of addresses and ports rather than of kinds of headers. */
static const struct bound *telling_bound(const struct box *box)
{
	const struct bound *best = NULL;

	for (size_t i = 0; i < box->count; i++) {
		const struct bound *bound = &box->bounds[i];

		if (bound->lo == bound->hi && (!best || bound->lo > best->lo))
			best = bound;
	}
	return best;
}

static void file_box(struct arena *arena, struct files *files, const struct box *box, size_t rule)
{
	const struct bound *bound = telling_bound(box);
	struct entry *entry = arena_alloc(arena, sizeof(*entry)), **list = &files->others;
	struct filed *filed;

	entry->box = *box;
	entry->rule = rule;
	if (bound) {
		struct exact key = {bound->word, bound->lo};

		HASH_FIND(hh, files->by_value, &key, sizeof(key), filed);
		if (!filed) {
			filed = arena_alloc(arena, sizeof(*filed));
			filed->key = key;
			HASH_ADD(hh, files->by_value, key, sizeof(key), filed);
		}
		list = &filed->entries;
	}
	entry->next = *list;
	*list = entry;
}

static const struct entry *covering(const struct entry *entry, const struct box *box)
{
	while (entry && !box_covers(&entry->box, box))
		entry = entry->next;
	return entry;
}

static const struct entry *find_covering(const struct files *files, const struct box *box)
{
	const struct entry *entry = covering(files->others, box);

	for (size_t i = 0; !entry && i < box->count; i++) {
		struct exact key = {box->bounds[i].word, box->bounds[i].lo};
		struct filed *filed;

		if (box->bounds[i].lo != box->bounds[i].hi)
			continue;
		HASH_FIND(hh, files->by_value, &key, sizeof(key), filed);
		if (filed)
			entry = covering(filed->entries, box);
	}
	return entry;
}

static void reach_rule(struct policy *policy, struct arena *arena, struct files *files,
		       size_t number, struct boxes boxes)
{
	struct rule *rule = policy->rules[number];
	const struct rule *taker = NULL;
	const struct entry *entry = NULL;
	bool several = false;

	for (size_t i = 0; i < boxes.count; i++) {
		entry = find_covering(files, &boxes.list[i]);
		if (!entry)
			break;
		several |= taker && taker != policy->rules[entry->rule];
		taker = policy->rules[entry->rule];
	}
	rule->unreachable = !boxes.count || entry;
	if (!boxes.count)
		diag_add(&policy->diags, W_UNREACHABLE, rule->name.where,
			 "rule `%s` can never match", rule->name.text);
	else if (entry)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, W_UNREACHABLE, rule->name.where,
				   "rule `%s` never matches: rule `%s` (%s)%s all its packets",
				   rule->name.text, taker->name.text,
				   place_text(policy, &taker->where, &rule->where),
				   several ? " and earlier ones take" : " takes"),
			  "the first rule that matches wins: move `%s` up, or remove it",
			  rule->name.text);
	for (size_t i = 0; i < boxes.count; i++)
		file_box(arena, files, &boxes.list[i], number);
}

void reach_check(struct policy *policy)
{
	struct arena *arena = arena_new();
	struct questions questions = {NULL, 0};
	struct files files = {NULL, NULL};

	for (size_t i = 0; i < policy->rule_count; i++) {
		struct rule *rule = policy->rules[i];
		struct lowering lowering = {.arena = arena,
					    .questions = &questions,
					    .reads_fragments = rule->reads_fragments,
					    .reads_inner_fragments = rule->reads_inner_fragments};
		struct boxes boxes;

		if (rule->broken || contradicts(policy, &lowering, rule->match) ||
		    policy->diags.errors)
			continue;
		boxes = closed_operand(&lowering, rule->match);
		if (!lowering.too_complex)
			reach_rule(policy, arena, &files, i, boxes);
	}
	HASH_CLEAR(hh, files.by_value);
	arena_free(&arena);
}
