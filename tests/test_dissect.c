// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/dissect.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Frames are written as they are on the wire; blanks only separate fields. */
#define ETHER "020000000002 020000000001 "
#define PORTS "1388 6720 "
#define UDP   PORTS "0008 0000 "
#define TCP   PORTS "00000001 00000002 5012 ffff 0000 0000 "
#define SCTP  PORTS "00000001 00000000 "
#define ECHO  "0800 0000 0001 0001 "
#define ECHO6 "8000 0000 0001 0001 "

/* IPv4: version and header length, total length, fragment, protocol */
#define IP(ihl, total, fragment, protocol)                                                         \
	"0800 " ihl "00 " total " 0001 " fragment " 40" protocol " 0000 0a000001 0a000002 "
#define IP6(length, next)                                                                          \
	"86dd 60000000 " length " " next "40 "                                                     \
	"20010db8000000000000000000000001 20010db8000000000000000000000002 "

/* Extension headers of 8 bytes */
#define HOP(next)	     next "00 010400000000 "
#define FRAGMENT(next, bits) next "00 " bits " 00000001 "
#define AH(next)	     next "00 0000 00000001 "

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* The frame in memory of its own, so that a read behind its end is seen. */
static uint8_t *bytes_of(const char *hex, size_t *length)
{
	uint8_t *bytes = malloc(strlen(hex) / 2 + 1), *exact;

	*length = 0;
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		bytes[(*length)++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex++;
	}
	exact = malloc(*length ? *length : 1);
	memcpy(exact, bytes, *length);
	free(bytes);
	return exact;
}

static struct dissection of(const char *hex)
{
	struct dissection packet;
	size_t length;
	uint8_t *bytes = bytes_of(hex, &length);

	dissect(&packet, bytes, length);
	free(bytes);
	return packet;
}

static uint32_t number(const struct dissection *packet, enum field field)
{
	return value_number(&packet->values[field], field_table[field].type);
}

static void dissect_13_bytes_have_no_header(void **state)
{
	struct dissection packet = of("020000000002 020000000001 08");

	(void)state;
	assert_false(packet.has[HEADER_ETHER]);
	assert_int_equal(packet.end, DISSECT_ETHER_SHORT);
}

static void dissect_empty_frame_has_no_header(void **state)
{
	struct dissection packet = of("");

	(void)state;
	assert_false(packet.has[HEADER_ETHER]);
}

static void dissect_ethernet_has_addresses_and_type(void **state)
{
	struct dissection packet = of(ETHER "88a2");

	(void)state;
	assert_true(packet.has[HEADER_ETHER]);
	assert_false(packet.has[HEADER_VLAN]);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x88a2);
	assert_memory_equal(packet.values[FIELD_ETHER_DADDR].bytes, "\2\0\0\0\0\2", 6);
	assert_memory_equal(packet.values[FIELD_ETHER_SADDR].bytes, "\2\0\0\0\0\1", 6);
	assert_int_equal(packet.end, DISSECT_COMPLETE);
}

static void dissect_one_tag_gives_its_id_and_the_type_behind(void **state)
{
	struct dissection packet = of(ETHER "8100 a064 88a2");

	(void)state;
	assert_true(packet.has[HEADER_VLAN]);
	assert_int_equal(number(&packet, FIELD_VLAN_ID), 0x064);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x88a2);
	assert_int_equal(packet.vlan_tci[0], 0xa064);
}

static void dissect_two_tags_give_the_outer_id(void **state)
{
	struct dissection packet = of(ETHER "88a8 0064 8100 00c8 " IP("45", "001c", "0000", "11")
					      UDP);

	(void)state;
	assert_int_equal(packet.vlan_tags, 2);
	assert_int_equal(number(&packet, FIELD_VLAN_ID), 100);
	assert_true(packet.has[HEADER_UDP]);
}

static void dissect_third_tag_ends_the_walk(void **state)
{
	struct dissection packet = of(
		ETHER "8100 0001 8100 0002 8100 0003 " IP("45", "001c", "0000", "11") UDP);

	(void)state;
	assert_int_equal(packet.vlan_tags, 2);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x8100);
	assert_false(packet.has[HEADER_IP]);
	assert_int_equal(packet.end, DISSECT_VLAN_THIRD);
}

