// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/build.h"

#include "packet/checksum.h"

#include <errno.h>
#include <string.h>

#define TYPE_8021Q  0x8100
#define TYPE_8021AD 0x88a8
#define TYPE_IP	    0x0800
#define TYPE_ARP    0x0806
#define TYPE_IP6    0x86dd
#define TYPE_FRAME  0x6558 /* in a tunnel */

#define PROTOCOL_FRAGMENT 44

/* Where a later fragment starts: behind what fits into 1500 bytes. */
#define LATER_OFFSET 1480
/* What a first fragment leaves for the rest of its datagram. */
#define REST_BYTES 8

/* Tells the fragments of these packets from others'. */
#define IDENTIFICATION 0x7864

/* Protocol and length of the fixed header, by what the packet is. */
static const struct transport {
	uint8_t protocol;
	size_t bytes;
	size_t checksum; /* where in the header it is */
	bool pseudo; /* it covers a pseudo-header */
} transports[HEADERS] = {
	[HEADER_TCP] = {6, 20, 16, true},    [HEADER_UDP] = {17, 8, 6, true},
	[HEADER_SCTP] = {132, 12, 8, false}, [HEADER_ICMP] = {1, 8, 2, false},
	[HEADER_ICMP6] = {58, 8, 2, true},
};

static void put16(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, value >> 16);
	put16(bytes + 2, value & 0xffff);
}

/* Room for `count` more bytes, zeroed; packet_length() saw to it that there is. */
static uint8_t *append(struct packet_bytes *packet, size_t count)
{
	uint8_t *start = packet->bytes + packet->length;

	memset(start, 0, count);
	packet->length += count;
	return start;
}

/*
 * Locally administered addresses, unless the IP address asks for another: multicast is mapped as
 * in RFC 1112 section 6.4 and RFC 2464 section 7; ARP requests and 255.255.255.255 are broadcast.
 */
static void ether_addresses(const struct packet_spec *spec, uint8_t *saddr, uint8_t *daddr)
{
	static const uint8_t from[6] = {2, 0, 0, 0, 0, 1}, to[6] = {2, 0, 0, 0, 0, 2};
	const uint8_t *ip = spec->daddr;

	memcpy(saddr, spec->has_ether ? spec->ether_saddr : from, 6);
	memcpy(daddr, spec->has_ether ? spec->ether_daddr : to, 6);
	if (spec->has_ether)
		return;
	if (spec->is_ip6 && ip[0] == 0xff) {
		memcpy(daddr, "\x33\x33", 2);
		memcpy(daddr + 2, ip + 12, 4);
	} else if (!spec->is_ip6 && ip[0] >> 4 == 14) {
		memcpy(daddr, "\x01\x00\x5e", 3);
		daddr[3] = ip[1] & 0x7f;
		memcpy(daddr + 4, ip + 2, 2);
	} else if (spec->top == HEADER_ARP || memcmp(ip, "\xff\xff\xff\xff", 4) == 0) {
		memset(daddr, 0xff, 6);
	}
}

static uint16_t payload_type(const struct packet_spec *spec)
{
	if (spec->top == HEADER_ETHER)
		return spec->ether_type;
	if (spec->top == HEADER_ARP)
		return TYPE_ARP;
	return spec->is_ip6 ? TYPE_IP6 : TYPE_IP;
}

static void put_ether(struct packet_bytes *packet, const struct packet_spec *spec)
{
	uint8_t *header = append(packet, 14 + 4 * spec->vlan_count);

	ether_addresses(spec, header + 6, header);
	header += 12;
	for (unsigned int i = 0; i < spec->vlan_count; i++, header += 4) {
		bool outer = spec->vlan_count == 2 && i == 0;

		put16(header, outer ? TYPE_8021AD : TYPE_8021Q);
		put16(header + 2, (size_t)spec->vlans[i].priority << 13 | spec->vlans[i].id);
	}
	put16(header, payload_type(spec));
}

