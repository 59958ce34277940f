/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames put together layer by layer, every field as one likes. Private to the odd packets.
 */
#ifndef XDIVERT_TESTS_ODD_FRAME_H
#define XDIVERT_TESTS_ODD_FRAME_H

#include "odd_packets.h"

#include <stdbool.h>

struct odd_frame {
	uint8_t bytes[ODD_FRAME_MAX];
	size_t length;
};

/* Who gets the frames. */
struct odd_out {
	odd_packet_use *use;
	void *context;
	size_t count;
};

/* What does not fit is left out. Returns the place of the bytes in the frame. */
uint8_t *put_bytes(struct odd_frame *frame, const void *bytes, size_t count);
void put_zeros(struct odd_frame *frame, size_t count);
void put_number(struct odd_frame *frame, uint32_t number, size_t width); /* big-endian */
void set_number(uint8_t *at, uint32_t number, size_t width);

/* Begins the frame: addresses, then a tag of each type given (0 ends them), then `type`. */
void put_ethernet(struct odd_frame *frame, const uint16_t tags[4], uint16_t type);
/* Returns where the header begins, for its fields to be damaged. */
uint8_t *put_ipv4(struct odd_frame *frame, uint8_t protocol, size_t payload);
uint8_t *put_ipv6(struct odd_frame *frame, uint8_t next, size_t payload);
uint8_t *put_udp(struct odd_frame *frame, uint16_t dport, size_t payload);
uint8_t *put_tcp(struct odd_frame *frame, uint16_t dport);
uint8_t *put_arp(struct odd_frame *frame, uint16_t operation);

/* A datagram to port 53, of a few bytes: what follows `put_ethernet` in most. */
void put_ipv4_udp(struct odd_frame *frame);
void put_ipv6_tcp(struct odd_frame *frame);

/* Hands the frame over, by a name as printf() makes it. */
void odd_out(struct odd_out *out, const struct odd_frame *frame, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* And every frame that is its beginning, from `least` bytes on. */
void odd_out_cut(struct odd_out *out, const struct odd_frame *frame, size_t least,
		 const char *name);

/* odd_ip.c: the families of IPv4, IPv6 and layer 4. */
void odd_ipv4(struct odd_out *out);
void odd_ipv6(struct odd_out *out);
void odd_layer4(struct odd_out *out);
/* odd_tunnels.c */
void odd_tunnels(struct odd_out *out);

#endif
