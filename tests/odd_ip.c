// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Odd IPv4, IPv6, and what is in them.
 */
#include "odd_frame.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Header lengths from 0 to 60 bytes, with options or with what pretends to be. */
static void ipv4_headers(struct odd_out *out)
{
	static const uint8_t options[4][4] = {
		{1, 1, 1, 0}, /* no-operation, end */
		{7, 0, 4, 0}, /* record route of no length */
		{68, 255, 5, 0}, /* timestamps longer than the header */
		{148, 4, 0, 0}, /* router alert */
	};
	struct odd_frame frame;

	for (unsigned int words = 0; words < 16; words++) {
		for (size_t kind = 0; kind < COUNT(options); kind++) {
			uint8_t *ip;

			put_ethernet(&frame, NULL, 0x0800);
			ip = put_ipv4(&frame, 17, 40 + 14);
			for (unsigned int i = 0; i < 10; i++)
				put_bytes(&frame, options[kind], 4);
			ip[0] = (uint8_t)(0x40 | words);
			if (words > 5) {
				frame.length -= 4 * (15 - words);
				set_number(ip + 2, 4 * words + 14, 2);
			}
			put_udp(&frame, 53, 6);
			odd_out(out, &frame, "IPv4 header of %u words, options %zu", words, kind);
		}
	}
}

static void ipv4_lengths(struct odd_out *out)
{
	static const uint16_t lengths[] = {0,  1,  19, 20, 21, 27,   28,   29,	  33,
					   34, 35, 36, 60, 64, 1500, 4096, 65535, 0x2200};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		put_ethernet(&frame, NULL, 0x0800);
		set_number(put_ipv4(&frame, 17, 0) + 2, lengths[i], 2);
		put_udp(&frame, 53, 6);
		odd_out(out, &frame, "IPv4 total length %u", lengths[i]);
		put_zeros(&frame, 18);
		odd_out(out, &frame, "IPv4 total length %u, padded", lengths[i]);
	}
	for (unsigned int version = 0; version < 16; version++) {
		put_ethernet(&frame, NULL, 0x0800);
		put_ipv4_udp(&frame);
		frame.bytes[14] = (uint8_t)(version << 4 | 5);
		odd_out(out, &frame, "IPv4 header of version %u", version);
	}
}

/* Overlapping, tiny, last ones first; flags that cannot be. */
static void ipv4_fragments(struct odd_out *out)
{
	static const uint16_t words[] = {
		0x0000, 0x4000, 0x8000, 0x2000, 0xa000, 0x6000, 0x0001, 0x2001, 0x4001,
		0x0002, 0x2002, 0x0003, 0x00b9, 0x20b9, 0x1fff, 0x3fff, 0xffff,
	};
	static const uint8_t protocols[] = {1, 6, 17, 58, 132, 4, 47};
	static const size_t payloads[] = {0, 1, 4, 7, 8, 16, 20, 24};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(words); i++) {
		for (size_t j = 0; j < COUNT(protocols); j++) {
			for (size_t k = 0; k < COUNT(payloads); k++) {
				uint8_t *ip;

				put_ethernet(&frame, NULL, 0x0800);
				ip = put_ipv4(&frame, protocols[j], payloads[k]);
				set_number(ip + 6, words[i], 2);
				put_bytes(&frame,
					  "\0\x35\0\x35\0\x18\0\0\x08\0\0\x35\x50\x12\0\0\0\0\0\0"
					  "\0\x35\0\x35",
					  payloads[k]);
				odd_out(out, &frame,
					"IPv4 fragment word %04x, protocol %u, %zu bytes", words[i],
					protocols[j], payloads[k]);
			}
		}
	}
}

void odd_ipv4(struct odd_out *out)
{
	struct odd_frame frame;

	ipv4_headers(out);
	ipv4_lengths(out);
	ipv4_fragments(out);
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		put_ethernet(&frame, NULL, 0x0800);
		put_ipv4(&frame, (uint8_t)protocol, 24);
		put_tcp(&frame, 53);
		put_zeros(&frame, 4);
		odd_out(out, &frame, "IPv4 protocol %u", protocol);
	}
}

