// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "headers.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define ETHER_TYPE_IPV4 0x0800
#define ETHER_TYPE_VLAN 0x8100
#define ETHER_TYPE_QINQ 0x88a8
#define ETHER_TYPE_IPV6 0x86dd
#define MAX_EXTENSIONS	6

static void skip(struct headers *headers, uint32_t length)
{
	headers->at += length;
	headers->left -= length;
}

static void read_ipv4(struct headers *headers)
{
	const uint8_t *header = headers->at;
	uint32_t length, total;

	if (headers->left < 20 || header[0] >> 4 != 4)
		return;
	length = (header[0] & 0xfu) * 4;
	total = headers_word(header + 2);
	if (length < 20 || total < length || length > headers->left ||
	    total > headers->left + headers->more)
		return;
	headers->family = AF_INET;
	headers->source = header + 12;
	headers->destination = header + 16;
	headers->protocol = header[9];
	if (headers_word(header + 6) & 0x1fff)
		headers->fragment = HEADERS_LATER;
	else if (headers_word(header + 6) & 0x2000)
		headers->fragment = HEADERS_FIRST;
	if (total < headers->left)
		headers->left = total; /* behind it is padding */
	skip(headers, length);
}

/* How long the extension header is; 0 if it is none. */
static uint32_t extension_length(uint8_t protocol, const uint8_t *header)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case 135: /* mobility */
	case 139: /* HIP */
	case 140: /* shim6 */
		return (header[1] + 1u) * 8;
	case IPPROTO_AH:
		return (header[1] + 2u) * 4;
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/* The protocol is what is behind them, if the walk gets there. */
static void skip_extensions(struct headers *headers)
{
	static const uint8_t none[8];
	uint32_t length;

	for (int i = 0;; i++) {
		const uint8_t *header = headers->left >= 8 ? headers->at : none;
		uint8_t current = headers->protocol;

		length = extension_length(current, header);
		if (!length)
			return;
		if (i == MAX_EXTENSIONS || headers->left < 8 || length > headers->left) {
			headers->protocol = HEADERS_PROTOCOL_UNKNOWN;
			return;
		}
		headers->protocol = header[0];
		skip(headers, length);
		if (current == IPPROTO_FRAGMENT && headers_word(header + 2) & 0xfff8) {
			headers->fragment = HEADERS_LATER;
			return;
		}
		if (current == IPPROTO_FRAGMENT && header[3] & 1)
			headers->fragment = HEADERS_FIRST;
	}
}

static void read_ipv6(struct headers *headers)
{
	const uint8_t *header = headers->at;
	uint32_t payload;

	if (headers->left < 40 || header[0] >> 4 != 6)
		return;
	payload = headers_word(header + 4);
	if (payload > headers->left - 40 + headers->more)
		return;
	headers->family = AF_INET6;
	headers->source = header + 8;
	headers->destination = header + 24;
	headers->protocol = payload ? header[6] : HEADERS_PROTOCOL_UNKNOWN;
	if (40 + payload < headers->left)
		headers->left = 40 + payload;
	skip(headers, 40);
	skip_extensions(headers);
}

static bool is_tag(uint16_t type)
{
	return type == ETHER_TYPE_VLAN || type == ETHER_TYPE_QINQ;
}

void headers_read(struct headers *headers, const void *frame, uint32_t length, uint32_t more)
{
	memset(headers, 0, sizeof(*headers));
	headers->at = frame;
	headers->left = length;
	headers->more = more;
	headers->type = headers_word(headers->at + 12);
	skip(headers, HEADERS_ETHER_LEN);
	while (headers->tags < HEADERS_TAGS_MAX && headers->left >= 4 && is_tag(headers->type)) {
		headers->tci[headers->tags++] = headers_word(headers->at);
		headers->type = headers_word(headers->at + 2);
		skip(headers, 4);
	}
	if (headers->type == ETHER_TYPE_IPV4)
		read_ipv4(headers);
	else if (headers->type == ETHER_TYPE_IPV6)
		read_ipv6(headers);
}
