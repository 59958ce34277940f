// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Packets that are answered or passed on. Checksums are verified as a receiver does: the sum over
 * all that they are of, themselves included, is 0xffff.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xdivert/packet.h"

#define ETHER 14
#define TAG   4

/* A frame of which each test makes its own. */
struct sample {
	unsigned char bytes[512];
	struct xdv_frame frame;
};

static const unsigned char here[16] = {0xfd, [15] = 1}, there[16] = {0xfd, [15] = 2};

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* IPv4 or IPv6 with a payload of `length` bytes whose first four are ports; one VLAN tag if so. */
static void make(struct sample *sample, int family, bool tag, uint8_t protocol, unsigned int length)
{
	unsigned char *ip = sample->bytes + ETHER + (tag ? TAG : 0), *payload;
	unsigned int header = family == AF_INET ? 20 : 40;

	memset(sample, 0, sizeof(*sample));
	memcpy(sample->bytes, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	put16(sample->bytes + 12, 0x8100);
	put16(ip - 2, family == AF_INET ? 0x0800 : 0x86dd);
	if (family == AF_INET) {
		ip[0] = 0x45;
		put16(ip + 2, header + length);
		ip[8] = 64;
		ip[9] = protocol;
		memcpy(ip + 12, "\x0a\0\0\2\x0a\0\0\1", 8);
	} else {
		ip[0] = 0x60;
		put16(ip + 4, length);
		ip[6] = protocol;
		ip[7] = 64;
		memcpy(ip + 8, there, 16);
		memcpy(ip + 24, here, 16);
	}
	payload = ip + header;
	for (unsigned int i = 0; i < length; i++)
		payload[i] = (unsigned char)(i * 7 + 3);
	put16(payload, 5000);
	put16(payload + 2, 53);
	if (protocol == IPPROTO_UDP)
		put16(payload + 4, length);
	sample->frame = (struct xdv_frame){.data = sample->bytes,
					   .len = (uint32_t)(payload + length - sample->bytes)};
}

static uint16_t sum(uint32_t start, const unsigned char *bytes, unsigned int length)
{
	uint64_t words = start;

	for (unsigned int i = 0; i < length; i += 2)
		words += (uint64_t)(bytes[i] << 8) + (i + 1 < length ? bytes[i + 1] : 0);
	while (words >> 16)
		words = (words & 0xffff) + (words >> 16);
	return (uint16_t)words;
}

/* Would a receiver take it? `pseudo`: the sum has addresses and length, too. */
static void assert_checksums(const struct sample *sample, bool tag, bool pseudo)
{
	const unsigned char *ip = sample->bytes + ETHER + (tag ? TAG : 0);
	bool four = ip[0] >> 4 == 4;
	unsigned int header = four ? 20 : 40;
	unsigned int length = sample->frame.len - (unsigned int)(ip - sample->bytes) - header;
	uint32_t start = 0;

	if (four)
		assert_int_equal(sum(0, ip, 20), 0xffff);
	if (pseudo)
		start = sum(four ? ip[9] : ip[6], four ? ip + 12 : ip + 8, four ? 8 : 32) + length;
	assert_int_equal(sum(start, ip + header, length), 0xffff);
}

static void checksum_of_each_protocol_is_right(void **state)
{
	static const struct {
		int family;
		uint8_t protocol;
		bool pseudo;
	} cases[] = {
		{AF_INET, IPPROTO_TCP, true},	{AF_INET, IPPROTO_UDP, true},
		{AF_INET, IPPROTO_ICMP, false}, {AF_INET6, IPPROTO_TCP, true},
		{AF_INET6, IPPROTO_UDP, true},	{AF_INET6, IPPROTO_ICMPV6, true},
	};
	struct sample sample;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		bool tag = i % 2;

		/* of even and of odd length */
		make(&sample, cases[i / 2].family, tag, cases[i / 2].protocol, 60 + (i / 4) % 2);
		assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
		assert_checksums(&sample, tag, cases[i / 2].pseudo);
	}
}

/* Behind a short packet there is padding, which is of no sum. */
static void checksum_leaves_padding_out(void **state)
{
	struct sample sample;
	uint32_t length;

	(void)state;
	make(&sample, AF_INET, false, IPPROTO_UDP, 10);
	length = sample.frame.len;
	memset(sample.bytes + length, 0xff, 60 - length);
	sample.frame.len = 60;
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
	sample.frame.len = length;
	assert_checksums(&sample, false, true);
}

