// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets that are answered or passed on: their addresses and checksums.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <xdivert/packet.h>

#include "headers.h"

#define ETHER_ADDRESS 6

/* Where protocols have their checksum, behind the IP header. */
static const struct {
	uint8_t protocol;
	uint8_t family; /* that it goes with; 0: any */
	uint8_t length; /* of the header */
	uint8_t offset;
	bool pseudo; /* the sum is over addresses and length, too */
} protocols[] = {
	{IPPROTO_TCP, 0, 20, 16, true},
	{IPPROTO_UDP, 0, 8, 6, true},
	{IPPROTO_ICMP, AF_INET, 8, 2, false},
	{IPPROTO_ICMPV6, AF_INET6, 8, 2, true},
};

/* What is known of a packet whose headers are to be changed. */
struct packet {
	struct headers headers;
	uint8_t *source, *destination; /* of IP */
	uint8_t *payload; /* of IP */
	uint8_t width; /* of an address */
	uint32_t length; /* of the payload, in all frames */
};

static int read_packet(struct packet *packet, const struct xdv_frame *frame)
{
	struct headers *headers = &packet->headers;
	uint8_t *start = frame->data;
	uint32_t total;

	if (frame->len < HEADERS_ETHER_LEN)
		return -ENOMSG;
	headers_read(headers, start, frame->len, frame->more ? UINT16_MAX : 0);
	if (!headers->family)
		return -ENOMSG;
	/* what was read as constant is the frame's, and may be changed */
	packet->source = start + (headers->source - start);
	packet->destination = start + (headers->destination - start);
	packet->payload = start + (headers->at - start);
	packet->width = headers->family == AF_INET6 ? 16 : 4;
	if (headers->family == AF_INET) /* addresses are 12 bytes behind its start, length 2 */
		total = headers_word(packet->source - 10);
	else
		total = 40u + headers_word(packet->source - 4);
	packet->length = total - (uint32_t)(packet->payload - packet->source) -
			 (headers->family == AF_INET ? 12 : 8);
	return 0;
}

static void exchange(uint8_t *a, uint8_t *b, size_t length)
{
	uint8_t kept[16];

	memcpy(kept, a, length);
	memcpy(a, b, length);
	memcpy(b, kept, length);
}

static bool is_to_many(const struct packet *packet, const uint8_t *frame)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (frame[0] & 1)
		return true;
	if (packet->headers.family == AF_INET6)
		return packet->destination[0] == 0xff;
	return packet->destination[0] >> 4 == 0xe ||
	       memcmp(packet->destination, broadcast, sizeof(broadcast)) == 0;
}

static bool has_ports(const struct packet *packet)
{
	uint8_t protocol = packet->headers.protocol;

	return packet->headers.fragment != HEADERS_LATER && packet->headers.left >= 4 &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP);
}

int xdv_packet_turn(struct xdv_frame *frame)
{
	uint8_t *start = frame->data;
	struct packet packet;
	int err = read_packet(&packet, frame);

	if (err)
		return err;
	if (is_to_many(&packet, start))
		return -EADDRNOTAVAIL;
	exchange(start, start + ETHER_ADDRESS, ETHER_ADDRESS);
	exchange(packet.source, packet.destination, packet.width);
	if (has_ports(&packet))
		exchange(packet.payload, packet.payload + 2, 2);
	return 0;
}

/* RFC 1071: a sum of 16-bit words, of pieces that may be of odd length. */
struct sum {
	uint64_t words;
	bool odd; /* so many bytes were added so far */
};

static void add(struct sum *sum, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sum->words += sum->odd ? bytes[i] : (uint64_t)bytes[i] << 8;
		sum->odd = !sum->odd;
	}
}

static uint16_t fold(uint64_t words)
{
	while (words >> 16)
		words = (words & 0xffff) + (words >> 16);
	return (uint16_t)words;
}

static void put_word(uint8_t *at, uint16_t word)
{
	at[0] = (uint8_t)(word >> 8);
	at[1] = (uint8_t)word;
}

