/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A policy on trial (`xdivert load --confirm`). Unless it is confirmed in time, the program itself
 * hands every packet to the one before it: that takes no process, so nothing that happens to
 * processes can prevent it. Where nothing was live before, packets go to the kernel.
 */
#ifndef XDIVERT_TRIAL_H
#define XDIVERT_TRIAL_H

#include "program.h"

/* Set by the loader. While it is 0, the verifier takes out all that asks about a trial. */
const volatile __u32 xdv_on_trial = 0;

/* When the trial is over, in nanoseconds of CLOCK_BOOTTIME; 0: the policy is confirmed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} trial_end SEC(".maps");

/* The program that was live before. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} before SEC(".maps");

static __always_inline bool xdv_has_failed(void)
{
	volatile __u64 *end;
	__u64 when;

	if (!xdv_on_trial)
		return false;
	end = bpf_map_lookup_elem(&trial_end, &(__u32){0});
	when = end ? *end : 0;
	return when && bpf_ktime_get_boot_ns() >= when;
}

/* Comes back only if there was none before. */
static __always_inline int xdv_go_back(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &before, 0);
	return XDP_PASS;
}

#endif
