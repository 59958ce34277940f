// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "expr_text.h"
#include "packet/text.h"

static void add_endpoint(struct text *out, const struct dissection *packet, enum field address,
			 const enum field *port)
{
	bool brackets = port && packet->has[HEADER_IP6];

	text_add(out, brackets ? " [" : " ");
	text_add_value(out, &packet->values[address], field_table[address].type);
	text_add(out, brackets ? "]" : "");
	if (port)
		text_add(out, ":%u", value_number(&packet->values[*port], TYPE_PORT));
}

/* The tunnel's header, if there is something known in the tunnel; HEADERS otherwise. */
static enum header told_tunnel(const struct dissection *packet)
{
	struct dissection inner;

	if (!dissect_inner(&inner, packet) ||
	    !(inner.has[HEADER_ETHER] || inner.has[HEADER_IP] || inner.has[HEADER_IP6]))
		return HEADERS;
	return dissect_tunnel(packet);
}

/* "udp 10.0.0.1:5000 > 10.0.0.2:53" */
static void add_ip(struct text *out, const struct dissection *packet)
{
	static const struct {
		enum header header;
		enum field sport, dport;
	} ports[] = {
		{HEADER_TCP, FIELD_TCP_SPORT, FIELD_TCP_DPORT},
		{HEADER_UDP, FIELD_UDP_SPORT, FIELD_UDP_DPORT},
		{HEADER_SCTP, FIELD_SCTP_SPORT, FIELD_SCTP_DPORT},
	};
	enum header network = packet->has[HEADER_IP] ? HEADER_IP : HEADER_IP6;
	enum header transport = dissect_l4(packet);
	const enum field *sport = NULL, *dport = NULL;

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		if (ports[i].header == transport) {
			sport = &ports[i].sport;
			dport = &ports[i].dport;
		}
	}
	text_add(out, "%s", header_table[transport == HEADERS ? network : transport].name);
	add_endpoint(out, packet, network == HEADER_IP ? FIELD_IP_SADDR : FIELD_IP6_SADDR, sport);
	text_add(out, " >");
	add_endpoint(out, packet, network == HEADER_IP ? FIELD_IP_DADDR : FIELD_IP6_DADDR, dport);
}

static void add_type(struct text *out, const struct dissection *packet, enum field field,
		     enum field code)
{
	text_add(out, " type ");
	text_add_value(out, &packet->values[field], field_table[field].type);
	if (value_number(&packet->values[code], TYPE_ICMP_CODE)) {
		text_add(out, " code ");
		text_add_value(out, &packet->values[code], TYPE_ICMP_CODE);
	}
}

static void add_ip_options(struct text *out, const struct dissection *packet)
{
	struct value protocol = value_from_number(packet->protocol, TYPE_PROTOCOL);
	enum field dscp = packet->has[HEADER_IP] ? FIELD_IP_DSCP : FIELD_IP6_DSCP;
	enum header transport = dissect_l4(packet);

	if (transport == HEADER_TCP) {
		text_add(out, " flags ");
		text_add_flags(out, value_number(&packet->values[FIELD_TCP_FLAGS], TYPE_TCP_FLAGS));
	} else if (transport == HEADER_ICMP) {
		add_type(out, packet, FIELD_ICMP_TYPE, FIELD_ICMP_CODE);
	} else if (transport == HEADER_ICMP6) {
		add_type(out, packet, FIELD_ICMP6_TYPE, FIELD_ICMP6_CODE);
	} else if (told_tunnel(packet) != HEADERS) {
		/* the tunnel says it */
	} else if (transport == HEADERS && packet->has[HEADER_IP6] &&
		   packet->protocol == XDV_PROTOCOL_UNKNOWN) {
		text_add(out, " proto unknown");
	} else if (transport == HEADERS) {
		text_add(out, " proto ");
		text_add_value(out, &protocol, TYPE_PROTOCOL);
	}
	if (value_number(&packet->values[dscp], TYPE_DSCP)) {
		text_add(out, " dscp ");
		text_add_value(out, &packet->values[dscp], TYPE_DSCP);
	}
	if (packet->fragment == XDV_FRAGMENT_FIRST)
		text_add(out, " frag first");
	else if (packet->fragment == XDV_FRAGMENT_LATER)
		text_add(out, " frag later");
	/* without a word on it, a packet of no known transport, or a later fragment, has some */
	if ((packet->payload || transport == HEADERS || packet->fragment == XDV_FRAGMENT_LATER) &&
	    told_tunnel(packet) == HEADERS)
		text_add(out, " len %zu", packet->payload);
}

