/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Random values as a policy writes them: few different ones, close together, so that rules overlap.
 */
#ifndef XDIVERT_TESTS_VALUE_GENERATOR_H
#define XDIVERT_TESTS_VALUE_GENERATOR_H

#include "expr_text.h"
#include "generator_target.h"

/* A number, an address or a name that stands for a single value. */
void value_text_random(struct text *out, struct random *random, enum value_type type);

/* Also a prefix, or a range whose ends are the right way round. */
void part_text_random(struct text *out, struct random *random, enum value_type type);

/* "& 0xf0 = 0x30" or "& (syn|ack) != syn", for numbers up to `max`. */
void mask_text_random(struct text *out, struct random *random, enum value_type type, uint32_t max);

#endif
