// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tunnels, whole, cut and damaged, and all that can be in them: what is inside is none of the outer
 * headers' business, and what only looks like a tunnel has nothing inside.
 */
#include "odd_frame.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Headers behind IP; the type of what is carried is at `type_at`, if it is said. */
struct tunnel {
	const char *name;
	uint8_t protocol; /* 0: as what is carried has it, 4 or 41 */
	uint8_t bytes[20];
	size_t count, type_at;
};

#define UDP(port) 0x13, 0x88, (port) >> 8, (port)&0xff, 0, 60, 0, 0

static const struct tunnel tunnels[] = {
	{"VXLAN", 17, {UDP(4789), 0x08, 0, 0, 0, 0, 0, 7, 0}, 16, 0},
	{"VXLAN with a group", 17, {UDP(4789), 0x88, 0, 1, 0, 255, 255, 255, 0}, 16, 0},
	{"Geneve", 17, {UDP(6081), 0, 0, 0, 0, 0, 0, 7, 0}, 16, 10},
	{"Geneve with an option", 17, {UDP(6081), 1, 0x40, 0, 0, 0, 0, 7, 0, 1, 2, 0, 0}, 20, 10},
	{"GRE", 47, {0, 0, 0, 0}, 4, 2},
	{"GRE with a key", 47, {0x20, 0, 0, 0, 0, 0, 0, 7}, 8, 2},
	{"GRE with all three", 47, {0xb0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1}, 16, 2},
	{"IP in IP", 0, {0}, 0, 0},
};

/* A frame that carries another, or the packet in it. */
static void put_tunnel(struct odd_frame *frame, const struct tunnel *tunnel,
		       const struct odd_frame *carried, bool is_frame, bool ip6)
{
	uint16_t type = (uint16_t)(carried->bytes[12] << 8 | carried->bytes[13]);
	size_t skipped = is_frame ? 0 : 14, payload = tunnel->count + carried->length - skipped;
	uint8_t protocol = tunnel->protocol, *header;

	if (!protocol)
		protocol = type == 0x86dd ? 41 : 4;
	put_ethernet(frame, ip6 ? (const uint16_t[4]){0x8100} : NULL, ip6 ? 0x86dd : 0x0800);
	if (ip6)
		put_ipv6(frame, protocol, payload);
	else
		put_ipv4(frame, protocol, payload);
	header = put_bytes(frame, tunnel->bytes, tunnel->count);
	if (tunnel->type_at)
		set_number(header + tunnel->type_at, is_frame ? 0x6558 : type, 2);
	put_bytes(frame, carried->bytes + skipped, carried->length - skipped);
}

static void put_icmp(struct odd_frame *frame)
{
	put_bytes(frame, "\x08\0\0\0\0\x01\0\x01", 8);
}

static void put_carried(struct odd_frame *frame, size_t kind)
{
	static const uint16_t tags[][4] = {
		{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0x8100}, {0x88a8, 0x8100}};
	static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x0800, 0x86dd,
					 0x0800, 0x0800, 0x0800, 0x86dd};

	put_ethernet(frame, tags[kind], types[kind]);
	switch (kind) {
	case 2:
		put_arp(frame, 1);
		break;
	case 3:
		put_ipv4(frame, 1, 8);
		put_icmp(frame);
		break;
	case 4:
		put_ipv6(frame, 58, 8);
		put_icmp(frame);
		break;
	case 5: /* a later fragment */
		set_number(put_ipv4(frame, 17, 16) + 6, 0x00b9, 2);
		put_zeros(frame, 16);
		break;
	case 6: /* SCTP, in a first fragment */
		set_number(put_ipv4(frame, 132, 16) + 6, 0x2000, 2);
		put_zeros(frame, 16);
		break;
	default:
		if (types[kind] == 0x0800)
			put_ipv4_udp(frame);
		else
			put_ipv6_tcp(frame);
		break;
	}
}

#define CARRIED 9

static void whole_tunnels(struct odd_out *out)
{
	struct odd_frame frame, carried;

	for (size_t i = 0; i < COUNT(tunnels); i++) {
		for (size_t kind = 0; kind < CARRIED; kind++) {
			put_carried(&carried, kind);
			for (unsigned int form = 0; form < 4; form++) {
				put_tunnel(&frame, &tunnels[i], &carried, form & 1, form & 2);
				odd_out(out, &frame, "%s of %zu, form %u", tunnels[i].name, kind,
					form);
				put_zeros(&frame, 20);
				odd_out(out, &frame, "the same, padded");
			}
		}
	}
}

static void cut_tunnels(struct odd_out *out)
{
	struct odd_frame frame, carried;

	for (size_t i = 0; i < COUNT(tunnels); i++) {
		for (size_t kind = 0; kind < 3; kind++) {
			put_carried(&carried, kind);
			put_tunnel(&frame, &tunnels[i], &carried, i < 4, false);
			odd_out_cut(out, &frame, 30, tunnels[i].name);
			/* the datagram ends early, and not the frame */
			for (size_t cut = 21; cut < frame.length - 14; cut++) {
				set_number(frame.bytes + 16, (uint32_t)cut, 2);
				odd_out(out, &frame, "%s, of %zu bytes", tunnels[i].name, cut);
			}
		}
	}
}

/* The first byte, and the second, of each tunnel's header. */
static void damaged_tunnels(struct odd_out *out)
{
	struct odd_frame frame, carried;

	put_carried(&carried, 0);
	for (size_t i = 0; i + 1 < COUNT(tunnels); i++) {
		size_t at = 14 + 20 + (tunnels[i].protocol == 17 ? 8 : 0);

		for (size_t byte = at; byte < at + 2; byte++) {
			for (unsigned int value = 0; value < 256; value += i == 1 ? 16 : 3) {
				put_tunnel(&frame, &tunnels[i], &carried, true, false);
				frame.bytes[byte] = (uint8_t)value;
				odd_out(out, &frame, "%s, byte %zu is %u", tunnels[i].name,
					byte - at, value);
			}
		}
	}
}

/* One within another, and tunnels in fragments. */
static void nested_tunnels(struct odd_out *out)
{
	struct odd_frame frame, carried, inmost;

	for (size_t i = 0; i < COUNT(tunnels); i++) {
		put_carried(&inmost, 0);
		put_tunnel(&carried, &tunnels[i], &inmost, true, false);
		put_tunnel(&frame, &tunnels[0], &carried, true, false);
		odd_out(out, &frame, "%s in VXLAN", tunnels[i].name);
		put_tunnel(&frame, &tunnels[4], &carried, false, true);
		odd_out(out, &frame, "%s in GRE", tunnels[i].name);
		for (unsigned int fragment = 0x2000; fragment; fragment = fragment / 0x20 & 0x100) {
			put_tunnel(&frame, &tunnels[i], &inmost, true, false);
			set_number(frame.bytes + 20, fragment, 2);
			odd_out(out, &frame, "%s, fragment %04x", tunnels[i].name, fragment);
		}
	}
}

void odd_tunnels(struct odd_out *out)
{
	whole_tunnels(out);
	cut_tunnels(out);
	damaged_tunnels(out);
	nested_tunnels(out);
}
