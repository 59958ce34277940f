// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet_generator.h"

#include "bpf/abi.h"
#include "filter_aim.h"
#include "generator_target.h"
#include "packet/dissect.h"

#include <stdlib.h>
#include <string.h>

struct generator {
	const struct policy *policy;
	struct pool pool;
	struct random random;
	/* Of the packet at hand: the headers that a tunnel carries, NULL in them and without one */
	const struct target *carried;
	enum header tunnel;
};

/* A frame in the making; what does not fit is left out. */
struct frame {
	uint8_t *bytes;
	size_t length;
};

/* The layer 4 headers that can be asked for. */
static const struct transport {
	enum header header;
	uint8_t protocol;
	size_t bytes;
	enum field first, second; /* ports, or twice the type */
} transports[] = {
	{HEADER_TCP, 6, 20, FIELD_TCP_SPORT, FIELD_TCP_DPORT},
	{HEADER_UDP, 17, 8, FIELD_UDP_SPORT, FIELD_UDP_DPORT},
	{HEADER_SCTP, 132, 12, FIELD_SCTP_SPORT, FIELD_SCTP_DPORT},
	{HEADER_ICMP, 1, 8, FIELD_ICMP_TYPE, FIELD_ICMP_TYPE},
	{HEADER_ICMP6, 58, 8, FIELD_ICMP6_TYPE, FIELD_ICMP6_TYPE},
};

#define TRANSPORTS (sizeof(transports) / sizeof(*transports))

static void put16(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static uint8_t *append(struct frame *frame, size_t count)
{
	static uint8_t nowhere[GENERATOR_FRAME_MAX];
	uint8_t *start = frame->bytes + frame->length;

	if (count > GENERATOR_FRAME_MAX - frame->length)
		return nowhere;
	memset(start, 0, count);
	frame->length += count;
	return start;
}

static void append_random(struct generator *g, struct frame *frame, size_t count)
{
	uint8_t *bytes = append(frame, count);

	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)random_below(&g->random, 256);
}

static uint32_t number(const struct target *target, enum field field)
{
	return value_number(&target->values[field], field_table[field].type);
}

static void put_value(uint8_t *bytes, const struct target *target, enum field field)
{
	memcpy(bytes, target->values[field].bytes, type_table[field_table[field].type].width);
}

/* Up to three tags, of which the language knows two. */
static void put_ether(struct generator *g, struct frame *frame, const struct target *target,
		      uint32_t type)
{
	static const uint8_t tags_of_10[10] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 3};
	uint8_t *header = append(frame, 12);
	unsigned int tags = tags_of_10[random_below(&g->random, 10)];

	put_value(header, target, FIELD_ETHER_DADDR);
	put_value(header + 6, target, FIELD_ETHER_SADDR);
	if (target->wants_header[HEADER_VLAN] && !tags)
		tags = 1;
	if (target->wants_header[HEADER_VLAN_SECOND] && tags < 2)
		tags = 2;
	for (unsigned int i = 0; i < tags; i++) {
		uint8_t *tag = append(frame, 4);
		uint32_t id = number(target, i ? FIELD_VLAN_SECOND_ID : FIELD_VLAN_ID);
		uint32_t pcp = number(target, i ? FIELD_VLAN_SECOND_PCP : FIELD_VLAN_PCP);

		put16(tag, one_in(&g->random, 2) ? 0x8100 : 0x88a8);
		put16(tag + 2, (pcp & 7) << 13 | random_below(&g->random, 2) << 12 | (id & 0xfff));
	}
	put16(append(frame, 2), type);
}

static void put_arp(struct generator *g, struct frame *frame, const struct target *target)
{
	uint8_t *arp = append(frame, 28);

	memcpy(arp, "\0\1\x08\0\6\4", 6);
	put_value(arp + 6, target, FIELD_ARP_OPERATION);
	put_value(arp + 8, target, FIELD_ARP_SADDR_ETHER);
	put_value(arp + 14, target, FIELD_ARP_SADDR_IP);
	put_value(arp + 18, target, FIELD_ARP_DADDR_ETHER);
	put_value(arp + 24, target, FIELD_ARP_DADDR_IP);
	if (one_in(&g->random, 6))
		arp[random_below(&g->random, 6)] ^= (uint8_t)(1 + random_below(&g->random, 255));
	append_random(g, frame, random_below(&g->random, 20));
}

