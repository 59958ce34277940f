// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pcap_value.h"

#include <arpa/inet.h>
#include <string.h>

/*
 * Where a field is: bytes of one of libpcap's accessors. `behind_ip6` is the same from the start of
 * an IPv6 header, for those of layer 4 that libpcap's accessor only finds over IPv4.
 */
static const struct place {
	const char *accessor;
	unsigned int offset, behind_ip6;
	unsigned int shift;
	uint32_t mask; /* 0: all */
	const char *primitive; /* what is better said in words: "tcp src port" */
} places[FIELDS] = {
	[FIELD_ETHER_DADDR] = {.accessor = "ether", .offset = 0, .primitive = "ether dst"},
	[FIELD_ETHER_SADDR] = {.accessor = "ether", .offset = 6, .primitive = "ether src"},
	[FIELD_ETHER_TYPE] = {.accessor = "ether", .offset = 12}, /* and four bytes for each tag */
	[FIELD_VLAN_ID] = {.accessor = "ether", .offset = 14, .mask = 0xfff},
	[FIELD_VLAN_PCP] = {.accessor = "ether", .offset = 14, .shift = 13},
	[FIELD_VLAN_SECOND_ID] = {.accessor = "ether", .offset = 18, .mask = 0xfff},
	[FIELD_VLAN_SECOND_PCP] = {.accessor = "ether", .offset = 18, .shift = 13},
	[FIELD_ARP_OPERATION] = {.accessor = "arp", .offset = 6},
	[FIELD_ARP_SADDR_ETHER] = {.accessor = "arp", .offset = 8},
	[FIELD_ARP_SADDR_IP] = {.accessor = "arp", .offset = 14},
	[FIELD_ARP_DADDR_ETHER] = {.accessor = "arp", .offset = 18},
	[FIELD_ARP_DADDR_IP] = {.accessor = "arp", .offset = 24},
	[FIELD_IP_SADDR] = {.accessor = "ip", .offset = 12, .primitive = "ip src"},
	[FIELD_IP_DADDR] = {.accessor = "ip", .offset = 16, .primitive = "ip dst"},
	[FIELD_IP_PROTOCOL] = {.accessor = "ip", .offset = 9, .primitive = "ip proto"},
	[FIELD_IP_DSCP] = {.accessor = "ip", .offset = 1, .shift = 2},
	[FIELD_IP_TTL] = {.accessor = "ip", .offset = 8},
	[FIELD_IP_LENGTH] = {.accessor = "ip", .offset = 2},
	[FIELD_IP6_SADDR] = {.accessor = "ip6", .offset = 8, .primitive = "ip6 src"},
	[FIELD_IP6_DADDR] = {.accessor = "ip6", .offset = 24, .primitive = "ip6 dst"},
	[FIELD_IP6_PROTOCOL] = {.accessor = "ip6", .offset = 6, .primitive = "ip6 proto"},
	[FIELD_IP6_DSCP] = {.accessor = "ip6", .offset = 0, .shift = 6, .mask = 0x3f},
	[FIELD_IP6_HOPLIMIT] = {.accessor = "ip6", .offset = 7},
	[FIELD_IP6_LENGTH] = {.accessor = "ip6", .offset = 4},
	[FIELD_TCP_SPORT] = {.accessor = "tcp",
			     .offset = 0,
			     .behind_ip6 = 40,
			     .primitive = "tcp src port"},
	[FIELD_TCP_DPORT] = {.accessor = "tcp",
			     .offset = 2,
			     .behind_ip6 = 42,
			     .primitive = "tcp dst port"},
	[FIELD_TCP_FLAGS] = {.accessor = "tcp", .offset = 13, .behind_ip6 = 53},
	[FIELD_UDP_SPORT] = {.accessor = "udp",
			     .offset = 0,
			     .behind_ip6 = 40,
			     .primitive = "udp src port"},
	[FIELD_UDP_DPORT] = {.accessor = "udp",
			     .offset = 2,
			     .behind_ip6 = 42,
			     .primitive = "udp dst port"},
	[FIELD_UDP_LENGTH] = {.accessor = "udp", .offset = 4, .behind_ip6 = 44},
	[FIELD_SCTP_SPORT] = {.accessor = "sctp",
			      .offset = 0,
			      .behind_ip6 = 40,
			      .primitive = "sctp src port"},
	[FIELD_SCTP_DPORT] = {.accessor = "sctp",
			      .offset = 2,
			      .behind_ip6 = 42,
			      .primitive = "sctp dst port"},
	[FIELD_ICMP_TYPE] = {.accessor = "icmp", .offset = 0},
	[FIELD_ICMP_CODE] = {.accessor = "icmp", .offset = 1},
	[FIELD_ICMP6_TYPE] = {.accessor = "icmp6", .offset = 0},
	[FIELD_ICMP6_CODE] = {.accessor = "icmp6", .offset = 1},
};

/* Bytes of a field as its accessor counts them: a number below a byte's width comes from two. */
static unsigned int width_of(enum field field)
{
	return field == FIELD_IP6_DSCP || field == FIELD_VLAN_PCP || field == FIELD_VLAN_SECOND_PCP
		       ? 2
		       : type_table[field_table[field].type].width;
}

