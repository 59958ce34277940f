// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What no packet can reach: conditions that contradict each other, and rules whose packets all go
 * to an earlier rule.
 */
#include "check.h"

#include "arena.h"
#include "box.h"
#include "words.h"

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
 * the operand is reported, with the single earlier one that excludes it, if there is one. Else
 * what is left are the boxes of the whole chain.
 */
static bool chain_contradicts(struct policy *policy, struct lowering *lowering,
			      const struct expr *chain, struct boxes *left)
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
		if (lowering->too_complex || so_far.count || !operands[i].count)
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
	*left = so_far;
	return false;
}

/* If the condition is a chain of `and` without contradiction, gives its boxes. */
static bool contradicts(struct policy *policy, struct lowering *lowering, const struct expr *expr,
			struct boxes *boxes)
{
	struct boxes part;
	bool found = expr->kind == EXPR_AND && chain_contradicts(policy, lowering, expr, boxes);

	/* Below a contradiction, smaller ones are told too, but not the same one again. */
	for (; !found && (expr->kind == EXPR_AND || expr->kind == EXPR_OR); expr = expr->left) {
		enum expr_kind kind = expr->kind;

		found = contradicts(policy, lowering, expr->right, &part);
		if (expr->left->kind != kind)
			return found || contradicts(policy, lowering, expr->left, &part);
	}
	return found ||
	       (expr->kind == EXPR_NOT && contradicts(policy, lowering, expr->left, &part));
}

/*
 * The boxes of the rules so far. To find one that covers a given box without looking at all, each
 * is filed under a prefix that one of its bounds lies in: what the box covers has a bound in there,
 * too. Of its bounds, it is the one whose file is shortest.
 */
struct block {
	uint32_t word, length, prefix; /* of a value of 32 bits: so many of them are the same */
};

struct file {
	struct block block;
	struct entry {
		struct box box;
		size_t rule;
		struct entry *next;
	} * entries;
	size_t count;
	UT_hash_handle hh;
};

struct files {
	struct file *by_block;
	uint64_t *lengths; /* by word: a bit for each length of prefix that there is */
	struct entry *others; /* boxes without bounds */
};

static struct files *files_new(struct arena *arena)
{
	struct files *files = arena_alloc(arena, sizeof(*files));

	files->lengths = arena_alloc(arena, WORDS_MAX * sizeof(*files->lengths));
	return files;
}

/* Those of `length` bits that begin the value. */
static uint32_t prefix_of(uint32_t value, uint32_t length)
{
	return length ? value >> (32 - length) << (32 - length) : 0;
}

/* The longest prefix that all values of the bound have. */
static struct block block_of(const struct bound *bound)
{
	uint32_t differ = bound->lo ^ bound->hi;
	uint32_t length = differ ? (uint32_t)__builtin_clz(differ) : 32;

	return (struct block){bound->word, length, prefix_of(bound->lo, length)};
}

static struct file *find_file(const struct files *files, const struct block *block)
{
	struct file *file;

	HASH_FIND(hh, files->by_block, block, sizeof(*block), file);
	return file;
}

static struct file *add_file(struct arena *arena, struct files *files, const struct block *block)
{
	struct file *file = arena_alloc(arena, sizeof(*file));

	file->block = *block;
	HASH_ADD(hh, files->by_block, block, sizeof(file->block), file);
	files->lengths[block->word] |= 1ull << block->length;
	return file;
}

static struct file *shortest_file(struct arena *arena, struct files *files, const struct box *box)
{
	struct file *best = NULL;

	for (size_t i = 0; i < box->count; i++) {
		struct block block = block_of(&box->bounds[i]);
		struct file *file = find_file(files, &block);

		if (!file)
			return add_file(arena, files, &block);
		if (!best || file->count < best->count)
			best = file;
	}
	return best;
}

static void file_box(struct arena *arena, struct files *files, const struct box *box, size_t rule)
{
	struct file *file = shortest_file(arena, files, box);
	struct entry *entry = arena_alloc(arena, sizeof(*entry));
	struct entry **list = file ? &file->entries : &files->others;

	*entry = (struct entry){*box, rule, *list};
	*list = entry;
	if (file)
		file->count++;
}

static const struct entry *covering(const struct entry *entry, const struct box *box)
{
	while (entry && !box_covers(&entry->box, box))
		entry = entry->next;
	return entry;
}

/* In the files of the bound's prefix and of all shorter ones. */
static const struct entry *find_by_bound(const struct files *files, const struct box *box,
					 const struct bound *bound)
{
	struct block block = block_of(bound);
	uint64_t lengths = files->lengths[bound->word] & ((2ull << block.length) - 1);
	const struct entry *entry = NULL;

	for (; lengths && !entry; lengths &= lengths - 1) {
		const struct file *file;

		block.length = (uint32_t)__builtin_ctzll(lengths);
		block.prefix = prefix_of(bound->lo, block.length);
		file = find_file(files, &block);
		entry = file ? covering(file->entries, box) : NULL;
	}
	return entry;
}

static const struct entry *find_covering(const struct files *files, const struct box *box)
{
	const struct entry *entry = covering(files->others, box);

	for (size_t i = 0; !entry && i < box->count; i++)
		entry = find_by_bound(files, box, &box->bounds[i]);
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
	struct files *files = files_new(arena);

	for (size_t i = 0; i < policy->rule_count; i++) {
		struct rule *rule = policy->rules[i];
		struct lowering lowering = {.arena = arena,
					    .questions = &questions,
					    .reads_fragments = rule->reads_fragments,
					    .reads_inner_fragments = rule->reads_inner_fragments};
		struct boxes boxes;

		if (rule->broken || contradicts(policy, &lowering, rule->match, &boxes) ||
		    policy->diags.errors)
			continue;
		if (rule->match->kind != EXPR_AND)
			boxes = closed_operand(&lowering, rule->match);
		if (!lowering.too_complex)
			reach_rule(policy, arena, files, i, boxes);
	}
	HASH_CLEAR(hh, files->by_block);
	arena_free(&arena);
}
