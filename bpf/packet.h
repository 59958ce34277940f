/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The header walk: from the bytes of a frame to struct xdv_packet. Every read is bounded; a header
 * counts only if it is well-formed and complete, so that whatever is odd matches nothing and goes
 * to the kernel.
 *
 * The emitted program defines XDV_READS, the parts that its policy asks about; the walk leaves
 * the others out.
 */
#ifndef XDIVERT_PACKET_H
#define XDIVERT_PACKET_H

#include "abi.h"
#include "buffers.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <stdbool.h>

#define XDV_READ_ETHER	      0x01 /* Ethernet addresses */
#define XDV_READ_ARP	      0x02
#define XDV_READ_IPV4	      0x04
#define XDV_READ_IPV6	      0x08
#define XDV_READ_L4	      0x10
#define XDV_READ_IP_DETAILS   0x20 /* DSCP, hop limit, length */
#define XDV_READ_L4_DETAILS   0x40 /* ICMP code, UDP length */
#define XDV_READ_VLAN_DETAILS 0x80 /* PCP, second tag */
#define XDV_READ_ARP_DETAILS  0x100 /* the fields of ARP */
#define XDV_READ_PLACES	      0x400 /* where payloads begin, for bytes() */
#define XDV_READ_FRAME	      0x200 /* length and queue */
#define XDV_READ_VXLAN	      0x800
#define XDV_READ_GENEVE	      0x1000
#define XDV_READ_GRE	      0x2000
#define XDV_READ_IPIP	      0x4000

#ifndef XDV_READS
#error "XDV_READS says what the policy reads"
#endif

#define XDV_ETHER_LEN 14
#define XDV_VLAN_LEN  4
#define XDV_ARP_LEN   28
#define XDV_IPV4_LEN  20
#define XDV_IPV6_LEN  40
/* More extension headers than this in one packet are beyond reason (RFC 8504, section 5.3, lets
 * a host set such a limit); the packet then has no layer 4. */
#define XDV_EXTENSIONS_MAX 6

static __always_inline __u32 xdv_be16(const void *at)
{
	return bpf_ntohs(*(const __be16 *)at);
}

static __always_inline __u32 xdv_be32(const void *at)
{
	return bpf_ntohl(*(const __be32 *)at);
}

/*
 * What is known of the protocols that can follow an IP header. Looked up and computed with rather
 * than branched on: to the kernel's verifier each branch is one more program to check, and a few
 * of them in each of six extension headers would be a million.
 */
struct xdv_protocol {
	__u8 l4; /* enum xdv_l4; NONE if rules can't ask about it */
	__u8 header; /* bytes of its fixed header */
	__u8 unit; /* of an IPv6 extension header: of its length field, in bytes; else 0 */
	__u8 bias; /* units that the length field does not count */
	__u8 length_mask; /* 0: the field is reserved */
	__u8 reserved;
	__u16 fragment_mask; /* of what the fragment header has in bytes 2 and 3 */
};

#define XDV_EXTENSION                                                                              \
	{                                                                                          \
		.unit = 8, .bias = 1, .length_mask = 0xff                                          \
	}

static const struct xdv_protocol xdv_protocols[2][256] = {
	[0] =
		{
			/* behind IPv4 */
			[1] = {.l4 = XDV_L4_ICMP, .header = 8}, /* RFC 792 */
			[6] = {.l4 = XDV_L4_TCP, .header = 20}, /* RFC 9293 */
			[17] = {.l4 = XDV_L4_UDP, .header = 8}, /* RFC 768 */
			[132] = {.l4 = XDV_L4_SCTP, .header = 12}, /* RFC 9260 */
		},
	[1] =
		{
			/* behind IPv6 */
			[6] = {.l4 = XDV_L4_TCP, .header = 20},
			[17] = {.l4 = XDV_L4_UDP, .header = 8},
			[58] = {.l4 = XDV_L4_ICMP6,
				.header = 8}, /* RFC 4443; no message is shorter */
			[132] = {.l4 = XDV_L4_SCTP, .header = 12},
			[0] = XDV_EXTENSION, /* hop-by-hop options */
			[43] = XDV_EXTENSION, /* routing */
			[44] = {.unit = 8, .bias = 1, .fragment_mask = 0xfff9},
			[51] = {.unit = 4, .bias = 2, .length_mask = 0xff}, /* AH, RFC 4302 */
			[60] = XDV_EXTENSION, /* destination options */
			[135] = XDV_EXTENSION, /* mobility, RFC 6275 */
			[139] = XDV_EXTENSION, /* HIP, RFC 7401 */
			[140] = XDV_EXTENSION, /* Shim6, RFC 5533 */
		},
};