/* RFC 826. The target's Ethernet address is what a request asks for: zeros. */
static void put_arp(struct packet_bytes *packet, const struct packet_spec *spec)
{
	const uint8_t *saddr = packet->bytes + 6;
	uint8_t *arp = append(packet, 28);

	put16(arp, 1);
	put16(arp + 2, TYPE_IP);
	arp[4] = 6;
	arp[5] = 4;
	put16(arp + 6, spec->arp_operation);
	memcpy(arp + 8, saddr, 6);
	memcpy(arp + 14, spec->saddr, 4);
	memcpy(arp + 24, spec->daddr, 4);
}

static uint8_t transport_protocol(const struct packet_spec *spec)
{
	return transports[spec->top].bytes ? transports[spec->top].protocol : spec->protocol;
}

/* Bytes of the IP payload in this frame, IPv6 fragment header not counted. */
static size_t transport_length(const struct packet_spec *spec)
{
	bool header = spec->fragment != XDV_FRAGMENT_LATER;
	size_t length = spec->payload + (header ? transports[spec->top].bytes : 0);

	/* All fragments but the last are made of whole units of 8 bytes. */
	return spec->fragment == XDV_FRAGMENT_FIRST ? (length + 7) / 8 * 8 : length;
}

static void put_ip(struct packet_bytes *packet, const struct packet_spec *spec)
{
	uint8_t *ip = append(packet, 20);

	ip[0] = 0x45;
	ip[1] = (uint8_t)(spec->dscp << 2);
	put16(ip + 2, 20 + transport_length(spec));
	if (spec->fragment == XDV_FRAGMENT_FIRST)
		put16(ip + 6, 0x2000);
	else if (spec->fragment == XDV_FRAGMENT_LATER)
		put16(ip + 6, LATER_OFFSET / 8);
	if (spec->fragment)
		put16(ip + 4, IDENTIFICATION);
	else
		put16(ip + 6, 0x4000); /* "don't fragment": no identification needed, RFC 6864 */
	ip[8] = spec->hop_limit;
	ip[9] = transport_protocol(spec);
	memcpy(ip + 12, spec->saddr, 4);
	memcpy(ip + 16, spec->daddr, 4);
	put16(ip + 10, checksum_finish(checksum_add(0, ip, 20)));
}

static void put_ip6(struct packet_bytes *packet, const struct packet_spec *spec)
{
	size_t extension = spec->fragment ? 8 : 0;
	uint8_t *ip = append(packet, 40 + extension);

	put16(ip, 0x6000u | (size_t)spec->dscp << 6);
	put16(ip + 4, extension + transport_length(spec));
	ip[6] = extension ? PROTOCOL_FRAGMENT : transport_protocol(spec);
	ip[7] = spec->hop_limit;
	memcpy(ip + 8, spec->saddr, 16);
	memcpy(ip + 24, spec->daddr, 16);
	if (!extension)
		return;
	ip[40] = transport_protocol(spec);
	put16(ip + 42, spec->fragment == XDV_FRAGMENT_FIRST ? 1 : LATER_OFFSET);
	put32(ip + 44, IDENTIFICATION);
}

static void put_transport_fields(uint8_t *header, const struct packet_spec *spec, size_t length)
{
	if (spec->top == HEADER_ICMP || spec->top == HEADER_ICMP6) {
		header[0] = spec->icmp_type;
		header[1] = spec->icmp_code;
		return;
	}
	put16(header, spec->sport);
	put16(header + 2, spec->dport);
	if (spec->top == HEADER_TCP) {
		header[12] = 5 << 4;
		header[13] = spec->tcp_flags;
		put16(header + 14, 0xffff);
	} else if (spec->top == HEADER_UDP) {
		put16(header + 4, length);
	} else if (spec->top == HEADER_SCTP) {
		put32(header + 4, IDENTIFICATION);
	}
}

