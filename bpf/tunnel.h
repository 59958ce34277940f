/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The headers of tunnels, behind those that packet.h walks. A tunnel in a tunnel is not looked for.
 */
#ifndef XDIVERT_TUNNEL_H
#define XDIVERT_TUNNEL_H

#include "packet.h"

#define XDV_PORT_VXLAN	4789
#define XDV_PORT_GENEVE 6081

/* Ethernet type of a frame ("transparent Ethernet bridging") */
#define XDV_TYPE_FRAME 0x6558

#define XDV_UDP_LEN    8
#define XDV_VXLAN_LEN  8
#define XDV_GENEVE_LEN 8 /* without options */
#define XDV_GRE_LEN    4 /* likewise */

/* RFC 7348. Of the flags, G (a group policy in reserved bytes) may be there, and I must. */
static __always_inline bool xdv_read_vxlan(struct xdv_tunnel *tunnel, struct xdv_cursor *c)
{
	const __u8 *at = c->at + XDV_UDP_LEN;

	if (!xdv_readable(c, XDV_UDP_LEN + XDV_VXLAN_LEN) || (at[0] & 0x7f) != 0x08)
		return false;
	tunnel->kind = XDV_TUNNEL_VXLAN;
	tunnel->id = xdv_be32(at + 4) >> 8;
	tunnel->protocol = XDV_TYPE_FRAME;
	xdv_skip(c, XDV_UDP_LEN + XDV_VXLAN_LEN);
	return true;
}

/* RFC 8926, version 0. A control message, by the O bit, carries no packet. */
static __always_inline bool xdv_read_geneve(struct xdv_tunnel *tunnel, struct xdv_cursor *c)
{
	const __u8 *at = c->at + XDV_UDP_LEN;
	__u64 header;

	if (!xdv_readable(c, XDV_UDP_LEN + XDV_GENEVE_LEN) || at[0] >> 6)
		return false;
	header = XDV_UDP_LEN + XDV_GENEVE_LEN + (at[0] & 0x3f) * 4;
	if (!xdv_readable(c, header))
		return false;
	tunnel->kind = XDV_TUNNEL_GENEVE;
	tunnel->id = xdv_be32(at + 4) >> 8;
	tunnel->protocol = xdv_be16(at + 2);
	xdv_skip(c, header);
	return !(at[1] & 0x80);
}

/*
 * RFC 2784, with the key and the sequence number of RFC 2890. Flags that other versions have, and
 * RFC 1701's source routes, are none of this.
 */
static __always_inline bool xdv_read_gre(struct xdv_tunnel *tunnel, struct xdv_cursor *c)
{
	__u32 flags, checksum, key, sequence;

	if (!xdv_readable(c, XDV_GRE_LEN))
		return false;
	flags = xdv_be16(c->at);
	checksum = flags >> 15;
	key = flags >> 13 & 1;
	sequence = flags >> 12 & 1;
	if ((flags & 0x4c07) || !xdv_readable(c, XDV_GRE_LEN + 4 * (checksum + key + sequence)))
		return false;
	tunnel->protocol = xdv_be16(c->at + 2);
	xdv_skip(c, XDV_GRE_LEN + 4 * checksum);
	if (key) {
		if (!xdv_readable(c, 4)) /* the verifier has not followed the sum */
			return false;
		tunnel->id = xdv_be32(c->at);
	}
	tunnel->kind = XDV_TUNNEL_GRE + key;
	xdv_skip(c, 4 * (key + sequence));
	return true;
}

/* RFC 2003, RFC 2473, RFC 4213: the IP protocol says what is inside. */
static __always_inline bool xdv_read_ipip(struct xdv_tunnel *tunnel, __u32 protocol)
{
	tunnel->kind = XDV_TUNNEL_IPIP;
	tunnel->protocol = protocol == 4 ? 0x0800 : 0x86dd;
	return true;
}

/*
 * `tunnel` comes zeroed, and `l4` is where the datagram has its layer 4. True if what the tunnel
 * carries can be walked: from `carried` on.
 */
static __always_inline bool xdv_read_tunnel(const struct xdp_md *ctx, const struct xdv_packet *p,
					    const struct xdv_place *l4, struct xdv_tunnel *tunnel,
					    struct xdv_cursor *carried)
{
	*carried = (struct xdv_cursor){
		.at = xdv_place_start(ctx, l4),
		.end = (const void *)(long)ctx->data_end,
		.behind = xdv_bytes_behind(ctx),
		.left = l4->left,
		.inner = true,
	};
	if (!l4->at || p->fragment != XDV_FRAGMENT_NONE)
		return false;
	if ((XDV_READS & XDV_READ_VXLAN) && p->l4 == XDV_L4_UDP && p->dport == XDV_PORT_VXLAN)
		return xdv_read_vxlan(tunnel, carried);
	if ((XDV_READS & XDV_READ_GENEVE) && p->l4 == XDV_L4_UDP && p->dport == XDV_PORT_GENEVE)
		return xdv_read_geneve(tunnel, carried);
	if ((XDV_READS & XDV_READ_GRE) && p->protocol == 47)
		return xdv_read_gre(tunnel, carried);
	if ((XDV_READS & XDV_READ_IPIP) && (p->protocol == 4 || p->protocol == 41))
		return xdv_read_ipip(tunnel, p->protocol);
	return false;
}

#endif
