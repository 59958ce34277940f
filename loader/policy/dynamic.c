// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dynamic.h"

#include "arena.h"
#include "prefix.h"
#include "words.h"

#include <errno.h>
#include <string.h>

/* Of all slots so many are taken when a table is full. At more, few new keys find one free. */
#define LOAD_PERCENT 50

static unsigned int type_words(enum value_type type)
{
	return (type_table[type].width + 3) / 4;
}

static bool same_table(const struct set *a, const struct set *b)
{
	return a->parts == b->parts && a->prefixes == b->prefixes &&
	       memcmp(a->types, b->types, a->parts * sizeof(*a->types)) == 0;
}

static int too_many(struct policy *policy, const struct set *set, const char *what,
		    unsigned int most)
{
	diag_add(&policy->diags, E_TOO_COMPLEX, set->name.where, "%s: at most %u", what, most);
	return -E2BIG;
}

/* The table of the set's types, a new one if it is the first of them. */
static struct dynamic_table *table_of(struct dynamic *dynamic, const struct set *set)
{
	struct dynamic_table *table = dynamic->tables, *end = table + dynamic->table_count;

	while (table < end && !same_table(table->example, set))
		table++;
	if (table < end)
		return table;
	if (dynamic->table_count == DYNAMIC_TABLES_MAX)
		return NULL;
	dynamic->table_count++;
	table->example = set;
	for (size_t i = 0; i < set->parts; i++)
		table->key_words += type_words(set->types[i]);
	table->key_words += set->prefixes;
	return table;
}

static int place_sets(struct dynamic *dynamic, struct policy *policy)
{
	bool shared[DYNAMIC_TABLES_MAX] = {false};

	for (size_t i = 0; i < policy->set_count; i++) {
		struct set *set = policy->sets[i];
		struct dynamic_table *table;
		struct dynamic_set *place;

		if (!set->dynamic)
			continue;
		table = table_of(dynamic, set);
		if (!table)
			return too_many(policy, set, "too many kinds of dynamic sets",
					DYNAMIC_TABLES_MAX);
		set->number = dynamic->set_count;
		place = arena_push(policy->arena, &dynamic->sets, dynamic->set_count);
		place->set = set;
		place->table = (unsigned int)(table - dynamic->tables);
		table->room += set->size;
		shared[place->table] |= !set->size;
	}
	for (size_t i = 0; i < dynamic->table_count; i++) {
		struct dynamic_table *table = &dynamic->tables[i];

		table->room += shared[i] ? SET_SIZE_SHARED : 0;
		table->buckets = (uint32_t)(table->room * 100 / LOAD_PERCENT / XDV_BUCKET_SLOTS +
					    2);
	}
	return 0;
}

static int take_bits(struct dynamic *dynamic, struct policy *policy)
{
	for (size_t i = 0; i < dynamic->set_count; i++) {
		struct dynamic_set *place = &dynamic->sets[i];
		struct dynamic_table *table = &dynamic->tables[place->table];

		if (table->bits == 32)
			return too_many(policy, place->set, "too many dynamic sets of these types",
					32);
		place->bit = 1u << table->bits++;
	}
	return 0;
}

static bool same_fields(const struct expr *a, const struct expr *b)
{
	for (size_t i = 0; i < a->field_count; i++)
		if (use_word(&a->fields[i]) != use_word(&b->fields[i]))
			return false;
	return true;
}

const struct dynamic_look *dynamic_look(const struct dynamic *dynamic, const struct expr *expr)
{
	if (!expr->set || !expr->set->dynamic)
		return NULL;
	for (size_t i = 0; i < dynamic->look_count; i++)
		if (dynamic->looks[i].table == dynamic->sets[expr->set->number].table &&
		    same_fields(dynamic->looks[i].expr, expr))
			return &dynamic->looks[i];
	return NULL;
}

bool dynamic_is_shared(const struct dynamic *dynamic, const struct expr *expr)
{
	const struct dynamic_look *look = dynamic_look(dynamic, expr);

	return look && look->questions > 1;
}

static void find_looks(struct dynamic *dynamic, struct policy *policy,
		       const struct questions *questions)
{
	for (size_t i = 0; i < questions->count; i++) {
		const struct question *question = &questions->list[i];
		struct dynamic_look *look;

		if (question->rule || !question->expr->set || !question->expr->set->dynamic)
			continue;
		look = (struct dynamic_look *)dynamic_look(dynamic, question->expr);
		if (!look) {
			look = arena_push(policy->arena, &dynamic->looks, dynamic->look_count);
			look->table = dynamic->sets[question->expr->set->number].table;
			look->expr = question->expr;
		}
		look->questions++;
	}
}

int dynamic_plan(struct dynamic *dynamic, struct policy *policy, const struct questions *questions)
{
	int err = place_sets(dynamic, policy);

	if (!err)
		err = take_bits(dynamic, policy);
	if (!err)
		find_looks(dynamic, policy, questions);
	return err;
}

unsigned int dynamic_slot_words(const struct dynamic_table *table)
{
	return table->key_words + 1;
}

/* As struct xdv_packet has it: 4 bytes a word, most significant first, the rest in the last. */
static uint32_t *put_value(uint32_t *key, const struct value *value, enum value_type type)
{
	for (unsigned int i = 0; i < type_table[type].width; i += 4) {
		uint32_t word = 0;

		for (unsigned int j = i; j < i + 4 && j < type_table[type].width; j++)
			word = word << 8 | value->bytes[j];
		*key++ = word;
	}
	return key;
}

void dynamic_key(const struct set *set, const struct element *element, uint32_t *key)
{
	for (size_t i = 0; i < set->parts; i++)
		key = put_value(key, &element->parts[i].lo, set->types[i]);
}

void dynamic_prefix_key(const struct set *set, const struct prefix *prefix, uint32_t *key)
{
	*put_value(key, &prefix->network, set->types[0]) = prefix->length;
}
