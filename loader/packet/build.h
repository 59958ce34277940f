/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames from a description: headers with right lengths and checksums, then zeros.
 */
#ifndef XDIVERT_PACKET_BUILD_H
#define XDIVERT_PACKET_BUILD_H

#include "bpf/abi.h"
#include "field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 9216 /* bytes of a frame: the usual "jumbo" with room for tags */

struct packet_bytes {
	size_t length;
	uint8_t bytes[PACKET_MAX];
};

#define PACKET_VLANS_MAX 2

#define PACKET_DATA_MAX 128

/* Numbers in host byte order. */
struct packet_spec {
	struct {
		uint16_t id;
		uint8_t priority;
	} vlans[PACKET_VLANS_MAX]; /* outermost first */
	unsigned int vlan_count;

	bool has_ether; /* the addresses are given; else they follow from the IP addresses */
	uint8_t ether_saddr[6], ether_daddr[6];

	/* HEADER_TCP … HEADER_ICMP6, HEADER_ARP; HEADER_IP and HEADER_IP6 for a payload of
	 * `protocol`; HEADER_ETHER for one of `ether_type` */
	enum header top;
	uint16_t ether_type;
	bool is_ip6;
	uint8_t saddr[16], daddr[16]; /* the first 4 bytes for IPv4 */
	uint8_t protocol;
	uint8_t hop_limit;
	uint8_t dscp;
	enum xdv_fragment fragment;
	uint16_t sport, dport;
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint16_t arp_operation;
	/* HEADER_VXLAN … HEADER_IPIP: behind the last header is that of a tunnel, and `carried`,
	 * which is borrowed, without its Ethernet header unless it is a frame; 0: no tunnel */
	enum header tunnel;
	bool has_tunnel_id;
	uint32_t tunnel_id; /* VNI; key of GRE */
	const struct packet_bytes *carried;
	bool carries_frame;
	size_t payload; /* bytes behind the last header, of a tunnel in all */
	uint8_t data[PACKET_DATA_MAX]; /* that the payload begins with */
	size_t data_length;
};

/* Bytes of the tunnel's header, and of what it carries. */
size_t packet_tunnel_length(const struct packet_spec *spec);

/* -EMSGSIZE: the frame would be longer than PACKET_MAX. */
int packet_build(struct packet_bytes *packet, const struct packet_spec *spec);

#endif
