// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "odd_frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

uint8_t *put_bytes(struct odd_frame *frame, const void *bytes, size_t count)
{
	static uint8_t nowhere[ODD_FRAME_MAX];
	uint8_t *at = frame->bytes + frame->length;

	if (count > ODD_FRAME_MAX - frame->length)
		return nowhere;
	memcpy(at, bytes, count);
	frame->length += count;
	return at;
}

void put_zeros(struct odd_frame *frame, size_t count)
{
	static const uint8_t zeros[ODD_FRAME_MAX];

	put_bytes(frame, zeros, count);
}

void set_number(uint8_t *at, uint32_t number, size_t width)
{
	for (size_t i = width; i-- > 0; number >>= 8)
		at[i] = (uint8_t)number;
}

void put_number(struct odd_frame *frame, uint32_t number, size_t width)
{
	uint8_t bytes[4];

	set_number(bytes, number, width);
	put_bytes(frame, bytes, width);
}

void put_ethernet(struct odd_frame *frame, const uint16_t tags[4], uint16_t type)
{
	frame->length = 0;
	put_bytes(frame, "\x02\0\0\0\0\x10\x02\0\0\0\0\x01", 12);
	for (unsigned int i = 0; tags && i < 4 && tags[i]; i++) {
		put_number(frame, tags[i], 2);
		put_number(frame, 0xa064 + i, 2); /* priority 5, 100 and up */
	}
	put_number(frame, type, 2);
}

/* Checksums are nobody's business before the kernel has the packet: 0. */
uint8_t *put_ipv4(struct odd_frame *frame, uint8_t protocol, size_t payload)
{
	uint8_t *ip = put_bytes(frame,
				"\x45\x00\x00\x00\x12\x34\x00\x00\x40\x00\x00\x00"
				"\x0a\x00\x00\x01\x0a\x00\x00\x02",
				20);

	set_number(ip + 2, (uint32_t)(20 + payload), 2);
	ip[9] = protocol;
	return ip;
}

uint8_t *put_ipv6(struct odd_frame *frame, uint8_t next, size_t payload)
{
	uint8_t *ip = put_bytes(frame,
				"\x60\x00\x00\x00\x00\x00\x00\x40"
				"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
				"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02",
				40);

	set_number(ip + 4, (uint32_t)payload, 2);
	ip[6] = next;
	return ip;
}

uint8_t *put_udp(struct odd_frame *frame, uint16_t dport, size_t payload)
{
	uint8_t *udp = put_bytes(frame, "\x13\x88\0\0\0\0\0\0", 8);

	set_number(udp + 2, dport, 2);
	set_number(udp + 4, (uint32_t)(8 + payload), 2);
	put_zeros(frame, payload);
	return udp;
}

uint8_t *put_tcp(struct odd_frame *frame, uint16_t dport)
{
	uint8_t *tcp = put_bytes(frame,
				 "\x13\x88\0\0\0\0\0\x01\0\0\0\0\x50\x02\x20\x00"
				 "\0\0\0\0",
				 20);

	set_number(tcp + 2, dport, 2);
	return tcp;
}

uint8_t *put_arp(struct odd_frame *frame, uint16_t operation)
{
	uint8_t *arp = put_bytes(frame,
				 "\0\x01\x08\0\x06\x04\0\0\x02\0\0\0\0\x01\x0a\0\0\x01"
				 "\0\0\0\0\0\0\x0a\0\0\x02",
				 28);

	set_number(arp + 6, operation, 2);
	return arp;
}

void put_ipv4_udp(struct odd_frame *frame)
{
	put_ipv4(frame, 17, 8 + 6);
	put_udp(frame, 53, 6);
}

void put_ipv6_tcp(struct odd_frame *frame)
{
	put_ipv6(frame, 6, 20 + 5);
	put_tcp(frame, 53);
	put_zeros(frame, 5);
}

void odd_out(struct odd_out *out, const struct odd_frame *frame, const char *format, ...)
{
	va_list arguments;
	char name[120];

	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	out->use(out->context, name, frame->bytes, frame->length);
	out->count++;
}

void odd_out_cut(struct odd_out *out, const struct odd_frame *frame, size_t least, const char *name)
{
	struct odd_frame cut = *frame;

	for (cut.length = least; cut.length < frame->length; cut.length++)
		odd_out(out, &cut, "%s, cut to %zu bytes", name, cut.length);
	odd_out(out, frame, "%s", name);
}
