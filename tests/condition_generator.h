/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Random conditions: all that a rule can ask, in all ways to write it. They can contradict
 * themselves, and libpcap may refuse a filter for what it means, but nothing else is wrong with
 * them.
 */
#ifndef XDIVERT_TESTS_CONDITION_GENERATOR_H
#define XDIVERT_TESTS_CONDITION_GENERATOR_H

#include "expr_text.h"
#include "filter_generator.h"
#include "generator_target.h"

#define VOCABULARY_TOPICS  3
#define VOCABULARY_SETS	   10
#define VOCABULARY_SLICES  4 /* as many as beside tunnels */
#define VOCABULARY_FILTERS 4

/* What the conditions of a policy are mostly about, so that they overlap, and what they name. */
struct vocabulary {
	struct random *random;
	bool tunnels; /* it asks what is in them */
	struct topic {
		enum header network, transport, tunnel;
		bool inner; /* about the headers in the tunnel */
	} topics[VOCABULARY_TOPICS];
	struct named_set {
		char name[12];
		enum value_type types[KEY_PARTS_MAX];
		size_t parts;
	} sets[VOCABULARY_SETS];
	size_t set_count;
	struct slice slices[VOCABULARY_SLICES]; /* `mask` 0: none, as of the first, for keys */
	char filters[VOCABULARY_FILTERS][FILTER_RANDOM_TEXT];
};

/* Without sets, which are to be added, each with types_random(). */
void vocabulary_choose(struct vocabulary *vocabulary, struct random *random);

/* Types that fields of one packet have. */
void types_random(struct vocabulary *vocabulary, struct named_set *set);

/* Nested `depth` parentheses deep; 0: no `or` and no `not`. */
void conditions_random(struct text *out, struct vocabulary *vocabulary, unsigned int depth);

#endif
