// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "field.h"

#include "words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Ethertypes: IEEE 802 numbers as in <linux/if_ether.h>. */
static const struct symbol ether_types[] = {
	{"ip", 0x0800, 0x0800},	 {"arp", 0x0806, 0x0806},
	{"ip6", 0x86dd, 0x86dd}, {"vlan", 0x8100, 0x8100},
	{"aoe", 0x88a2, 0x88a2}, {"lldp", 0x88cc, 0x88cc},
	{"ptp", 0x88f7, 0x88f7}, {"roce", 0x8915, 0x8915},
	{"teb", 0x6558, 0x6558}, {NULL, 0, 0},
};

/* IP protocol numbers: IANA registry "protocol-numbers". */
static const struct symbol protocols[] = {
	{"icmp", 1, 1},	   {"igmp", 2, 2},     {"ipip", 4, 4},	      {"tcp", 6, 6},
	{"udp", 17, 17},   {"ip6", 41, 41},    {"gre", 47, 47},	      {"esp", 50, 50},
	{"icmp6", 58, 58}, {"ospf", 89, 89},   {"vrrp", 112, 112},    {"l2tp", 115, 115},
	{"pim", 103, 103}, {"sctp", 132, 132}, {"udplite", 136, 136}, {NULL, 0, 0},
};

/* RFC 9293, section 3.1. */
static const struct symbol tcp_flags[] = {
	{"fin", 0x01, 0x01}, {"syn", 0x02, 0x02}, {"rst", 0x04, 0x04},
	{"psh", 0x08, 0x08}, {"ack", 0x10, 0x10}, {"urg", 0x20, 0x20},
	{"ece", 0x40, 0x40}, {"cwr", 0x80, 0x80}, {NULL, 0, 0},
};

/* RFC 792 and IANA registry "icmp-parameters". */
static const struct symbol icmp_types[] = {
	{"echo-reply", 0, 0},
	{"destination-unreachable", 3, 3},
	{"redirect", 5, 5},
	{"echo-request", 8, 8},
	{"router-advertisement", 9, 9},
	{"router-solicitation", 10, 10},
	{"time-exceeded", 11, 11},
	{"parameter-problem", 12, 12},
	{"timestamp-request", 13, 13},
	{"timestamp-reply", 14, 14},
	{NULL, 0, 0},
};

/* RFC 4443, RFC 4861 and IANA registry "icmpv6-parameters". */
static const struct symbol icmp6_types[] = {
	{"destination-unreachable", 1, 1},
	{"packet-too-big", 2, 2},
	{"time-exceeded", 3, 3},
	{"parameter-problem", 4, 4},
	{"echo-request", 128, 128},
	{"echo-reply", 129, 129},
	{"router-solicitation", 133, 133},
	{"router-advertisement", 134, 134},
	{"neighbour-solicitation", 135, 135},
	{"neighbour-advertisement", 136, 136},
	{"neighbor-solicitation", 135, 135},
	{"neighbor-advertisement", 136, 136},
	{"redirect", 137, 137},
	{NULL, 0, 0},
};

static const struct symbol fragments[] = {
	{"none", XDV_FRAGMENT_NONE, XDV_FRAGMENT_NONE},
	{"first", XDV_FRAGMENT_FIRST, XDV_FRAGMENT_FIRST},
	{"later", XDV_FRAGMENT_LATER, XDV_FRAGMENT_LATER},
	{"any", XDV_FRAGMENT_FIRST, XDV_FRAGMENT_LATER},
	{NULL, 0, 0},
};

