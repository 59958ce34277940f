// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The second opinion on tunnels: which one a datagram is, and what it carries.
 */
#include "packet/dissect_rest.h"

#define PORT_VXLAN  4789 /* RFC 7348, section 5 */
#define PORT_GENEVE 6081 /* RFC 8926, section 3.3 */

enum { UDP_BYTES = 8, VXLAN_BYTES = 8, GENEVE_BYTES = 8, GRE_BYTES = 4, GRE_OPTION_BYTES = 4 };

/* IANA registry "protocol-numbers" */
enum { PROTOCOL_IP = 4, PROTOCOL_IP6 = 41, PROTOCOL_GRE = 47 };

#define TYPE_IP	 0x0800
#define TYPE_IP6 0x86dd

static uint32_t number(const uint8_t *bytes, size_t count)
{
	uint32_t value = 0;

	while (count--)
		value = value * 256 + *bytes++;
	return value;
}

static void carry(struct dissection *d, const struct rest *rest, size_t header, uint32_t type)
{
	d->carried.start = (size_t)(rest->bytes - d->frame) + header;
	d->carried.end = d->carried.start + rest->length - header;
	d->carried.type = (uint16_t)type;
}

/* Flags R R R R I R R R, 24 bits of reserve, VNI, 8 bits of reserve; the first R is also G. */
static enum dissect_end read_vxlan(struct dissection *d, const struct rest *rest)
{
	if (rest->length < VXLAN_BYTES)
		return DISSECT_TUNNEL_SHORT;
	if (rest->bytes[0] != 0x08 && rest->bytes[0] != 0x88)
		return DISSECT_VXLAN_FLAGS;
	d->has[HEADER_VXLAN] = true;
	set_number(d, FIELD_VXLAN_VNI, number(rest->bytes + 4, 3));
	carry(d, rest, VXLAN_BYTES, DISSECT_FRAME);
	return DISSECT_COMPLETE;
}

/* Version (2), length of options in 4 bytes (6), O, C and reserve, type (16), VNI (24). */
static enum dissect_end read_geneve(struct dissection *d, const struct rest *rest)
{
	size_t header;

	if (rest->length < GENEVE_BYTES)
		return DISSECT_TUNNEL_SHORT;
	if (rest->bytes[0] >= 0x40)
		return DISSECT_GENEVE_VERSION;
	header = GENEVE_BYTES + rest->bytes[0] % 64u * 4;
	if (rest->length < header)
		return DISSECT_TUNNEL_SHORT;
	d->has[HEADER_GENEVE] = true;
	set_number(d, FIELD_GENEVE_PROTOCOL, number(rest->bytes + 2, 2));
	set_number(d, FIELD_GENEVE_VNI, number(rest->bytes + 4, 3));
	if (rest->bytes[1] >= 0x80)
		return DISSECT_GENEVE_CONTROL;
	carry(d, rest, header, number(rest->bytes + 2, 2));
	return DISSECT_COMPLETE;
}

/* C, one of reserve, K, S; what RFC 1701 had next must be 0, five of reserve, version (3); type. */
static enum dissect_end read_gre(struct dissection *d, const struct rest *rest)
{
	bool checksum, key, sequence;
	size_t header = GRE_BYTES;

	if (rest->length < GRE_BYTES)
		return DISSECT_TUNNEL_SHORT;
	checksum = rest->bytes[0] & 1 << 7;
	key = rest->bytes[0] & 1 << 5;
	sequence = rest->bytes[0] & 1 << 4;
	if (rest->bytes[0] & (1 << 6 | 1 << 3 | 1 << 2) || rest->bytes[1] % 8 != 0)
		return DISSECT_GRE_FLAGS;
	header += GRE_OPTION_BYTES * ((size_t)checksum + key + sequence);
	if (rest->length < header)
		return DISSECT_TUNNEL_SHORT;
	d->has[HEADER_GRE] = true;
	set_number(d, FIELD_GRE_PROTOCOL, number(rest->bytes + 2, 2));
	d->has_gre_key = key;
	if (key)
		set_number(
			d, FIELD_GRE_KEY,
			number(rest->bytes + (checksum ? GRE_BYTES + GRE_OPTION_BYTES : GRE_BYTES),
			       4));
	carry(d, rest, header, number(rest->bytes + 2, 2));
	return DISSECT_COMPLETE;
}

static enum dissect_end read_ipip(struct dissection *d, const struct rest *rest)
{
	d->has[HEADER_IPIP] = true;
	carry(d, rest, 0, d->protocol == PROTOCOL_IP ? TYPE_IP : TYPE_IP6);
	return DISSECT_COMPLETE;
}

static enum dissect_end read_udp_tunnel(struct dissection *d, struct rest rest)
{
	uint32_t port = value_number(&d->values[FIELD_UDP_DPORT], TYPE_PORT);

	rest.bytes += UDP_BYTES;
	rest.length -= UDP_BYTES;
	if (port == PORT_VXLAN)
		return read_vxlan(d, &rest);
	if (port == PORT_GENEVE)
		return read_geneve(d, &rest);
	return DISSECT_COMPLETE;
}

void dissect_read_tunnel(struct dissection *d, const uint8_t *bytes, size_t length)
{
	struct rest rest = {bytes, length};

	if (d->has[HEADER_UDP])
		d->end = read_udp_tunnel(d, rest);
	else if (d->protocol == PROTOCOL_GRE)
		d->end = read_gre(d, &rest);
	else if (d->protocol == PROTOCOL_IP || d->protocol == PROTOCOL_IP6)
		d->end = read_ipip(d, &rest);
}
