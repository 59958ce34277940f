// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/headers.h"

#include "policy/expr_text.h"

struct lines {
	struct header_line *list;
	size_t count;
	bool inner; /* of what a tunnel carries */
	struct text text; /* of the last one */
};

static struct text *add_line(struct lines *lines, const char *name)
{
	struct header_line *line = &lines->list[lines->count++];

	line->name = name;
	line->text[0] = '\0';
	lines->text = (struct text){line->text, sizeof(line->text), 0};
	return &lines->text;
}

static struct text *add_header(struct lines *lines, enum header header)
{
	return add_line(lines, header_table[header + (lines->inner ? HEADER_INNER : 0)].name);
}

static void add_field(struct text *out, const struct dissection *packet, enum field field,
		      const char *before)
{
	text_add(out, "%s", before);
	text_add_value(out, &packet->values[field], field_table[field].type);
}

static void add_ether(struct lines *lines, const struct dissection *packet)
{
	struct text *out = add_header(lines, HEADER_ETHER);

	add_field(out, packet, FIELD_ETHER_SADDR, "");
	add_field(out, packet, FIELD_ETHER_DADDR, " > ");
	add_field(out, packet, FIELD_ETHER_TYPE, " type ");
	text_add(out, ", %zu bytes", packet->length);
	for (unsigned int i = 0; i < packet->vlan_tags; i++) {
		out = add_header(lines, HEADER_VLAN);
		text_add(out, "id %u pcp %d", packet->vlan_tci[i] & 0xfff,
			 packet->vlan_tci[i] >> 13);
	}
}

static void add_fragment(struct text *out, const struct dissection *packet)
{
	if (packet->fragment == XDV_FRAGMENT_FIRST)
		text_add(out, " frag first");
	else if (packet->fragment == XDV_FRAGMENT_LATER)
		text_add(out, " frag later (offset %u)", packet->fragment_offset);
}

static void add_ip(struct lines *lines, const struct dissection *packet)
{
	struct text *out = add_header(lines, HEADER_IP);

	add_field(out, packet, FIELD_IP_SADDR, "");
	add_field(out, packet, FIELD_IP_DADDR, " > ");
	add_field(out, packet, FIELD_IP_PROTOCOL, " protocol ");
	add_field(out, packet, FIELD_IP_TTL, " ttl ");
	add_field(out, packet, FIELD_IP_DSCP, " dscp ");
	add_field(out, packet, FIELD_IP_LENGTH, " length ");
	add_fragment(out, packet);
}

static void add_ip6(struct lines *lines, const struct dissection *packet)
{
	struct text *out = add_header(lines, HEADER_IP6);

	add_field(out, packet, FIELD_IP6_SADDR, "");
	add_field(out, packet, FIELD_IP6_DADDR, " > ");
	if (packet->protocol == XDV_PROTOCOL_UNKNOWN)
		text_add(out, " protocol not known");
	else
		add_field(out, packet, FIELD_IP6_PROTOCOL, " protocol ");
	add_field(out, packet, FIELD_IP6_HOPLIMIT, " hoplimit ");
	add_field(out, packet, FIELD_IP6_DSCP, " dscp ");
	add_field(out, packet, FIELD_IP6_LENGTH, " length ");
	add_fragment(out, packet);
	for (unsigned int i = 0; i < packet->extension_count; i++)
		text_add(out, "%s%u", i ? ", " : ", behind extension headers ",
			 packet->extensions[i]);
}

static void add_arp(struct lines *lines, const struct dissection *packet)
{
	struct text *out = add_header(lines, HEADER_ARP);

	add_field(out, packet, FIELD_ARP_OPERATION, "operation ");
	add_field(out, packet, FIELD_ARP_SADDR_IP, ", ");
	add_field(out, packet, FIELD_ARP_SADDR_ETHER, " at ");
	add_field(out, packet, FIELD_ARP_DADDR_IP, " > ");
	add_field(out, packet, FIELD_ARP_DADDR_ETHER, " at ");
}

/* "sport 5000 dport 53": all fields of the header that the packet has. */
static struct text *add_fields(struct lines *lines, const struct dissection *packet,
			       enum header header)
{
	struct text *out = add_header(lines, header);

	for (enum field field = 0; field < FIELD_INNER; field++) {
		if (field_table[field].header != header ||
		    (field == FIELD_GRE_KEY && !packet->has_gre_key))
			continue;
		text_add(out, "%s%s ", out->used ? " " : "", field_table[field].name);
		text_add_value(out, &packet->values[field], field_table[field].type);
	}
	return out;
}

static void add_headers(struct lines *lines, const struct dissection *packet)
{
	enum header transport = dissect_l4(packet), tunnel = dissect_tunnel(packet);

	if (packet->has[HEADER_ETHER])
		add_ether(lines, packet);
	if (packet->has[HEADER_ARP])
		add_arp(lines, packet);
	if (packet->has[HEADER_IP])
		add_ip(lines, packet);
	if (packet->has[HEADER_IP6])
		add_ip6(lines, packet);
	if (transport != HEADERS)
		text_add(add_fields(lines, packet, transport), ", %zu bytes of payload",
			 packet->payload);
	if (tunnel != HEADERS)
		text_add(add_fields(lines, packet, tunnel), "%s%zu bytes carried",
			 tunnel == HEADER_IPIP ? "" : ", ",
			 packet->carried.end - packet->carried.start);
	if (packet->end != DISSECT_COMPLETE)
		text_add(add_line(lines, lines->inner ? "inner damage" : "damage"), "%s",
			 dissect_end_text(packet->end));
}

size_t headers_text(struct header_line list[HEADER_LINES_MAX], const struct dissection *packet)
{
	struct lines lines = {.list = list};
	struct dissection inner;

	add_headers(&lines, packet);
	if (dissect_inner(&inner, packet)) {
		lines.inner = true;
		add_headers(&lines, &inner);
	}
	return lines.count;
}
