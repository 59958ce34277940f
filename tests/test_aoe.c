// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* ATA over Ethernet, frame by frame: what is answered how, and what is work. */
#include "storage/aoe.h"
#include "storage/aoe_order.h"
#include "storage/nbd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 1800

static const uint8_t initiator[6] = {2, 0, 0, 0, 0, 2}, other[6] = {2, 0, 0, 0, 0, 3};
static const uint8_t disk[6] = {2, 0, 0, 0, 0, 1};
static struct aoe_target target;
static struct aoe_work work;
static uint8_t buffer[ROOM];
static struct aoe_frame frame;
static uint8_t *header; /* of the frame */

static int set_up(void **state)
{
	(void)state;
	target = (struct aoe_target){
		.shelf = 3, .slot = 5, .sectors_max = 2, .sectors = 1000, .name = "vol0"};
	memcpy(target.address, disk, 6);
	return 0;
}

/* A request to the target, `length` bytes from its AoE header on. */
static void request(enum aoe_command command, uint32_t length)
{
	memset(buffer, 0, sizeof(buffer));
	memset(buffer, 0xff, 6);
	memcpy(buffer + 6, initiator, 6);
	be16_put(buffer + 12, AOE_ETHERTYPE);
	header = buffer + 14;
	header[0] = 0x10;
	be16_put(header + 2, 3);
	header[4] = 5;
	header[5] = (uint8_t)command;
	be32_put(header + 6, 0x12345678);
	frame = (struct aoe_frame){buffer, 14 + length, 14 + length, ROOM};
}

static void ata(uint8_t command, uint64_t sector, uint8_t count, uint32_t data)
{
	request(AOE_ATA, AOE_DATA + data);
	header[10] = 0x40;
	header[12] = count;
	header[13] = command;
	for (int i = 0; i < 6; i++)
		header[14 + i] = (uint8_t)(sector >> 8 * i);
}

static enum aoe_verdict take(void)
{
	return aoe_take(&target, &frame, &work);
}

/* It is to who asked, from the disk, with the tag of the request. */
static void is_answered(unsigned int error, uint32_t length)
{
	assert_int_equal(take(), AOE_ANSWERED);
	assert_memory_equal(buffer, initiator, 6);
	assert_memory_equal(buffer + 6, disk, 6);
	assert_int_equal(header[0], error ? 0x1c : 0x18);
	assert_int_equal(header[1], error);
	assert_int_equal(be16_get(header + 2), 3);
	assert_int_equal(header[4], 5);
	assert_int_equal(be32_get(header + 6), 0x12345678);
	assert_int_equal(frame.length, length < 46 ? 60 : 14 + length);
}

static void frames_of_others_are_ignored(void **state)
{
	(void)state;
	request(AOE_CONFIG, 18);
	be16_put(header + 2, 4);
	assert_int_equal(take(), AOE_IGNORE);
	request(AOE_CONFIG, 18);
	header[4] = 6;
	assert_int_equal(take(), AOE_IGNORE);
	request(AOE_CONFIG, 18);
	header[0] |= AOE_RESPONSE;
	assert_int_equal(take(), AOE_IGNORE);
	request(AOE_CONFIG, 18);
	buffer[13] ^= 1;
	assert_int_equal(take(), AOE_IGNORE);
	request(AOE_CONFIG, 18);
	buffer[6] |= 1; /* nobody can be answered there */
	assert_int_equal(take(), AOE_IGNORE);
	for (uint32_t length = 0; length < 14 + AOE_HEADER; length++) {
		request(AOE_CONFIG, 18);
		frame.length = frame.here = length;
		assert_int_equal(take(), AOE_IGNORE);
	}
}

static void questions_to_all_are_answered(void **state)
{
	(void)state;
	request(AOE_CONFIG, 18);
	be16_put(header + 2, AOE_SHELF_ALL);
	header[4] = AOE_SLOT_ALL;
	is_answered(0, 18);
	assert_int_equal(be16_get(header + 10), AOE_BUFFERS);
	assert_int_equal(header[14], 2);
	assert_int_equal(header[15], 0x10);
	assert_int_equal(be16_get(header + 16), 0);
}

