/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Token buckets. Each processor has its own for each rule, so that none waits for another: what
 * arrives on several of them may take as many times the rate.
 */
#ifndef XDIVERT_LIMIT_H
#define XDIVERT_LIMIT_H

#include "program.h"

/*
 * A packet takes as many tokens as the unit of the rate has nanoseconds, and each nanosecond brings
 * as many as the rate has packets: nothing is rounded.
 */
#define XDV_LIMIT(packets, unit, burst)                                                            \
	((struct xdv_limit){                                                                       \
		.rate = (packets),                                                                 \
		.cost = (unit),                                                                    \
		.full = (unit) * (burst),                                                          \
		.fill = (unit) * (burst) / (packets) + 1,                                          \
	})

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_bucket);
} rule_buckets SEC(".maps");

static __always_inline __u64 xdv_refill(const struct xdv_bucket *bucket,
					const struct xdv_limit *limit, __u64 now)
{
	__u64 passed = now - bucket->time, tokens;

	if (!bucket->time || passed >= limit->fill) /* new, or full in any case */
		return limit->full;
	tokens = bucket->tokens + passed * limit->rate;
	return tokens < limit->full ? tokens : limit->full;
}

/* Takes the tokens of a packet, or counts it as one that had none. */
static __always_inline bool xdv_over_limit(__u32 rule, const struct xdv_limit *limit)
{
	struct xdv_bucket *bucket = bpf_map_lookup_elem(&rule_buckets, &rule);
	struct xdv_counter *counter;
	__u64 now, tokens;

	if (!bucket)
		return false;
	now = bpf_ktime_get_ns();
	tokens = xdv_refill(bucket, limit, now);
	bucket->time = now;
	if (tokens >= limit->cost) {
		bucket->tokens = tokens - limit->cost;
		return false;
	}
	bucket->tokens = tokens;
	counter = xdv_counter_of(rule);
	if (counter)
		counter->limited++;
	return true;
}

#endif