static const uint8_t extensions[] = {0, 43, 44, 60, 135, 139, 140, 51};

/*
 * A chain of extension headers before UDP. Each is `units` longer than it must be; the fragment
 * header, which has no length, says `fragment`.
 */
static size_t put_chain(struct odd_frame *frame, const uint8_t *kinds, size_t count, uint8_t units,
			uint16_t fragment)
{
	size_t start;
	uint8_t *next;

	put_ethernet(frame, NULL, 0x86dd);
	next = put_ipv6(frame, 17, 0) + 6;
	start = frame->length;
	for (size_t i = 0; i < count; i++) {
		uint8_t *header = put_bytes(frame, "\x11\0\x01\x04\0\0\0\0", 8);

		*next = kinds[i];
		next = header;
		if (kinds[i] == 44) {
			header[1] = 0xff; /* reserved */
			set_number(header + 2, fragment, 2);
		} else {
			header[1] = units;
			put_zeros(frame, units * (kinds[i] == 51 ? 4u : 8u));
		}
	}
	put_udp(frame, 53, 6);
	set_number(frame->bytes + 14 + 4, (uint32_t)(frame->length - start), 2);
	return start;
}

/* All of up to three, in every order; of more, some. */
static void ipv6_chains(struct odd_out *out)
{
	static const uint16_t fragments[] = {0, 1, 8, 9, 0xfff8, 6};
	const size_t kinds = COUNT(extensions);
	struct odd_frame frame;
	uint8_t chain[9];

	for (size_t i = 0; i < kinds * kinds * kinds; i++) {
		chain[0] = extensions[i % kinds];
		chain[1] = extensions[i / kinds % kinds];
		chain[2] = extensions[i / kinds / kinds];
		for (size_t count = i < kinds		? 1
				    : i < kinds * kinds ? 2
							: 3;
		     count <= 3; count++) {
			put_chain(&frame, chain, count, 0, fragments[i % COUNT(fragments)]);
			odd_out(out, &frame, "IPv6, %zu extension headers: %u %u %u", count,
				chain[0], chain[1], chain[2]);
		}
	}
	for (size_t i = 0; i < kinds; i++) {
		for (size_t count = 4; count <= 9; count++) {
			for (size_t j = 0; j < count; j++)
				chain[j] = extensions[(i + j) % kinds];
			put_chain(&frame, chain, count, 0, 0);
			odd_out(out, &frame, "IPv6, %zu extension headers from %u on", count,
				extensions[i]);
		}
	}
}

/* Each kind long, longer than the packet, and cut everywhere. */
static void ipv6_extension_lengths(struct odd_out *out)
{
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(extensions); i++) {
		for (unsigned int units = 0; units < 5; units++) {
			size_t start = put_chain(&frame, &extensions[i], 1, (uint8_t)units, 0);

			odd_out_cut(out, &frame, start, "IPv6 and an extension header");
			set_number(frame.bytes + 18, (uint32_t)(frame.length - start - 10), 2);
			odd_out(out, &frame, "IPv6, its length ends in the UDP header");
			set_number(frame.bytes + 18, 7, 2);
			odd_out(out, &frame, "IPv6, its length ends in the extension header");
			frame.bytes[start + 1] = 255;
			odd_out(out, &frame, "IPv6, extension header longer than the packet");
		}
	}
}