static void put_tunnel(struct generator *g, struct frame *frame, const struct target *target);

/* Now and then shorter than its header. */
static void put_transport(struct generator *g, struct frame *frame, const struct target *target,
			  const struct transport *transport)
{
	size_t length = transport ? transport->bytes : 0;
	uint8_t header[20];

	if (g->carried) {
		put_tunnel(g, frame, target);
		return;
	}
	for (size_t i = 0; i < sizeof(header); i++)
		header[i] = (uint8_t)random_below(&g->random, 256);
	if (transport && transport->first == transport->second) {
		put_value(header, target, transport->first);
		put_value(header + 1, target,
			  transport->header == HEADER_ICMP ? FIELD_ICMP_CODE : FIELD_ICMP6_CODE);
	} else if (transport) {
		put_value(header, target, transport->first);
		put_value(header + 2, target, transport->second);
	}
	if (transport && transport->header == HEADER_TCP)
		put_value(header + 13, target, FIELD_TCP_FLAGS);
	if (transport && transport->header == HEADER_UDP)
		put_value(header + 4, target, FIELD_UDP_LENGTH);
	if (one_in(&g->random, 10))
		length = random_below(&g->random, (uint32_t)length + 1);
	memcpy(append(frame, length), header, length);
	if (one_in(&g->random, 2))
		append_random(g, frame, random_below(&g->random, 40));
}

/* Behind a broken length, or a version that is not what the type says, there is no header. */
static void damage_ip(struct generator *g, uint8_t *ip, uint32_t length_at)
{
	switch (random_below(&g->random, 4)) {
	case 0:
		ip[0] = (uint8_t)random_below(&g->random, 256);
		break;
	case 1:
		ip[length_at + 1] += (uint8_t)(1 + random_below(&g->random, 8));
		break;
	case 2:
		ip[length_at + 1] -= (uint8_t)(1 + random_below(&g->random, 8));
		break;
	default:
		put16(ip + length_at, random_below(&g->random, 80));
		break;
	}
}

static uint32_t fragment_bits(struct generator *g, uint32_t fragment, uint32_t more,
			      uint32_t offset_shift)
{
	uint32_t offset = 1 + random_below(&g->random, one_in(&g->random, 2) ? 3 : 0x1fff);

	if (fragment == XDV_FRAGMENT_FIRST)
		return more;
	if (fragment == XDV_FRAGMENT_LATER)
		return offset << offset_shift | (one_in(&g->random, 2) ? more : 0);
	return 0;
}

/*
 * The length field of an IP header, which counts from `start`: of what is there, mostly; or what
 * is asked for, with as many bytes.
 */
static void put_length(struct generator *g, struct frame *frame, const struct target *target,
		       enum field field, size_t start, uint8_t *length)
{
	uint32_t wanted = number(target, field), there = (uint32_t)(frame->length - start);

	if (target->wants_field[field] && wanted < 1500) {
		if (wanted > there && !one_in(&g->random, 10))
			append_random(g, frame, wanted - there);
		there = wanted;
	}
	put16(length, there);
}