/* What is not IP, or a damaged header of it. */
static void add_other(struct text *out, const struct dissection *packet)
{
	text_add(out, "ether ");
	text_add_value(out, &packet->values[FIELD_ETHER_SADDR], TYPE_ETHER);
	text_add(out, " > ");
	text_add_value(out, &packet->values[FIELD_ETHER_DADDR], TYPE_ETHER);
	text_add(out, " type ");
	text_add_value(out, &packet->values[FIELD_ETHER_TYPE], TYPE_ETHER_TYPE);
	text_add(out, " len %zu", packet->payload);
}

static void add_arp(struct text *out, const struct dissection *packet)
{
	const struct value *operation = &packet->values[FIELD_ARP_OPERATION];

	text_add(out, "arp ");
	text_add_value(out, &packet->values[FIELD_ARP_SADDR_IP], TYPE_IPV4);
	text_add(out, " > ");
	text_add_value(out, &packet->values[FIELD_ARP_DADDR_IP], TYPE_IPV4);
	if (value_number(operation, TYPE_ARP_OPERATION) != 1) {
		text_add(out, " operation ");
		text_add_value(out, operation, TYPE_ARP_OPERATION);
	}
}

static void add_vlans(struct text *out, const struct dissection *packet)
{
	for (unsigned int i = 0; i < packet->vlan_tags; i++) {
		text_add(out, "vlan %u ", packet->vlan_tci[i] & 0xfff);
		if (packet->vlan_tci[i] >> 13)
			text_add(out, "pcp %d ", packet->vlan_tci[i] >> 13);
	}
}

static void add_packet(struct text *out, const struct dissection *packet);

/* " vxlan 42 inner ", and the packet in there. */
static void add_tunnel(struct text *out, const struct dissection *packet, enum header tunnel)
{
	struct dissection inner;

	text_add(out, " %s", header_table[tunnel].name);
	if (tunnel == HEADER_VXLAN || tunnel == HEADER_GENEVE)
		text_add(out, " %u",
			 value_number(&packet->values[tunnel == HEADER_VXLAN ? FIELD_VXLAN_VNI
									     : FIELD_GENEVE_VNI],
				      TYPE_VNI));
	else if (packet->has_gre_key)
		text_add(out, " key %u",
			 value_number(&packet->values[FIELD_GRE_KEY], TYPE_GRE_KEY));
	dissect_inner(&inner, packet);
	text_add(out, " inner ");
	/* what else would be said of a packet without a frame */
	if (inner.has[HEADER_ETHER] && tunnel != HEADER_VXLAN && !inner.vlan_tags &&
	    (inner.has[HEADER_IP] || inner.has[HEADER_IP6])) {
		text_add(out, "ether ");
		text_add_value(out, &inner.values[FIELD_ETHER_SADDR], TYPE_ETHER);
		text_add(out, " > ");
		text_add_value(out, &inner.values[FIELD_ETHER_DADDR], TYPE_ETHER);
		text_add(out, " ");
	}
	add_packet(out, &inner);
}

static void add_packet(struct text *out, const struct dissection *packet)
{
	enum header tunnel = told_tunnel(packet);

	add_vlans(out, packet);
	if (packet->has[HEADER_IP] || packet->has[HEADER_IP6]) {
		add_ip(out, packet);
		add_ip_options(out, packet);
	} else if (packet->has[HEADER_ARP]) {
		add_arp(out, packet);
	} else if (packet->has[HEADER_ETHER]) {
		add_other(out, packet);
	} else {
		text_add(out, "%zu bytes", packet->length);
	}
	if (tunnel != HEADERS)
		add_tunnel(out, packet, tunnel);
	if (packet->end != DISSECT_COMPLETE)
		text_add(out, " (%s)", dissect_end_text(packet->end));
}

char *packet_describe(char *buffer, size_t size, const struct dissection *packet)
{
	struct text out = {buffer, size, 0};

	buffer[0] = '\0';
	add_packet(&out, packet);
	return buffer;
}
