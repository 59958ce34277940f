/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames to try a policy with: aimed at its rules and just beside them, with every header the
 * language knows, whole and damaged. The same seed gives the same frames everywhere.
 */
#ifndef XDIVERT_TESTS_PACKET_GENERATOR_H
#define XDIVERT_TESTS_PACKET_GENERATOR_H

#include "ast.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest frame; a test run of an XDP program takes a page less head- and tailroom. */
#define GENERATOR_FRAME_MAX 3072

struct generator;

/* Borrows the policy, which must be without errors. */
struct generator *generator_new(const struct policy *policy, uint64_t seed);
void generator_free(struct generator **generator);

/* Writes a frame of 0 to GENERATOR_FRAME_MAX bytes. */
void generator_next(struct generator *generator, uint8_t *frame, size_t *length);

#endif