static void tag_of_a_vlan_stays(void **state)
{
	(void)state;
	request(AOE_CONFIG, 18);
	memmove(buffer + 16, buffer + 12, 100);
	memcpy(buffer + 12, "\x81\0\0\x65", 4);
	frame.length += 4;
	frame.here += 4;
	header += 4;
	assert_int_equal(take(), AOE_ANSWERED);
	assert_memory_equal(buffer + 12, "\x81\0\0\x65\x88\xa2\x18", 7);
}

static void what_is_not_understood_gets_an_error(void **state)
{
	(void)state;
	request(4, 18);
	is_answered(AOE_BAD_COMMAND, AOE_HEADER);
	request(AOE_CONFIG, 18);
	header[0] = 0x20;
	is_answered(AOE_BAD_VERSION, AOE_HEADER);
	for (int command = AOE_ATA; command < AOE_COMMANDS; command++) {
		request((enum aoe_command)command, AOE_HEADER);
		is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	}
}

static void identify_tells_the_size(void **state)
{
	(void)state;
	target.sectors = 0x123456789;
	ata(0xec, 0, 1, 0);
	is_answered(0, AOE_DATA + AOE_SECTOR);
	assert_int_equal(header[13], 0x40);
	assert_memory_equal(header + 22 + 120, "\xff\xff\xff\x0f", 4); /* words 60, 61 */
	assert_memory_equal(header + 22 + 200, "\x89\x67\x45\x23\1\0\0\0", 8); /* 100 .. 103 */
	assert_int_equal(header[22 + 167] & 4, 4); /* 83, bit 10: LBA48 */
	assert_memory_equal(header + 22 + 54, "ov0l    ", 8); /* 27 */
}

static void reads_and_writes_are_work(void **state)
{
	static const struct {
		uint8_t command;
		enum volume_verb verb;
		uint32_t data;
	} cases[] = {
		{0x20, VOLUME_READ, 0},
		{0x24, VOLUME_READ, 0},
		{0x30, VOLUME_WRITE, 1024},
		{0x34, VOLUME_WRITE, 1024},
	};

	(void)state;
	for (int i = 0; i < 4; i++) {
		ata(cases[i].command, 998, 2, cases[i].data);
		assert_int_equal(take(), AOE_WORK);
		assert_int_equal(work.verb, cases[i].verb);
		assert_int_equal(work.sector, 998);
		assert_int_equal(work.count, 2);
		assert_int_equal(work.offset, 14 + AOE_DATA);
		aoe_finish(&target, &frame, &work, 0);
		assert_int_equal(header[13], 0x40);
		assert_int_equal(frame.length, cases[i].data ? 60 : 36 + 1024);
	}
	ata(0xe7, 0, 0, 0);
	assert_int_equal(take(), AOE_WORK);
	assert_int_equal(work.verb, VOLUME_FLUSH);
	ata(0x24, 1, 1, 0);
	assert_int_equal(take(), AOE_WORK);
	aoe_finish(&target, &frame, &work, -EIO);
	assert_int_equal(header[13], 0x41);
	assert_int_equal(frame.length, 60);
	/* of 28 bits, the upper half of the fourth byte is none of the number */
	ata(0x20, 0xf0000007, 1, 0);
	header[10] = 0;
	assert_int_equal(take(), AOE_WORK);
	assert_int_equal(work.sector, 7);
}

static void ata_fails(unsigned int fault)
{
	is_answered(0, AOE_DATA);
	assert_int_equal(header[11], fault);
	assert_int_equal(header[13], 0x41);
}

