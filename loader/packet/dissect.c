// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/dissect.h"

#include "ast.h"

#include <string.h>

#define TYPE_8021Q  0x8100 /* IEEE 802.1Q, customer tag */
#define TYPE_8021AD 0x88a8 /* IEEE 802.1Q, service tag */
#define TYPE_IP	    0x0800
#define TYPE_ARP    0x0806
#define TYPE_IP6    0x86dd

enum {
	ETHER_BYTES = 14,
	TAG_BYTES = 4,
	ARP_BYTES = 28,
	IP_BYTES = 20,
	IP6_BYTES = 40,
	EXTENSION_BYTES = 8, /* the least that an extension header has */
};

/* IANA registry "protocol-numbers"; the extension headers among them are those of IPv6. */
enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_AUTHENTICATION = 51,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMP6 = 58,
	PROTOCOL_SCTP = 132,
};

/* The part of the frame that is not read yet. */
struct rest {
	const uint8_t *bytes;
	size_t length;
};

static const char *const end_texts[DISSECT_ENDS] = {
	[DISSECT_COMPLETE] = "",
	[DISSECT_ETHER_SHORT] = "the frame is shorter than an Ethernet header",
	[DISSECT_VLAN_SHORT] = "the VLAN tag is cut short",
	[DISSECT_VLAN_THIRD] = "there is a third VLAN tag",
	[DISSECT_ARP_SHORT] = "the ARP packet is cut short",
	[DISSECT_ARP_OTHER] = "the ARP packet is not for IPv4 over Ethernet",
	[DISSECT_IP_SHORT] = "the IPv4 header is cut short",
	[DISSECT_IP_VERSION] = "the version in the IPv4 header is not 4",
	[DISSECT_IP_HEADER_LENGTH] = "the length of the IPv4 header is below 20 bytes",
	[DISSECT_IP_LENGTH_SMALL] = "the IPv4 total length is less than the header's",
	[DISSECT_IP_LENGTH_LARGE] = "the IPv4 total length is more than the frame holds",
	[DISSECT_IP6_SHORT] = "the IPv6 header is cut short",
	[DISSECT_IP6_VERSION] = "the version in the IPv6 header is not 6",
	[DISSECT_IP6_LENGTH_LARGE] = "the IPv6 payload length is more than the frame holds",
	[DISSECT_IP6_NO_PAYLOAD] = "the IPv6 payload length is 0",
	[DISSECT_EXTENSION_SHORT] = "an IPv6 extension header is cut short",
	[DISSECT_EXTENSION_MANY] = "there are more than 6 IPv6 extension headers",
	[DISSECT_L4_SHORT] = "the layer 4 header is cut short",
	[DISSECT_TUNNEL_SHORT] = "the tunnel's header is cut short",
	[DISSECT_VXLAN_FLAGS] = "the flags of the VXLAN header are others than I and G",
	[DISSECT_GENEVE_VERSION] = "the version in the Geneve header is not 0",
	[DISSECT_GENEVE_CONTROL] = "the Geneve packet is a control message",
	[DISSECT_GRE_FLAGS] =
		"the GRE header has flags other than C, K and S, or a version other than 0",
};

/* Layer 4 as far as the language knows it. */
static const struct l4 {
	uint8_t protocol;
	enum header below; /* ICMP belongs to IPv4 and ICMPv6 to IPv6; HEADERS: either */
	enum header header;
	size_t bytes; /* of the fixed header, RFC 9293, 768, 9260, 792, 4443 */
} l4_table[] = {
	{PROTOCOL_TCP, HEADERS, HEADER_TCP, 20},       {PROTOCOL_UDP, HEADERS, HEADER_UDP, 8},
	{PROTOCOL_SCTP, HEADERS, HEADER_SCTP, 12},     {PROTOCOL_ICMP, HEADER_IP, HEADER_ICMP, 8},
	{PROTOCOL_ICMP6, HEADER_IP6, HEADER_ICMP6, 8},
};

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void skip(struct rest *rest, size_t count)
{
	rest->bytes += count;
	rest->length -= count;
}