#define XDV_EXTENSION_LENGTH_MAX 2048

/* Where the walk is: at `at`, in front of `end`; `left` bytes belong to the datagram. */
struct xdv_cursor {
	const __u8 *start;
	const __u8 *at;
	const void *end;
	__u64 behind; /* bytes of the frame that are behind `end`, in other buffers */
	__u32 left;
	/* Constants of each walk: the parts that it reads; and whether it is in a tunnel, where
	 * `left` is known from the start. Else the IP header tells it. */
	__u32 reads;
	bool inner;
};

/*
 * Where bytes() counts from, and tunnels begin: `left` bytes belong to what begins so many bytes
 * behind the start of the frame, and some of them may be cut. All zero: the packet has no such
 * part. No pointer: the kernel's verifier would tell apart all the ways by which one was found.
 */
struct xdv_place {
	__u32 at;
	__u32 left;
};

/* No walk comes further: two tags, six extension headers and the longest headers fit in. */
#define XDV_PLACE_MAX 0x3fff

struct xdv_places {
	struct xdv_place l2, l3, l4, payload;
};

#define XDV_FRAME_MAX 0xffff

static __always_inline bool xdv_readable(const struct xdv_cursor *c, __u32 length)
{
	return (const void *)(c->at + length) <= c->end && (!c->inner || length <= c->left);
}

/* Has the frame so many bytes, be it in other buffers? */
static __always_inline bool xdv_has(const struct xdv_cursor *c, __u32 length)
{
	__u64 here;

	if (xdv_readable(c, length))
		return true;
	if (!xdv_buffers)
		return false;
	here = (const __u8 *)c->end - c->at;
	asm("" : "+r"(here)); /* the sum is one of numbers: the verifier has none of pointers */
	return (!c->inner || length <= c->left) && length <= here + c->behind;
}

/* 64 bits: Linux 6.1's verifier loses the bounds of a 32-bit product. */
static __always_inline void xdv_skip(struct xdv_cursor *c, __u64 length)
{
	c->at += length;
	c->left -= length;
}

/* So many bytes behind where the walk is. */
static __always_inline struct xdv_place xdv_place_here(const struct xdv_cursor *c, __u64 offset,
						       __u32 left)
{
	__u64 at = c->at - c->start;

	asm("" : "+r"(at)); /* not in 32 bits: there, the verifier has no pointers */
	return (struct xdv_place){(__u32)(at + offset), left};
}

/* Of a whole datagram, or of its first fragment. */
static __always_inline void xdv_read_l4(struct xdv_packet *p, const struct xdv_cursor *c,
					struct xdv_places *places)
{
	const struct xdv_protocol *protocol =
		&xdv_protocols[p->l3 == XDV_L3_IPV6][p->protocol & 0xff];

	/* The second half tells the verifier what the first one implies. */
	if (protocol->l4 == XDV_L4_NONE || c->left < protocol->header || !xdv_readable(c, 8))
		return;
	if (protocol->l4 == XDV_L4_TCP) {
		if (!xdv_readable(c, 14))
			return;
		p->tcp_flags = c->at[13];
	}
	if (protocol->l4 == XDV_L4_ICMP || protocol->l4 == XDV_L4_ICMP6) {
		p->icmp_type = c->at[0];
		if (c->reads & XDV_READ_L4_DETAILS)
			p->icmp_code = c->at[1];
	} else {
		p->sport = xdv_be16(c->at);
		p->dport = xdv_be16(c->at + 2);
		if ((c->reads & XDV_READ_L4_DETAILS) && protocol->l4 == XDV_L4_UDP)
			p->udp_length = xdv_be16(c->at + 4);
	}
	p->l4 = protocol->l4 + p->fragment * XDV_L4_FIRST; /* NONE is 0, FIRST is 1 */
	if (c->reads & XDV_READ_PLACES) {
		__u64 header = protocol->header;

		/* options, RFC 9293, section 3.1; Linux 6.1 has forgotten that there are 14 bytes
		 */
		if (protocol->l4 == XDV_L4_TCP && xdv_readable(c, 14))
			header = c->at[12] >> 4 << 2;
		if (header < protocol->header || c->left < header)
			return;
		places->payload = xdv_place_here(c, header, c->left - header);
	}
}

