/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Random policies without errors, whose rules overlap: what people would not write, and the
 * compiler must get right all the same.
 */
#ifndef XDIVERT_TESTS_POLICY_GENERATOR_H
#define XDIVERT_TESTS_POLICY_GENERATOR_H

#include "ast.h"

#include <stdint.h>

/*
 * About `rules` rules (those that contradict themselves are left out), of conditions nested
 * `depth` parentheses deep; 0: no `or` and no `not`. The caller frees it.
 */
struct policy *policy_random(uint64_t seed, size_t rules, unsigned int depth);

#endif