/* The rest of the frame, or of the datagram, begins here. */
static void set_base(struct dissection *d, enum slice_base base, const struct rest *rest)
{
	d->bases[base].start = (size_t)(rest->bytes - d->frame);
	d->bases[base].end = d->bases[base].start + rest->length;
}

static void set_value(struct dissection *d, enum field field, const uint8_t *bytes)
{
	memcpy(d->values[field].bytes, bytes, type_table[field_table[field].type].width);
}

static void set_number(struct dissection *d, enum field field, uint32_t number)
{
	d->values[field] = value_from_number(number, field_table[field].type);
}

/* Returns the type of what follows. */
static uint16_t read_ether(struct dissection *d, struct rest *rest)
{
	uint16_t type = read16(rest->bytes + 12);

	d->has[HEADER_ETHER] = true;
	set_value(d, FIELD_ETHER_DADDR, rest->bytes);
	set_value(d, FIELD_ETHER_SADDR, rest->bytes + 6);
	skip(rest, ETHER_BYTES);
	while (type == TYPE_8021Q || type == TYPE_8021AD) {
		if (d->vlan_tags == DISSECT_VLANS_MAX) {
			d->end = DISSECT_VLAN_THIRD;
			break;
		}
		if (rest->length < TAG_BYTES) {
			d->end = DISSECT_VLAN_SHORT;
			break;
		}
		d->vlan_tci[d->vlan_tags++] = read16(rest->bytes);
		type = read16(rest->bytes + 2);
		skip(rest, TAG_BYTES);
	}
	if (d->vlan_tags) {
		d->has[HEADER_VLAN] = true;
		set_number(d, FIELD_VLAN_ID, d->vlan_tci[0] & 0xfffu);
		set_number(d, FIELD_VLAN_PCP, d->vlan_tci[0] >> 13);
	}
	if (d->vlan_tags > 1) {
		d->has[HEADER_VLAN_SECOND] = true;
		set_number(d, FIELD_VLAN_SECOND_ID, d->vlan_tci[1] & 0xfffu);
		set_number(d, FIELD_VLAN_SECOND_PCP, d->vlan_tci[1] >> 13);
	}
	set_number(d, FIELD_ETHER_TYPE, type);
	if (d->end != DISSECT_VLAN_SHORT)
		set_base(d, SLICE_L3, rest);
	d->payload = rest->length;
	return type;
}

/* RFC 826, for Ethernet (1) and IPv4. */
static void read_arp(struct dissection *d, struct rest *rest)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, TYPE_IP >> 8, TYPE_IP & 0xff, 6, 4};

	if (rest->length < ARP_BYTES) {
		d->end = DISSECT_ARP_SHORT;
		return;
	}
	if (memcmp(rest->bytes, ethernet_ipv4, sizeof(ethernet_ipv4)) != 0) {
		d->end = DISSECT_ARP_OTHER;
		return;
	}
	d->has[HEADER_ARP] = true;
	set_value(d, FIELD_ARP_OPERATION, rest->bytes + 6);
	set_value(d, FIELD_ARP_SADDR_ETHER, rest->bytes + 8);
	set_value(d, FIELD_ARP_SADDR_IP, rest->bytes + 14);
	set_value(d, FIELD_ARP_DADDR_ETHER, rest->bytes + 18);
	set_value(d, FIELD_ARP_DADDR_IP, rest->bytes + 24);
	d->payload = 0;
}

static void read_ports(struct dissection *d, const uint8_t *header, enum field sport,
		       enum field dport)
{
	set_value(d, sport, header);
	set_value(d, dport, header + 2);
}