static void put_ip(struct generator *g, struct frame *frame, const struct target *target,
		   const struct transport *transport)
{
	size_t options = one_in(&g->random, 5) ? random_below(&g->random, 11) : 0;
	size_t start = frame->length;
	uint8_t *ip = append(frame, 20);

	append_random(g, frame, options * 4);
	ip[0] = (uint8_t)(0x45 + options);
	put16(ip + 6, fragment_bits(g, number(target, FIELD_IP_FRAG), 0x2000, 0) |
			      random_below(&g->random, 2) << 14);
	ip[1] = (uint8_t)(number(target, FIELD_IP_DSCP) << 2 | random_below(&g->random, 4));
	put_value(ip + 8, target, FIELD_IP_TTL);
	ip[9] = transport && !target->wants_field[FIELD_IP_PROTOCOL]
			? transport->protocol
			: (uint8_t)number(target, FIELD_IP_PROTOCOL);
	put_value(ip + 12, target, FIELD_IP_SADDR);
	put_value(ip + 16, target, FIELD_IP_DADDR);
	put_transport(g, frame, target, transport);
	put_length(g, frame, target, FIELD_IP_LENGTH, start, ip + 2);
	if (one_in(&g->random, 12))
		damage_ip(g, ip, 2);
}

/* An extension header; `next` is patched by the one that follows. */
static uint8_t *put_extension(struct generator *g, struct frame *frame, const struct target *target,
			      uint8_t kind)
{
	size_t start = frame->length;
	uint32_t units = one_in(&g->random, 3) ? random_below(&g->random, 4) : 0;
	uint8_t *header = append(frame, 8);

	if (kind == 44) {
		uint32_t fragment = one_in(&g->random, 2) ? number(target, FIELD_IP6_FRAG)
							  : random_below(&g->random, 3);

		header[1] = (uint8_t)random_below(&g->random, 256); /* reserved, not a length */
		put16(header + 2, fragment_bits(g, fragment, 1, 3) | random_below(&g->random, 4)
									     << 1);
		return frame->bytes + start;
	}
	if (one_in(&g->random, 200))
		units = random_below(&g->random, 256);
	header[1] = (uint8_t)units;
	append_random(g, frame, kind == 51 ? units * 4 : units * 8);
	return frame->bytes + start;
}

static const uint8_t extension_kinds[] = {0, 43, 44, 60, 135, 139, 140, 51, 44};

static size_t extension_count(struct generator *g, const struct target *target)
{
	if (number(target, FIELD_IP6_FRAG) != XDV_FRAGMENT_NONE)
		return 1 + random_below(&g->random, 3);
	return one_in(&g->random, 2) ? random_below(&g->random, 9) : 0;
}

static void put_ip6(struct generator *g, struct frame *frame, const struct target *target,
		    const struct transport *transport)
{
	size_t extensions = extension_count(g, target);
	uint8_t *ip = append(frame, 40), *next = ip + 6;
	size_t start = frame->length;

	put16(ip, 0x6000 | number(target, FIELD_IP6_DSCP) << 6 | random_below(&g->random, 64));
	put_value(ip + 7, target, FIELD_IP6_HOPLIMIT);
	put_value(ip + 8, target, FIELD_IP6_SADDR);
	put_value(ip + 24, target, FIELD_IP6_DADDR);
	for (size_t i = 0; i < extensions && frame->length < GENERATOR_FRAME_MAX / 2; i++) {
		bool asked = i == 0 && number(target, FIELD_IP6_FRAG) != XDV_FRAGMENT_NONE;

		*next = asked ? 44
			      : extension_kinds[random_below(&g->random, sizeof(extension_kinds))];
		next = put_extension(g, frame, target, *next);
	}
	*next = transport && !target->wants_field[FIELD_IP6_PROTOCOL]
			? transport->protocol
			: (uint8_t)number(target, FIELD_IP6_PROTOCOL);
	if (!one_in(&g->random, 40)) /* a packet may end with its last extension header */
		put_transport(g, frame, target, transport);
	put_length(g, frame, target, FIELD_IP6_LENGTH, start, ip + 4);
	if (one_in(&g->random, 12))
		damage_ip(g, ip, 4);
	if (one_in(&g->random, 60))
		put16(ip + 4, 0);
}

static const struct transport *choose_transport(struct generator *g, const struct target *target)
{
	size_t start = random_below(&g->random, TRANSPORTS);

	for (size_t i = 0; i < TRANSPORTS; i++) {
		const struct transport *transport = &transports[(start + i) % TRANSPORTS];

		if (target->wants_header[transport->header])
			return transport;
	}
	return one_in(&g->random, 6) ? NULL : &transports[start];
}

