/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What every program has around its classifier: counters, verdicts, and the names by which other
 * tools know it. The emitted program includes this, declares its consumers and defines classify().
 */
#ifndef XDIVERT_PROGRAM_BPF_H
#define XDIVERT_PROGRAM_BPF_H

#include "abi.h"
#include "packet.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

#define XDV_IPV4(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
/* lo <= value <= hi, in one comparison */
#define XDV_IN(value, lo, hi) ((__u32)(value) - (__u32)(lo) <= (__u32)(hi) - (__u32)(lo))

/* The sockets of a consumer, by XDV_SOCKET(); the loader sizes it for the device. */
#define XDV_CONSUMER(map)                                                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_XSKMAP);                                                 \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, __u32);                                                              \
	} map SEC(".maps")

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_counters);
} rule_counters SEC(".maps");

/* Which load of a policy this is: tells the rules of one from those of the next. */
const volatile __u32 xdv_generation = 0;

/* libxdp: the version of the contract that XDV_PROGRAM_NAME names; read from the variable's type.
 */
__uint(xsk_prog_version, 1) SEC("xdp_metadata");

char _license[] SEC("license") = "Dual BSD/GPL";

/* Of two answers, that of the first rule; each is 0 if there is none: then the greatest, less 1. */
static __always_inline __u32 xdv_first(__u32 a, __u32 b)
{
	return a - 1 < b - 1 ? a : b;
}

static __always_inline struct xdv_counter *xdv_counter_of(__u32 rule)
{
	__u32 number = rule / XDV_COUNTERS;
	struct xdv_counters *counters = bpf_map_lookup_elem(&rule_counters, &number);
	__u64 at = rule;

	if (!counters)
		return NULL;
	/* in assembly, or clang does it long before, and the verifier has forgotten the bound */
	asm volatile("%0 &= %1" : "+r"(at) : "i"(XDV_COUNTERS - 1));
	return &counters->of[at];
}

static __always_inline void xdv_count(const struct xdp_md *ctx, __u32 rule, bool fallback)
{
	struct xdv_counter *counter = xdv_counter_of(rule);

	if (!counter)
		return;
	counter->packets++;
	counter->bytes += xdv_frame_bytes(ctx);
	counter->fallback += fallback;
}

static __always_inline int xdv_pass(const struct xdp_md *ctx, __u32 rule)
{
	xdv_count(ctx, rule, false);
	return XDP_PASS;
}

/* To the kernel, though the rule diverts. */
static __always_inline int xdv_fall_back(const struct xdp_md *ctx, __u32 rule)
{
	xdv_count(ctx, rule, true);
	return XDP_PASS;
}

static __always_inline int xdv_drop(const struct xdp_md *ctx, __u32 rule)
{
	xdv_count(ctx, rule, false);
	return XDP_DROP;
}

static __always_inline void xdv_swap_addresses(const struct xdp_md *ctx)
{
	__u8 *daddr = (__u8 *)XDV_FRAME_FIELD(ctx, data), *saddr = daddr + 6, kept[6];

	if (saddr + 6 > XDV_FRAME_FIELD(ctx, data_end))
		return;
	__builtin_memcpy(kept, daddr, 6);
	__builtin_memcpy(daddr, saddr, 6);
	__builtin_memcpy(saddr, kept, 6);
}

/* Out of the interface that it came in by. */
static __always_inline int xdv_tx(const struct xdp_md *ctx, __u32 rule, bool swap)
{
	if (swap)
		xdv_swap_addresses(ctx);
	xdv_count(ctx, rule, false);
	return XDP_TX;
}

/* Drivers without metadata refuse to make room for it: then the frame goes without. */
static __always_inline void xdv_put_metadata(struct xdp_md *ctx, __u32 valid, __u32 rule,
					     __u32 mark)
{
	struct xdv_metadata *metadata;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*metadata)))
		return;
	barrier_var(ctx); /* what was loaded from it before is of no use now */
	metadata = (void *)XDV_FRAME_FIELD(ctx, data_meta);
	if ((const __u8 *)(metadata + 1) > XDV_FRAME_FIELD(ctx, data))
		return;
	metadata->magic = XDV_METADATA_MAGIC;
	metadata->valid = valid;
	metadata->generation = xdv_generation;
	metadata->rule = rule;
	if (valid & XDV_METADATA_MARK)
		metadata->mark = mark;
}

/* The verdict: without a socket, or with one that does not take it, to the kernel. */
static __always_inline int xdv_to_socket(const struct xdp_md *ctx, void *sockets, __u32 socket)
{
	if (xdv_one_buffer_sockets && xdv_bytes_behind(ctx))
		return XDP_PASS;
	return bpf_redirect_map(sockets, socket, XDP_PASS);
}

/* To that socket of the map; if there is none, to the kernel. */
static __always_inline int xdv_divert_to(struct xdp_md *ctx, __u32 rule, void *sockets,
					 __u32 socket, bool with_metadata)
{
	int verdict = xdv_to_socket(ctx, sockets, socket);

	xdv_count(ctx, rule, verdict != XDP_REDIRECT);
	if (verdict == XDP_REDIRECT && with_metadata)
		xdv_put_metadata(ctx, XDV_METADATA_RULE, rule, 0);
	return verdict;
}

/* The same, with metadata that has a mark, if `marked`. */
static __always_inline int xdv_divert_marked_to(struct xdp_md *ctx, __u32 rule, void *sockets,
						__u32 socket, bool marked, __u32 mark)
{
	int verdict = xdv_to_socket(ctx, sockets, socket);

	xdv_count(ctx, rule, verdict != XDP_REDIRECT);
	if (verdict == XDP_REDIRECT)
		xdv_put_metadata(ctx, XDV_METADATA_RULE | (marked ? XDV_METADATA_MARK : 0), rule,
				 mark);
	return verdict;
}

/* To the socket of the packet's queue. */
static __always_inline int xdv_divert(struct xdp_md *ctx, __u32 rule, void *sockets,
				      bool with_metadata)
{
	return xdv_divert_to(ctx, rule, sockets, xdv_rx_queue(ctx), with_metadata);
}

static __always_inline int xdv_divert_marked(struct xdp_md *ctx, __u32 rule, void *sockets,
					     bool marked, __u32 mark)
{
	return xdv_divert_marked_to(ctx, rule, sockets, xdv_rx_queue(ctx), marked, mark);
}

#endif
