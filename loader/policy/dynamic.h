/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where dynamic sets are kept: all of one type in one table, which says of a key what sets it is
 * in. So a look answers for all of them. bpf/dynamic.h is the kernel's side.
 */
#ifndef XDIVERT_DYNAMIC_H
#define XDIVERT_DYNAMIC_H

#include "box.h"
#include "bpf/abi.h"

#define DYNAMIC_TABLES_MAX 24

struct dynamic_table {
	const struct set *example; /* one of its sets: they have types and prefixes alike */
	unsigned int key_words; /* of prefixes, with one for the length */
	size_t room; /* elements, of all its sets together */
	uint32_t buckets; /* of each half */
	unsigned int bits; /* that are taken */
};

struct dynamic_set {
	const struct set *set;
	unsigned int table;
	uint32_t bit; /* the mask of it, in the word behind a key */
};

/* A question to a table, by certain fields: what is asked of one packet by one look. */
struct dynamic_look {
	unsigned int table;
	const struct expr *expr; /* the first that asks it */
	size_t questions; /* sets that are asked about */
};

struct dynamic {
	struct dynamic_table tables[DYNAMIC_TABLES_MAX];
	size_t table_count;
	struct dynamic_set *sets; /* by set->number */
	size_t set_count;
	struct dynamic_look *looks;
	size_t look_count;
};

/*
 * Finds a place for each dynamic set, once it is known what the rules ask. -E2BIG: there are too
 * many, and a diagnostic of the policy says so.
 */
int dynamic_plan(struct dynamic *dynamic, struct policy *policy, const struct questions *questions);

/* The look that answers a question about a dynamic set; NULL if it is about something else. */
const struct dynamic_look *dynamic_look(const struct dynamic *dynamic, const struct expr *expr);

/* Whether one look answers for this set and for others. */
bool dynamic_is_shared(const struct dynamic *dynamic, const struct expr *expr);

/* Words of a slot: those of the key, and that of the sets. */
unsigned int dynamic_slot_words(const struct dynamic_table *table);

/* The key of an element: writes the table's key_words. Of a set of prefixes, that of a prefix. */
struct prefix;
void dynamic_key(const struct set *set, const struct element *element, uint32_t *key);
void dynamic_prefix_key(const struct set *set, const struct prefix *prefix, uint32_t *key);

#endif