static void dissect_truncated_tag_is_no_tag(void **state)
{
	struct dissection packet = of(ETHER "8100 0001 08");

	(void)state;
	assert_false(packet.has[HEADER_VLAN]);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x8100);
	assert_int_equal(packet.end, DISSECT_VLAN_SHORT);
}

static void dissect_truncated_second_tag_leaves_the_first(void **state)
{
	struct dissection packet = of(ETHER "88a8 0064 8100 00c8");

	(void)state;
	assert_int_equal(packet.vlan_tags, 1);
	assert_int_equal(number(&packet, FIELD_VLAN_ID), 100);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x8100);
}

#define ARP_FRAME ETHER "0806 0001 0800 0604 0002 020000000001 0a000001 020000000002 0a000002"

static void dissect_arp_is_found(void **state)
{
	struct dissection packet = of(ARP_FRAME);

	(void)state;
	assert_true(packet.has[HEADER_ARP]);
	assert_int_equal(number(&packet, FIELD_ARP_OPERATION), 2);
	assert_memory_equal(packet.values[FIELD_ARP_DADDR_IP].bytes, "\n\0\0\2", 4);
}

static void dissect_short_arp_is_none(void **state)
{
	struct dissection packet = of(ETHER "0806 0001 0800 0604 0002 020000000001 0a000001 00");

	(void)state;
	assert_false(packet.has[HEADER_ARP]);
	assert_int_equal(packet.end, DISSECT_ARP_SHORT);
}

static void dissect_arp_of_another_kind_is_none(void **state)
{
	static const char *const kinds[] = {"0002 0800 0604", "0001 86dd 0604", "0001 0800 0804",
					    "0001 0800 0610"};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char hex[] = ARP_FRAME;

		memcpy(hex + strlen(ETHER "0806 "), kinds[i], strlen(kinds[i]));
		assert_int_equal(of(hex).end, DISSECT_ARP_OTHER);
	}
}

static void dissect_udp_over_ipv4_has_all_fields(void **state)
{
	struct dissection packet = of(ETHER IP("45", "001d", "0000", "11") UDP "61");

	(void)state;
	assert_true(packet.has[HEADER_IP]);
	assert_true(packet.has[HEADER_UDP]);
	assert_false(packet.has[HEADER_TCP]);
	assert_int_equal(number(&packet, FIELD_IP_SADDR), 0x0a000001);
	assert_int_equal(number(&packet, FIELD_IP_DADDR), 0x0a000002);
	assert_int_equal(number(&packet, FIELD_IP_PROTOCOL), 17);
	assert_int_equal(number(&packet, FIELD_UDP_SPORT), 5000);
	assert_int_equal(number(&packet, FIELD_UDP_DPORT), 26400);
	assert_int_equal(packet.payload, 1);
}

static void dissect_tcp_has_flags(void **state)
{
	struct dissection packet = of(ETHER IP("45", "0028", "4000", "06") TCP);

	(void)state;
	assert_true(packet.has[HEADER_TCP]);
	assert_int_equal(number(&packet, FIELD_TCP_FLAGS), 0x12);
	assert_int_equal(packet.fragment, XDV_FRAGMENT_NONE);
}

static void dissect_sctp_and_icmp_are_found(void **state)
{
	struct dissection sctp = of(ETHER IP("45", "0020", "0000", "84") SCTP);
	struct dissection icmp = of(ETHER IP("45", "001c", "0000", "01") ECHO);

	(void)state;
	assert_int_equal(number(&sctp, FIELD_SCTP_DPORT), 26400);
	assert_true(sctp.has[HEADER_SCTP]);
	assert_true(icmp.has[HEADER_ICMP]);
	assert_int_equal(number(&icmp, FIELD_ICMP_TYPE), 8);
}

static void dissect_ipv4_options_are_skipped(void **state)
{
	struct dissection packet = of(
		ETHER IP("47", "0024", "0000", "11") "94040000 01010101 " UDP);

	(void)state;
	assert_true(packet.has[HEADER_UDP]);
	assert_int_equal(number(&packet, FIELD_UDP_DPORT), 26400);
}

