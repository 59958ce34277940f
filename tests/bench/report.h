/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What was measured, for people, for programs, and as a picture.
 */
#ifndef XDIVERT_BENCH_REPORT_H
#define XDIVERT_BENCH_REPORT_H

#include "changes.h"
#include "subject.h"
#include "times.h"

#include <stdio.h>

struct report {
	const struct bench *bench;
	const struct times *times;
	size_t times_count;
	const struct changes *changes; /* NULL: not measured */
	unsigned int rounds;
	const char *conditions; /* of measure_prepare() */
};

/* ns a packet above the empty program of the same run. */
double above_empty(const struct report *report, const struct subject *subject, bool mix);

void report_table(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_chart(const struct report *report, FILE *out);

#endif
