/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a policy is measured beside: the same rules in other ways. Private to bench_add().
 */
#ifndef XDIVERT_BENCH_PEERS_H
#define XDIVERT_BENCH_PEERS_H

#include "ast.h"
#include "subject.h"

/* Rule after rule, over the same header walk: what a plain compiler emits. */
int peers_add_linear(struct bench *bench, const struct workload *workload,
		     const struct policy *policy);
/* Workloads of ports only. */
int peers_add_by_hand(struct bench *bench, const struct workload *workload,
		      const struct policy *policy);
int peers_add_xdp_filter(struct bench *bench, const struct workload *workload,
			 const struct policy *policy);

/* One more subject, without a program yet. */
struct subject *subject_add(struct bench *bench, enum side side, const struct workload *workload,
			    bool acts);
/* Gives it its program, a descriptor that it keeps. */
void subject_weigh(struct subject *subject, int program);
/* Nonzero if the program and the evaluator do not agree; then a message has been written. */
int subject_check(const struct subject *subject, const struct policy *policy);

#endif
