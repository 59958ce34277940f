/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Flows that user space puts in and takes out while the program runs. The rules are asked only
 * about packets of other flows.
 */
#ifndef XDIVERT_FLOWS_H
#define XDIVERT_FLOWS_H

#include "program.h"

#include <stddef.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* memory for the flows that are there */
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, struct xdv_flow_key);
	__type(value, struct xdv_flow_entry);
} flows SEC(".maps");

/* What all flows took, those included that are not in the table any more. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdv_counter);
} flow_counters SEC(".maps");

/* The verdict where the packet is of no flow, and the rules decide. */
#define XDV_NO_FLOW (-1)

/* Of whole datagrams only: of several fragments, all but the first have no ports. */
static __always_inline struct xdv_flow_entry *xdv_find_flow(const struct xdv_packet *p)
{
	/* absent fields are 0 */
	const struct xdv_flow_key key = {
		.saddr = {p->ip_saddr | p->ip6_saddr[0], p->ip6_saddr[1], p->ip6_saddr[2],
			  p->ip6_saddr[3]},
		.daddr = {p->ip_daddr | p->ip6_daddr[0], p->ip6_daddr[1], p->ip6_daddr[2],
			  p->ip6_daddr[3]},
		.sport = p->sport,
		.dport = p->dport,
		.l3 = p->l3,
		.protocol = p->protocol,
	};
	struct xdv_flow_entry *flow;
	__u64 now;

	if (!XDV_IN(p->l4, XDV_L4_TCP, XDV_L4_SCTP))
		return NULL;
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow)
		return NULL;
	now = bpf_ktime_get_coarse_ns();
	/* signed: another processor may have seen a packet later than our now */
	if (flow->timeout && (__s64)(now - flow->seen) > (__s64)flow->timeout)
		return NULL;
	if (flow->seen != now) /* once a tick, so that processors leave each other the line */
		flow->seen = now;
	return flow;
}

static __always_inline void xdv_count_flow(const struct xdp_md *ctx, struct xdv_flow_entry *flow,
					   bool fallback)
{
	__u64 bytes = xdv_frame_bytes(ctx);
	struct xdv_counter *all;
	__u32 zero = 0;

	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, bytes);
	if (fallback)
		__sync_fetch_and_add(&flow->fallback, 1);
	all = bpf_map_lookup_elem(&flow_counters, &zero);
	if (!all)
		return;
	all->packets++;
	all->bytes += bytes;
	all->fallback += fallback;
}

/* Of a flow that is not diverted. */
static __always_inline int xdv_act_on_flow(const struct xdp_md *ctx, struct xdv_flow_entry *flow)
{
	xdv_count_flow(ctx, flow, false);
	if (flow->action == XDV_ACTION_DROP)
		return XDP_DROP;
	if (flow->action != XDV_ACTION_TX)
		return XDP_PASS;
	if (flow->target)
		xdv_swap_addresses(ctx);
	return XDP_TX;
}

/* To the kernel, though it is to be diverted. */
static __always_inline int xdv_flow_falls_back(const struct xdp_md *ctx,
					       struct xdv_flow_entry *flow)
{
	xdv_count_flow(ctx, flow, true);
	return XDP_PASS;
}

/* To that socket of the map; if there is none, to the kernel. */
static __always_inline int xdv_divert_flow_to(struct xdp_md *ctx, struct xdv_flow_entry *flow,
					      void *sockets, __u32 socket, bool with_metadata)
{
	int verdict = xdv_to_socket(ctx, sockets, socket);

	xdv_count_flow(ctx, flow, verdict != XDP_REDIRECT);
	if (verdict == XDP_REDIRECT && with_metadata)
		xdv_put_metadata(ctx, XDV_METADATA_FLOW, 0, 0);
	return verdict;
}

/* To the socket of the packet's queue. */
static __always_inline int xdv_divert_flow(struct xdp_md *ctx, struct xdv_flow_entry *flow,
					   void *sockets, bool with_metadata)
{
	return xdv_divert_flow_to(ctx, flow, sockets, xdv_rx_queue(ctx), with_metadata);
}

#endif