/* Cut at odd places: each byte keeps its place in the sum. */
static void checksum_of_several_frames_is_that_of_the_whole(void **state)
{
	struct xdv_frame frames[3];
	struct sample sample;

	(void)state;
	make(&sample, AF_INET6, false, IPPROTO_UDP, 301);
	for (uint32_t first = ETHER + 40 + 8; first < 120; first++) {
		frames[0] = frames[1] = frames[2] = sample.frame;
		frames[0].len = first;
		frames[1].len = 101;
		frames[1].data = sample.bytes + first;
		frames[2].len = sample.frame.len - first - 101;
		frames[2].data = sample.bytes + first + 101;
		frames[0].more = frames[1].more = 1;
		put16(sample.bytes + ETHER + 40 + 6, 0x1234);
		assert_int_equal(xdv_packet_checksum(frames, 3), 0);
		assert_checksums(&sample, false, true);
		/* the last one is missing: nothing was changed */
		assert_int_equal(xdv_packet_checksum(frames, 2), -ENOMSG);
		assert_checksums(&sample, false, true);
	}
}

/* 0 would say that there is none. */
static void checksum_of_udp_is_never_0(void **state)
{
	struct sample sample;
	unsigned char *payload = sample.bytes + ETHER + 20;

	(void)state;
	make(&sample, AF_INET, false, IPPROTO_UDP, 12);
	put16(payload + 8, 0);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
	/* what the sum lacks goes into the payload */
	memcpy(payload + 8, payload + 6, 2);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
	assert_int_equal(payload[6] << 8 | payload[7], 0xffff);
	assert_checksums(&sample, false, true);
}

static void checksum_refuses_what_it_is_not_of(void **state)
{
	struct sample sample;

	(void)state;
	make(&sample, AF_INET, false, IPPROTO_UDP, 60);
	sample.bytes[ETHER + 6] = 0x20; /* the first fragment */
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), -ENOMSG);
	assert_int_equal(sum(0, sample.bytes + ETHER, 20), 0xffff);
	make(&sample, AF_INET6, false, IPPROTO_ICMP, 60); /* of the other family */
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), -ENOMSG);
	make(&sample, AF_INET, false, IPPROTO_TCP, 19);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), -ENOMSG);
	sample.bytes[12] = 0x88; /* no IP */
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), -ENOMSG);
	sample.frame.len = 10;
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), -ENOMSG);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 0), -ENOMSG);
}

static void turn_exchanges_everything_and_keeps_checksums(void **state)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct sample sample, before;

	(void)state;
	for (int i = 0; i < 4; i++) {
		unsigned char *ip = sample.bytes + ETHER + (i % 2 ? TAG : 0);

		make(&sample, families[i / 2], i % 2, IPPROTO_UDP, 61);
		assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
		before = sample;
		assert_int_equal(xdv_packet_turn(&sample.frame), 0);
		assert_checksums(&sample, i % 2, true);
		assert_memory_equal(sample.bytes, "\x02\0\0\0\0\2\x02\0\0\0\0\1", 12);
		if (i < 2)
			assert_memory_equal(ip + 12, "\x0a\0\0\1\x0a\0\0\2\0\x35\x13\x88", 12);
		else
			assert_memory_equal(ip + 24, there, 16);
		assert_int_equal(xdv_packet_turn(&sample.frame), 0);
		assert_memory_equal(sample.bytes, before.bytes, sizeof(before.bytes));
	}
}

static void turn_refuses_what_was_to_many(void **state)
{
	struct sample sample, before;

	(void)state;
	make(&sample, AF_INET, false, IPPROTO_UDP, 20);
	sample.bytes[0] = 0xff;
	before = sample;
	assert_int_equal(xdv_packet_turn(&sample.frame), -EADDRNOTAVAIL);
	sample.bytes[0] = 2;
	sample.bytes[ETHER + 16] = 224;
	assert_int_equal(xdv_packet_turn(&sample.frame), -EADDRNOTAVAIL);
	memset(sample.bytes + ETHER + 16, 255, 4);
	assert_int_equal(xdv_packet_turn(&sample.frame), -EADDRNOTAVAIL);
	assert_memory_equal(sample.bytes + ETHER + 20, before.bytes + ETHER + 20, 20);
	make(&sample, AF_INET6, false, IPPROTO_UDP, 20);
	sample.bytes[ETHER + 24] = 0xff;
	assert_int_equal(xdv_packet_turn(&sample.frame), -EADDRNOTAVAIL);
}

