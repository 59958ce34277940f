// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "plan.h"

#include "answer.h"
#include "arena.h"
#include "classify.h"
#include "tree.h"
#include "words.h"

#include <errno.h>
#include <string.h>

static bool is_dynamic(const struct question *question)
{
	return !question->rule && question->expr->set && question->expr->set->dynamic;
}

bool question_is_static_set(const struct question *question)
{
	return !question->rule && question->expr->kind == EXPR_MATCH && !is_dynamic(question);
}

unsigned int lookup_bound(const struct lookup *lookup)
{
	unsigned int bound = 4;

	while (bound < lookup->steps)
		bound += bound / 2;
	return bound;
}

static bool classifier_has(const struct classifier *classifier, bool trees)
{
	for (size_t i = 0; i < classifier->count; i++)
		if (trees ? classifier->list[i].steps > 0
			  : classifier->list[i].tuple.part_count > 0)
			return true;
	return false;
}

bool classifier_has_trees(const struct classifier *classifier)
{
	return classifier_has(classifier, true);
}

static bool plan_has(const struct plan *plan, bool trees)
{
	for (size_t i = 0; i < plan->questions.count; i++)
		if (classifier_has(&plan->sets[i], trees))
			return true;
	return classifier_has(&plan->rules, trees);
}

bool plan_has_trees(const struct plan *plan)
{
	return plan_has(plan, true);
}

bool plan_has_tables(const struct plan *plan)
{
	return plan_has(plan, false);
}

int plan_question(const struct plan *plan, const struct expr *expr)
{
	for (size_t i = 0; i < plan->questions.count; i++)
		if (!plan->questions.list[i].rule &&
		    same_question(plan->questions.list[i].expr, expr))
			return (int)i;
	return -1;
}

size_t plan_walked_words(const struct plan *plan)
{
	return XDV_PACKET_WORDS + (plan_reads_tunnels(plan) ? XDV_TUNNEL_WORDS : 0) +
	       (plan->walks_inner ? XDV_PACKET_WORDS : 0);
}

size_t plan_answers(const struct plan *plan)
{
	return plan->kind == PLAN_LOOKUP ? plan->questions.count : 0;
}

size_t plan_key_words(const struct plan *plan)
{
	return plan_walked_words(plan) + plan_answers(plan) + 2 * plan->policy->slice_count;
}

/* Comparisons that straight code would make; sets beyond STRAIGHT_ELEMENTS_MAX become questions. */
static size_t straight_tests(struct plan *plan, struct policy *policy, const struct expr *expr)
{
	size_t tests = 0;

	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		tests += straight_tests(plan, policy, expr->right);
	if (expr->kind == EXPR_NOT)
		return tests + straight_tests(plan, policy, expr->left);
	if (expr->kind != EXPR_MATCH ||
	    (expr->elements.count <= STRAIGHT_ELEMENTS_MAX && !(expr->set && expr->set->dynamic)))
		return tests + 1 + expr->elements.count * expr->field_count;
	if (plan_question(plan, expr) < 0) {
		struct question *question = arena_push(policy->arena, &plan->questions.list,
						       plan->questions.count);

		question->expr = expr;
		question->word = (uint32_t)(QUESTION_WORDS + plan->questions.count - 1);
	}
	return tests + 2;
}

static bool asks_dynamic_set(const struct expr *expr)
{
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		if (asks_dynamic_set(expr->right))
			return true;
	if (expr->kind == EXPR_NOT)
		return asks_dynamic_set(expr->left);
	return expr->kind == EXPR_MATCH && expr->set && expr->set->dynamic;
}

static bool are_few(const struct policy *policy)
{
	size_t others = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		others += !asks_dynamic_set(policy->rules[i]->match);
	return others <= STRAIGHT_RULES_MAX && policy->rule_count <= STRAIGHT_DYNAMIC_RULES_MAX;
}

static bool plan_straight(struct plan *plan, struct policy *policy)
{
	size_t tests = 0;

	if (!are_few(policy))
		return false;
	for (size_t i = 0; i < policy->rule_count; i++)
		tests += straight_tests(plan, policy, policy->rules[i]->match);
	if (tests <= STRAIGHT_TESTS_MAX && plan->questions.count <= QUESTIONS_MAX)
		return true;
	plan->questions = (struct questions){NULL, 0};
	return false;
}

/* Rules that leave this many boxes wide open, as negations do, are asked about as a whole. */
#define WIDE_BOXES_MAX 3
/* A box is wide if it fixes fewer bits than this of addresses, ports and the like. */
#define NARROW_BITS 8

