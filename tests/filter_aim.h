/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Turns a frame into one that a filter takes, mostly: walks the filter's program and writes into
 * the frame what each test on the way wants.
 */
#ifndef XDIVERT_TESTS_FILTER_AIM_H
#define XDIVERT_TESTS_FILTER_AIM_H

#include "ast.h"
#include "generator_target.h"

#include <stddef.h>
#include <stdint.h>

/* The frame may grow, to `size` bytes at the most. */
void filter_aim(const struct filter *filter, uint8_t *frame, size_t *length, size_t size,
		struct random *random);

#endif