static void dissect_damaged_ipv4_has_no_header(void **state)
{
	static const struct {
		const char *hex;
		enum dissect_end end;
	} cases[] = {
		{ETHER "0800 4500 001c 0001 0000 4011 0000 0a000001 0a0000", DISSECT_IP_SHORT},
		{ETHER IP("55", "001c", "0000", "11") UDP, DISSECT_IP_VERSION},
		{ETHER IP("44", "001c", "0000", "11") UDP, DISSECT_IP_HEADER_LENGTH},
		{ETHER IP("48", "001c", "0000", "11") UDP, DISSECT_IP_SHORT},
		{ETHER IP("46", "0017", "0000", "11") UDP, DISSECT_IP_LENGTH_SMALL},
		{ETHER IP("45", "001d", "0000", "11") UDP, DISSECT_IP_LENGTH_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct dissection packet = of(cases[i].hex);

		assert_false(packet.has[HEADER_IP]);
		assert_false(packet.has[HEADER_UDP]);
		assert_true(packet.has[HEADER_ETHER]);
		assert_int_equal(packet.end, cases[i].end);
	}
}

/* The padding of short frames is not payload: 8 bytes of UDP are not there. */
static void dissect_padding_is_not_payload(void **state)
{
	struct dissection packet = of(ETHER IP("45", "001b", "0000", "11") UDP "0000000000");

	(void)state;
	assert_true(packet.has[HEADER_IP]);
	assert_false(packet.has[HEADER_UDP]);
	assert_int_equal(packet.end, DISSECT_L4_SHORT);
}

static void dissect_layer_4_needs_its_whole_fixed_header(void **state)
{
	(void)state;
	assert_false(of(ETHER IP("45", "0027", "0000", "06") TCP).has[HEADER_TCP]);
	assert_false(of(ETHER IP("45", "001f", "0000", "84") SCTP).has[HEADER_SCTP]);
	assert_false(of(ETHER IP("45", "001b", "0000", "01") ECHO).has[HEADER_ICMP]);
	assert_false(of(ETHER IP6("0007", "3a") ECHO6).has[HEADER_ICMP6]);
}

static void dissect_ipv4_fragments_are_told_apart(void **state)
{
	struct dissection first = of(ETHER IP("45", "001c", "2000", "11") UDP);
	struct dissection later = of(ETHER IP("45", "001c", "2001", "11") UDP);
	struct dissection last = of(ETHER IP("45", "001c", "0001", "11") UDP);

	(void)state;
	assert_int_equal(number(&first, FIELD_IP_FRAG), XDV_FRAGMENT_FIRST);
	assert_true(first.has[HEADER_UDP]);
	assert_int_equal(number(&later, FIELD_IP_FRAG), XDV_FRAGMENT_LATER);
	assert_false(later.has[HEADER_UDP]);
	assert_int_equal(later.fragment_offset, 8);
	assert_int_equal(number(&later, FIELD_IP_PROTOCOL), 17);
	assert_int_equal(last.fragment, XDV_FRAGMENT_LATER);
}

static void dissect_icmp_belongs_to_its_ip_version(void **state)
{
	(void)state;
	assert_false(of(ETHER IP("45", "001c", "0000", "3a") ECHO6).has[HEADER_ICMP6]);
	assert_false(of(ETHER IP6("0008", "01") ECHO).has[HEADER_ICMP]);
}

static void dissect_udp_over_ipv6_has_all_fields(void **state)
{
	struct dissection packet = of(ETHER IP6("0008", "11") UDP);

	(void)state;
	assert_true(packet.has[HEADER_IP6]);
	assert_false(packet.has[HEADER_IP]);
	assert_true(packet.has[HEADER_UDP]);
	assert_int_equal(packet.values[FIELD_IP6_SADDR].bytes[15], 1);
	assert_int_equal(packet.values[FIELD_IP6_DADDR].bytes[15], 2);
	assert_int_equal(number(&packet, FIELD_IP6_PROTOCOL), 17);
	assert_int_equal(number(&packet, FIELD_UDP_SPORT), 5000);
}

static void dissect_damaged_ipv6_has_no_header(void **state)
{
	char version[] = ETHER IP6("0008", "11") UDP;
	struct dissection packet;

	(void)state;
	version[strlen(ETHER "86dd ")] = '5';
	assert_int_equal(of(version).end, DISSECT_IP6_VERSION);
	packet = of(ETHER IP6("0009", "11") UDP);
	assert_int_equal(packet.end, DISSECT_IP6_LENGTH_LARGE);
	assert_false(packet.has[HEADER_IP6]);
	assert_int_equal(of(ETHER "86dd 60000000 0000 1140 2001").end, DISSECT_IP6_SHORT);
}

static void dissect_ipv6_without_payload_has_no_known_protocol(void **state)
{
	struct dissection packet = of(ETHER IP6("0000", "11") UDP);

	(void)state;
	assert_true(packet.has[HEADER_IP6]);
	assert_int_equal(packet.protocol, XDV_PROTOCOL_UNKNOWN);
	assert_false(packet.has[HEADER_UDP]);
}

static void dissect_each_extension_header_is_walked(void **state)
{
	static const char *const next[] = {"00", "2b", "3c", "87", "8b", "8c", "33", "2c"};

	(void)state;
	for (size_t i = 0; i < sizeof(next) / sizeof(*next); i++) {
		char hex[] = ETHER IP6("0010", "..") FRAGMENT("11", "0000") UDP;
		struct dissection packet;

		memcpy(strstr(hex, ".."), next[i], 2);
		packet = of(hex);
		assert_int_equal(packet.protocol, 17);
		assert_true(packet.has[HEADER_UDP]);
		assert_int_equal(packet.extension_count, 1);
	}
}

static void dissect_extension_lengths_have_their_own_units(void **state)
{
	struct dissection routing = of(
		ETHER IP6("0018", "2b") "1101 "
					"0000 00000000 0000000000000000" UDP);
	struct dissection ah = of(ETHER IP6("0014", "33") "1101 0000 00000000 00000000" UDP);

	(void)state;
	assert_true(routing.has[HEADER_UDP]);
	assert_true(ah.has[HEADER_UDP]);
}

static void dissect_six_extension_headers_are_walked(void **state)
{
	struct dissection packet = of(ETHER IP6("0038", "00") HOP("3c") HOP("3c") HOP("2b")
					      HOP("3c") AH("3c") HOP("11") UDP);

	(void)state;
	assert_int_equal(packet.extension_count, 6);
	assert_int_equal(packet.protocol, 17);
	assert_true(packet.has[HEADER_UDP]);
}

static void dissect_seventh_extension_header_hides_the_protocol(void **state)
{
	struct dissection packet = of(ETHER IP6("0040", "00") HOP("3c") HOP("3c") HOP("2b")
					      HOP("3c") AH("3c") HOP("3c") HOP("11") UDP);

	(void)state;
	assert_int_equal(packet.protocol, XDV_PROTOCOL_UNKNOWN);
	assert_false(packet.has[HEADER_UDP]);
	assert_int_equal(packet.end, DISSECT_EXTENSION_MANY);
}

static void dissect_truncated_extension_keeps_the_fragment(void **state)
{
	struct dissection packet = of(ETHER IP6("0010", "2c")
					      FRAGMENT("3c", "0001") "1101 010400000000");

	(void)state;
	assert_int_equal(packet.fragment, XDV_FRAGMENT_FIRST);
	assert_int_equal(packet.protocol, XDV_PROTOCOL_UNKNOWN);
	assert_int_equal(packet.end, DISSECT_EXTENSION_SHORT);
	/* 8 bytes are in the frame, but not in the payload */
	assert_int_equal(of(ETHER IP6("0007", "00") HOP("11") UDP).end, DISSECT_EXTENSION_SHORT);
}

static void dissect_ipv6_fragments_are_told_apart(void **state)
{
	struct dissection atomic = of(ETHER IP6("0010", "2c") FRAGMENT("11", "0000") UDP);
	struct dissection first = of(ETHER IP6("0010", "2c") FRAGMENT("11", "0001") UDP);
	struct dissection later = of(ETHER IP6("0010", "2c") FRAGMENT("11", "0009") UDP);

	(void)state;
	assert_int_equal(atomic.fragment, XDV_FRAGMENT_NONE);
	assert_true(atomic.has[HEADER_UDP]);
	assert_int_equal(first.fragment, XDV_FRAGMENT_FIRST);
	assert_true(first.has[HEADER_UDP]);
	assert_int_equal(number(&later, FIELD_IP6_FRAG), XDV_FRAGMENT_LATER);
	assert_false(later.has[HEADER_UDP]);
	assert_int_equal(later.protocol, 17);
	assert_int_equal(later.fragment_offset, 8);
}

static void dissect_later_fragment_ends_the_walk(void **state)
{
	struct dissection packet = of(ETHER IP6("0018", "2c") FRAGMENT("3c", "0008") HOP("11") UDP);

	(void)state;
	assert_int_equal(packet.protocol, 60);
	assert_int_equal(packet.extension_count, 1);
}

static void dissect_strongest_fragment_header_counts(void **state)
{
	struct dissection first = of(ETHER IP6("0018", "2c") FRAGMENT("2c", "0001")
					     FRAGMENT("11", "0000") UDP);
	struct dissection later = of(ETHER IP6("0018", "2c") FRAGMENT("2c", "0001")
					     FRAGMENT("11", "0008") UDP);

	(void)state;
	assert_int_equal(first.fragment, XDV_FRAGMENT_FIRST);
	assert_true(first.has[HEADER_UDP]);
	assert_int_equal(later.fragment, XDV_FRAGMENT_LATER);
	assert_false(later.has[HEADER_UDP]);
}

static void dissect_no_next_header_is_a_protocol(void **state)
{
	struct dissection packet = of(ETHER IP6("0008", "3b") UDP);

	(void)state;
	assert_int_equal(packet.protocol, 59);
	assert_int_equal(packet.end, DISSECT_COMPLETE);
}

/* Reads within every truncation of a frame with all there is; the sanitizer watches. */
static void dissect_any_truncation_stays_in_bounds(void **state)
{
	static const char *const frames[] = {
		ETHER "88a8 0064 8100 00c8 " IP("46", "002c", "0000", "06") "00000000" TCP,
		ETHER "8100 0064 " IP6("0030", "00") HOP("2c") FRAGMENT("33", "0001") AH("06") TCP,
		ARP_FRAME,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		size_t length;
		uint8_t *bytes = bytes_of(frames[i], &length);

		for (size_t cut = 0; cut < length; cut++) {
			struct dissection packet;
			uint8_t *exact = malloc(cut ? cut : 1);

			memcpy(exact, bytes, cut);
			dissect(&packet, exact, cut);
			assert_int_equal(dissect_l4(&packet), HEADERS);
			assert_string_not_equal(dissect_end_text(packet.end), "");
			free(exact);
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dissect_13_bytes_have_no_header),
		cmocka_unit_test(dissect_empty_frame_has_no_header),
		cmocka_unit_test(dissect_ethernet_has_addresses_and_type),
		cmocka_unit_test(dissect_one_tag_gives_its_id_and_the_type_behind),
		cmocka_unit_test(dissect_two_tags_give_the_outer_id),
		cmocka_unit_test(dissect_third_tag_ends_the_walk),
		cmocka_unit_test(dissect_truncated_tag_is_no_tag),
		cmocka_unit_test(dissect_truncated_second_tag_leaves_the_first),
		cmocka_unit_test(dissect_arp_is_found),
		cmocka_unit_test(dissect_short_arp_is_none),
		cmocka_unit_test(dissect_arp_of_another_kind_is_none),
		cmocka_unit_test(dissect_udp_over_ipv4_has_all_fields),
		cmocka_unit_test(dissect_tcp_has_flags),
		cmocka_unit_test(dissect_sctp_and_icmp_are_found),
		cmocka_unit_test(dissect_ipv4_options_are_skipped),
		cmocka_unit_test(dissect_damaged_ipv4_has_no_header),
		cmocka_unit_test(dissect_padding_is_not_payload),
		cmocka_unit_test(dissect_layer_4_needs_its_whole_fixed_header),
		cmocka_unit_test(dissect_ipv4_fragments_are_told_apart),
		cmocka_unit_test(dissect_icmp_belongs_to_its_ip_version),
		cmocka_unit_test(dissect_udp_over_ipv6_has_all_fields),
		cmocka_unit_test(dissect_damaged_ipv6_has_no_header),
		cmocka_unit_test(dissect_ipv6_without_payload_has_no_known_protocol),
		cmocka_unit_test(dissect_each_extension_header_is_walked),
		cmocka_unit_test(dissect_extension_lengths_have_their_own_units),
		cmocka_unit_test(dissect_six_extension_headers_are_walked),
		cmocka_unit_test(dissect_seventh_extension_header_hides_the_protocol),
		cmocka_unit_test(dissect_truncated_extension_keeps_the_fragment),
		cmocka_unit_test(dissect_ipv6_fragments_are_told_apart),
		cmocka_unit_test(dissect_later_fragment_ends_the_walk),
		cmocka_unit_test(dissect_strongest_fragment_header_counts),
		cmocka_unit_test(dissect_no_next_header_is_a_protocol),
		cmocka_unit_test(dissect_any_truncation_stays_in_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
