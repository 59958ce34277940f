/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The table of flows of a program under test.
 */
#ifndef XDIVERT_BENCH_FLOWS_H
#define XDIVERT_BENCH_FLOWS_H

#include "workload.h"

/*
 * Fills the table with as many flows as the workload wants. Those of its frames do with them what
 * the rules would: divert what a rule is aimed at, pass the rest.
 */
int flows_fill(int table, const struct workload *workload, const struct frames *frames);

#endif
