/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The headers of a frame, up to the payload of IP, as the program in the kernel reads them: only
 * what is well-formed and complete counts.
 */
#ifndef XDIVERT_HEADERS_H
#define XDIVERT_HEADERS_H

#include <stdint.h>

#define HEADERS_TAGS_MAX	 2
#define HEADERS_PROTOCOL_UNKNOWN 255

enum headers_fragment { HEADERS_WHOLE, HEADERS_FIRST, HEADERS_LATER };

struct headers {
	unsigned int tags;
	uint16_t tci[HEADERS_TAGS_MAX]; /* of VLAN tags, outermost first */
	uint16_t type; /* behind the tags */
	const uint8_t *at; /* behind all that was read: the payload of IP, or of Ethernet */
	uint32_t left; /* bytes of that which are here; of IP, as its header says */
	uint32_t more; /* that are in other frames */
	int family; /* AF_INET, AF_INET6, 0: no IP */
	const uint8_t *source, *destination; /* of IP */
	/* of its payload; HEADERS_PROTOCOL_UNKNOWN where IPv6's headers lead nowhere */
	uint8_t protocol;
	enum headers_fragment fragment;
};

#define HEADERS_ETHER_LEN 14

/*
 * The frame has HEADERS_ETHER_LEN bytes at least. `more`: bytes of it that are not here; `left`
 * does not count them.
 */
void headers_read(struct headers *headers, const void *frame, uint32_t length, uint32_t more);

/* Two bytes, in network byte order. */
static inline uint16_t headers_word(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

#endif