/* A later fragment has no ports: what is in their place is payload. */
static void turn_of_a_later_fragment_leaves_its_payload(void **state)
{
	struct sample sample, before;

	(void)state;
	make(&sample, AF_INET, false, IPPROTO_UDP, 60);
	put16(sample.bytes + ETHER + 6, 185);
	before = sample;
	assert_int_equal(xdv_packet_turn(&sample.frame), 0);
	assert_memory_equal(sample.bytes + ETHER + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	assert_memory_equal(sample.bytes + ETHER + 20, before.bytes + ETHER + 20, 60);
}

/* The example of RFC 1624, section 4, and many changes beside the full sum. */
static void update_is_the_same_as_a_new_sum(void **state)
{
	uint16_t from = htons(0x5555), to = htons(0x3285), header = htons(0xdd2f);
	unsigned char bytes[20], before[20];
	uint32_t seed = 1;

	(void)state;
	assert_int_equal(ntohs(xdv_checksum_update(header, &from, &to, 2)), 0);
	for (int i = 0; i < 1000; i++) {
		uint16_t checksum;

		for (int j = 0; j < 20; j++)
			bytes[j] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
		put16(bytes, 0);
		put16(bytes, (uint16_t)~sum(0, bytes, 20));
		memcpy(before, bytes, 20);
		for (int j = 4; j < 12; j++)
			bytes[j] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
		memcpy(&checksum, bytes, 2);
		checksum = xdv_checksum_update(checksum, before + 4, bytes + 4, 8);
		memcpy(bytes, &checksum, 2);
		assert_int_equal(sum(0, bytes, 20), 0xffff);
	}
}

static void forward_counts_the_time_to_live_down(void **state)
{
	const struct xdv_next_hop hop = {.saddr = {2, 0, 0, 0, 9, 1}, .daddr = {2, 0, 0, 0, 9, 2}};
	struct sample sample;

	(void)state;
	make(&sample, AF_INET, true, IPPROTO_UDP, 60);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
	for (int left = 63; left >= 1; left--) {
		assert_int_equal(xdv_packet_forward(&sample.frame, &hop), 0);
		assert_int_equal(sample.bytes[ETHER + TAG + 8], left);
		assert_checksums(&sample, true, true);
	}
	assert_memory_equal(sample.bytes, "\x02\0\0\0\x09\2\x02\0\0\0\x09\1", 12);
	assert_int_equal(xdv_packet_forward(&sample.frame, &hop), -ETIME);
	make(&sample, AF_INET6, false, IPPROTO_TCP, 60);
	assert_int_equal(xdv_packet_checksum(&sample.frame, 1), 0);
	assert_int_equal(xdv_packet_forward(&sample.frame, &hop), 0);
	assert_int_equal(sample.bytes[ETHER + 7], 63);
	assert_checksums(&sample, false, true);
}

static void next_hop_of_what_is_no_destination(void **state)
{
	const unsigned char self[4] = {127, 0, 0, 1}, group[4] = {224, 0, 0, 1};
	struct xdv_next_hop hop = {.size = sizeof(hop)};
	struct xdv_error error = {0};

	(void)state;
	assert_int_equal(xdv_next_hop_find(AF_INET, self, &hop, &error), -EADDRNOTAVAIL);
	assert_non_null(strstr(error.message, "127.0.0.1"));
	assert_int_equal(xdv_next_hop_find(AF_UNIX, self, &hop, &error), -EAFNOSUPPORT);
	assert_int_not_equal(xdv_next_hop_find(AF_INET, group, &hop, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_of_each_protocol_is_right),
		cmocka_unit_test(checksum_leaves_padding_out),
		cmocka_unit_test(checksum_of_several_frames_is_that_of_the_whole),
		cmocka_unit_test(checksum_of_udp_is_never_0),
		cmocka_unit_test(checksum_refuses_what_it_is_not_of),
		cmocka_unit_test(turn_exchanges_everything_and_keeps_checksums),
		cmocka_unit_test(turn_refuses_what_was_to_many),
		cmocka_unit_test(turn_of_a_later_fragment_leaves_its_payload),
		cmocka_unit_test(update_is_the_same_as_a_new_sum),
		cmocka_unit_test(forward_counts_the_time_to_live_down),
		cmocka_unit_test(next_hop_of_what_is_no_destination),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
