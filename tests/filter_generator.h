/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Random filters in tcpdump's language: all kinds of primitives, and arithmetic on the packet. Some
 * are such that libpcap refuses them, for what they mean.
 */
#ifndef XDIVERT_TESTS_FILTER_GENERATOR_H
#define XDIVERT_TESTS_FILTER_GENERATOR_H

#include "generator_target.h"

#include <stddef.h>

/* Bytes that suffice for any. */
#define FILTER_RANDOM_TEXT 4096

void filter_random(struct random *random, char text[FILTER_RANDOM_TEXT]);

#endif