/* RFC 791. True if layer 4 follows. */
static __always_inline bool xdv_read_ipv4(struct xdv_packet *p, struct xdv_cursor *c)
{
	__u32 header, total, fragment;

	if (!xdv_readable(c, XDV_IPV4_LEN) || c->at[0] >> 4 != 4)
		return false;
	header = (c->at[0] & 0xf) * 4;
	total = xdv_be16(c->at + 2);
	asm("" : "+r"(total)); /* Linux 6.1 does not know that the swap leaves 16 bits */
	total &= 0xffff;
	if (header < XDV_IPV4_LEN || total < header || !xdv_readable(c, header) ||
	    !xdv_has(c, total))
		return false;
	p->l3 = XDV_L3_IPV4;
	p->ip_saddr = xdv_be32(c->at + 12);
	p->ip_daddr = xdv_be32(c->at + 16);
	p->protocol = c->at[9];
	if (c->reads & XDV_READ_IP_DETAILS) {
		p->dscp = c->at[1] >> 2;
		p->hop_limit = c->at[8];
		p->ip_length = total;
	}
	fragment = xdv_be16(c->at + 6);
	if (fragment & 0x1fff) { /* offset, in units of 8 bytes */
		p->fragment = XDV_FRAGMENT_LATER;
		return false;
	}
	p->fragment = fragment >> 13 & XDV_FRAGMENT_FIRST; /* more fragments */
	c->at += header;
	c->left = total - header;
	return true;
}

/*
 * RFC 8200, section 4: extension headers, as far as the payload length and the limit allow. Where
 * the walk breaks off, the protocol stays unknown. True if layer 4 follows.
 */
static __always_inline bool xdv_read_extensions(struct xdv_packet *p, struct xdv_cursor *c,
						__u32 next)
{
	for (int i = 0; i <= XDV_EXTENSIONS_MAX; i++) {
		const struct xdv_protocol *protocol = &xdv_protocols[1][next & 0xff];
		/* 64 bits: Linux 6.1's verifier loses the bounds of a 32-bit product */
		__u64 length;
		__u32 fragment;

		if (!protocol->unit) {
			p->protocol = next;
			return true;
		}
		if (i == XDV_EXTENSIONS_MAX || c->left < 8 || !xdv_readable(c, 8))
			return false;
		next = c->at[0];
		fragment = xdv_be16(c->at + 2) & protocol->fragment_mask;
		if (fragment >> 3) { /* offset, in units of 8 bytes */
			p->fragment = XDV_FRAGMENT_LATER;
			p->protocol = next;
			return false;
		}
		p->fragment |= fragment & XDV_FRAGMENT_FIRST; /* more fragments */
		length = ((c->at[1] & protocol->length_mask) + protocol->bias) * protocol->unit;
		if (length > XDV_EXTENSION_LENGTH_MAX || c->left < length)
			return false;
		xdv_skip(c, length);
	}
	return false;
}

static __always_inline bool xdv_read_ipv6(struct xdv_packet *p, struct xdv_cursor *c)
{
	__u32 next, payload;

	if (!xdv_readable(c, XDV_IPV6_LEN) || c->at[0] >> 4 != 6)
		return false;
	payload = xdv_be16(c->at + 4);
	asm("" : "+r"(payload)); /* as of IPv4's total */
	payload &= 0xffff;
	if (!xdv_has(c, XDV_IPV6_LEN + payload))
		return false;
	p->l3 = XDV_L3_IPV6;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		p->ip6_saddr[i] = xdv_be32(c->at + 8 + 4 * i);
		p->ip6_daddr[i] = xdv_be32(c->at + 24 + 4 * i);
	}
	if (c->reads & XDV_READ_IP_DETAILS) {
		p->dscp = xdv_be16(c->at) >> 6 & 0x3f;
		p->hop_limit = c->at[7];
		p->ip_length = payload;
	}
	p->protocol = XDV_PROTOCOL_UNKNOWN;
	next = c->at[6];
	c->at += XDV_IPV6_LEN;
	c->left = payload;
	if (!payload) /* a jumbogram (RFC 2675), or nothing at all */
		return false;
	return xdv_read_extensions(p, c, next);
}

/* RFC 826, for IPv4 over Ethernet */
static __always_inline void xdv_read_arp(struct xdv_packet *p, const struct xdv_cursor *c)
{
	const __u8 *at = c->at;

	if (xdv_readable(c, XDV_ARP_LEN) && xdv_be16(at) == 1 && xdv_be16(at + 2) == 0x0800 &&
	    at[4] == 6 && at[5] == 4)
		p->l3 = XDV_L3_ARP;
	else
		return;
	if (c->reads & XDV_READ_ARP_DETAILS) {
		p->arp_operation = xdv_be16(at + 6);
		p->arp_saddr[0] = xdv_be32(at + 8);
		p->arp_saddr[1] = xdv_be16(at + 12);
		p->ip_saddr = xdv_be32(at + 14);
		p->arp_daddr[0] = xdv_be32(at + 18);
		p->arp_daddr[1] = xdv_be16(at + 22);
		p->ip_daddr = xdv_be32(at + 24);
	}
}

