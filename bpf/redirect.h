/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets that leave by another interface, without the kernel stack.
 */
#ifndef XDIVERT_REDIRECT_H
#define XDIVERT_REDIRECT_H

#include "program.h"

/* Indexes of interfaces, in the order of the policy. The kernel takes out what goes away. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, __u32);
} redirects SEC(".maps");

/* If the interface is gone, to the kernel. */
static __always_inline int xdv_redirect(const struct xdp_md *ctx, __u32 rule, __u32 interface)
{
	int verdict = bpf_redirect_map(&redirects, interface, XDP_PASS);

	xdv_count(ctx, rule, verdict != XDP_REDIRECT);
	return verdict;
}

#endif
