// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "generator_target.h"

#include <stdlib.h>
#include <string.h>

/* Marsaglia's xorshift64*. */
static uint64_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dull;
}

uint32_t random_below(struct random *random, uint32_t bound)
{
	return (uint32_t)(((random_next(random) >> 32) * bound) >> 32);
}

bool one_in(struct random *random, uint32_t times)
{
	return random_below(random, times) == 0;
}

static void pool_add(struct pool *pool, enum value_type type, const struct part *part)
{
	size_t count = pool->types[type].count++;

	if (!(count & (count - 1))) /* at a power of two: grow */
		pool->types[type].parts = realloc(pool->types[type].parts,
						  (count ? 2 * count : 1) * sizeof(part));
	pool->types[type].parts[count] = part;
}

static void pool_add_expr(struct pool *pool, const struct expr *expr)
{
	for (; expr; expr = expr->left) {
		if (expr->right)
			pool_add_expr(pool, expr->right);
		if (expr->kind != EXPR_MATCH)
			continue;
		for (size_t i = 0; i < expr->elements.count; i++)
			for (size_t j = 0; j < expr->field_count; j++)
				pool_add(pool, field_table[expr->fields[j].field].type,
					 &expr->elements.list[i].parts[j]);
	}
}

void pool_fill(struct pool *pool, const struct policy *policy)
{
	memset(pool, 0, sizeof(*pool));
	for (size_t i = 0; i < policy->rule_count; i++)
		pool_add_expr(pool, policy->rules[i]->match);
}

void pool_clear(struct pool *pool)
{
	for (int type = 0; type < VALUE_TYPES; type++)
		free(pool->types[type].parts);
	memset(pool, 0, sizeof(*pool));
}

/* Adds +1 or -1, around the ends. */
static void value_step(struct value *value, unsigned int width, int step)
{
	for (unsigned int i = width; i-- > 0;) {
		int sum = value->bytes[i] + step;

		value->bytes[i] = (uint8_t)sum;
		if (sum >= 0 && sum <= 255)
			return;
	}
}

/* Something of lo … hi: for prefixes any of it, for other wide ranges mostly. */
static struct value value_between(const struct part *part, unsigned int width,
				  struct random *random)
{
	struct value value = part->lo;
	bool differs = false;

	for (unsigned int i = 0; i < width; i++) {
		uint32_t lo = part->lo.bytes[i], hi = part->hi.bytes[i];

		if (differs)
			value.bytes[i] = (uint8_t)random_below(random, 256);
		else if (hi > lo)
			value.bytes[i] = (uint8_t)(lo + random_below(random, hi - lo + 1));
		differs |= hi != lo;
	}
	return value;
}

/* Mostly inside, often at the ends, now and then just outside. */
static struct value value_of_part(const struct part *part, enum value_type type,
				  struct random *random)
{
	unsigned int width = type_table[type].width;
	uint32_t choice = random_below(random, 10);
	struct value value = choice < 4 || choice == 8 ? part->lo : part->hi;

	if (choice == 8)
		value_step(&value, width, -1);
	else if (choice == 9)
		value_step(&value, width, 1);
	else if (choice >= 6)
		value = value_between(part, width, random);
	return value;
}

static struct value value_random(enum value_type type, struct random *random)
{
	uint32_t max = type_table[type].max;
	struct value value = {{0}};

	if (max && max < UINT32_MAX)
		return value_from_number(random_below(random, max + 1), type);
	for (unsigned int i = 0; i < type_table[type].width; i++)
		value.bytes[i] = (uint8_t)random_below(random, 256);
	return value;
}

static struct value value_of_pool(const struct pool *pool, enum value_type type,
				  struct random *random)
{
	size_t count = pool->types[type].count;

	if (!count || one_in(random, 8))
		return value_random(type, random);
	return value_of_part(pool->types[type].parts[random_below(random, (uint32_t)count)], type,
			     random);
}

static void want(struct target *target, enum field field, struct value value)
{
	target->wants_header[field_table[field].header] = true;
	target->wants_field[field] = true;
	target->values[field] = value;
}

static void aim_at_match(struct target *target, const struct expr *expr, struct random *random)
{
	const struct element *element;

	if (!expr->elements.count)
		return;
	element = &expr->elements.list[random_below(random, (uint32_t)expr->elements.count)];
	for (size_t i = 0; i < expr->field_count; i++) {
		enum field field = expr->fields[i].field;

		want(target, field,
		     value_of_part(&element->parts[i], field_table[field].type, random));
		if (field == FIELD_BYTES && target->slice_count < SLICES_MAX) {
			target->slices[target->slice_count].use = &expr->fields[i];
			target->slices[target->slice_count++].value =
				value_number(&target->values[field], TYPE_NUMBER) |
				(expr->mask ? random_below(random, UINT32_MAX) & ~expr->mask : 0);
		}
	}
}

static void aim_at_mask(struct target *target, const struct expr *expr, struct random *random)
{
	enum field field = expr->fields[0].field;
	uint32_t others = random_below(random, UINT32_MAX) & ~expr->mask &
			  type_table[field_table[field].type].max;

	if (one_in(random, 4)) /* one of the flags is otherwise */
		others ^= 1u << random_below(random, 8);
	want(target, field, value_from_number(expr->value ^ others, field_table[field].type));
}

static size_t alternatives(const struct expr *expr)
{
	size_t count = 1;

	for (; expr->kind == EXPR_OR; expr = expr->left)
		count++;
	return count;
}

static void aim_at(struct target *target, const struct expr *expr, struct random *random)
{
	size_t chosen;

	for (; expr->kind == EXPR_AND; expr = expr->left)
		aim_at(target, expr->right, random);
	switch (expr->kind) {
	case EXPR_OR:
		chosen = random_below(random, (uint32_t)alternatives(expr));
		for (; expr->kind == EXPR_OR && chosen; chosen--)
			expr = expr->left;
		aim_at(target, expr->kind == EXPR_OR ? expr->right : expr, random);
		break;
	case EXPR_NOT: /* aiming at what must not be finds the edge; half of the time, elsewhere */
		if (one_in(random, 2))
			aim_at(target, expr->left, random);
		break;
	case EXPR_HEADER:
		target->wants_header[expr->header] = true;
		break;
	case EXPR_MATCH:
		aim_at_match(target, expr, random);
		break;
	case EXPR_MASK:
		aim_at_mask(target, expr, random);
		break;
	case EXPR_PCAP:
		target->filter = expr->filter;
		break;
	default:
		break;
	}
}

void target_choose(struct target *target, const struct policy *policy, const struct pool *pool,
		   struct random *random)
{
	memset(target, 0, sizeof(*target));
	for (int field = 0; field < FIELDS; field++)
		target->values[field] = value_of_pool(pool, field_table[field].type, random);
	/* Mostly what nobody asked for is a whole datagram. */
	if (!one_in(random, 8))
		target->values[FIELD_IP_FRAG] = target->values[FIELD_IP6_FRAG] = (struct value){
			{0}};
	if (!one_in(random, 8))
		target->values[FIELD_INNER + FIELD_IP_FRAG] =
			target->values[FIELD_INNER + FIELD_IP6_FRAG] = (struct value){{0}};
	if (policy->rule_count && !one_in(random, 16))
		aim_at(target,
		       policy->rules[random_below(random, (uint32_t)policy->rule_count)]->match,
		       random);
}