/* The first of the layers that is wanted, in a random order; else by the layer above. */
static enum header choose_network(struct generator *g, const struct target *target,
				  const struct transport *transport)
{
	static const enum header networks[] = {HEADER_IP, HEADER_IP6, HEADER_ARP};
	size_t start = random_below(&g->random, 3);

	for (size_t i = 0; i < 3; i++)
		if (target->wants_header[networks[(start + i) % 3]])
			return networks[(start + i) % 3];
	if (transport && transport->header == HEADER_ICMP && !one_in(&g->random, 8))
		return HEADER_IP;
	if (transport && transport->header == HEADER_ICMP6 && !one_in(&g->random, 8))
		return HEADER_IP6;
	if (target->wants_field[FIELD_ETHER_TYPE] && !one_in(&g->random, 8))
		return HEADER_ETHER;
	if (one_in(&g->random, 12))
		return one_in(&g->random, 2) ? HEADER_ARP : HEADER_ETHER;
	return one_in(&g->random, 2) ? HEADER_IP : HEADER_IP6;
}

static uint32_t network_type(const struct target *target, enum header network)
{
	static const uint32_t types[WALKED_HEADERS] = {
		[HEADER_IP] = 0x0800, [HEADER_IP6] = 0x86dd, [HEADER_ARP] = 0x0806};

	return types[network] ? types[network] : number(target, FIELD_ETHER_TYPE);
}

static void put_network(struct generator *g, struct frame *frame, const struct target *target,
			const struct transport *transport, enum header network)
{
	switch (network) {
	case HEADER_IP:
		put_ip(g, frame, target, transport);
		break;
	case HEADER_IP6:
		put_ip6(g, frame, target, transport);
		break;
	case HEADER_ARP:
		put_arp(g, frame, target);
		break;
	default:
		append_random(g, frame, random_below(&g->random, 60));
		break;
	}
}

/* Of 16 bits, mostly what is asked for or right. */
static uint32_t type_of_carried(struct generator *g, const struct target *target, uint32_t right)
{
	enum field field = g->tunnel == HEADER_GRE ? FIELD_GRE_PROTOCOL : FIELD_GENEVE_PROTOCOL;

	return target->wants_field[field] || one_in(&g->random, 12) ? number(target, field) : right;
}

static void put_vxlan(struct generator *g, struct frame *frame, const struct target *target)
{
	uint8_t *header = append(frame, 8);

	header[0] = one_in(&g->random, 4) ? 0x88 : 0x08;
	if (one_in(&g->random, 12))
		header[0] = (uint8_t)random_below(&g->random, 256);
	header[1 + random_below(&g->random, 3)] = (uint8_t)random_below(&g->random, 256);
	put_value(header + 4, target, FIELD_VXLAN_VNI);
	header[7] = (uint8_t)random_below(&g->random, 256);
}

static void put_geneve(struct generator *g, struct frame *frame, const struct target *target,
		       uint32_t type)
{
	uint32_t options = one_in(&g->random, 3) ? random_below(&g->random, 5) : 0;
	uint8_t *header = append(frame, 8);

	if (one_in(&g->random, 40))
		options = random_below(&g->random, 64);
	header[0] = (uint8_t)(options | (one_in(&g->random, 16) ? 0x40 : 0));
	header[1] = (uint8_t)(random_below(&g->random, 128) | (one_in(&g->random, 12) ? 0x80 : 0));
	put16(header + 2, type_of_carried(g, target, type));
	put_value(header + 4, target, FIELD_GENEVE_VNI);
	append_random(g, frame, options * 4);
}