/* Up to two tags (IEEE 802.1Q): tag control, then the type behind it. False if one is cut. */
static __always_inline bool xdv_read_vlan(struct xdv_packet *p, struct xdv_cursor *c)
{
#pragma unroll
	for (int i = 0; i < 2; i++) {
		if (p->ether_type != 0x8100 && p->ether_type != 0x88a8)
			break;
		if (!xdv_readable(c, XDV_VLAN_LEN))
			return false;
		if (i == 0 || (c->reads & XDV_READ_VLAN_DETAILS))
			p->vlan_id[i] = xdv_be16(c->at) & 0xfff;
		if (c->reads & XDV_READ_VLAN_DETAILS)
			p->vlan_pcp[i] = c->at[0] >> 5;
		p->vlan_tags = i + 1;
		p->ether_type = xdv_be16(c->at + 2);
		xdv_skip(c, XDV_VLAN_LEN);
	}
	return true;
}

/* With the tags. False if something is cut. */
static __always_inline bool xdv_read_ether(struct xdv_packet *p, struct xdv_cursor *c)
{
	if (!xdv_readable(c, XDV_ETHER_LEN))
		return false;
	if (c->reads & XDV_READ_ETHER) {
		p->ether_daddr[0] = xdv_be32(c->at);
		p->ether_daddr[1] = xdv_be16(c->at + 4);
		p->ether_saddr[0] = xdv_be32(c->at + 6);
		p->ether_saddr[1] = xdv_be16(c->at + 10);
	}
	p->ether_type = xdv_be16(c->at + 12);
	xdv_skip(c, XDV_ETHER_LEN);
	return xdv_read_vlan(p, c);
}

/* What the Ethernet type says that there is. True if layer 4 follows. */
static __always_inline bool xdv_read_l3(struct xdv_packet *p, struct xdv_cursor *c)
{
	if ((c->reads & XDV_READ_IPV4) && p->ether_type == 0x0800)
		return xdv_read_ipv4(p, c);
	if ((c->reads & XDV_READ_IPV6) && p->ether_type == 0x86dd)
		return xdv_read_ipv6(p, c);
	if ((c->reads & XDV_READ_ARP) && p->ether_type == 0x0806)
		xdv_read_arp(p, c);
	return false;
}

/* `p` and `places` come zeroed. */
static __always_inline void xdv_walk(const struct xdp_md *ctx, struct xdv_packet *p,
				     struct xdv_places *places)
{
	struct xdv_cursor c = {
		.start = (const __u8 *)(long)ctx->data,
		.at = (const __u8 *)(long)ctx->data,
		.end = (const void *)(long)ctx->data_end,
		.behind = xdv_bytes_behind(ctx),
		.reads = XDV_READS,
	};

	if (XDV_READS & XDV_READ_FRAME) {
		p->frame_length = xdv_frame_bytes(ctx);
		p->rx_queue = xdv_rx_queue(ctx);
	}
	places->l2 = xdv_place_here(&c, 0, XDV_FRAME_MAX);
	if (!xdv_read_ether(p, &c))
		return;
	places->l3 = xdv_place_here(&c, 0, XDV_FRAME_MAX);
	if (!xdv_read_l3(p, &c) || !(XDV_READS & XDV_READ_L4))
		return;
	places->l4 = xdv_place_here(&c, 0, c.left);
	xdv_read_l4(p, &c, places);
}

static __always_inline void xdv_read_packet(const struct xdp_md *ctx, struct xdv_packet *p)
{
	struct xdv_places places; /* that nobody asks about */

	xdv_walk(ctx, p, &places);
}

static __always_inline const __u8 *xdv_place_start(const struct xdp_md *ctx,
						   const struct xdv_place *place)
{
	return XDV_FRAME_FIELD(ctx, data) + (place->at & XDV_PLACE_MAX);
}

/* A number of `length` bytes, under a mask. False if the packet does not have them. */
static __always_inline bool xdv_read_bytes(const struct xdp_md *ctx, const struct xdv_place *place,
					   const __u32 offset, const __u32 length, __u32 mask,
					   __u32 *value)
{
	const __u8 *at = xdv_place_start(ctx, place) + offset;
	__u32 number = 0;

	if (place->left < offset + length) /* or there is no such part */
		return false;
	if ((const void *)(at + length) > (const void *)(long)ctx->data_end)
		return false;
#pragma unroll
	for (__u32 i = 0; i < length; i++)
		number = number << 8 | at[i];
	*value = number & mask;
	return true;
}

#endif