/* Bits that are the same in all of lo … hi, if these are all that begin so; -1 otherwise. */
static int prefix_of(const struct part *part, unsigned int width)
{
	int bits = 0;
	bool open = false;

	for (unsigned int bit = 0; bit < 8 * width; bit++) {
		unsigned int lo = part->lo.bytes[bit / 8] >> (7 - bit % 8) & 1;
		unsigned int hi = part->hi.bytes[bit / 8] >> (7 - bit % 8) & 1;

		if (lo == hi && open)
			return -1;
		if (lo != hi && (lo || !hi))
			return -1;
		open |= lo != hi;
		bits += !open;
	}
	return bits;
}

/* `src net 10.0.0.0/8`, `src port 53`: false if it is none of these, but some range. */
static bool say_primitive(struct saying *s, enum field field, const struct part *part)
{
	enum value_type type = field_table[field].type;
	unsigned int width = type_table[type].width;
	const char *words = places[field].primitive;
	int prefix = prefix_of(part, width);
	char text[INET6_ADDRSTRLEN];

	if (type == TYPE_PORT && prefix != (int)(8 * width)) {
		text_add(&s->out, "%srange %u-%u", words, value_number(&part->lo, type),
			 value_number(&part->hi, type));
		return true;
	}
	if (prefix < 0 || (prefix != (int)(8 * width) && type != TYPE_IPV4 && type != TYPE_IPV6))
		return false;
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		text_add(&s->out, "%s net %s/%d", words,
			 inet_ntop(type == TYPE_IPV4 ? AF_INET : AF_INET6, part->lo.bytes, text,
				   sizeof(text)),
			 prefix);
	else if (type == TYPE_ETHER)
		text_add(&s->out, "%s %s", words,
			 value_format(text, sizeof(text), &part->lo, type));
	else
		text_add(&s->out, "%s %u", words, value_number(&part->lo, type));
	return true;
}

/* A number in the packet: all of a narrow field, or up to four bytes of a wide one. */
struct chunk {
	char text[64];
	uint32_t lo, hi;
};

static void chunk_text(struct chunk *chunk, const struct place *place, const char *accessor,
		       unsigned int offset, unsigned int width)
{
	struct text out = {chunk->text, sizeof(chunk->text), 0};

	text_add(&out, "%s%s[%u:%u]", place->shift && place->mask ? "(" : "", accessor, offset,
		 width);
	if (place->shift)
		text_add(&out, " >> %u", place->shift);
	if (place->mask)
		text_add(&out, "%s & 0x%x", place->shift ? ")" : "", place->mask);
}

#define CHUNKS_MAX 4

static size_t chunks_of(const struct saying *s, struct chunk chunks[CHUNKS_MAX], enum field field,
			const struct part *part, bool behind_ip6)
{
	const struct place *place = &places[field];
	enum value_type type = field_table[field].type;
	unsigned int width = width_of(field), step = width % 4 ? 2 : 4;
	unsigned int offset = behind_ip6 ? place->behind_ip6 : place->offset;
	size_t count = 0;

	if (field == FIELD_ETHER_TYPE)
		offset += 4 * s->tags;
	if (width <= 4) {
		chunk_text(chunks, place, behind_ip6 ? "ip6" : place->accessor, offset, width);
		chunks->lo = value_number(&part->lo, type);
		chunks->hi = value_number(&part->hi, type);
		return 1;
	}
	for (unsigned int at = 0; at < width; at += step) {
		struct chunk *chunk = &chunks[count++];

		chunk_text(chunk, place, place->accessor, offset + at, step);
		chunk->lo = chunk->hi = 0;
		for (unsigned int i = 0; i < step; i++) {
			chunk->lo = chunk->lo << 8 | part->lo.bytes[at + i];
			chunk->hi = chunk->hi << 8 | part->hi.bytes[at + i];
		}
	}
	return count;
}

/* Not below, or not above, a number of several chunks. */
static void say_bound(struct saying *s, const struct chunk *chunks, size_t count, bool upper)
{
	const char *than = upper ? "<" : ">";

	for (size_t i = 0; i < count; i++) {
		uint32_t number = upper ? chunks[i].hi : chunks[i].lo;

		if (i + 1 == count)
			text_add(&s->out, "%s %s= %u", chunks[i].text, than, number);
		else
			text_add(&s->out, "(%s %s %u or (%s = %u and ", chunks[i].text, than,
				 number, chunks[i].text, number);
	}
	for (size_t i = 1; i < count; i++)
		text_add(&s->out, "))");
}

static void say_range(struct saying *s, enum field field, const struct part *part, bool behind_ip6)
{
	struct chunk chunks[CHUNKS_MAX];
	size_t count = chunks_of(s, chunks, field, part, behind_ip6);

	text_add(&s->out, "(");
	say_bound(s, chunks, count, false);
	text_add(&s->out, " and ");
	say_bound(s, chunks, count, true);
	text_add(&s->out, ")");
}

