// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the policies are measured against, and the program that feeds all of them.
 */
#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "bench_abi.h"
#include "packet.h"

char _license[] SEC("license") = "Dual BSD/GPL";

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* The header walk alone, of all that most policies read; the barrier keeps clang from dropping it.
 */
SEC("xdp")
int walk(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};

	xdv_read_packet(ctx, &packet);
	asm volatile("" : : "r"(&packet) : "memory");
	return XDP_PASS;
}

/* By hand ------------------------------------------------------------------------------------- */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct xdv_counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

/*
 * As a tutorial has it: no tags, no IPv6, no fragments, no options that are not there. The rule is
 * the value that the hash map has for the port.
 */
static __always_inline __u32 rule_of_port(const struct xdp_md *ctx)
{
	const __u8 *at = (const __u8 *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;
	__u32 header, port;
	const __u32 *rule;

	if ((const void *)(at + 14 + 20) > end || xdv_be16(at + 12) != 0x0800 || at[23] != 17)
		return 0;
	header = (at[14] & 0xf) * 4;
	at += 14 + header;
	if ((const void *)(at + 8) > end)
		return 0;
	port = xdv_be16(at + 2);
	rule = bpf_map_lookup_elem(&ports, &port);
	return rule ? *rule : 0;
}

SEC("xdp")
int by_hand(struct xdp_md *ctx)
{
	return (int)rule_of_port(ctx);
}

SEC("xdp")
int by_hand_act(struct xdp_md *ctx)
{
	__u32 rule = rule_of_port(ctx);
	struct xdv_counter *counter = bpf_map_lookup_elem(&counters, &rule);

	if (counter) {
		counter->packets++;
		counter->bytes += ctx->data_end - ctx->data;
	}
	return rule ? bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS) : XDP_PASS;
}

/* The feeder ---------------------------------------------------------------------------------- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_FRAMES);
	__type(key, __u32);
	__type(value, struct bench_frame);
} frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} subject SEC(".maps");

__u32 next = 0;

/*
 * A test run hands the same frame to the program again and again; this puts another one in its
 * place each time, and goes on to the program under test. The stores are as wide as they can be,
 * and cut where no field lies across, so that no field has to wait for two of them.
 */
SEC("xdp")
int feed(struct xdp_md *ctx)
{
	__u8 *at = (__u8 *)(long)ctx->data;
	const struct bench_frame *frame;
	__u32 number = next++ & (BENCH_FRAMES - 1);

	frame = bpf_map_lookup_elem(&frames, &number);
	if (!frame || at + BENCH_FRAME_SIZE > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
#pragma unroll
	for (int i = 0; i < 3; i++)
		((volatile __u16 *)at)[i] = frame->head[i];
#pragma unroll
	for (int i = 0; i < BENCH_FRAME_WORDS; i++)
		((volatile __u64 *)(at + 6))[i] = frame->words[i];
	bpf_tail_call(ctx, &subject, 0);
	return XDP_ABORTED;
}
