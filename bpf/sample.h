/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Copies of some packets for whoever watches; the packets themselves go where they go.
 */
#ifndef XDIVERT_SAMPLE_H
#define XDIVERT_SAMPLE_H

#include "program.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* bytes: some six thousand samples */
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_sampler);
} rule_samplers SEC(".maps");

/*
 * A global function: the verifier checks it once, by itself, and not each of the ways out of its
 * loop through all that comes behind. False if there is no room.
 */
__noinline bool xdv_copy_sample(struct xdp_md *ctx, __u32 rule)
{
	const __u8 *from = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	struct xdv_sample *sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
	__u32 i;

	if (!sample)
		return false;
	sample->time = bpf_ktime_get_ns();
	sample->generation = xdv_generation;
	sample->rule = rule;
	sample->length = xdv_frame_bytes(ctx);
	sample->queue = ctx->rx_queue_index;
	sample->interface = ctx->ingress_ifindex;
#pragma clang loop unroll(disable)
	for (i = 0; i < XDV_SAMPLE_BYTES; i++) {
		if ((const void *)(from + i + 1) > (const void *)end)
			break;
		sample->bytes[i] = from[i];
	}
	sample->captured = i;
	bpf_ringbuf_submit(sample, 0);
	return true;
}

/* Each processor copies the last of each `one_in` packets of the rule that it sees. */
static __always_inline void xdv_sample(struct xdp_md *ctx, __u32 rule, __u32 one_in)
{
	struct xdv_sampler *sampler = bpf_map_lookup_elem(&rule_samplers, &rule);

	if (!sampler || ++sampler->seen < one_in)
		return;
	sampler->seen = 0;
	if (!xdv_copy_sample(ctx, rule))
		sampler->lost++;
}

#endif