static void only_data_may_lie_in_further_buffers(void **state)
{
	(void)state;
	ata(0x34, 0, 2, 1024);
	frame.here = 14 + AOE_DATA + 100;
	assert_int_equal(take(), AOE_WORK);
	ata(0x34, 0, 2, 1024);
	frame.here = 14 + AOE_DATA - 1;
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	request(AOE_CONFIG, 18 + 4);
	header[15] = 3;
	be16_put(header + 16, 4);
	frame.here--;
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	assert_int_equal(target.config_length, 0);
}

static void commands_that_can_not_be_done_are_refused(void **state)
{
	(void)state;
	ata(0x24, 999, 2, 0);
	ata_fails(0x10);
	ata(0x24, UINT64_C(0xffffffffffff), 1, 0);
	ata_fails(0x10);
	ata(0xb0, 0, 1, 0); /* SMART */
	ata_fails(0x04);
	ata(0x24, 0, 0, 0);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	ata(0x24, 0, 3, 0);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	ata(0x34, 0, 2, 1023);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	ata(0x24, 0, 2, 0);
	frame.room = 14 + AOE_DATA + 1023;
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	target.read_only = true;
	ata(0x34, 0, 2, 1024);
	ata_fails(0x04);
}

static void config(unsigned int verb, const char *text)
{
	request(AOE_CONFIG, 18 + (uint32_t)strlen(text));
	header[15] = (uint8_t)verb;
	be16_put(header + 16, (uint16_t)strlen(text));
	memcpy(header + 18, text, strlen(text));
}

static void config_is_set_tested_and_read(void **state)
{
	(void)state;
	config(3, "rack 7");
	is_answered(0, 24);
	config(3, "rack 8");
	is_answered(AOE_CONFIG_PRESENT, AOE_HEADER);
	config(1, "rack 7");
	is_answered(0, 24);
	config(1, "rack");
	assert_int_equal(take(), AOE_IGNORE);
	config(2, "rack");
	is_answered(0, 24);
	assert_memory_equal(header + 16, "\0\6rack 7", 8);
	config(2, "disk");
	assert_int_equal(take(), AOE_IGNORE);
	config(4, "x");
	is_answered(0, 19);
	config(0, "");
	is_answered(0, 19);
	config(5, "");
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	config(4, "short");
	be16_put(header + 16, 6);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
	config(4, "");
	be16_put(header + 16, 1025);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
}

static void mask(unsigned int verb, unsigned int directive, const uint8_t address[6])
{
	request(AOE_MASK, 14 + 8);
	header[11] = (uint8_t)verb;
	header[13] = 1;
	header[15] = (uint8_t)directive;
	memcpy(header + 16, address, 6);
}

static void mask_says_who_is_heard(void **state)
{
	(void)state;
	mask(1, 1, initiator);
	is_answered(0, 22);
	assert_int_equal(header[13], 1);
	request(AOE_CONFIG, 18);
	is_answered(0, 18);
	request(AOE_CONFIG, 18);
	memcpy(buffer + 6, other, 6);
	assert_int_equal(take(), AOE_IGNORE);
	mask(1, 3, other);
	is_answered(0, 22);
	assert_int_equal(header[12], 2); /* there is no such directive */
	mask(1, 2, initiator);
	is_answered(0, 14);
	assert_int_equal(header[13], 0);
	request(AOE_CONFIG, 18);
	memcpy(buffer + 6, other, 6);
	assert_int_equal(take(), AOE_ANSWERED);
	mask(1, 1, other);
	header[13] = 2; /* and there is one */
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
}

static void reserve(unsigned int verb, const uint8_t *address)
{
	request(AOE_RESERVE, 12 + 6);
	header[10] = (uint8_t)verb;
	header[11] = address != NULL;
	if (address)
		memcpy(header + 12, address, 6);
}

