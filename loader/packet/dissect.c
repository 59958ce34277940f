// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/dissect_rest.h"

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

static void read_network(struct dissection *d, struct rest *rest, uint16_t type)
{
	if (type == TYPE_ARP)
		read_arp(d, rest);
	else if (type == TYPE_IP)
		dissect_read_ip(d, rest);
	else if (type == TYPE_IP6)
		dissect_read_ip6(d, rest);
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
