/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the filters of a policy, which libpcap compiles to classic BPF, load from a frame: numbers,
 * the most significant byte first. False if the frame does not have them; it is then not wanted.
 *
 * Offsets have 64 bits, as the register X has, so that what is added to it does not wrap around.
 */
#ifndef XDIVERT_FILTER_H
#define XDIVERT_FILTER_H

#include "packet.h"

static __always_inline bool xdv_place_at(const struct xdp_md *ctx, __u64 offset, const __u32 size,
					 const __u8 **place)
{
	const __u8 *at = XDV_FRAME_FIELD(ctx, data);

	if (!__builtin_constant_p(offset)) /* to the verifier: compared and added is the same */
		asm("" : "+r"(offset));
	if (offset > XDV_FRAME_MAX - size)
		return false;
	at += offset;
	*place = at;
	return at + size <= XDV_FRAME_FIELD(ctx, data_end);
}

static __always_inline bool xdv_load_byte(const struct xdp_md *ctx, __u64 offset, __u32 *a)
{
	const __u8 *at;

	if (!xdv_place_at(ctx, offset, 1, &at))
		return false;
	*a = *at;
	return true;
}

static __always_inline bool xdv_load_half(const struct xdp_md *ctx, __u64 offset, __u32 *a)
{
	const __u8 *at;

	if (!xdv_place_at(ctx, offset, 2, &at))
		return false;
	*a = xdv_be16(at);
	return true;
}

static __always_inline bool xdv_load_word(const struct xdp_md *ctx, __u64 offset, __u32 *a)
{
	const __u8 *at;

	if (!xdv_place_at(ctx, offset, 4, &at))
		return false;
	*a = xdv_be32(at);
	return true;
}

/* The length of an IPv4 header, in bytes, from its first byte. */
static __always_inline bool xdv_load_header(const struct xdp_md *ctx, __u64 offset, __u64 *x)
{
	const __u8 *at;

	if (!xdv_place_at(ctx, offset, 1, &at))
		return false;
	*x = (*at & 0xf) * 4;
	return true;
}

#endif
