/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames that lie in several buffers (jumbo frames, "xdp.frags"): a program sees the first buffer,
 * data to data_end, and must ask for the length of the frame. Where a frame fits into one buffer,
 * the kernel's verifier takes out what is here.
 */
#ifndef XDIVERT_BUFFERS_H
#define XDIVERT_BUFFERS_H

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <stdbool.h>

/* The loader sets it, and the program's flag with it, where the MTU is for more than a buffer. */
const volatile bool xdv_buffers = false;

/* Likewise, where the kernel's AF_XDP sockets do not take such frames, and lose them. */
const volatile bool xdv_one_buffer_sockets = false;

/*
 * A field of the context, loaded in the one way that the verifier takes: from the context and a
 * number in the instruction itself. clang may compute the address once, ahead of several loads.
 */
#define XDV_CONTEXT_FIELD(ctx, type, field)                                                        \
	({                                                                                         \
		type loaded;                                                                       \
		asm("%0 = *(u32 *)(%1 + %2)"                                                       \
		    : "=r"(loaded)                                                                 \
		    : "r"(ctx), "i"(__builtin_offsetof(struct xdp_md, field)));                    \
		loaded;                                                                            \
	})

/*
 * Where the frame begins and ends, as pointers from the first. The fields have 32 bits, and clang,
 * which does not know that they are more than that, may keep them as 32 bits between two uses;
 * the verifier then takes them for numbers.
 */
#define XDV_FRAME_FIELD(ctx, field) XDV_CONTEXT_FIELD(ctx, const __u8 *, field)

/* Loaded again where it is wanted again: there is no room on the stack to keep it. */
static __always_inline __u32 xdv_rx_queue(const struct xdp_md *ctx)
{
	barrier_var(ctx);
	return (__u32)XDV_CONTEXT_FIELD(ctx, __u64, rx_queue_index);
}

/* Bytes of the first buffer. */
static __always_inline __u64 xdv_bytes_here(const struct xdp_md *ctx)
{
	__u64 length = XDV_FRAME_FIELD(ctx, data_end) - XDV_FRAME_FIELD(ctx, data);

	asm("" : "+r"(length)); /* not in 32 bits: there, the verifier has no pointers */
	return length;
}

/* Of all buffers. */
static __always_inline __u64 xdv_frame_bytes(const struct xdp_md *ctx)
{
	return xdv_buffers ? bpf_xdp_get_buff_len((struct xdp_md *)ctx) : xdv_bytes_here(ctx);
}

/* Of all but the first. */
static __always_inline __u64 xdv_bytes_behind(const struct xdp_md *ctx)
{
	return xdv_buffers ? bpf_xdp_get_buff_len((struct xdp_md *)ctx) - xdv_bytes_here(ctx) : 0;
}

#endif
