/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Packets as text, in `test` lines and for `xdivert explain`:
 *
 *   [vlan ID [pcp P]]… [ether SMAC > DMAC] KIND SRC[:PORT] > DST[:PORT] [OPTION]…
 *   [vlan ID [pcp P]]… ether SMAC > DMAC type TYPE [len N]
 *   … udp … vxlan VNI | geneve VNI inner PACKET
 *   … ip | ip6 … gre [key N] | ipip inner PACKET
 *   hex 0200 0000 0002 …
 *
 * KIND is udp, tcp, sctp, icmp, icmp6, ip, ip6 or arp; IPv6 addresses with a port stand in
 * brackets. Options, in any order: `flags syn,ack` (tcp), `type T` and `code N` (icmp, icmp6),
 * `operation O` (arp), `proto P` (ip, ip6), `len N` (bytes of payload), `data HEX` (what it begins
 * with), `frag first|later`, `ttl N`, `dscp D`. What is not given: ports 0, flag ack, echo-request,
 * ARP request, protocol 253 ("for experiments", RFC 3692), ttl 64, dscp 0; no payload, but 20 bytes
 * of it for ip and ip6, 8 for a later fragment and 46 for a bare Ethernet frame; the tunnel's port.
 * Geneve and GRE carry a frame if the packet in them begins with vlan or ether, or is ARP.
 */
#ifndef XDIVERT_PACKET_TEXT_H
#define XDIVERT_PACKET_TEXT_H

#include "packet/build.h"
#include "packet/dissect.h"

/* Where in the text the mistake is (bytes from its start), what it is, and what helps. */
struct packet_text_error {
	size_t offset, length;
	char message[200];
	char hint[200]; /* may be empty */
};

/* -EINVAL: not a packet, -EMSGSIZE: longer than PACKET_MAX; `error` says more and may be NULL. */
int packet_from_text(struct packet_bytes *out, const char *text, struct packet_text_error *error);

/*
 * One line for people: `udp 10.1.1.1:5000 > 233.54.12.9:26400`. For what can be written as text,
 * it is text that packet_from_text() reads. Returns `buffer`.
 */
#define PACKET_TEXT 512
char *packet_describe(char *buffer, size_t size, const struct dissection *packet);

#endif