/* RFC 2474 (class selectors), 2597 (assured forwarding), 3246 (expedited), 5865, 8622. */
static const struct symbol dscps[] = {
	{"cs0", 0, 0},	  {"cs1", 8, 8},    {"cs2", 16, 16},  {"cs3", 24, 24},	{"cs4", 32, 32},
	{"cs5", 40, 40},  {"cs6", 48, 48},  {"cs7", 56, 56},  {"af11", 10, 10}, {"af12", 12, 12},
	{"af13", 14, 14}, {"af21", 18, 18}, {"af22", 20, 20}, {"af23", 22, 22}, {"af31", 26, 26},
	{"af32", 28, 28}, {"af33", 30, 30}, {"af41", 34, 34}, {"af42", 36, 36}, {"af43", 38, 38},
	{"ef", 46, 46},	  {"va", 44, 44},   {"le", 1, 1},     {NULL, 0, 0},
};

/* RFC 826, and IANA registry "arp-parameters". */
static const struct symbol arp_operations[] = {
	{"request", 1, 1}, {"reply", 2, 2}, {"rrequest", 3, 3}, {"rreply", 4, 4}, {NULL, 0, 0},
};

const struct type_info type_table[VALUE_TYPES] = {
	[TYPE_IPV4] = {"ipv4", "an IPv4 address", 4, UINT32_MAX, NULL},
	[TYPE_IPV6] = {"ipv6", "an IPv6 address", 16, 0, NULL},
	[TYPE_ETHER] = {"ether", "an Ethernet address", 6, 0, NULL},
	[TYPE_PORT] = {"port", "a port", 2, 65535, NULL},
	[TYPE_ETHER_TYPE] = {"ether-type", "an Ethernet type", 2, 65535, ether_types},
	[TYPE_VLAN_ID] = {"vlan-id", "a VLAN id", 2, 4095, NULL},
	/* 255 is reserved (IANA), and what the program says of a packet whose protocol it could
	 * not find. */
	[TYPE_PROTOCOL] = {"protocol", "an IP protocol", 1, 254, protocols},
	[TYPE_TCP_FLAGS] = {"tcp-flags", "TCP flags", 1, 255, tcp_flags},
	[TYPE_ICMP_TYPE] = {"icmp-type", "an ICMP type", 1, 255, icmp_types},
	[TYPE_ICMP6_TYPE] = {"icmp6-type", "an ICMPv6 type", 1, 255, icmp6_types},
	[TYPE_FRAGMENT] = {"fragment", "a kind of fragment", 1, 2, fragments},
	[TYPE_DSCP] = {"dscp", "a DSCP", 1, 63, dscps},
	[TYPE_HOPS] = {"hops", "a number of hops", 1, 255, NULL},
	[TYPE_LENGTH] = {"length", "a length in bytes", 2, 65535, NULL},
	[TYPE_FRAME_LENGTH] = {"frame-length", "a length in bytes", 4, UINT32_MAX, NULL},
	[TYPE_ICMP_CODE] = {"icmp-code", "an ICMP code", 1, 255, NULL},
	[TYPE_QUEUE] = {"queue", "a queue's number", 2, 65535, NULL},
	[TYPE_VLAN_PCP] = {"vlan-pcp", "a priority", 1, 7, NULL},
	[TYPE_ARP_OPERATION] = {"arp-operation", "an ARP operation", 2, 65535, arp_operations},
	[TYPE_NUMBER] = {"number", "a number", 4, UINT32_MAX, NULL},
	[TYPE_VNI] = {"vni", "a VNI", 3, 0xffffff, NULL},
	[TYPE_GRE_KEY] = {"gre-key", "a GRE key", 4, UINT32_MAX, NULL},
};

#define WALKED(header_, name_, doc_)                                                               \
	[header_] = {name_, doc_}, [HEADER_INNER + (header_)] = {"inner " name_, doc_}