static bool is_wide(const struct box *box)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < box->count; i++) {
		const struct bound *bound = &box->bounds[i];
		unsigned int width = word_bits(bound->word);

		for (uint32_t open = bound->hi - bound->lo; open && width; open >>= 1)
			width--;
		bits += word_bits(bound->word) >= NARROW_BITS ? width : 0;
	}
	return bits < NARROW_BITS;
}

static bool is_awkward(const struct boxes *boxes)
{
	size_t wide = 0;

	for (size_t i = 0; i < boxes->count; i++)
		wide += is_wide(&boxes->list[i]);
	return wide > WIDE_BOXES_MAX;
}

/*
 * The boxes of a rule that does not contradict itself. One that comes to too many, or to wide ones
 * that no table or tree is good at, is asked about as a whole, in straight code, and is one box:
 * the answer.
 */
static int boxes_of_rule(struct plan *plan, struct policy *policy, struct arena *arena,
			 const struct rule *rule, struct boxes *boxes)
{
	struct lowering lowering = {.arena = arena,
				    .questions = &plan->questions,
				    .reads_fragments = rule->reads_fragments,
				    .reads_inner_fragments = rule->reads_inner_fragments};
	size_t questions = plan->questions.count;

	*boxes = lower_expr(&lowering, rule->match, false);
	if (!lowering.too_complex && (!is_awkward(boxes) || questions >= QUESTIONS_MAX * 3 / 4))
		return 0;
	plan->questions.count = questions;
	lowering.too_complex = false;
	straight_tests(plan, policy, rule->match);
	if (plan->questions.count < QUESTIONS_MAX)
		*boxes = lower_question(&lowering, rule->match, rule, true);
	else
		lowering.too_complex = true;
	if (!lowering.too_complex)
		return 0;
	diag_hint(&policy->diags,
		  diag_add(&policy->diags, E_TOO_COMPLEX, rule->name.where,
			   "rule `%s` is one too many: a policy can have %d long sets, masks and "
			   "rules of more than %d combinations",
			   rule->name.text, QUESTIONS_MAX, RULE_BOXES_MAX),
		  "split rules that combine many lists, or join sets");
	return -E2BIG;
}

/* The boxes of all rules, in order; those that contradict themselves are left out. */
static int rule_boxes(struct plan *plan, struct policy *policy, struct arena *arena,
		      struct answer_box **list, size_t *count)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		struct boxes boxes = {NULL, 0};
		int err = 0;

		if (!policy->rules[i]->unreachable)
			err = boxes_of_rule(plan, policy, arena, policy->rules[i], &boxes);
		if (err)
			return err;
		for (size_t j = 0; j < boxes.count; j++) {
			struct answer_box *answer;
			struct box closed;

			if (!box_close(arena, &boxes.list[j], &closed))
				continue;
			answer = arena_push(arena, list, *count);
			answer->box = boxes.list[j];
			answer->answer = answer_of_rule(policy, i + 1);
		}
	}
	return 0;
}

/*
 * Ranges of IPv4 addresses, when there are many. Not single values: for those a hash table is
 * as quick, and smaller.
 */
static bool classify_ranges(struct plan *plan, size_t question, const struct boxes *boxes)
{
	struct classifier *set = &plan->sets[question];
	const struct expr *expr = plan->questions.list[question].expr;
	const struct field_info *field = &field_table[expr->fields[0].field];
	size_t wide = 0;

	if (expr->field_count != 1 || field->type != TYPE_IPV4)
		return false;
	for (size_t i = 0; i < boxes->count; i++)
		wide += boxes->list[i].bounds->lo < boxes->list[i].bounds->hi;
	if (wide < STRIDE_RANGES_MIN ||
	    !stride_build(&plan->strides, plan->policy->arena, boxes, &set->strides))
		return false;
	set->ranges = boxes->count;
	set->word = field->word;
	return true;
}

/* The boxes of a set, each of which answers 1. */
static int classify_set(struct plan *plan, struct classify *classify, size_t question)
{
	const struct expr *expr = plan->questions.list[question].expr;
	struct questions none = {NULL, 0};
	struct lowering lowering = {.arena = classify->scratch, .questions = &none};
	struct boxes boxes = lower_elements(&lowering, expr);
	struct answer_box *list;

	if (classify_ranges(plan, question, &boxes))
		return 0;
	list = arena_alloc(classify->scratch, boxes.count * sizeof(*list));
	for (size_t i = 0; i < boxes.count; i++)
		list[i] = (struct answer_box){boxes.list[i], 1};
	return classify_boxes(classify, &plan->sets[question], list, boxes.count);
}

