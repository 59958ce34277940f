// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "packet/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct packet_bytes frame;

static struct dissection built(const char *text)
{
	struct packet_text_error error;
	struct dissection packet;

	if (packet_from_text(&frame, text, &error))
		fail_msg("%s: %zu: %s (%s)", text, error.offset, error.message, error.hint);
	dissect(&packet, frame.bytes, frame.length);
	return packet;
}

static uint32_t number(const struct dissection *packet, enum field field)
{
	return value_number(&packet->values[field], field_table[field].type);
}

/* The sum over what a right checksum covers is all ones. */
static uint16_t sum_of(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i < count; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void packet_text_udp_has_lengths_and_checksums(void **state)
{
	struct dissection packet = built("udp 10.1.1.1:5000 > 10.2.2.2:53 len 5 ttl 3");
	const uint8_t *ip = frame.bytes + 14;

	(void)state;
	assert_int_equal(frame.length, 14 + 20 + 8 + 5);
	assert_int_equal(number(&packet, FIELD_IP_SADDR), 0x0a010101);
	assert_int_equal(number(&packet, FIELD_IP_DADDR), 0x0a020202);
	assert_int_equal(number(&packet, FIELD_UDP_SPORT), 5000);
	assert_int_equal(number(&packet, FIELD_UDP_DPORT), 53);
	assert_int_equal(number(&packet, FIELD_IP_TTL), 3);
	assert_int_equal(packet.payload, 5);
	assert_int_equal(ip[24] << 8 | ip[25], 13);
	assert_int_equal(sum_of(ip, 20, 0), 0xffff);
	assert_int_equal(sum_of(ip + 20, 13, sum_of(ip + 12, 8, 17 + 13)), 0xffff);
}

static void packet_text_tcp6_has_flags_and_checksum(void **state)
{
	struct dissection packet = built("tcp [2001:db8::1]:53 > [2001:db8::2]:1024 flags syn,ack");
	const uint8_t *ip = frame.bytes + 14;

	(void)state;
	assert_true(packet.has[HEADER_IP6]);
	assert_int_equal(number(&packet, FIELD_TCP_FLAGS), 0x12);
	assert_int_equal(number(&packet, FIELD_TCP_DPORT), 1024);
	assert_int_equal(sum_of(ip + 40, 20, sum_of(ip + 8, 32, 6 + 20)), 0xffff);
}

static void packet_text_icmp6_has_checksum(void **state)
{
	struct dissection packet = built("icmp6 fe80::1 > ff02::1 type neighbour-solicitation");
	const uint8_t *ip = frame.bytes + 14;

	(void)state;
	assert_int_equal(number(&packet, FIELD_ICMP6_TYPE), 135);
	assert_int_equal(sum_of(ip + 40, 8, sum_of(ip + 8, 32, 58 + 8)), 0xffff);
	assert_memory_equal(frame.bytes, "\x33\x33\0\0\0\1", 6);
}

/* The check value of CRC32c: e3069283 for "123456789" (RFC 3720, appendix B.4 has others). */
static void packet_text_sctp_has_its_own_checksum(void **state)
{
	struct dissection packet = built("sctp 10.0.0.1:1 > 10.0.0.2:2");
	uint32_t crc = UINT32_MAX, found;
	uint8_t *sctp = frame.bytes + 34;

	(void)state;
	assert_true(packet.has[HEADER_SCTP]);
	found = sctp[8] | (uint32_t)sctp[9] << 8 | (uint32_t)sctp[10] << 16 |
		(uint32_t)sctp[11] << 24;
	memset(sctp + 8, 0, 4);
	for (int i = 0; i < 12; i++) {
		crc ^= sctp[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	assert_int_equal(found, (uint32_t)~crc);
}

static void packet_text_icmp_is_an_echo_request(void **state)
{
	struct dissection packet = built("icmp 10.1.1.1 > 10.0.0.1");

	(void)state;
	assert_int_equal(number(&packet, FIELD_ICMP_TYPE), 8);
	assert_int_equal(sum_of(frame.bytes + 34, 8, 0), 0xffff);
	packet = built("icmp 10.1.1.1 > 10.0.0.1 type echo-reply");
	assert_int_equal(number(&packet, FIELD_ICMP_TYPE), 0);
}

static void packet_text_dscp_is_in_either_header(void **state)
{
	char text[PACKET_TEXT];
	struct dissection packet = built("udp 10.0.0.1:1 > 10.0.0.2:2 dscp af41");

	(void)state;
	assert_int_equal(frame.bytes[15], 34 << 2);
	assert_non_null(strstr(packet_describe(text, sizeof(text), &packet), " dscp af41"));
	packet = built("udp [fe80::1]:1 > [fe80::2]:2 dscp ef ttl 9");
	assert_memory_equal(frame.bytes + 14, "\x6b\x80\0\0", 4);
	assert_int_equal(number(&packet, FIELD_IP6_DSCP), 46);
	assert_int_equal(number(&packet, FIELD_IP6_HOPLIMIT), 9);
	assert_int_equal(number(&packet, FIELD_IP6_LENGTH), 8);
}

static void packet_text_arp_is_a_broadcast_request(void **state)
{
	struct dissection packet = built("arp 10.0.0.1 > 10.0.0.2");

	(void)state;
	assert_true(packet.has[HEADER_ARP]);
	assert_int_equal(number(&packet, FIELD_ARP_OPERATION), 1);
	assert_memory_equal(packet.values[FIELD_ARP_SADDR_IP].bytes, "\n\0\0\1", 4);
	assert_memory_equal(packet.values[FIELD_ARP_DADDR_IP].bytes, "\n\0\0\2", 4);
	assert_memory_equal(frame.bytes, "\xff\xff\xff\xff\xff\xff", 6);
}

static void packet_text_multicast_has_its_ethernet_address(void **state)
{
	(void)state;
	built("udp 10.1.1.1:5000 > 233.182.12.9:26400");
	assert_memory_equal(frame.bytes, "\x01\x00\x5e\x36\x0c\x09", 6);
	built("udp [fe80::1]:1 > [ff02::1:ff00:1234]:2");
	assert_memory_equal(frame.bytes, "\x33\x33\xff\x00\x12\x34", 6);
	built("udp 10.1.1.1:5000 > 10.1.1.2:26400");
	assert_memory_equal(frame.bytes, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
}

static void packet_text_given_ethernet_addresses_stay(void **state)
{
	(void)state;
	built("ether 02:11:22:33:44:55 > 02:aa:bb:cc:dd:ee udp 10.1.1.1:5000 > 239.1.1.1:53");
	assert_memory_equal(frame.bytes, "\x02\xaa\xbb\xcc\xdd\xee\x02\x11\x22\x33\x44\x55", 12);
}

static void packet_text_vlan_tags_are_outermost_first(void **state)
{
	struct dissection packet = built("vlan 100 pcp 5 vlan 200 udp 10.0.0.1:1 > 10.0.0.2:2");

	(void)state;
	assert_int_equal(packet.vlan_tags, 2);
	assert_int_equal(packet.vlan_tci[0], 5 << 13 | 100);
	assert_int_equal(packet.vlan_tci[1], 200);
	assert_memory_equal(frame.bytes + 12, "\x88\xa8", 2);
	assert_memory_equal(frame.bytes + 16, "\x81\x00", 2);
	assert_true(packet.has[HEADER_UDP]);
}

static void packet_text_bare_ethernet_has_type_and_length(void **state)
{
	struct dissection packet = built(
		"ether 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type 0x88a2 len 10");

	(void)state;
	assert_int_equal(frame.length, 24);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x88a2);
	packet = built("vlan 5 ether 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type aoe");
	assert_int_equal(frame.length, 64);
	assert_int_equal(number(&packet, FIELD_ETHER_TYPE), 0x88a2);
	assert_int_equal(number(&packet, FIELD_VLAN_ID), 5);
}

static void packet_text_other_protocols_are_numbers_or_names(void **state)
{
	(void)state;
	assert_int_equal(built("ip 10.0.0.1 > 10.0.0.2 proto gre").protocol, 47);
	assert_int_equal(built("ip6 fe80::1 > fe80::2 proto 89 len 4").protocol, 89);
	assert_int_equal(built("ip 10.0.0.1 > 10.0.0.2").protocol, 253);
}

static void packet_text_fragments_are_marked(void **state)
{
	struct dissection packet = built("udp 10.0.0.1:1 > 10.0.0.2:2 frag first len 3");

	(void)state;
	assert_int_equal(packet.fragment, XDV_FRAGMENT_FIRST);
	assert_true(packet.has[HEADER_UDP]);
	assert_int_equal((frame.length - 34) % 8, 0);
	packet = built("udp 10.0.0.1:1 > 10.0.0.2:2 frag later");
	assert_int_equal(packet.fragment, XDV_FRAGMENT_LATER);
	assert_int_equal(packet.protocol, 17);
	assert_false(packet.has[HEADER_UDP]);
	packet = built("tcp [fe80::1]:1 > [fe80::2]:2 frag first");
	assert_int_equal(packet.fragment, XDV_FRAGMENT_FIRST);
	assert_true(packet.has[HEADER_TCP]);
	packet = built("tcp [fe80::1]:1 > [fe80::2]:2 frag later");
	assert_int_equal(packet.fragment, XDV_FRAGMENT_LATER);
	assert_int_equal(packet.protocol, 6);
	assert_int_equal(packet.fragment_offset, 1480);
}

static void packet_text_hex_is_the_frame_itself(void **state)
{
	(void)state;
	built("hex 0011 2233\n\t445566");
	assert_int_equal(frame.length, 7);
	assert_memory_equal(frame.bytes, "\x00\x11\x22\x33\x44\x55\x66", 7);
	built("hex 0x0000:  ffFF 02\n0x0010:  aa");
	assert_int_equal(frame.length, 4);
	assert_memory_equal(frame.bytes, "\xff\xff\x02\xaa", 4);
}

static void packet_text_blanks_are_free_around_the_arrow(void **state)
{
	(void)state;
	assert_true(built("  udp 10.0.0.1:1>10.0.0.2:2  ").has[HEADER_UDP]);
	assert_true(built("icmp6 [fe80::1] > [fe80::2]").has[HEADER_ICMP6]);
}

static void packet_text_largest_frame_fits(void **state)
{
	struct packet_text_error error;

	(void)state;
	built("udp 10.0.0.1:1 > 10.0.0.2:2 len 9174");
	assert_int_equal(frame.length, PACKET_MAX);
	assert_int_equal(packet_from_text(&frame, "udp 10.0.0.1:1 > 10.0.0.2:2 len 9175", &error),
			 -EMSGSIZE);
}

static void packet_text_mistake_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *message, *hint; /* parts of them */
	} cases[] = {
		{"", 0, "missing", "for example"},
		{"upd 10.0.0.1:1 > 10.0.0.2:2", 0, "`upd`", "`udp`"},
		{"quic 10.0.0.1:1 > 10.0.0.2:2", 0, "`quic`", "begins with udp, tcp"},
		{"vlan 4096 udp 10.0.0.1:1 > 10.0.0.2:2", 5, "0 to 4095", ""},
		{"vlan 1 vlan 2 vlan 3 arp 10.0.0.1 > 10.0.0.2", 14, "two VLAN tags", ""},
		{"vlan 1 pcp 8 arp 10.0.0.1 > 10.0.0.2", 11, "0 to 7", ""},
		{"vlan", 4, "expected an id behind `vlan`", ""},
		{"udp", 3, "expected an address", ""},
		{"udp 10.0.0.1:1", 14, "expected `>`", "A > B"},
		{"udp 10.0.0.1:1 10.0.0.2:2", 15, "expected `>`, not", "A > B"},
		{"udp 10.0.0.1:1 > ", 17, "expected an address", ""},
		{"udp > 10.0.0.2:2", 4, "expected an address", ""},
		{"udp 10.0.0.1.1 > 10.0.0.2:2", 4, "`10.0.0.1.1` is not an address", "10.0.0.1:80"},
		{"udp 10.0.0.1:70000 > 10.0.0.2:2", 13, "0 to 65535", ""},
		{"udp 10.0.0.1: > 10.0.0.2:2", 13, "takes a number", ""},
		{"udp [fe80::1]x > [fe80::2]:2", 4, "is not an address", ""},
		{"udp [fe80::1 > [fe80::2]:2", 4, "is not an address", ""},
		{"udp 10.0.0.1:1 > [fe80::2]:2", 17, "one address is IPv4", ""},
		{"icmp 10.0.0.1:1 > 10.0.0.2", 14, "no ports", ""},
		{"icmp fe80::1 > fe80::2", 5, "takes IPv4", "icmp6"},
		{"ip6 10.0.0.1 > 10.0.0.2", 4, "takes IPv6", "write ip"},
		{"udp 10.0.0.1:1 > 10.0.0.2:2 flags syn", 28, "no option `flags`",
		 "len, data, frag, ttl"},
		{"tcp 10.0.0.1:1 > 10.0.0.2:2 flag syn", 28, "no option `flag`", "`flags`"},
		{"tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn,akc", 38, "`akc`", "`ack`"},
		{"tcp 10.0.0.1:1 > 10.0.0.2:2 flags", 33, "behind `flags`", ""},
		{"tcp 10.0.0.1:1 > 10.0.0.2:2 len 1 len 2", 34, "twice", ""},
		{"tcp 10.0.0.1:1 > 10.0.0.2:2 len many", 32, "a number, not `many`", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2:2 frag last", 33, "`last`", "frag later"},
		{"arp 10.0.0.1 > 10.0.0.2 len 1", 24, "no option", "they have: operation"},
		{"ether 02:00:00:00:00:0g > 02:00:00:00:00:01 type 1", 6, "02:00:00:00:00:0g",
		 "look like"},
		{"ether 02:00:00:00:00:00:01 > 02:00:00:00:00:01 type 1", 6, "not an Ethernet", ""},
		{"ether 02:00:00:00:00:01 > 02:00:00:00:00:01", 43, "missing", ""},
		{"ether 02:00:00:00:00:01 > 02:00:00:00:00:01 type 0x10000", 49, "0 to 65535", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2:2 gre inner arp 10.0.0.1 > 10.0.0.2", 28,
		 "gre is in packets of ip or ip6", ""},
		{"ip 10.0.0.1 > 10.0.0.2 vxlan 1 inner arp 10.0.0.1 > 10.0.0.2", 23, "of udp", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxlan", 31, "expected a VNI", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxlan 16777216 inner", 32, "0 to 16777215", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxlan 1 tcp", 34, "expected `inner`", "inner tcp"},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxlan 1 inner", 39, "the packet is missing", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxlan 1 inner upd 1.1.1.1:1 > 1.1.1.2:2", 40, "`upd`",
		 "`udp`"},
		{"udp 10.0.0.1:1 > 10.0.0.2 len 9 vxlan 1 inner arp 1.1.1.1 > 1.1.1.2", 32,
		 "`len` is given", ""},
		{"udp 10.0.0.1:1 > 10.0.0.2 vxln 1 inner arp 1.1.1.1 > 1.1.1.2", 26, "`vxln`",
		 "`vxlan`"},
		{"ip 10.0.0.1 > 10.0.0.2 ipip inner vlan 5 udp 1.1.1.1:1 > 1.1.1.2:2", 34,
		 "not frames", "gre"},
		{"ip 10.0.0.1 > 10.0.0.2 gre key inner udp 1.1.1.1:1 > 1.1.1.2:2", 31, "a number",
		 ""},
		{"ip 10.0.0.1 > 10.0.0.2 gre inner ip 1.1.1.1 > 1.1.1.2 ipip inner ip 1.1.1.1 > "
		 "1.1.1.2",
		 54, "not looked into", ""},
		{"ip 10.0.0.1 > 10.0.0.2 gre inner hex 00", 33, "`hex`", ""},
		{"hex", 3, "expected the bytes", ""},
		{"hex 001", 4, "odd number", "two digits"},
		{"hex 00 0x", 8, "`x` is not", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct packet_text_error error = {0, 0, "", ""};

		if (packet_from_text(&frame, cases[i].text, &error) != -EINVAL)
			fail_msg("no error in: %s", cases[i].text);
		if (error.offset != cases[i].offset || !strstr(error.message, cases[i].message) ||
		    !strstr(error.hint, cases[i].hint))
			fail_msg("%s: %zu: %s (%s)", cases[i].text, error.offset, error.message,
				 error.hint);
		assert_true(error.offset + error.length <= strlen(cases[i].text));
	}
}

static void packet_text_error_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(packet_from_text(&frame, "nothing", NULL), -EINVAL);
}

static void packet_text_very_long_words_are_mistakes(void **state)
{
	char *text = malloc(100001);

	(void)state;
	memset(text, '1', 100000);
	text[100000] = '\0';
	assert_int_equal(packet_from_text(&frame, text, NULL), -EINVAL);
	memcpy(text, "udp 1", 5);
	assert_int_equal(packet_from_text(&frame, text, NULL), -EINVAL);
	memcpy(text, "hex 1", 5);
	assert_int_equal(packet_from_text(&frame, text, NULL), -EMSGSIZE);
	memcpy(text, "udp [fe80::1]:1 > [fe80::1]:", 28);
	assert_int_equal(packet_from_text(&frame, text, NULL), -EINVAL);
	memcpy(text, "udp [", 5);
	memset(text + 5, ']', 99995);
	assert_int_equal(packet_from_text(&frame, text, NULL), -EINVAL);
	free(text);
}

static void packet_text_tunnel_carries_a_packet(void **state)
{
	struct dissection packet = built(
		"udp 10.0.0.1:1 > 10.0.0.2 vxlan 42 inner udp 1.0.0.1:7 > 1.0.0.2:8 len 3");

	(void)state;
	assert_int_equal(frame.length, 42 + 8 + 14 + 28 + 3);
	assert_int_equal(number(&packet, FIELD_UDP_DPORT), 4789);
	assert_int_equal(number(&packet, FIELD_UDP_LENGTH), 8 + 8 + 14 + 28 + 3);
	assert_memory_equal(frame.bytes + 42, "\x08\0\0\0\0\0\x2a\0", 8);
	assert_int_equal(number(&packet, FIELD_INNER + FIELD_UDP_DPORT), 8);
	assert_int_equal(sum_of(frame.bytes + 64, 20, 0), 0xffff);
	packet = built("ip 10.0.0.1 > 10.0.0.2 gre key 7 inner tcp [fe80::1]:1 > [fe80::2]:2");
	assert_memory_equal(frame.bytes + 34, "\x20\0\x86\xdd\0\0\0\x07\x60", 9);
	assert_true(packet.has[HEADER_INNER + HEADER_TCP]);
	assert_false(packet.has[HEADER_INNER + HEADER_ETHER]);
	packet = built("udp 10.0.0.1:1 > 10.0.0.2 geneve 9 inner arp 1.0.0.1 > 1.0.0.2");
	assert_memory_equal(frame.bytes + 42, "\0\0\x65\x58\0\0\x09\0", 8);
	assert_true(packet.has[HEADER_INNER + HEADER_ARP]);
	packet = built("udp 10.0.0.1:1 > 10.0.0.2 frag first vxlan 1 inner arp 1.0.0.1 > 1.0.0.2");
	assert_false(packet.has[HEADER_VXLAN]);
}

/* What describes itself as text is the same packet again. */
static void packet_describe_reads_back(void **state)
{
	static const char *const texts[] = {
		"udp 10.1.1.1:5000 > 233.54.12.9:26400",
		"udp [2001:db8::1]:53 > [2001:db8::2]:53 len 12",
		"tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn|ack",
		"tcp 10.0.0.1:1 > 10.0.0.2:2 flags none",
		"sctp 10.0.0.1:1 > 10.0.0.2:2 frag first len 4",
		"arp 10.0.0.1 > 10.0.0.2 operation reply",
		"icmp 10.0.0.1 > 10.0.0.2 type destination-unreachable code 4",
		"icmp 10.1.1.1 > 10.0.0.1 type 77",
		"icmp6 fe80::1 > ff02::1 type router-solicitation",
		"ip 10.0.0.1 > 10.0.0.2 proto gre len 20",
		"ip6 fe80::1 > fe80::2 proto udp frag later len 8",
		"vlan 100 pcp 3 vlan 7 arp 10.0.0.1 > 10.0.0.2",
		"ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type aoe len 46",
		"udp 10.0.0.1:1 > 10.0.0.2:4789 vxlan 42 inner tcp 1.0.0.1:5 > 1.0.0.2:80 flags syn",
		"udp 10.0.0.1:1 > 10.0.0.2:4789 dscp ef vxlan 0 inner vlan 5 arp 1.0.0.1 > 1.0.0.2",
		"udp [fe80::1]:1 > [fe80::2]:6081 geneve 16777215 inner udp [fe80::1]:1 > "
		"[fe80::2]:2 len 8",
		"udp 10.0.0.1:1 > 10.0.0.2:6081 geneve 1 inner ether 02:00:00:00:00:05 > "
		"02:00:00:00:00:06 icmp 1.0.0.1 > 1.0.0.2 type echo-request",
		"ip 10.0.0.1 > 10.0.0.2 gre inner sctp 1.0.0.1:1 > 1.0.0.2:2",
		"vlan 9 ip6 fe80::1 > fe80::2 gre key 4294967295 inner vlan 7 tcp 1.0.0.1:1 > "
		"1.0.0.2:2 flags ack frag first len 4",
		"ip 10.0.0.1 > 10.0.0.2 ipip inner ip6 fe80::1 > fe80::2 proto 253 len 20",
		"ip6 fe80::1 > fe80::2 ipip inner udp 1.0.0.1:1 > 1.0.0.2:2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct dissection packet = built(texts[i]);
		char text[PACKET_TEXT];

		assert_string_equal(packet_describe(text, sizeof(text), &packet), texts[i]);
	}
}

static void packet_describe_says_what_is_damaged(void **state)
{
	struct dissection packet = built("hex 0200");
	char text[PACKET_TEXT];

	(void)state;
	assert_string_equal(packet_describe(text, sizeof(text), &packet),
			    "2 bytes (the frame is shorter than an Ethernet header)");
	packet = built("ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type ip len 3");
	assert_non_null(
		strstr(packet_describe(text, sizeof(text), &packet), "(the IPv4 header is"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet_text_udp_has_lengths_and_checksums),
		cmocka_unit_test(packet_text_tcp6_has_flags_and_checksum),
		cmocka_unit_test(packet_text_icmp6_has_checksum),
		cmocka_unit_test(packet_text_sctp_has_its_own_checksum),
		cmocka_unit_test(packet_text_icmp_is_an_echo_request),
		cmocka_unit_test(packet_text_dscp_is_in_either_header),
		cmocka_unit_test(packet_text_arp_is_a_broadcast_request),
		cmocka_unit_test(packet_text_multicast_has_its_ethernet_address),
		cmocka_unit_test(packet_text_given_ethernet_addresses_stay),
		cmocka_unit_test(packet_text_vlan_tags_are_outermost_first),
		cmocka_unit_test(packet_text_bare_ethernet_has_type_and_length),
		cmocka_unit_test(packet_text_other_protocols_are_numbers_or_names),
		cmocka_unit_test(packet_text_fragments_are_marked),
		cmocka_unit_test(packet_text_hex_is_the_frame_itself),
		cmocka_unit_test(packet_text_blanks_are_free_around_the_arrow),
		cmocka_unit_test(packet_text_largest_frame_fits),
		cmocka_unit_test(packet_text_mistake_is_told_with_its_place),
		cmocka_unit_test(packet_text_error_may_be_null),
		cmocka_unit_test(packet_text_very_long_words_are_mistakes),
		cmocka_unit_test(packet_text_tunnel_carries_a_packet),
		cmocka_unit_test(packet_describe_reads_back),
		cmocka_unit_test(packet_describe_says_what_is_damaged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