const struct header_info header_table[HEADERS] = {
	WALKED(HEADER_ETHER, "ether", "Ethernet"),
	WALKED(HEADER_VLAN, "vlan", "802.1Q or 802.1ad tag, the outermost"),
	WALKED(HEADER_VLAN_SECOND, "vlan[1]", "the VLAN tag behind the outermost"),
	WALKED(HEADER_ARP, "arp", "ARP for IPv4 over Ethernet"),
	WALKED(HEADER_IP, "ip", "IPv4"),
	WALKED(HEADER_IP6, "ip6", "IPv6"),
	WALKED(HEADER_TCP, "tcp", "TCP"),
	WALKED(HEADER_UDP, "udp", "UDP"),
	WALKED(HEADER_SCTP, "sctp", "SCTP"),
	WALKED(HEADER_ICMP, "icmp", "ICMP"),
	WALKED(HEADER_ICMP6, "icmp6", "ICMPv6"),
	[HEADER_FRAME] = {"frame", "the frame as a whole"},
	[HEADER_RX] = {"rx", "where the frame was received"},
	[HEADER_VXLAN] = {"vxlan", "VXLAN"},
	[HEADER_GENEVE] = {"geneve", "Geneve"},
	[HEADER_GRE] = {"gre", "GRE"},
	[HEADER_IPIP] = {"ipip", "IP in IP"},
};
#undef WALKED

#define AT(member)                                                                                 \
	.word = WORD_AT(member),                                                                   \
	.words = sizeof(((struct words_of_packet *)NULL)->member) / sizeof(__u32)
#define WALKED(field_, header_, name_, type_, member_, doc_)                                       \
	[field_] = {header_, name_, type_, AT(packet.member_), .doc = doc_},                       \
	[FIELD_INNER + (field_)] = {HEADER_INNER + (header_), name_, type_, AT(inner.member_),     \
				    .doc = doc_}

