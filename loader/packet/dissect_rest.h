/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a frame is read from front to back. Private to dissect*.c.
 */
#ifndef XDIVERT_PACKET_DISSECT_REST_H
#define XDIVERT_PACKET_DISSECT_REST_H

#include "ast.h"
#include "packet/dissect.h"

#include <string.h>

/* The part of the frame that is not read yet. */
struct rest {
	const uint8_t *bytes;
	size_t length;
};

static inline uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline void skip(struct rest *rest, size_t count)
{
	rest->bytes += count;
	rest->length -= count;
}

/* The rest of the frame, or of the datagram, begins here. */
static inline void set_base(struct dissection *d, enum slice_base base, const struct rest *rest)
{
	d->bases[base].start = (size_t)(rest->bytes - d->frame);
	d->bases[base].end = d->bases[base].start + rest->length;
}

static inline void set_value(struct dissection *d, enum field field, const uint8_t *bytes)
{
	memcpy(d->values[field].bytes, bytes, type_table[field_table[field].type].width);
}

static inline void set_number(struct dissection *d, enum field field, uint32_t number)
{
	d->values[field] = value_from_number(number, field_table[field].type);
}

/* dissect_ip.c: from the IP header, up to and with layer 4. */
void dissect_read_ip(struct dissection *d, struct rest *rest);
void dissect_read_ip6(struct dissection *d, struct rest *rest);
/* dissect_tunnel.c: what is behind layer 4 or, if that is none of UDP's, behind the IP header. */
void dissect_read_tunnel(struct dissection *d, const uint8_t *bytes, size_t length);

#endif
