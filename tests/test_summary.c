// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "packet/text.h"

static struct packet_bytes frame;

static void build(const char *text)
{
	struct packet_text_error error;

	if (packet_from_text(&frame, text, &error))
		fail_msg("%s: %zu: %s (%s)", text, error.offset, error.message, error.hint);
}

static const char *summary(void)
{
	static char text[SUMMARY_MAX];

	summary_write(text, sizeof(text), frame.bytes, (uint32_t)frame.length);
	return text;
}

/* What is printed can be pasted where the policy wants a packet, and means the same. */
static void summary_reads_back(void **state)
{
	static const char *const texts[] = {
		"udp 10.1.1.1:5000 > 233.54.12.9:26400",
		"udp [2001:db8::1]:53 > [2001:db8::2]:53 len 12",
		"tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn|ack",
		"tcp 10.0.0.1:1 > 10.0.0.2:2 flags none len 7",
		"tcp [fe80::1]:65535 > [fe80::2]:1 flags fin|syn|rst|psh|ack|urg|ece|cwr",
		"sctp 10.0.0.1:1 > 10.0.0.2:2 frag first len 4",
		"icmp 10.1.1.1 > 10.0.0.1 type 77",
		"icmp6 fe80::1 > ff02::1 type 133 len 3",
		"ip 10.0.0.1 > 10.0.0.2 proto 47 len 20",
		"ip6 fe80::1 > fe80::2 proto 17 frag later len 8",
		"vlan 100 pcp 3 vlan 7 arp 10.0.0.1 > 10.0.0.2",
		"vlan 4095 udp 10.1.1.1:1 > 10.1.1.2:2",
		"ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x88a2 len 46",
		"hex 02000000000102000000000208",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		build(texts[i]);
		assert_string_equal(summary(), texts[i]);
	}
}

static void summary_does_not_count_ethernet_padding(void **state)
{
	(void)state;
	build("udp 10.1.1.1:1 > 10.1.1.2:2 len 3");
	frame.length += 20;
	assert_string_equal(summary(), "udp 10.1.1.1:1 > 10.1.1.2:2 len 3");
}

static void summary_of_a_cut_header_is_what_is_left(void **state)
{
	(void)state;
	build("udp 10.1.1.1:1 > 10.1.1.2:2");
	frame.length -= 1;
	assert_string_equal(summary(),
			    "ether 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x0800 len 27");
}

/* No length of no packet makes it read behind the end: the sanitizer would tell. */
static void summary_of_any_length_stays_inside(void **state)
{
	static const char *const texts[] = {
		"vlan 1 vlan 2 tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn len 3",
		"udp [2001:db8::1]:53 > [2001:db8::2]:53 frag first len 12",
		"icmp6 fe80::1 > ff02::1 type 133",
		"arp 10.0.0.1 > 10.0.0.2",
	};
	char text[SUMMARY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		build(texts[i]);
		for (size_t length = 0; length <= frame.length; length++) {
			/* in memory of its own, so that one byte more is one too many */
			uint8_t *copy = malloc(length + !length);

			assert_non_null(copy);
			memcpy(copy, frame.bytes, length);
			summary_write(text, sizeof(text), copy, (uint32_t)length);
			assert_string_not_equal(text, "");
			free(copy);
		}
	}
}

static void summary_of_any_bytes_stays_inside(void **state)
{
	char text[SUMMARY_MAX];

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint8_t *copy;

		build(i % 2 ? "udp [2001:db8::1]:53 > [2001:db8::2]:53 frag first len 90"
			    : "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn len 30");
		for (int change = 0; change < 4; change++)
			frame.bytes[12 + (size_t)rand() % (frame.length - 12)] = (uint8_t)rand();
		copy = malloc(frame.length);
		assert_non_null(copy);
		memcpy(copy, frame.bytes, frame.length);
		summary_write(text, sizeof(text), copy, (uint32_t)frame.length);
		free(copy);
	}
}

static void summary_is_cut_to_its_room(void **state)
{
	char text[10];

	(void)state;
	build("udp 10.1.1.1:1 > 10.1.1.2:2");
	summary_write(text, sizeof(text), frame.bytes, (uint32_t)frame.length);
	assert_string_equal(text, "udp 10.1.");
	summary_write(text, 1, frame.bytes, (uint32_t)frame.length);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summary_reads_back),
		cmocka_unit_test(summary_does_not_count_ethernet_padding),
		cmocka_unit_test(summary_of_a_cut_header_is_what_is_left),
		cmocka_unit_test(summary_of_any_length_stays_inside),
		cmocka_unit_test(summary_of_any_bytes_stays_inside),
		cmocka_unit_test(summary_is_cut_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
