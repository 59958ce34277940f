/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The walk over the headers that a tunnel carries: the same as the first, with what the tunnel has
 * left as its end.
 *
 * The emitted program defines XDV_INNER_READS, the parts that its policy asks about.
 */
#ifndef XDIVERT_INNER_H
#define XDIVERT_INNER_H

#include "tunnel.h"

/* The first walk comes at most so far: its extension headers, and a tunnel's options, fit in. */
#define XDV_CARRIED_MAX 0x3fff

/*
 * The kernel's verifier knows a hundred ways to come here, and each has brought its own bounds of
 * where this is. From the start of the packet, and an offset that may be anything, they are all
 * alike, and what follows is checked once.
 */
static __always_inline void xdv_restart(const struct xdp_md *ctx, struct xdv_cursor *c)
{
	const __u8 *start = (const void *)(long)ctx->data;

	barrier(); /* what the first walk has found is in the scratch, and not on the stack */
	c->at = start + ((c->at - start) & XDV_CARRIED_MAX);
}

/* `inner` comes zeroed. */
static __always_inline void xdv_read_inner(const struct xdp_md *ctx, struct xdv_cursor *carried,
					   struct xdv_tunnel *tunnel, struct xdv_packet *inner)
{
	struct xdv_places places; /* that nobody asks about */

	carried->reads = XDV_INNER_READS;
	xdv_restart(ctx, carried);
	if (tunnel->protocol == XDV_TYPE_FRAME) {
		tunnel->has_ether = xdv_readable(carried, XDV_ETHER_LEN);
		if (!xdv_read_ether(inner, carried))
			return;
	} else {
		inner->ether_type = tunnel->protocol;
	}
	if (xdv_read_l3(inner, carried) && (XDV_INNER_READS & XDV_READ_L4))
		xdv_read_l4(inner, carried, &places);
}

#endif