static void put_gre(struct generator *g, struct frame *frame, const struct target *target,
		    uint32_t type)
{
	bool key = target->wants_field[FIELD_GRE_KEY] ? !one_in(&g->random, 8)
						      : one_in(&g->random, 3);
	uint32_t flags = (uint32_t)key << 13;
	uint8_t *header = append(frame, 4);

	flags |= random_below(&g->random, 2) << 15 | random_below(&g->random, 2) << 12;
	if (one_in(&g->random, 12)) /* of another kind, or of none */
		flags |= 1u << random_below(&g->random, 16);
	put16(header, flags);
	put16(header + 2, type_of_carried(g, target, type));
	append_random(g, frame, flags & 0x8000 ? 4 : 0);
	if (flags & 0x2000)
		put_value(append(frame, 4), target, FIELD_GRE_KEY);
	append_random(g, frame, flags & 0x1000 ? 4 : 0);
}

/* Its header, and all that it carries: a frame, or a packet of IP. */
static void put_tunnel(struct generator *g, struct frame *frame, const struct target *target)
{
	const struct target *inner = g->carried;
	const struct transport *transport = choose_transport(g, inner);
	enum header network = choose_network(g, inner, transport);
	bool is_frame = inner->wants_header[HEADER_ETHER] || inner->wants_header[HEADER_VLAN] ||
			inner->wants_header[HEADER_VLAN_SECOND] || one_in(&g->random, 2);
	uint32_t type = network_type(inner, network);

	g->carried = NULL;
	if (g->tunnel == HEADER_VXLAN || g->tunnel == HEADER_GENEVE) {
		uint8_t *udp = append(frame, 8);

		put_value(udp, target, FIELD_UDP_SPORT);
		put_value(udp + 2, target, FIELD_UDP_DPORT);
		put_value(udp + 4, target, FIELD_UDP_LENGTH);
	}
	if (g->tunnel == HEADER_VXLAN)
		put_vxlan(g, frame, target);
	else if (g->tunnel == HEADER_GENEVE)
		put_geneve(g, frame, target, is_frame ? 0x6558 : type);
	else if (g->tunnel == HEADER_GRE)
		put_gre(g, frame, target, is_frame ? 0x6558 : type);
	if (g->tunnel == HEADER_VXLAN || (g->tunnel != HEADER_IPIP && is_frame))
		put_ether(g, frame, inner, type);
	put_network(g, frame, inner, transport, network);
}

/* What is wanted in the tunnel, as of a packet of its own. */
static void target_inner(struct target *inner, const struct target *target)
{
	memset(inner, 0, sizeof(*inner));
	memcpy(inner->wants_header, target->wants_header + HEADER_INNER,
	       WALKED_HEADERS * sizeof(*inner->wants_header));
	memcpy(inner->wants_field, target->wants_field + FIELD_INNER,
	       WALKED_FIELDS * sizeof(*inner->wants_field));
	memcpy(inner->values, target->values + FIELD_INNER, WALKED_FIELDS * sizeof(*inner->values));
}

static enum header choose_tunnel(struct generator *g, const struct target *target)
{
	bool wanted = false;

	for (enum header header = HEADER_VXLAN; header <= HEADER_IPIP; header++)
		if (target->wants_header[header])
			return header;
	for (enum header header = HEADER_INNER; header < HEADERS; header++)
		wanted |= target->wants_header[header];
	if (!wanted && !one_in(&g->random, 30))
		return HEADERS;
	return HEADER_VXLAN + random_below(&g->random, HEADER_IPIP + 1 - HEADER_VXLAN);
}

/* Ports and protocols are now and then others, and the packet then not the tunnel. */
static void aim_at_tunnel(struct generator *g, struct target *outer)
{
	static const uint32_t ports[HEADERS] = {[HEADER_VXLAN] = 4789, [HEADER_GENEVE] = 6081};
	uint32_t port = ports[g->tunnel], protocol = 47;

	if (g->tunnel == HEADER_IPIP)
		protocol = g->carried->wants_header[HEADER_IP]	  ? 4
			   : g->carried->wants_header[HEADER_IP6] ? 41
			   : one_in(&g->random, 2)		  ? 4
								  : 41;
	if (one_in(&g->random, 16))
		return;
	if (port)
		outer->values[FIELD_UDP_DPORT] = value_from_number(port, TYPE_PORT);
	outer->values[FIELD_IP_PROTOCOL] = outer->values[FIELD_IP6_PROTOCOL] = value_from_number(
		port ? 17 : protocol, TYPE_PROTOCOL);
}

