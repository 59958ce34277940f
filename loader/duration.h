/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lengths of time as people write them: 500ms, 30s, 5min, 2h, 1d.
 */
#ifndef XDIVERT_DURATION_H
#define XDIVERT_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_HINT "times look like 500ms, 30s, 5min, 2h or 1d"

/* -EINVAL: not a time; -ERANGE: nothing, or more than 32 bits of milliseconds (49 days). */
int duration_parse(uint32_t *ms, const char *text);

/* In the largest unit in which it is a whole number. */
void duration_format(char *text, size_t size, uint32_t ms);

#endif
