/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What everybody needs who answers a packet or passes it on: the way back, checksums, and the next
 * hop, as the kernel knows it. Packets are as in xdv_recv(): with `more`, they go on in the next
 * frame of the array, and their headers are in the first one.
 *
 *	if (xdv_packet_turn(&frame) == 0 && xdv_packet_checksum(&frame, 1) == 0)
 *		xdv_send(consumer, &frame, 1);
 */
#ifndef XDIVERT_PACKET_H
#define XDIVERT_PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>
#include <xdivert/error.h>
#include <xdivert/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Exchanges the addresses of Ethernet and IP, and the ports of TCP, UDP and SCTP, so that the
 * packet goes to who sent it. VLAN tags stay, and checksums stay right, since they are sums.
 *
 * -ENOMSG  it is no well-formed IP packet
 * -EADDRNOTAVAIL  it was to more than one host: none of its addresses is one to answer from
 */
XDV_API int xdv_packet_turn(struct xdv_frame *frame);

/*
 * Puts the checksums in, computed from all of the packet: that of IPv4's header, and that of TCP,
 * UDP, ICMP or ICMPv6, of whole datagrams. A packet of the kernel's own that comes over a veth has
 * only the beginnings of one, because no wire is on its way.
 *
 * -ENOMSG  it is no well-formed IP packet, or of another protocol (then IPv4's is in place), or a
 *          fragment, or has not all its bytes in the n frames
 */
XDV_API int xdv_packet_checksum(struct xdv_frame *frames, unsigned int n);

/*
 * The checksum of a packet in which `length` bytes, an even number at an even place, have become
 * others (RFC 1624); in network byte order, as it is in the packet. For UDP, 0 is none: leave it.
 */
XDV_API uint16_t xdv_checksum_update(uint16_t checksum, const void *before, const void *after,
				     size_t length);

/* Members beyond `size` are results. */
struct xdv_next_hop {
	size_t size; /* sizeof(struct xdv_next_hop), set by the caller */
	uint32_t ifindex; /* of the interface to send on */
	uint32_t mtu; /* of it, or of the route, if that has one; bytes */
	uint8_t saddr[6]; /* Ethernet address of that interface */
	uint8_t daddr[6]; /* of the next hop */
	uint8_t gateway[16]; /* IP address of the same: that of the destination, if it is a
				neighbour */
};

/*
 * Where the kernel would send a packet to an address (4 bytes of AF_INET or 16 of AF_INET6, in
 * network byte order): its routes and neighbours, asked by netlink. That takes some ten
 * microseconds: ask once in a while, and not for each packet. `error` may be NULL.
 *
 * -EAGAIN  the neighbour's Ethernet address is not known yet: leave the packet to the kernel, or
 *          send it one by a socket, which then asks the network; and try again
 * -ENETUNREACH, -EHOSTUNREACH  there is no route, or the neighbour does not answer
 * -EADDRNOTAVAIL  the address is one of this host's own, or one of many hosts'
 * -EAFNOSUPPORT   the family is neither; -EINVAL  no size
 */
XDV_API int xdv_next_hop_find(int family, const void *address, struct xdv_next_hop *hop,
			      struct xdv_error *error);

/*
 * Makes the packet go to the next hop: Ethernet addresses, and one less of its time to live, with
 * the checksum that belongs to it.
 *
 * -ENOMSG  it is no well-formed IP packet; -ETIME  it has come to the end of its time: the kernel
 *          may say so to its sender
 */
XDV_API int xdv_packet_forward(struct xdv_frame *frame, const struct xdv_next_hop *hop);

#ifdef __cplusplus
}
#endif

#endif