static void put_header_checksum(const struct packet *packet)
{
	uint8_t *header = packet->source - 12;
	struct sum sum = {0};

	put_word(header + 10, 0);
	add(&sum, header, (header[0] & 0xfu) * 4);
	put_word(header + 10, (uint16_t)~fold(sum.words));
}

/* The payload of IP, in as many frames as it takes. -ENOMSG: it is not all there. */
static int add_payload(struct sum *sum, const struct packet *packet, const struct xdv_frame *frames,
		       unsigned int n)
{
	const uint8_t *at = packet->payload;
	uint32_t left = packet->length, here = packet->headers.left;

	for (unsigned int i = 0;; i++) {
		if (here > left)
			here = left;
		add(sum, at, here);
		left -= here;
		if (!left)
			return 0;
		if (!frames[i].more || i + 1 == n)
			return -ENOMSG;
		at = frames[i + 1].data;
		here = frames[i + 1].len;
	}
}

static int put_payload_checksum(const struct packet *packet, uint8_t *place, bool pseudo,
				const struct xdv_frame *frames, unsigned int n)
{
	uint8_t before[2] = {place[0], place[1]};
	struct sum sum = {0};
	uint16_t checksum;
	int err;

	if (pseudo) {
		add(&sum, packet->source, packet->width);
		add(&sum, packet->destination, packet->width);
		sum.words += packet->length + packet->headers.protocol;
	}
	put_word(place, 0);
	err = add_payload(&sum, packet, frames, n);
	if (err) {
		memcpy(place, before, sizeof(before));
		return err;
	}
	checksum = (uint16_t)~fold(sum.words);
	/* 0 says that there is none, and 0xffff is the same number */
	if (!checksum && packet->headers.protocol == IPPROTO_UDP)
		checksum = 0xffff;
	put_word(place, checksum);
	return 0;
}

int xdv_packet_checksum(struct xdv_frame *frames, unsigned int n)
{
	struct packet packet;
	int err = n ? read_packet(&packet, &frames[0]) : -ENOMSG;

	if (err)
		return err;
	if (packet.headers.family == AF_INET)
		put_header_checksum(&packet);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol != packet.headers.protocol ||
		    (protocols[i].family && protocols[i].family != packet.headers.family) ||
		    packet.headers.fragment != HEADERS_WHOLE ||
		    packet.headers.left < protocols[i].length)
			continue;
		return put_payload_checksum(&packet, packet.payload + protocols[i].offset,
					    protocols[i].pseudo, frames, n);
	}
	return -ENOMSG;
}

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m'). */
uint16_t xdv_checksum_update(uint16_t checksum, const void *before, const void *after,
			     size_t length)
{
	uint64_t words = (uint16_t)~ntohs(checksum);
	const uint8_t *old = before, *new = after;

	for (size_t i = 0; i + 1 < length; i += 2)
		words += (uint16_t)~headers_word(old + i) + (uint64_t)headers_word(new + i);
	return htons((uint16_t)~fold(words));
}

int xdv_packet_forward(struct xdv_frame *frame, const struct xdv_next_hop *hop)
{
	uint8_t *start = frame->data, *header, before[2];
	struct packet packet;
	int err = read_packet(&packet, frame);
	uint16_t checksum;

	if (err)
		return err;
	header = packet.source - (packet.headers.family == AF_INET ? 4 : 1); /* time to live */
	if (header[0] <= 1)
		return -ETIME;
	memcpy(before, header, sizeof(before)); /* and what shares its word: the protocol */
	header[0]--;
	if (packet.headers.family == AF_INET) {
		memcpy(&checksum, packet.source - 2, sizeof(checksum));
		checksum = xdv_checksum_update(checksum, before, header, sizeof(before));
		memcpy(packet.source - 2, &checksum, sizeof(checksum));
	}
	memcpy(start, hop->daddr, ETHER_ADDRESS);
	memcpy(start + ETHER_ADDRESS, hop->saddr, ETHER_ADDRESS);
	return 0;
}
