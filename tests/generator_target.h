/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a generated frame is aimed at: values of fields, chosen from those in a policy. Private to
 * the packet generator.
 */
#ifndef XDIVERT_TESTS_GENERATOR_TARGET_H
#define XDIVERT_TESTS_GENERATOR_TARGET_H

#include "ast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* never 0 */
};

/* 0 … bound - 1 */
uint32_t random_below(struct random *random, uint32_t bound);
/* True once in `times`. */
bool one_in(struct random *random, uint32_t times);

/* The values that a policy compares something with, by their type. */
struct pool {
	struct {
		const struct part **parts;
		size_t count;
	} types[VALUE_TYPES];
};

struct target {
	bool wants_header[HEADERS];
	bool wants_field[FIELDS];
	struct value values[FIELDS]; /* of every field, wanted or not */
	struct {
		const struct field_use *use;
		uint32_t value;
	} slices[SLICES_MAX]; /* bytes that are wanted at a place */
	size_t slice_count;
	const struct filter *filter; /* that is to take the frame; NULL: none */
};

void pool_fill(struct pool *pool, const struct policy *policy);
void pool_clear(struct pool *pool);

/* Aims at a random rule; the fields that it does not name get values that other rules do. */
void target_choose(struct target *target, const struct policy *policy, const struct pool *pool,
		   struct random *random);

#endif