static void put_packet(struct generator *g, struct frame *frame, const struct target *target)
{
	const struct transport *transport = choose_transport(g, target);
	struct target outer = *target, inner;
	enum header network;

	g->tunnel = choose_tunnel(g, target);
	if (g->tunnel != HEADERS) {
		target_inner(&inner, target);
		g->carried = &inner;
		aim_at_tunnel(g, &outer);
		transport = NULL; /* the protocol says which */
		network = target->wants_header[HEADER_IP]    ? HEADER_IP
			  : target->wants_header[HEADER_IP6] ? HEADER_IP6
			  : one_in(&g->random, 2)	     ? HEADER_IP
							     : HEADER_IP6;
	} else {
		network = choose_network(g, target, transport);
	}
	put_ether(g, frame, &outer, network_type(&outer, network));
	put_network(g, frame, &outer, transport, network);
	g->carried = NULL;
}

/* Where the packet has them; a payload that is too short grows only by chance. */
static void put_slices(struct frame *frame, const struct target *target)
{
	struct dissection packet;

	dissect(&packet, frame->bytes, frame->length);
	for (size_t i = 0; i < target->slice_count; i++) {
		const struct field_use *use = target->slices[i].use;
		uint32_t value = target->slices[i].value;
		size_t base = 0, start;

		while (strcmp(slice_base_names[base], use->name.text) != 0)
			base++;
		start = packet.bases[base].start + use->offset.number;
		if (start + use->length.number > packet.bases[base].end)
			continue;
		for (size_t j = use->length.number; j-- > 0; value >>= 8)
			frame->bytes[start + j] = (uint8_t)value;
	}
}

static void mutate(struct generator *g, struct frame *frame)
{
	size_t count = 1 + random_below(&g->random, 4);

	for (size_t i = 0; i < count; i++)
		frame->bytes[random_below(&g->random, (uint32_t)frame->length)] =
			(uint8_t)random_below(&g->random, 256);
}

struct generator *generator_new(const struct policy *policy, uint64_t seed)
{
	struct generator *generator = calloc(1, sizeof(*generator));

	if (!generator)
		abort();
	generator->policy = policy;
	generator->random.state = seed * 0x9e3779b97f4a7c15ull | 1;
	pool_fill(&generator->pool, policy);
	return generator;
}

void generator_free(struct generator **generator)
{
	if (!*generator)
		return;
	pool_clear(&(*generator)->pool);
	free(*generator);
	*generator = NULL;
}

void generator_next(struct generator *generator, uint8_t *frame_bytes, size_t *length)
{
	struct frame frame = {frame_bytes, 0};
	struct target target;

	target_choose(&target, generator->policy, &generator->pool, &generator->random);
	put_packet(generator, &frame, &target);
	put_slices(&frame, &target);
	if (target.filter)
		filter_aim(target.filter, frame.bytes, &frame.length, GENERATOR_FRAME_MAX,
			   &generator->random);
	if (target.wants_field[FIELD_FRAME_LENGTH] && frame.length) {
		uint32_t wanted = number(&target, FIELD_FRAME_LENGTH);

		if (wanted > frame.length && wanted < 2000)
			append_random(generator, &frame, wanted - frame.length);
	} else if (one_in(&generator->random,
			  4)) /* what short frames are padded with is not theirs */
		append_random(generator, &frame, random_below(&generator->random, 30));
	if (one_in(&generator->random, 8))
		mutate(generator, &frame);
	if (one_in(&generator->random, 8))
		frame.length = random_below(&generator->random, (uint32_t)frame.length + 1);
	*length = frame.length;
}
