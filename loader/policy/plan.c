// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "plan.h"

#include "arena.h"
#include "groups.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

/* A tree of all rules that copies their boxes more often than this is given up for several. */
#define NODES_PER_BOX 32
/* One of several that does so for a chain. */
#define NODES_PER_BOX_AT_MOST 1024

static bool is_set_question(const struct question *question)
{
	return !question->rule && question->expr->kind == EXPR_MATCH;
}

size_t plan_tree_count(const struct plan *plan)
{
	size_t count = plan->rule_trees;

	for (size_t i = 0; i < plan->questions.count; i++)
		count += is_set_question(&plan->questions.list[i]);
	return count;
}

unsigned int plan_root(const struct plan *plan, size_t question)
{
	unsigned int root = plan->rule_trees;

	for (size_t i = 0; i < question; i++)
		root += is_set_question(&plan->questions.list[i]);
	return root;
}

unsigned int plan_steps_bound(const struct plan *plan, unsigned int root)
{
	unsigned int bound = 16;

	while (bound < plan->steps[root])
		bound += bound / 2;
	return bound;
}

size_t plan_rule_steps(const struct plan *plan)
{
	size_t steps = 0;

	for (unsigned int i = 0; i < plan->rule_trees; i++)
		steps += plan->steps[i];
	return steps;
}

int plan_question(const struct plan *plan, const struct expr *expr)
{
	for (size_t i = 0; i < plan->questions.count; i++)
		if (!plan->questions.list[i].rule &&
		    same_question(plan->questions.list[i].expr, expr))
			return (int)i;
	return -1;
}

/* What the header walk must look at for this condition. */
static unsigned int reads(const struct expr *expr)
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
	};
	unsigned int result = 0;

	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		result |= reads(expr->right);
	if (expr->kind == EXPR_NOT)
		return result | reads(expr->left);
	if (expr->kind == EXPR_HEADER)
		return result | by_header[expr->header];
	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;

		result |= by_header[field_table[field].header];
		if (field == FIELD_ETHER_SADDR || field == FIELD_ETHER_DADDR)
			result |= READ_ETHER;
	}
	return result;
}

/* Comparisons that straight code would make; sets beyond STRAIGHT_ELEMENTS_MAX become questions. */
static size_t straight_tests(struct plan *plan, struct policy *policy, const struct expr *expr)
{
	size_t tests = 0;

	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		tests += straight_tests(plan, policy, expr->right);
	if (expr->kind == EXPR_NOT)
		return tests + straight_tests(plan, policy, expr->left);
	if (expr->kind != EXPR_MATCH || expr->elements.count <= STRAIGHT_ELEMENTS_MAX)
		return tests + 1 + expr->elements.count * expr->field_count;
	if (plan_question(plan, expr) < 0) {
		struct question *question =
			arena_push(policy->arena, &plan->questions.list, plan->questions.count);

		question->expr = expr;
		question->word = (uint32_t)(XDV_PACKET_WORDS + plan->questions.count - 1);
	}
	return tests + 2;
}

static bool plan_straight(struct plan *plan, struct policy *policy)
{
	size_t tests = 0;

	if (policy->rule_count > STRAIGHT_RULES_MAX)
		return false;
	for (size_t i = 0; i < policy->rule_count; i++)
		tests += straight_tests(plan, policy, policy->rules[i]->match);
	if (tests <= STRAIGHT_TESTS_MAX && plan->questions.count <= QUESTIONS_MAX)
		return true;
	plan->questions = (struct questions){NULL, 0};
	return false;
}

/*
 * The boxes of a rule that does not contradict itself. One that comes to too many is asked about
 * as a whole, in straight code, and is one box: the answer.
 */
static int boxes_of_rule(struct plan *plan, struct policy *policy, struct arena *arena,
			 const struct rule *rule, struct boxes *boxes)
{
	struct lowering lowering = {.arena = arena, .questions = &plan->questions,
				    .reads_fragments = rule->reads_fragments};
	struct questions before = plan->questions;

	*boxes = lower_expr(&lowering, rule->match, false);
	if (!lowering.too_complex)
		return 0;
	plan->questions.count = before.count;
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
		struct boxes boxes;
		int err = boxes_of_rule(plan, policy, arena, policy->rules[i], &boxes);

		if (err)
			return err;
		for (size_t j = 0; j < boxes.count; j++) {
			struct answer_box *answer;
			struct box closed;

			if (!box_close(arena, &boxes.list[j], &closed))
				continue;
			answer = arena_push(arena, list, *count);
			answer->box = boxes.list[j];
			answer->answer = (uint32_t)i + 1;
		}
	}
	return 0;
}

