/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Consumers with several sockets on a queue: which of them a packet goes to. Packets of one flow go
 * to one socket, both directions to the same; so do the fragments of a datagram, whose ports only
 * the first has. What is not IP goes to the first socket.
 */
#ifndef XDIVERT_FANOUT_H
#define XDIVERT_FANOUT_H

#include "program.h"

/* Receive queues that the maps of consumers have room for; the loader sets it. */
const volatile __u32 xdv_queues = 1;

static __always_inline __u64 xdv_end_hash(const __u32 *address, __u32 first, __u32 port)
{
	__u64 hash = xdv_hash(port, (__u64)(first | address[0]) << 32 | address[1]);

	return xdv_hash(hash, (__u64)address[2] << 32 | address[3]);
}

/* Number of the socket of the packet in the map: see XDV_SOCKET() in abi.h. */
static __always_inline __u32 xdv_spread(const struct xdp_md *ctx, const struct xdv_packet *p,
					const __u32 sockets)
{
	bool ports = XDV_IN(p->l4, XDV_L4_TCP, XDV_L4_SCTP); /* not of a first fragment */
	__u64 hash = 0;

	if (p->l3 == XDV_L3_IPV4 || p->l3 == XDV_L3_IPV6)
		hash = xdv_end_hash(p->ip6_saddr, p->ip_saddr, ports ? p->sport : 0) +
		       xdv_end_hash(p->ip6_daddr, p->ip_daddr, ports ? p->dport : 0) + p->protocol;
	hash = (__u64)xdv_hash_slot(hash) * sockets >> 32;
	return XDV_SOCKET(xdv_rx_queue(ctx), (__u32)hash, xdv_queues);
}

#endif
