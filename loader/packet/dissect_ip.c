// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/dissect_rest.h"

enum {
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

void dissect_read_ip(struct dissection *d, struct rest *rest)
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

void dissect_read_ip6(struct dissection *d, struct rest *rest)
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