static int build_set_tree(struct plan *plan, struct policy *policy, struct arena *arena,
			  struct tree_builder *builder, size_t question)
{
	const struct expr *expr = plan->questions.list[question].expr;
	struct questions none = {NULL, 0};
	struct lowering lowering = {.arena = arena, .questions = &none};
	struct boxes boxes = lower_elements(&lowering, expr);
	struct answer_box *list = arena_alloc(arena, boxes.count * sizeof(*list));
	int steps;

	for (size_t i = 0; i < boxes.count; i++)
		list[i] = (struct answer_box){boxes.list[i], 1};
	steps = tree_build(builder, plan_root(plan, question), list, boxes.count,
			   NODES_PER_BOX_AT_MOST);
	if (steps < 0) {
		diag_add(&policy->diags, E_TOO_COMPLEX, expr->where,
			 "the %zu elements overlap so much that no decision tree of bearable size exists",
			 expr->elements.count);
		return steps;
	}
	plan->steps[plan_root(plan, question)] = (unsigned int)steps;
	return 0;
}

/* Takes over into the policy's arena what was made in a passing one. */
static void keep(struct plan *plan, struct arena *arena, const struct tree_builder *builder)
{
	const struct xdv_tree_node *nodes = tree_nodes(builder, &plan->node_count);
	struct question *questions =
		arena_alloc(arena, plan->questions.count * sizeof(*questions));

	plan->nodes = arena_alloc(arena, plan->node_count * sizeof(*nodes));
	memcpy(plan->nodes, nodes, plan->node_count * sizeof(*nodes));
	if (plan->questions.count)
		memcpy(questions, plan->questions.list,
		       plan->questions.count * sizeof(*questions));
	plan->questions.list = questions;
}

/* The rules' trees first, in one builder with those of the questions. */
static int build_trees(struct plan *plan, struct policy *policy, struct arena *arena,
		       const struct rule_groups *groups)
{
	struct tree_builder *builder;
	unsigned int bounds = 0;
	int err = 0;

	plan->rule_trees = (unsigned int)groups->count;
	builder = tree_builder_new((unsigned int)plan_tree_count(plan));
	for (unsigned int i = 0; !err && i < groups->count; i++) {
		int steps = tree_build(builder, i, groups->list[i].boxes, groups->list[i].count,
				       groups->count > 1 ? NODES_PER_BOX_AT_MOST : NODES_PER_BOX);

		if (steps == -E2BIG && groups->count > 1)
			steps = tree_build(builder, i, groups->list[i].boxes,
					   groups->list[i].count, TREE_CHAIN);
		plan->steps[i] = steps > 0 ? (unsigned int)steps : 0;
		err = steps < 0 ? steps : 0;
	}
	for (size_t i = 0; !err && i < plan->questions.count; i++)
		if (is_set_question(&plan->questions.list[i]))
			err = build_set_tree(plan, policy, arena, builder, i);
	for (unsigned int i = 0; !err && i < plan_tree_count(plan); i++)
		bounds += plan_steps_bound(plan, i);
	if (bounds > PLAN_STEPS_MAX)
		err = -E2BIG;
	if (!err)
		keep(plan, policy->arena, builder);
	tree_builder_free(&builder);
	return err;
}

/* One tree for all rules, if that works out; else one for each group of alike ones. */
static int plan_trees(struct plan *plan, struct policy *policy, struct arena *arena)
{
	struct answer_box *list = NULL;
	size_t count = 0;
	int err = rule_boxes(plan, policy, arena, &list, &count);

	if (err)
		return err;
	plan->box_count = count;
	err = build_trees(plan, policy, arena, &(struct rule_groups){{{list, count}}, 1});
	if (err == -E2BIG && !policy->diags.errors) {
		struct rule_groups groups;

		group_rules(&groups, arena, list, count);
		err = build_trees(plan, policy, arena, &groups);
	}
	if (err == -E2BIG && !policy->diags.errors)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TOO_COMPLEX, policy->rules[0]->where,
				   "the %zu rules overlap so much that no decision tree of bearable "
				   "size decides between them",
				   policy->rule_count),
			  "rules that name values exactly, or by prefix, are decided best");
	return err;
}

int plan_policy(struct plan **out, struct policy *policy)
{
	struct plan *plan = arena_alloc(policy->arena, sizeof(*plan));
	struct arena *arena = arena_new();
	int err = 0;

	plan->policy = policy;
	for (size_t i = 0; i < policy->rule_count; i++)
		plan->reads |= reads(policy->rules[i]->match);
	plan->kind = plan_straight(plan, policy) ? PLAN_STRAIGHT : PLAN_TREE;
	if (plan->kind == PLAN_TREE)
		err = plan_trees(plan, policy, arena);
	else if (plan->questions.count)
		err = build_trees(plan, policy, arena, &(struct rule_groups){.count = 0});
	arena_free(&arena);
	if (!err)
		*out = plan;
	return err;
}