static void read_l4_fields(struct dissection *d, enum header header, const uint8_t *bytes)
{
	switch (header) {
	case HEADER_TCP:
		read_ports(d, bytes, FIELD_TCP_SPORT, FIELD_TCP_DPORT);
		set_value(d, FIELD_TCP_FLAGS, bytes + 13);
		break;
	case HEADER_UDP:
		read_ports(d, bytes, FIELD_UDP_SPORT, FIELD_UDP_DPORT);
		set_value(d, FIELD_UDP_LENGTH, bytes + 4);
		break;
	case HEADER_SCTP:
		read_ports(d, bytes, FIELD_SCTP_SPORT, FIELD_SCTP_DPORT);
		break;
	case HEADER_ICMP:
		set_value(d, FIELD_ICMP_TYPE, bytes);
		set_value(d, FIELD_ICMP_CODE, bytes + 1);
		break;
	case HEADER_ICMP6:
		set_value(d, FIELD_ICMP6_TYPE, bytes);
		set_value(d, FIELD_ICMP6_CODE, bytes + 1);
		break;
	default:
		break;
	}
}

/* Behind the options of TCP, if its data offset makes sense. */
static void read_payload(struct dissection *d, struct rest rest, const struct l4 *l4)
{
	size_t header = l4->header == HEADER_TCP ? rest.bytes[12] / 16u * 4 : l4->bytes;

	if (header < l4->bytes || header > rest.length)
		return;
	skip(&rest, header);
	set_base(d, SLICE_PAYLOAD, &rest);
}

/* `rest` is the payload of the IP packet and ends where that does. */
static void read_l4(struct dissection *d, struct rest *rest, enum header below)
{
	d->payload = rest->length;
	if (d->fragment == XDV_FRAGMENT_LATER)
		return;
	if (below == HEADER_IP || d->protocol != XDV_PROTOCOL_UNKNOWN || d->end == DISSECT_COMPLETE)
		set_base(d, SLICE_L4, rest);
	for (size_t i = 0; i < sizeof(l4_table) / sizeof(*l4_table); i++) {
		const struct l4 *l4 = &l4_table[i];

		if (l4->protocol != d->protocol || (l4->below != HEADERS && l4->below != below))
			continue;
		if (rest->length < l4->bytes) {
			d->end = DISSECT_L4_SHORT;
			return;
		}
		d->has[l4->header] = true;
		read_l4_fields(d, l4->header, rest->bytes);
		read_payload(d, *rest, l4);
		d->payload = rest->length - l4->bytes;
		return;
	}
}

/*
 * The offset counts in 8 bytes. A fragment that comes after a later one has been seen does not
 * make it an earlier one.
 */
static void note_fragment(struct dissection *d, uint16_t offset, bool more)
{
	if (offset) {
		d->fragment = XDV_FRAGMENT_LATER;
		d->fragment_offset = (uint16_t)(offset * 8);
	} else if (more) {
		d->fragment = XDV_FRAGMENT_FIRST;
	}
}

/* RFC 791, section 3.1. */
static enum dissect_end check_ip(const struct rest *rest)
{
	size_t header, total;

	if (rest->length < IP_BYTES)
		return DISSECT_IP_SHORT;
	header = (rest->bytes[0] & 0xfu) * 4;
	total = read16(rest->bytes + 2);
	if (rest->bytes[0] >> 4 != 4)
		return DISSECT_IP_VERSION;
	if (header < IP_BYTES)
		return DISSECT_IP_HEADER_LENGTH;
	if (header > rest->length)
		return DISSECT_IP_SHORT;
	if (total < header)
		return DISSECT_IP_LENGTH_SMALL;
	if (total > rest->length)
		return DISSECT_IP_LENGTH_LARGE;
	return DISSECT_COMPLETE;
}