static void ipv6_lengths(struct odd_out *out)
{
	static const uint16_t lengths[] = {0, 1, 7, 8, 13, 14, 15, 40, 1500, 65535};
	static const uint8_t lasts[] = {59, 50, 58, 1, 4, 41, 47, 6, 132, 255};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		put_ethernet(&frame, NULL, 0x86dd);
		set_number(put_ipv6(&frame, 17, 0) + 4, lengths[i], 2);
		put_udp(&frame, 53, 6);
		odd_out(out, &frame, "IPv6 payload length %u", lengths[i]);
	}
	for (size_t i = 0; i < COUNT(lasts); i++) {
		put_ethernet(&frame, NULL, 0x86dd);
		put_ipv6(&frame, lasts[i], 28);
		put_tcp(&frame, 53);
		put_zeros(&frame, 8);
		odd_out(out, &frame, "IPv6 and protocol %u", lasts[i]);
		frame.bytes[14] = 0x40;
		odd_out(out, &frame, "IPv6 header of version 4, protocol %u", lasts[i]);
	}
	/* a jumbogram (RFC 2675): its length is in an option, 0 in the header */
	put_ethernet(&frame, NULL, 0x86dd);
	put_ipv6(&frame, 0, 0);
	put_bytes(&frame, "\x11\0\xc2\x04\0\x01\0\0", 8);
	put_udp(&frame, 53, 2000);
	odd_out(out, &frame, "IPv6 jumbogram");
}

void odd_ipv6(struct odd_out *out)
{
	ipv6_chains(out);
	ipv6_extension_lengths(out);
	ipv6_lengths(out);
}

static void layer4_udp(struct odd_out *out)
{
	static const uint16_t lengths[] = {0, 1, 7, 8, 9, 13, 14, 15, 1500, 65535};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		put_ethernet(&frame, NULL, 0x0800);
		put_ipv4(&frame, 17, 14);
		set_number(put_udp(&frame, 53, 6) + 4, lengths[i], 2);
		odd_out(out, &frame, "UDP length %u", lengths[i]);
	}
}

static void layer4_tcp(struct odd_out *out)
{
	struct odd_frame frame;
	uint8_t *tcp;

	for (unsigned int words = 0; words < 16; words++) {
		put_ethernet(&frame, NULL, 0x0800);
		put_ipv4(&frame, 6, 60);
		tcp = put_tcp(&frame, 53);
		tcp[12] = (uint8_t)(words << 4 | words); /* and reserved bits */
		put_bytes(&frame, "\x02\x04\x05\xb4\x01\x03\x03\x00\x08\xff", 10);
		put_zeros(&frame, 30);
		odd_out(out, &frame, "TCP data offset %u", words);
	}
	for (unsigned int flags = 0; flags < 256; flags++) {
		put_ethernet(&frame, NULL, 0x86dd);
		put_ipv6(&frame, 6, 20);
		put_tcp(&frame, (uint16_t)(flags * 257))[13] = (uint8_t)flags;
		odd_out(out, &frame, "TCP flags %02x", flags);
	}
}

/* Headers of layer 4 of every length, in datagrams that are whole. */
static void layer4_short(struct odd_out *out)
{
	static const uint8_t protocols[] = {1, 6, 17, 58, 132, 47, 4};
	struct odd_frame frame;

	for (size_t i = 0; i < COUNT(protocols); i++) {
		for (size_t payload = 0; payload <= 24; payload++) {
			put_ethernet(&frame, NULL, 0x0800);
			put_ipv4(&frame, protocols[i], payload);
			put_zeros(&frame, payload);
			odd_out(out, &frame, "%zu bytes of protocol %u over IPv4", payload,
				protocols[i]);
			put_zeros(&frame, 26);
			odd_out(out, &frame, "%zu bytes of protocol %u over IPv4, padded", payload,
				protocols[i]);
			put_ethernet(&frame, NULL, 0x86dd);
			put_ipv6(&frame, protocols[i], payload);
			put_zeros(&frame, payload);
			odd_out(out, &frame, "%zu bytes of protocol %u over IPv6", payload,
				protocols[i]);
		}
	}
}

void odd_layer4(struct odd_out *out)
{
	layer4_udp(out);
	layer4_tcp(out);
	layer4_short(out);
}