static void put_checksum(uint8_t *header, const struct packet_spec *spec, size_t present,
			 size_t length)
{
	const struct transport *transport = &transports[spec->top];
	size_t address = spec->is_ip6 ? 16 : 4;
	uint32_t sum = 0;
	uint16_t folded;

	if (spec->top == HEADER_SCTP) {
		checksum_put_crc32c(header + transport->checksum, header, present,
				    length - present);
		return;
	}
	if (transport->pseudo) {
		sum = checksum_add(sum, spec->saddr, address);
		sum = checksum_add(sum, spec->daddr, address);
		sum += transport->protocol + (uint32_t)length;
	}
	folded = checksum_finish(checksum_add(sum, header, present));
	if (spec->top == HEADER_UDP && !folded) /* 0 would say "none", RFC 768 */
		folded = 0xffff;
	put16(header + transport->checksum, folded);
}

static size_t tunnel_header(const struct packet_spec *spec)
{
	if (spec->tunnel == HEADER_GRE)
		return spec->has_tunnel_id ? 8 : 4;
	return spec->tunnel == HEADER_IPIP ? 0 : 8;
}

size_t packet_tunnel_length(const struct packet_spec *spec)
{
	return tunnel_header(spec) + spec->carried->length - (spec->carries_frame ? 0 : 14);
}

/* RFC 7348, RFC 8926, RFC 2784 and 2890, RFC 2003 */
static void put_tunnel(uint8_t *at, const struct packet_spec *spec)
{
	const uint8_t *frame = spec->carried->bytes;
	uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);
	size_t skipped = spec->carries_frame ? 0 : 14;

	if (spec->carries_frame)
		type = TYPE_FRAME;
	if (spec->tunnel == HEADER_VXLAN) {
		at[0] = 0x08; /* there is a VNI */
		put32(at + 4, spec->tunnel_id << 8);
	} else if (spec->tunnel == HEADER_GENEVE) {
		put16(at + 2, type);
		put32(at + 4, spec->tunnel_id << 8);
	} else if (spec->tunnel == HEADER_GRE) {
		at[0] = spec->has_tunnel_id ? 0x20 : 0;
		put16(at + 2, type);
		if (spec->has_tunnel_id)
			put32(at + 4, spec->tunnel_id);
	}
	memcpy(at + tunnel_header(spec), frame + skipped, spec->carried->length - skipped);
}

static void put_transport(struct packet_bytes *packet, const struct packet_spec *spec)
{
	size_t present = transport_length(spec), length = present;
	uint8_t *header = append(packet, present), *payload = header;

	if (spec->fragment != XDV_FRAGMENT_LATER)
		payload += transports[spec->top].bytes;
	if (spec->tunnel)
		put_tunnel(payload, spec);
	else if (spec->data_length)
		memcpy(payload, spec->data, spec->data_length);
	if (!transports[spec->top].bytes || spec->fragment == XDV_FRAGMENT_LATER)
		return;
	/* Length and checksum are those of the whole datagram; what is missing of it is zeros. */
	if (spec->fragment == XDV_FRAGMENT_FIRST)
		length += REST_BYTES;
	put_transport_fields(header, spec, length);
	put_checksum(header, spec, present, length);
}

/* Bytes that the frame will have. */
static size_t packet_length(const struct packet_spec *spec)
{
	size_t length = 14 + 4 * spec->vlan_count;

	if (spec->top == HEADER_ETHER)
		return length + spec->payload;
	if (spec->top == HEADER_ARP)
		return length + 28;
	length += spec->is_ip6 ? 40 + (spec->fragment ? 8 : 0) : 20;
	return length + transport_length(spec);
}

int packet_build(struct packet_bytes *packet, const struct packet_spec *spec)
{
	if (spec->payload > PACKET_MAX || packet_length(spec) > PACKET_MAX)
		return -EMSGSIZE;
	packet->length = 0;
	put_ether(packet, spec);
	if (spec->top == HEADER_ARP) {
		put_arp(packet, spec);
	} else if (spec->top == HEADER_ETHER) {
		memcpy(append(packet, spec->payload), spec->data, spec->data_length);
	} else {
		if (spec->is_ip6)
			put_ip6(packet, spec);
		else
			put_ip(packet, spec);
		put_transport(packet, spec);
	}
	return 0;
}
