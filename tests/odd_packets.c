// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The families of odd packets that are below IP, or beside it.
 */
#include "odd_packets.h"

#include "odd_frame.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Up to four tags of all types, also of one that is none to the kernel, cut everywhere. */
static void odd_tags(struct odd_out *out)
{
	static const uint16_t stacks[][4] = {
		{0},
		{0x8100},
		{0x88a8},
		{0x9100},
		{0x88a8, 0x8100},
		{0x8100, 0x8100},
		{0x8100, 0x88a8},
		{0x9100, 0x8100},
		{0x8100, 0x9100},
		{0x88a8, 0x8100, 0x8100},
		{0x8100, 0x8100, 0x8100, 0x8100},
	};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(stacks); i++) {
		put_ethernet(&frame, stacks[i], 0x0800);
		put_ipv4_udp(&frame);
		odd_out_cut(out, &frame, 0, "tags and IPv4");
		put_ethernet(&frame, stacks[i], 0x86dd);
		put_ipv6_tcp(&frame);
		odd_out_cut(out, &frame, 12, "tags and IPv6");
		put_ethernet(&frame, stacks[i], 0x0806);
		put_arp(&frame, 1);
		odd_out_cut(out, &frame, 12, "tags and ARP");
		put_ethernet(&frame, stacks[i], 0x002e);
		put_zeros(&frame, 46);
		odd_out(out, &frame, "tags and a length");
	}
}

/* Other hardware, other protocols, other lengths of addresses; probes, announcements, padding. */
static void odd_arp(struct odd_out *out)
{
	static const uint16_t operations[] = {0, 1, 2, 3, 4, 8, 9, 25, 256, 65535};
	static const struct {
		unsigned int offset;
		uint8_t value;
	} changes[] = {{0, 1}, {1, 6}, {1, 0},	{2, 0x86}, {3, 0x06},
		       {4, 0}, {4, 8}, {5, 16}, {5, 0},	   {5, 255}};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(operations); i++) {
		put_ethernet(&frame, NULL, 0x0806);
		put_arp(&frame, operations[i]);
		odd_out(out, &frame, "ARP operation %u", operations[i]);
		put_zeros(&frame, 18);
		odd_out(out, &frame, "ARP operation %u, padded", operations[i]);
		frame.bytes[13] = 0x35;
		frame.bytes[12] = 0x80;
		odd_out(out, &frame, "RARP operation %u", operations[i]);
	}
	for (size_t i = 0; i < COUNT(changes); i++) {
		put_ethernet(&frame, NULL, 0x0806);
		put_arp(&frame, 1)[changes[i].offset] = changes[i].value;
		odd_out(out, &frame, "ARP with %u at %u", changes[i].value, changes[i].offset);
	}
}

/* IEEE 802.3: a length instead of a type, then LLC; with SNAP, a type behind it. */
static void odd_llc(struct odd_out *out)
{
	static const uint8_t heads[][8] = {
		{0x42, 0x42, 0x03}, /* spanning tree */
		{0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00}, /* SNAP, IPv4 */
		{0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0x00}, /* SNAP, a vendor's */
		{0x06, 0x06, 0x03}, /* IPv4 without SNAP, as nobody does */
		{0xff, 0xff}, /* raw IPX */
		{0xe0, 0xe0, 0x03},
	};
	static const uint16_t lengths[] = {0, 1, 3, 8, 42, 46, 1500, 1501, 0x5ff, 0x600, 0x601};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(heads); i++) {
		for (size_t j = 0; j < COUNT(lengths); j++) {
			put_ethernet(&frame, NULL, lengths[j]);
			put_bytes(&frame, heads[i], 8);
			put_ipv4_udp(&frame);
			odd_out(out, &frame, "LLC %02x, length %u", heads[i][0], lengths[j]);
		}
	}
}

/* What is between Ethernet and IP elsewhere: IP that is not at its place must not be found. */
static void odd_shims(struct odd_out *out)
{
	static const struct {
		const char *name;
		uint16_t type;
		uint8_t bytes[24];
		size_t count;
	} shims[] = {
		{"MPLS", 0x8847, {0, 0, 0x11, 0x40}, 4},
		{"MPLS, two labels", 0x8847, {0, 0, 0x10, 0x40, 0, 0, 0x21, 0x40}, 8},
		{"MPLS multicast", 0x8848, {0, 0, 0x11, 0x40}, 4},
		{"PPPoE session", 0x8864, {0x11, 0, 0, 1, 0, 36, 0x00, 0x21}, 8},
		{"PPPoE discovery", 0x8863, {0x11, 0x09, 0, 0, 0, 4, 1, 1, 0, 0}, 10},
		{"backbone bridge",
		 0x88e7,
		 {0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0},
		 18},
		{"MACsec", 0x88e5, {0x20, 0, 0, 0, 0, 1, 8, 0}, 8},
		{"network service header", 0x894f, {0, 2, 1, 1, 0, 0, 1, 255}, 8},
		{"trill", 0x22f3, {0, 1, 0, 1, 0, 2}, 6},
		{"loopback", 0x9000, {0, 0, 1, 0}, 4},
		{"802.1X", 0x888e, {2, 1, 0, 0}, 4},
		{"LLDP", 0x88cc, {2, 7, 4, 2, 0, 0, 0, 0, 1}, 9},
		{"PTP", 0x88f7, {0, 2, 0, 44}, 4},
		{"ATA over Ethernet", 0x88a2, {0x10, 0, 0, 1, 2}, 5},
		{"Wake on LAN", 0x0842, {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1}, 12},
		{"type 0", 0, {0}, 0},
		{"type 0xffff", 0xffff, {0}, 0},
	};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(shims); i++) {
		put_ethernet(&frame, NULL, shims[i].type);
		put_bytes(&frame, shims[i].bytes, shims[i].count);
		put_ipv4_udp(&frame);
		odd_out_cut(out, &frame, 13, shims[i].name);
		put_ethernet(&frame, (const uint16_t[4]){0x8100}, shims[i].type);
		put_bytes(&frame, shims[i].bytes, shims[i].count);
		put_ipv6_tcp(&frame);
		odd_out(out, &frame, "%s in a VLAN", shims[i].name);
	}
}

/* One byte over and over, of every length; and long frames. */
static void odd_fillings(struct odd_out *out)
{
	static const uint8_t fillings[] = {0x00, 0xff, 0x45, 0x81, 0x08};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(fillings); i++) {
		for (frame.length = 0; frame.length <= 120; frame.length++) {
			memset(frame.bytes, fillings[i], frame.length);
			odd_out(out, &frame, "%zu bytes of %02x", frame.length, fillings[i]);
		}
	}
	for (size_t payload = 1400; payload <= 2800; payload += 200) {
		put_ethernet(&frame, NULL, 0x0800);
		put_ipv4(&frame, 17, 8 + payload);
		put_udp(&frame, 53, payload);
		odd_out(out, &frame, "a datagram of %zu bytes", payload);
	}
}

size_t odd_packets_each(odd_packet_use *use, void *context)
{
	struct odd_out out = {use, context, 0};

	odd_tags(&out);
	odd_arp(&out);
	odd_llc(&out);
	odd_shims(&out);
	odd_ipv4(&out);
	odd_ipv6(&out);
	odd_layer4(&out);
	odd_tunnels(&out);
	odd_fillings(&out);
	return out.count;
}
