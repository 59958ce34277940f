// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* NBD's requests and replies: which are taken, and how they look. */
#include "storage/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

static const struct export volume = {.name = "vol0", .size = 1 << 20};
static const struct export fixed = {.name = "vol1", .size = 1 << 20, .read_only = true};
static const struct export vast = {.name = "vol2", .size = INT64_MAX};

static void request_is_read_from_its_bytes(void **state)
{
	static const uint8_t bytes[NBD_REQUEST_SIZE + 1] =
		"\x25\x60\x95\x13\0\1\0\1\1\2\3\4\5\6\7\x08\0\0\0\1\0\0\x02\0\0\0\x10\0";
	struct nbd_request request;
	uint8_t wrong[NBD_REQUEST_SIZE];

	(void)state;
	assert_int_equal(nbd_request_read(&request, bytes), 0);
	assert_int_equal(request.flags, NBD_FLAG_FUA);
	assert_int_equal(request.type, NBD_CMD_WRITE);
	assert_int_equal(request.cookie, 0x0102030405060708);
	assert_int_equal(request.offset, 0x100000200);
	assert_int_equal(request.length, 4096);
	assert_int_equal(nbd_request_payload(&request), 4096);
	for (int i = 0; i < 4; i++) {
		memcpy(wrong, bytes, sizeof(wrong));
		wrong[i] ^= 0x10;
		assert_int_equal(nbd_request_read(&request, wrong), -EBADMSG);
	}
}

static void request_is_taken_or_refused(void **state)
{
	static const struct {
		const struct export *export;
		uint16_t type, flags;
		uint64_t offset;
		uint32_t length, error;
	} cases[] = {
		{&volume, NBD_CMD_READ, 0, 0, 1 << 20, 0},
		{&volume, NBD_CMD_READ, NBD_FLAG_DF, 1 << 20, 0, 0},
		{&volume, NBD_CMD_READ, 0, 1, 1 << 20, NBD_EINVAL},
		{&volume, NBD_CMD_READ, 0, UINT64_MAX, 1, NBD_EINVAL},
		{&volume, NBD_CMD_READ, 0, UINT64_MAX - 4095, 4096, NBD_EINVAL},
		{&vast, NBD_CMD_READ, 0, 0, NBD_PAYLOAD_MAX, 0},
		{&vast, NBD_CMD_READ, 0, 0, NBD_PAYLOAD_MAX + 1, NBD_EINVAL},
		{&volume, NBD_CMD_READ, NBD_FLAG_NO_HOLE, 0, 1, NBD_EINVAL},
		{&volume, NBD_CMD_WRITE, NBD_FLAG_FUA, 0, 1 << 20, 0},
		{&volume, NBD_CMD_WRITE, 0, 4096, 1 << 20, NBD_ENOSPC},
		{&volume, NBD_CMD_WRITE, NBD_FLAG_DF, 0, 1, NBD_EINVAL},
		{&fixed, NBD_CMD_WRITE, 0, 0, 1, NBD_EPERM},
		{&fixed, NBD_CMD_TRIM, 0, 0, 1, NBD_EPERM},
		{&fixed, NBD_CMD_WRITE_ZEROES, 0, 0, 1, NBD_EPERM},
		{&fixed, NBD_CMD_FLUSH, 0, 0, 0, 0},
		{&volume, NBD_CMD_FLUSH, 0x8000, 0, 0, NBD_EINVAL},
		{&vast, NBD_CMD_TRIM, 0, 0, UINT32_MAX, 0},
		{&volume, NBD_CMD_TRIM, NBD_FLAG_FUA, 0, 1 << 20, 0},
		{&volume, NBD_CMD_TRIM, 0, 1, 1 << 20, NBD_EINVAL},
		{&vast, NBD_CMD_WRITE_ZEROES, NBD_FLAG_NO_HOLE, 0, UINT32_MAX, 0},
		{&volume, NBD_CMD_WRITE_ZEROES, 0x10, 0, 1, NBD_EINVAL}, /* FAST_ZERO */
		{&volume, 5, 0, 0, 1, NBD_EINVAL}, /* CACHE */
		{&volume, 7, 0, 0, 1, NBD_EINVAL}, /* BLOCK_STATUS */
		{&volume, UINT16_MAX, 0, 0, 0, NBD_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nbd_request request = {.type = cases[i].type,
					      .flags = cases[i].flags,
					      .offset = cases[i].offset,
					      .length = cases[i].length};
		uint32_t error = nbd_request_check(&request, cases[i].export);

		if (error != cases[i].error)
			fail_msg("case %zu: found %u, expected %u", i, error, cases[i].error);
	}
}

static void errors_are_those_that_clients_know(void **state)
{
	(void)state;
	assert_int_equal(nbd_error(0), 0);
	assert_int_equal(nbd_error(-ENOSPC), NBD_ENOSPC);
	assert_int_equal(nbd_error(-EDQUOT), NBD_ENOSPC);
	assert_int_equal(nbd_error(-EROFS), NBD_EPERM);
	assert_int_equal(nbd_error(-EIO), NBD_EIO);
	assert_int_equal(nbd_error(-ENXIO), NBD_EIO);
}

static void writes(const struct nbd_request *request, uint32_t error, bool structured,
		   const void *bytes, size_t length)
{
	uint8_t out[NBD_REPLY_HEADER_MAX];

	assert_int_equal(nbd_reply_write(out, request, error, structured), length);
	assert_memory_equal(out, bytes, length);
}

static void reply_has_the_form_that_was_agreed(void **state)
{
	const struct nbd_request read = {
		.type = NBD_CMD_READ, .cookie = 7, .offset = 513, .length = 256};
	const struct nbd_request nothing = {.type = NBD_CMD_READ, .cookie = 7};
	const struct nbd_request write = {.type = NBD_CMD_WRITE, .cookie = 7, .length = 256};

	(void)state;
	writes(&read, 0, false, "\x67\x44\x66\x98\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	writes(&read, NBD_EIO, false, "\x67\x44\x66\x98\0\0\0\5\0\0\0\0\0\0\0\7", 16);
	writes(&write, 0, true, "\x67\x44\x66\x98\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	writes(&write, NBD_ENOSPC, true, "\x67\x44\x66\x98\0\0\0\x1c\0\0\0\0\0\0\0\7", 16);
	writes(&read, 0, true, "\x66\x8e\x33\xef\0\1\0\1\0\0\0\0\0\0\0\7\0\0\1\x08\0\0\0\0\0\0\2\1",
	       28);
	writes(&read, NBD_EIO, true,
	       "\x66\x8e\x33\xef\0\1\x80\1\0\0\0\0\0\0\0\7\0\0\0\6\0\0\0\5\0\0", 26);
	writes(&nothing, 0, true, "\x66\x8e\x33\xef\0\1\0\0\0\0\0\0\0\0\0\7\0\0\0\0", 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_read_from_its_bytes),
		cmocka_unit_test(request_is_taken_or_refused),
		cmocka_unit_test(errors_are_those_that_clients_know),
		cmocka_unit_test(reply_has_the_form_that_was_agreed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nbd_request", tests, NULL, NULL);
}