/* clang-format off */
const struct field_info field_table[FIELDS] = {
	WALKED(FIELD_ETHER_DADDR, HEADER_ETHER, "daddr", TYPE_ETHER, ether_daddr,
	       "destination address"),
	WALKED(FIELD_ETHER_SADDR, HEADER_ETHER, "saddr", TYPE_ETHER, ether_saddr, "source address"),
	WALKED(FIELD_ETHER_TYPE, HEADER_ETHER, "type", TYPE_ETHER_TYPE, ether_type,
	       "type of the payload, behind VLAN tags"),
	WALKED(FIELD_VLAN_ID, HEADER_VLAN, "id", TYPE_VLAN_ID, vlan_id[0],
	       "VLAN id of the outermost tag"),
	WALKED(FIELD_VLAN_PCP, HEADER_VLAN, "pcp", TYPE_VLAN_PCP, vlan_pcp[0],
	       "priority code point of the outermost tag"),
	WALKED(FIELD_VLAN_SECOND_ID, HEADER_VLAN_SECOND, "id", TYPE_VLAN_ID, vlan_id[1],
	       "VLAN id of the second tag"),
	WALKED(FIELD_VLAN_SECOND_PCP, HEADER_VLAN_SECOND, "pcp", TYPE_VLAN_PCP, vlan_pcp[1],
	       "priority code point of the second tag"),
	[FIELD_FRAME_LENGTH] = {HEADER_FRAME, "length", TYPE_FRAME_LENGTH, AT(packet.frame_length),
				.doc = "bytes, from the Ethernet header on"},
	[FIELD_RX_QUEUE] = {HEADER_RX, "queue", TYPE_QUEUE, AT(packet.rx_queue),
			    .doc = "number of the receive queue"},
	WALKED(FIELD_ARP_OPERATION, HEADER_ARP, "operation", TYPE_ARP_OPERATION, arp_operation,
	       "request, reply …"),
	WALKED(FIELD_ARP_SADDR_ETHER, HEADER_ARP, "saddr ether", TYPE_ETHER, arp_saddr,
	       "the sender's Ethernet address"),
	WALKED(FIELD_ARP_SADDR_IP, HEADER_ARP, "saddr ip", TYPE_IPV4, ip_saddr,
	       "the sender's IPv4 address"),
	WALKED(FIELD_ARP_DADDR_ETHER, HEADER_ARP, "daddr ether", TYPE_ETHER, arp_daddr,
	       "the target's Ethernet address"),
	WALKED(FIELD_ARP_DADDR_IP, HEADER_ARP, "daddr ip", TYPE_IPV4, ip_daddr,
	       "the target's IPv4 address"),
	WALKED(FIELD_IP_SADDR, HEADER_IP, "saddr", TYPE_IPV4, ip_saddr, "source address"),
	WALKED(FIELD_IP_DADDR, HEADER_IP, "daddr", TYPE_IPV4, ip_daddr, "destination address"),
	WALKED(FIELD_IP_PROTOCOL, HEADER_IP, "protocol", TYPE_PROTOCOL, protocol,
	       "protocol of the payload"),
	WALKED(FIELD_IP_FRAG, HEADER_IP, "frag", TYPE_FRAGMENT, fragment,
	       "none, first, later, or any (first or later)"),
	WALKED(FIELD_IP_DSCP, HEADER_IP, "dscp", TYPE_DSCP, dscp,
	       "differentiated services code point"),
	WALKED(FIELD_IP_TTL, HEADER_IP, "ttl", TYPE_HOPS, hop_limit, "time to live"),
	WALKED(FIELD_IP_LENGTH, HEADER_IP, "length", TYPE_LENGTH, ip_length,
	       "total length: header and payload"),
	WALKED(FIELD_IP6_SADDR, HEADER_IP6, "saddr", TYPE_IPV6, ip6_saddr, "source address"),
	WALKED(FIELD_IP6_DADDR, HEADER_IP6, "daddr", TYPE_IPV6, ip6_daddr, "destination address"),
	WALKED(FIELD_IP6_PROTOCOL, HEADER_IP6, "protocol", TYPE_PROTOCOL, protocol,
	       "protocol of the payload, behind extension headers"),
	WALKED(FIELD_IP6_FRAG, HEADER_IP6, "frag", TYPE_FRAGMENT, fragment,
	       "none, first, later, or any (first or later)"),
	WALKED(FIELD_IP6_DSCP, HEADER_IP6, "dscp", TYPE_DSCP, dscp,
	       "differentiated services code point"),
	WALKED(FIELD_IP6_HOPLIMIT, HEADER_IP6, "hoplimit", TYPE_HOPS, hop_limit, "hop limit"),
	WALKED(FIELD_IP6_LENGTH, HEADER_IP6, "length", TYPE_LENGTH, ip_length,
	       "payload length: all behind the 40 bytes of the header"),
	WALKED(FIELD_TCP_SPORT, HEADER_TCP, "sport", TYPE_PORT, sport, "source port"),
	WALKED(FIELD_TCP_DPORT, HEADER_TCP, "dport", TYPE_PORT, dport, "destination port"),
	WALKED(FIELD_TCP_FLAGS, HEADER_TCP, "flags", TYPE_TCP_FLAGS, tcp_flags,
	       "flags: fin syn rst psh ack urg ece cwr"),
	WALKED(FIELD_UDP_SPORT, HEADER_UDP, "sport", TYPE_PORT, sport, "source port"),
	WALKED(FIELD_UDP_DPORT, HEADER_UDP, "dport", TYPE_PORT, dport, "destination port"),
	WALKED(FIELD_UDP_LENGTH, HEADER_UDP, "length", TYPE_LENGTH, udp_length,
	       "length: header and payload"),
	WALKED(FIELD_SCTP_SPORT, HEADER_SCTP, "sport", TYPE_PORT, sport, "source port"),
	WALKED(FIELD_SCTP_DPORT, HEADER_SCTP, "dport", TYPE_PORT, dport, "destination port"),
	WALKED(FIELD_ICMP_TYPE, HEADER_ICMP, "type", TYPE_ICMP_TYPE, icmp_type, "type"),
	WALKED(FIELD_ICMP_CODE, HEADER_ICMP, "code", TYPE_ICMP_CODE, icmp_code, "code"),
	WALKED(FIELD_ICMP6_CODE, HEADER_ICMP6, "code", TYPE_ICMP_CODE, icmp_code, "code"),
	WALKED(FIELD_ICMP6_TYPE, HEADER_ICMP6, "type", TYPE_ICMP6_TYPE, icmp_type, "type"),
	[FIELD_BYTES] = {HEADER_FRAME, "bytes()", TYPE_NUMBER, .words = 1,
			 .doc = "bytes at a place, as one number"},
	[FIELD_VXLAN_VNI] = {HEADER_VXLAN, "vni", TYPE_VNI, AT(tunnel.id),
			     .doc = "virtual network identifier"},
	[FIELD_GENEVE_VNI] = {HEADER_GENEVE, "vni", TYPE_VNI, AT(tunnel.id),
			      .doc = "virtual network identifier"},
	[FIELD_GENEVE_PROTOCOL] = {HEADER_GENEVE, "protocol", TYPE_ETHER_TYPE,
				   AT(tunnel.protocol),
				   .doc = "Ethernet type of what it carries; teb is a frame"},
	[FIELD_GRE_PROTOCOL] = {HEADER_GRE, "protocol", TYPE_ETHER_TYPE, AT(tunnel.protocol),
				.doc = "Ethernet type of what it carries; teb is a frame"},
	[FIELD_GRE_KEY] = {HEADER_GRE, "key", TYPE_GRE_KEY, AT(tunnel.id),
			   .doc = "key; NVGRE has VSID and flow in it"},
};
/* clang-format on */