static void reservation_keeps_others_out(void **state)
{
	(void)state;
	reserve(1, other);
	is_answered(0, 18);
	ata(0x24, 0, 1, 0);
	is_answered(AOE_RESERVED, AOE_HEADER);
	config(4, "mine");
	is_answered(AOE_RESERVED, AOE_HEADER);
	config(0, "");
	is_answered(0, 18);
	reserve(1, initiator);
	is_answered(AOE_RESERVED, AOE_HEADER);
	reserve(0, NULL);
	is_answered(0, 18);
	assert_memory_equal(header + 12, other, 6);
	reserve(2, initiator);
	is_answered(0, 18);
	ata(0x24, 0, 1, 0);
	assert_int_equal(take(), AOE_WORK);
	reserve(1, NULL);
	is_answered(0, 12);
	reserve(3, NULL);
	is_answered(AOE_BAD_ARGUMENT, AOE_HEADER);
}

/* Whatever comes: what is read and written lies in the frame, and its answer, too. */
static void rubbish_stays_in_its_frame(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 100000; round++) {
		uint32_t room = 60 + (uint32_t)rand() % 1700;
		uint32_t length = (uint32_t)rand() % (room + 1);
		uint8_t *exact = malloc(room);

		request((enum aoe_command)(rand() % 5), length > 14 ? length - 14 : 0);
		for (int i = rand() % 24; i > 0; i--)
			header[rand() % 60] = (uint8_t)rand();
		memcpy(header + 2, "\0\3\5", 3);
		header[0] = 0x10;
		memcpy(exact, buffer, room);
		frame = (struct aoe_frame){exact, length, length, room};
		if (rand() % 1000 == 0)
			set_up(NULL);
		if (take() == AOE_WORK) {
			assert_true(work.sector + work.count <= target.sectors);
			if (work.count) {
				memset(exact + work.offset, 1, work.count * AOE_SECTOR);
			}
			aoe_finish(&target, &frame, &work, 0);
		}
		assert_true(frame.length <= room);
		free(exact);
	}
}

static void order_follows_clock_and_count(void **state)
{
	(void)state;
	assert_true(order_older(0x00010005, 0x00010006));
	assert_false(order_older(0x00010006, 0x00010005));
	assert_true(order_older(0x00010005, 0x00020005));
	assert_true(order_older(0x7fff0005, 0x00000005)); /* the count has 15 bits */
	assert_true(order_older(0x0001ffff, 0x00010000)); /* the clock has 16 */
	assert_false(order_older(0x00010005, 0x00010005));
}

static void old_write_does_not_follow_a_newer_one(void **state)
{
	struct order *order = calloc(1, sizeof(*order));
	const uint64_t second = 1000000000;

	(void)state;
	assert_true(order_take(order, initiator, 10, 100, 2, second));
	assert_true(order_take(order, initiator, 12, 101, 2, second));
	assert_false(order_take(order, initiator, 11, 100, 2, second)); /* of which 101 is newer */
	assert_true(order_take(order, initiator, 11, 100, 1, second));
	assert_true(order_take(order, initiator, 12, 101, 2, second)); /* the same again */
	assert_true(order_take(order, other, 5, 101, 2, second)); /* has a clock of its own */
	assert_true(order_take(order, initiator, 11, 103, 2, second));
	assert_true(order_take(order, initiator, 3, 101, 1, second * (1 + ORDER_SECONDS)));
	free(order);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_of_others_are_ignored),
		TEST(questions_to_all_are_answered),
		TEST(tag_of_a_vlan_stays),
		TEST(what_is_not_understood_gets_an_error),
		TEST(identify_tells_the_size),
		TEST(reads_and_writes_are_work),
		TEST(only_data_may_lie_in_further_buffers),
		TEST(commands_that_can_not_be_done_are_refused),
		TEST(config_is_set_tested_and_read),
		TEST(mask_says_who_is_heard),
		TEST(reservation_keeps_others_out),
		TEST(rubbish_stays_in_its_frame),
		TEST(order_follows_clock_and_count),
		TEST(old_write_does_not_follow_a_newer_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("aoe", tests, NULL, NULL);
}