/* Where a word is in the kernel's key. */
static uint32_t key_word(const struct plan *plan, uint32_t word)
{
	if (word >= SLICE_WORDS)
		return word - SLICE_WORDS +
		       (uint32_t)(plan_walked_words(plan) + plan_answers(plan));
	if (word >= QUESTION_WORDS)
		return word - QUESTION_WORDS + (uint32_t)plan_walked_words(plan);
	return word;
}

/* Takes over into the policy's arena what was made in a passing one. */
static void keep(struct plan *plan, struct arena *arena, const struct tree_builder *trees)
{
	const struct xdv_tree_node *nodes = tree_nodes(trees, &plan->node_count);
	struct question *questions = arena_alloc(arena, plan->questions.count * sizeof(*questions));

	plan->nodes = arena_alloc(arena, plan->node_count * sizeof(*nodes));
	memcpy(plan->nodes, nodes, plan->node_count * sizeof(*nodes));
	if (plan->questions.count)
		memcpy(questions, plan->questions.list, plan->questions.count * sizeof(*questions));
	plan->questions.list = questions;
	for (size_t i = 0; i < plan->node_count; i++)
		plan->nodes[i].word = key_word(plan, plan->nodes[i].word);
}

/* Keys have the same room in all tables: that of the longest. */
static void widest_key(struct plan *plan, const struct classifier *classifier)
{
	for (size_t i = 0; i < classifier->count; i++)
		if (classifier->list[i].tuple.key_words > plan->tables.slot_words)
			plan->tables.slot_words = classifier->list[i].tuple.key_words;
}

static int build_lookups(struct plan *plan, struct policy *policy, struct classify *classify,
			 const struct answer_box *boxes, size_t count)
{
	unsigned int bounds = 0;
	int err = 0;

	if (plan->kind == PLAN_LOOKUP)
		err = classify_boxes(classify, &plan->rules, boxes, count);
	for (size_t i = 0; !err && i < plan->questions.count; i++)
		if (question_is_static_set(&plan->questions.list[i]))
			err = classify_set(plan, classify, i);
	if (err)
		return err;
	widest_key(plan, &plan->rules);
	for (size_t i = 0; i < plan->questions.count; i++)
		widest_key(plan, &plan->sets[i]);
	for (size_t i = 0; i <= plan->questions.count; i++) {
		struct classifier *classifier = i ? &plan->sets[i - 1] : &plan->rules;

		classify_tables(classifier, &plan->tables, policy->arena);
		for (size_t j = 0; j < classifier->count; j++)
			if (classifier->list[j].steps)
				bounds += lookup_bound(&classifier->list[j]);
	}
	for (size_t i = 0; bounds && i < plan->questions.count; i++)
		bounds += is_dynamic(&plan->questions.list[i]) ? PLAN_STEPS_DYNAMIC : 0;
	return bounds <= PLAN_STEPS_MAX ? 0 : -E2BIG;
}

static int plan_lookups(struct plan *plan, struct policy *policy, struct arena *scratch)
{
	struct classify classify = {.scratch = scratch};
	struct answer_box *boxes = NULL;
	size_t count = 0;
	int err = 0;

	if (plan->kind == PLAN_LOOKUP)
		err = answer_check(policy);
	if (!err && plan->kind == PLAN_LOOKUP) /* this also finds the questions */
		err = rule_boxes(plan, policy, scratch, &boxes, &count);
	if (err)
		return err;
	plan->box_count = count;
	plan->sets = arena_alloc(policy->arena, plan->questions.count * sizeof(*plan->sets));
	classify.trees = tree_builder_new(1 + QUESTIONS_MAX);
	err = build_lookups(plan, policy, &classify, boxes, count);
	if (!err)
		keep(plan, policy->arena, classify.trees);
	tree_builder_free(&classify.trees);
	if (err == -E2BIG)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TOO_COMPLEX, policy->rules[0]->where,
				   "the rules and sets overlap so much that no plan of bearable "
				   "size decides between them"),
			  "rules that name values exactly, or by prefix, are decided best");
	return err;
}

int plan_policy(struct plan **out, struct policy *policy)
{
	struct plan *plan = arena_alloc(policy->arena, sizeof(*plan));
	struct arena *scratch = arena_new();
	int err = 0;

	plan->policy = policy;
	plan_reads(plan);
	plan->kind = plan_straight(plan, policy) ? PLAN_STRAIGHT : PLAN_LOOKUP;
	if (plan->kind == PLAN_LOOKUP || plan->questions.count)
		err = plan_lookups(plan, policy, scratch);
	if (!err)
		err = dynamic_plan(&plan->dynamic, policy, &plan->questions);
	arena_free(&scratch);
	if (!err)
		*out = plan;
	return err;
}
