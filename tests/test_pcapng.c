// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pcapng.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *temporary(void)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	return file;
}

static const char *const packets[] = {"a", "ab", "abc", "abcd", "abcde"};

#define PACKETS (sizeof(packets) / sizeof(packets[0]))
#define TIME_NS 1700000000123456789u /* of the first one; each is a nanosecond after the other */

/* What libpcap, which shares nothing with the writer, makes of it; and closes the file. */
static void assert_libpcap_reads(FILE *file)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const unsigned char *data;
	pcap_t *pcap;

	rewind(file);
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	for (uint32_t i = 0; i < PACKETS; i++) {
		assert_int_equal(pcap_next_ex(pcap, &header, &data), 1);
		assert_int_equal(header->caplen, i + 1);
		assert_int_equal(header->len, i + 1);
		assert_int_equal(header->ts.tv_sec, 1700000000);
		assert_int_equal(header->ts.tv_usec, 123456789 + i);
		assert_memory_equal(data, packets[i], i + 1);
	}
	assert_int_equal(pcap_next_ex(pcap, &header, &data), PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

static void pcapng_is_what_libpcap_reads(void **state)
{
	FILE *file = temporary();

	(void)state;
	assert_int_equal(pcapng_start(file, "test", "eth0"), 0);
	for (uint32_t i = 0; i < PACKETS; i++)
		assert_int_equal(pcapng_packet(file, TIME_NS + i, packets[i], i + 1,
					       i % 2 ? NULL : "rule itch"),
				 0);
	assert_libpcap_reads(file);
}

static void pcapng_around_a_packet_is_what_libpcap_reads(void **state)
{
	char head[PCAPNG_HEAD], tail[PCAPNG_TAIL_MAX];
	FILE *file = temporary();

	(void)state;
	assert_int_equal(pcapng_start(file, "test", "eth0"), 0);
	for (uint32_t i = 0; i < PACKETS; i++) {
		uint32_t length = pcapng_around(head, tail, TIME_NS + i, i + 1);

		assert_true(length <= sizeof(tail));
		assert_int_equal(fwrite(head, 1, sizeof(head), file), sizeof(head));
		assert_int_equal(fwrite(packets[i], 1, i + 1, file), i + 1);
		assert_int_equal(fwrite(tail, 1, length, file), length);
	}
	assert_libpcap_reads(file);
}

struct found {
	unsigned int comments, names;
	uint32_t blocks[8];
	unsigned int count;
};

/* Walks the blocks as the format says, and looks for the texts in the options. */
static void walk(FILE *file, struct found *found, const char *name, const char *comment)
{
	uint32_t head[2], total, at;
	unsigned char body[512];

	rewind(file);
	while (fread(head, sizeof(head), 1, file) == 1) {
		assert_int_equal(head[1] % 4, 0);
		assert_in_range(head[1], 12, sizeof(body));
		assert_int_equal(fread(body, head[1] - 12, 1, file), 1);
		assert_int_equal(fread(&total, sizeof(total), 1, file), 1);
		assert_int_equal(total, head[1]);
		assert_in_range(found->count, 0, 7);
		found->blocks[found->count++] = head[0];
		if (head[0] == 6) {
			uint32_t length;

			memcpy(&length, body + 12, sizeof(length));
			at = 20 + ((length + 3) & ~3u);
		} else {
			at = head[0] == 1 ? 8 : 16;
		}
		for (;;) {
			uint16_t option[2];

			assert_true(at + 4 <= head[1] - 12);
			memcpy(option, body + at, sizeof(option));
			at += 4;
			if (!option[0])
				break;
			if (head[0] == 6 && option[0] == 1 && option[1] == strlen(comment))
				found->comments += !memcmp(body + at, comment, option[1]);
			if (head[0] == 1 && option[0] == 2 && option[1] == strlen(name))
				found->names += !memcmp(body + at, name, option[1]);
			at += (option[1] + 3u) & ~3u;
		}
		assert_int_equal(at, head[1] - 12);
	}
}

static void pcapng_names_interface_and_rule(void **state)
{
	FILE *file = temporary();
	struct found found = {0};

	(void)state;
	assert_int_equal(pcapng_start(file, "test", "enp0s31f6"), 0);
	assert_int_equal(pcapng_packet(file, 1, "abc", 3, "rule order"), 0);
	assert_int_equal(pcapng_packet(file, 2, "abcd", 4, NULL), 0);
	walk(file, &found, "enp0s31f6", "rule order");
	assert_int_equal(found.count, 4);
	assert_int_equal(found.blocks[0], 0x0a0d0d0a);
	assert_int_equal(found.names, 1);
	assert_int_equal(found.comments, 1);
	fclose(file);
}

static void pcapng_says_when_the_disk_is_full(void **state)
{
	static const char packet[1500];
	FILE *file = fopen("/dev/full", "w");
	int err = 0;

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < 1000 && !err; i++)
		err = pcapng_packet(file, 1, packet, sizeof(packet), NULL);
	assert_int_equal(err, -EIO);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcapng_is_what_libpcap_reads),
		cmocka_unit_test(pcapng_around_a_packet_is_what_libpcap_reads),
		cmocka_unit_test(pcapng_names_interface_and_rule),
		cmocka_unit_test(pcapng_says_when_the_disk_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