int header_find(const char *name)
{
	if (strcmp(name, "vlan[0]") == 0)
		return HEADER_VLAN;
	if (strcmp(name, "inner vlan[0]") == 0)
		return HEADER_INNER + HEADER_VLAN;
	for (int i = 0; i < HEADERS; i++)
		if (strcmp(header_table[i].name, name) == 0)
			return i;
	return -1;
}

int field_find(enum header header, const char *name)
{
	for (int i = 0; i < FIELDS; i++)
		if (field_table[i].header == header && strcmp(field_table[i].name, name) == 0)
			return i;
	return -1;
}

int type_find(const char *name)
{
	for (int i = 0; i < VALUE_TYPES; i++)
		if (strcmp(type_table[i].name, name) == 0)
			return i;
	return -1;
}

uint32_t value_number(const struct value *value, enum value_type type)
{
	uint32_t number = 0;

	for (unsigned int i = 0; i < type_table[type].width; i++)
		number = number << 8 | value->bytes[i];
	return number;
}

struct value value_from_number(uint32_t number, enum value_type type)
{
	struct value value = {{0}};

	for (unsigned int i = type_table[type].width; i-- > 0; number >>= 8)
		value.bytes[i] = (uint8_t)number;
	return value;
}

int value_compare(const struct value *a, const struct value *b, enum value_type type)
{
	return memcmp(a->bytes, b->bytes, type_table[type].width);
}

char *value_format(char *buffer, size_t size, const struct value *value, enum value_type type)
{
	const struct symbol *symbol = type_table[type].symbols;
	const uint8_t *b = value->bytes;
	uint32_t number;

	switch (type) {
	case TYPE_IPV4:
		inet_ntop(AF_INET, b, buffer, (socklen_t)size);
		return buffer;
	case TYPE_IPV6:
		inet_ntop(AF_INET6, b, buffer, (socklen_t)size);
		return buffer;
	case TYPE_ETHER:
		snprintf(buffer, size, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
			 b[4], b[5]);
		return buffer;
	default:
		break;
	}
	number = value_number(value, type);
	for (; symbol && symbol->name; symbol++) {
		if (symbol->lo == number && symbol->hi == number) {
			snprintf(buffer, size, "%s", symbol->name);
			return buffer;
		}
	}
	snprintf(buffer, size, type == TYPE_ETHER_TYPE ? "0x%04x" : "%u", number);
	return buffer;
}