static void read_ip(struct dissection *d, struct rest *rest)
{
	const uint8_t *header = rest->bytes;
	uint16_t fragment;

	d->end = check_ip(rest);
	if (d->end != DISSECT_COMPLETE)
		return;
	d->has[HEADER_IP] = true;
	fragment = read16(header + 6);
	note_fragment(d, fragment & 0x1fff, fragment & 0x2000);
	set_number(d, FIELD_IP_DSCP, header[1] / 4);
	set_value(d, FIELD_IP_LENGTH, header + 2);
	set_value(d, FIELD_IP_TTL, header + 8);
	d->protocol = header[9];
	set_value(d, FIELD_IP_PROTOCOL, header + 9);
	set_value(d, FIELD_IP_SADDR, header + 12);
	set_value(d, FIELD_IP_DADDR, header + 16);
	set_number(d, FIELD_IP_FRAG, d->fragment);
	rest->length = read16(header + 2); /* what follows is padding */
	skip(rest, (header[0] & 0xfu) * 4);
	read_l4(d, rest, HEADER_IP);
}

static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case 0: /* hop-by-hop options, RFC 8200 */
	case 43: /* routing, RFC 8200 */
	case PROTOCOL_FRAGMENT: /* RFC 8200 */
	case PROTOCOL_AUTHENTICATION: /* RFC 4302 */
	case 60: /* destination options, RFC 8200 */
	case 135: /* mobility, RFC 6275 */
	case 139: /* host identity, RFC 7401 */
	case 140: /* shim6, RFC 5533 */
		return true;
	default:
		return false;
	}
}

static size_t extension_length(uint8_t protocol, const uint8_t *header)
{
	if (protocol == PROTOCOL_FRAGMENT)
		return 8;
	if (protocol == PROTOCOL_AUTHENTICATION)
		return (header[1] + 2u) * 4;
	return (header[1] + 1u) * 8;
}

/*
 * Walks to the protocol behind the extension headers; false if it can't be known. A later
 * fragment ends the walk: what follows is the middle of something.
 */
static bool read_extensions(struct dissection *d, struct rest *rest, uint8_t next)
{
	for (; is_extension(next); next = d->protocol) {
		size_t length;

		if (d->extension_count == DISSECT_EXTENSIONS_MAX) {
			d->end = DISSECT_EXTENSION_MANY;
			return false;
		}
		if (rest->length < EXTENSION_BYTES) {
			d->end = DISSECT_EXTENSION_SHORT;
			return false;
		}
		length = extension_length(next, rest->bytes);
		if (rest->length < length) {
			d->end = DISSECT_EXTENSION_SHORT;
			return false;
		}
		d->extensions[d->extension_count++] = next;
		d->protocol = rest->bytes[0];
		if (next == PROTOCOL_FRAGMENT) {
			uint16_t fragment = read16(rest->bytes + 2);

			note_fragment(d, fragment >> 3, fragment & 1);
		}
		skip(rest, length);
		if (d->fragment == XDV_FRAGMENT_LATER)
			return true;
	}
	d->protocol = next;
	return true;
}

/* RFC 8200, section 3. */
static enum dissect_end check_ip6(const struct rest *rest)
{
	if (rest->length < IP6_BYTES)
		return DISSECT_IP6_SHORT;
	if (rest->bytes[0] >> 4 != 6)
		return DISSECT_IP6_VERSION;
	if (read16(rest->bytes + 4) > rest->length - IP6_BYTES)
		return DISSECT_IP6_LENGTH_LARGE;
	return DISSECT_COMPLETE;
}