static void say_fragment(struct saying *s, enum field field, const struct part *part)
{
	static const char *const kinds[2][3] = {
		{"ip[6:2] & 0x3fff = 0", "(ip[6:2] & 0x2000 != 0 and ip[6:2] & 0x1fff = 0)",
		 "ip[6:2] & 0x1fff != 0"},
		{"(ip6[6] != 44 or ip6[42:2] & 0xfff9 = 0)",
		 "(ip6[6] = 44 and ip6[42:2] & 0xfff9 = 1)",
		 "(ip6[6] = 44 and ip6[42:2] & 0xfff8 != 0)"},
	};
	uint32_t first = value_number(&part->lo, TYPE_FRAGMENT);
	uint32_t last = value_number(&part->hi, TYPE_FRAGMENT);

	text_add(&s->out, "(");
	for (uint32_t i = first; i <= last; i++)
		text_add(&s->out, "%s%s", i > first ? " or " : "",
			 kinds[field == FIELD_IP6_FRAG][i]);
	text_add(&s->out, ")");
}

/* From the start of the frame; those behind layer 3 are where no filter of ours looks. */
static unsigned int slice_offset(struct saying *s, const struct field_use *use)
{
	if (strcmp(use->name.text, slice_base_names[SLICE_L3]) == 0)
		return 14 + 4 * s->tags + use->offset.number;
	if (strcmp(use->name.text, slice_base_names[SLICE_L2]) != 0)
		s->unsayable = true;
	return use->offset.number;
}

void say_bytes_there(struct saying *s, const struct field_use *use)
{
	text_add(&s->out, "len >= %u and ", slice_offset(s, use) + use->length.number);
}

/* libpcap loads one, two or four bytes at once. */
static void slice_text(struct saying *s, const struct field_use *use, uint32_t mask,
		       struct chunk *chunk)
{
	unsigned int at = slice_offset(s, use), length = use->length.number;
	struct text out = {chunk->text, sizeof(chunk->text), 0};

	if (length == 3)
		text_add(&out, "(ether[%u:2] * 256 + ether[%u])", at, at + 2);
	else
		text_add(&out, "ether[%u:%u]", at, length);
	if (mask)
		text_add(&out, " & 0x%x", mask);
}

static void say_slice(struct saying *s, const struct field_use *use, uint32_t mask,
		      const struct part *part)
{
	struct chunk chunk = {.lo = value_number(&part->lo, TYPE_NUMBER),
			      .hi = value_number(&part->hi, TYPE_NUMBER)};

	slice_text(s, use, mask, &chunk);
	text_add(&s->out, "(");
	say_bytes_there(s, use);
	say_bound(s, &chunk, 1, false);
	text_add(&s->out, " and ");
	say_bound(s, &chunk, 1, true);
	text_add(&s->out, ")");
}

void say_part(struct saying *s, const struct expr *expr, size_t number, const struct part *part)
{
	const struct field_use *use = &expr->fields[number];
	enum field field = use->field;

	if (field == FIELD_BYTES)
		say_slice(s, use, expr->mask, part);
	else if (field == FIELD_IP_FRAG || field == FIELD_IP6_FRAG)
		say_fragment(s, field, part);
	else if (field == FIELD_FRAME_LENGTH)
		text_add(&s->out, "(len >= %u and len <= %u)",
			 value_number(&part->lo, TYPE_FRAME_LENGTH),
			 value_number(&part->hi, TYPE_FRAME_LENGTH));
	else if (!places[field].accessor)
		s->unsayable = true;
	else if (places[field].primitive && say_primitive(s, field, part))
		return;
	else if (!places[field].behind_ip6)
		say_range(s, field, part, false);
	else {
		text_add(&s->out, "((ip and ");
		say_range(s, field, part, false);
		text_add(&s->out, ") or (ip6 and %s and ",
			 header_table[field_table[field].header].name);
		say_range(s, field, part, true);
		text_add(&s->out, "))");
	}
}

static void say_masked_chunk(struct saying *s, const struct expr *expr, bool behind_ip6)
{
	struct part unused = {.lo = {{0}}};
	struct chunk chunks[CHUNKS_MAX];

	chunks_of(s, chunks, expr->fields[0].field, &unused, behind_ip6);
	text_add(&s->out, "(%s) & 0x%x = 0x%x", chunks->text, expr->mask, expr->value);
}

void say_masked(struct saying *s, const struct expr *expr)
{
	enum field field = expr->fields[0].field;

	if (field == FIELD_FRAME_LENGTH) {
		text_add(&s->out, "len & 0x%x = 0x%x", expr->mask, expr->value);
	} else if (!places[field].accessor) {
		s->unsayable = true;
	} else if (!places[field].behind_ip6) {
		say_masked_chunk(s, expr, false);
	} else {
		text_add(&s->out, "(ip and ");
		say_masked_chunk(s, expr, false);
		text_add(&s->out, ") or (ip6 and %s and ",
			 header_table[field_table[field].header].name);
		say_masked_chunk(s, expr, true);
		text_add(&s->out, ")");
	}
}