static void read_ip6(struct dissection *d, struct rest *rest)
{
	const uint8_t *header = rest->bytes;
	bool known = false;

	d->end = check_ip6(rest);
	if (d->end != DISSECT_COMPLETE)
		return;
	d->has[HEADER_IP6] = true;
	/* The traffic class lies across two bytes; its last two bits are ECN (RFC 3168). */
	set_number(d, FIELD_IP6_DSCP, (header[0] & 0xfu) * 4 + header[1] / 64);
	set_value(d, FIELD_IP6_LENGTH, header + 4);
	set_value(d, FIELD_IP6_HOPLIMIT, header + 7);
	set_value(d, FIELD_IP6_SADDR, header + 8);
	set_value(d, FIELD_IP6_DADDR, header + 24);
	skip(rest, IP6_BYTES);
	rest->length = read16(header + 4);
	/* A jumbogram (RFC 2675) has its length elsewhere and is not for XDP. */
	if (!rest->length)
		d->end = DISSECT_IP6_NO_PAYLOAD;
	else
		known = read_extensions(d, rest, header[6]);
	if (!known)
		d->protocol = XDV_PROTOCOL_UNKNOWN;
	set_number(d, FIELD_IP6_PROTOCOL, d->protocol);
	set_number(d, FIELD_IP6_FRAG, d->fragment);
	read_l4(d, rest, HEADER_IP6);
}

static void read_network(struct dissection *d, struct rest *rest, uint16_t type)
{
	if (type == TYPE_ARP)
		read_arp(d, rest);
	else if (type == TYPE_IP)
		read_ip(d, rest);
	else if (type == TYPE_IP6)
		read_ip6(d, rest);
}

bool dissect_inner(struct dissection *inner, const struct dissection *packet)
{
	size_t length = packet->carried.end - packet->carried.start;
	struct rest rest = {packet->frame + packet->carried.start, length};
	uint16_t type = packet->carried.type;

	memset(inner, 0, sizeof(*inner));
	if (!packet->carried.end)
		return false;
	inner->frame = rest.bytes;
	inner->length = length;
	inner->payload = length;
	set_number(inner, FIELD_ETHER_TYPE, type);
	if (type == DISSECT_FRAME) {
		if (length < ETHER_BYTES) {
			inner->end = DISSECT_ETHER_SHORT;
			return true;
		}
		type = read_ether(inner, &rest);
		if (inner->end == DISSECT_VLAN_SHORT)
			return true;
	}
	read_network(inner, &rest, type);
	return true;
}

/* So that rules are asked about one packet, by the names of its fields. */
static void copy_inner(struct dissection *d)
{
	struct dissection inner;

	dissect_inner(&inner, d);
	memcpy(d->has + HEADER_INNER, inner.has, WALKED_HEADERS * sizeof(*d->has));
	memcpy(d->values + FIELD_INNER, inner.values, WALKED_FIELDS * sizeof(*d->values));
	d->inner_fragment = inner.fragment;
	d->inner_protocol = inner.protocol;
}

void dissect(struct dissection *dissection, const void *frame, size_t length)
{
	struct rest rest = {frame, length};
	uint16_t type;

	memset(dissection, 0, sizeof(*dissection));
	dissection->length = length;
	dissection->payload = length;
	dissection->frame = frame;
	set_base(dissection, SLICE_L2, &rest);
	set_number(dissection, FIELD_FRAME_LENGTH, (uint32_t)length);
	if (length < ETHER_BYTES) {
		dissection->end = DISSECT_ETHER_SHORT;
		return;
	}
	type = read_ether(dissection, &rest);
	read_network(dissection, &rest, type);
	if (dissection->bases[SLICE_L4].end && dissection->fragment == XDV_FRAGMENT_NONE) {
		size_t start = dissection->bases[SLICE_L4].start;

		dissect_read_tunnel(dissection, dissection->frame + start,
				    dissection->bases[SLICE_L4].end - start);
		copy_inner(dissection);
	}
}

const char *dissect_end_text(enum dissect_end end)
{
	return end_texts[end];
}

static enum header first_header(const struct dissection *dissection, enum header first,
				enum header last)
{
	for (enum header header = first; header <= last; header++)
		if (dissection->has[header])
			return header;
	return HEADERS;
}

enum header dissect_l4(const struct dissection *dissection)
{
	return first_header(dissection, HEADER_TCP, HEADER_ICMP6);
}

enum header dissect_tunnel(const struct dissection *dissection)
{
	return first_header(dissection, HEADER_VXLAN, HEADER_IPIP);
}
