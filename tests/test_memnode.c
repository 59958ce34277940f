// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What of memory nodes takes no RDMA; the rest is in selftests/storage-rdma.test.
 */
#include "storage/memnode.h"
#include "storage/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void memnode_address_split_knows_ports_and_brackets(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} cases[] = {
		{"10.9.0.2", "10.9.0.2", MEMNODE_PORT},
		{"10.9.0.2:99", "10.9.0.2", "99"},
		{"[fd77::1]", "fd77::1", MEMNODE_PORT},
		{"[fd77::1]:99", "fd77::1", "99"},
		{"", NULL, NULL},
		{":99", NULL, NULL},
		{"host:", NULL, NULL},
		{"[fd77::1", NULL, NULL},
		{"[fd77::1]x", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *host, *port;
		char text[64];

		strcpy(text, cases[i].text);
		assert_int_equal(memnode_address_split(text, &host, &port),
				 cases[i].host ? 0 : -EINVAL);
		if (!cases[i].host)
			continue;
		assert_string_equal(host, cases[i].host);
		assert_string_equal(port, cases[i].port);
	}
}

static void remote_name_read_takes_a_node_a_volume_and_a_key(void **state)
{
	static const char *const wrong[] = {"node/vol0", "//node",	    "///vol0",
					    "//node/",	 "//node/vol0?k=x", "//node/vol0?key="};
	struct remote_name name;

	(void)state;
	assert_int_equal(remote_name_read(&name, "//node:99/vol0?key=/k", NULL), 0);
	assert_string_equal(name.host, "node");
	assert_string_equal(name.port, "99");
	assert_string_equal(name.volume, "vol0");
	assert_string_equal(name.key, "/k");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(remote_name_read(&name, wrong[i], NULL), -EINVAL);
}

static void memnode_key_equals_wants_the_same_bytes_and_length(void **state)
{
	const struct memnode_key key = {.length = 4, .bytes = "abcd"};

	(void)state;
	assert_true(memnode_key_equals(&key, (const uint8_t *)"abcd", 4));
	assert_false(memnode_key_equals(&key, (const uint8_t *)"abcde", 5));
	assert_false(memnode_key_equals(&key, (const uint8_t *)"abc", 3));
	assert_false(memnode_key_equals(&key, (const uint8_t *)"abcx", 4));
}

static void memnode_volume_is_stored_where_told_and_the_rest_at_the_end(void **state)
{
	char path[] = "/var/tmp/xdv-test-memnode.XXXXXX", text[128], byte;
	struct memnode_volume volume = {};
	struct xdv_error error = {};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 5), 1);
	snprintf(text, sizeof(text), "vol0=3M,file=%s", path);
	assert_int_equal(memnode_volume_open(&volume, text, &error), 0);
	assert_int_equal(volume.size, 3 << 20);
	assert_int_equal(volume.base[5], 'x');
	volume.base[5] = 'y';
	volume.base[2 << 20] = 'z';
	assert_int_equal(memnode_volume_store(&volume, &(struct memnode_range){0, 4096}), 0);
	assert_int_equal(memnode_volume_sync(&volume), 0);
	assert_int_equal(pread(fd, &byte, 1, 5), 1);
	if (!volume.shared) {
		assert_int_equal(byte, 'y');
		assert_int_equal(pread(fd, &byte, 1, 2 << 20), 1);
		assert_int_equal(byte, 0);
	}
	assert_int_equal(memnode_volume_close(&volume, &error), 0);
	assert_int_equal(pread(fd, &byte, 1, 2 << 20), 1);
	assert_int_equal(byte, 'z');
	close(fd);
	unlink(path);
}

static void memnode_volume_smaller_than_its_file_is_refused(void **state)
{
	char path[] = "/var/tmp/xdv-test-memnode.XXXXXX", text[128];
	struct memnode_volume volume = {};
	struct xdv_error error = {};
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(ftruncate(fd, 2 << 20), 0);
	snprintf(text, sizeof(text), "vol0=1M,file=%s", path);
	assert_int_equal(memnode_volume_open(&volume, text, &error), -EFBIG);
	assert_non_null(strstr(error.message, "has 2097152 bytes, more than the volume's 1048576"));
	memnode_volume_close(&volume, &error);
	close(fd);
	unlink(path);
}

static void memnode_volume_open_says_what_it_expects(void **state)
{
	static const char *const wrong[] = {"", "vol0", "=1M", "vol0=", "vol0=x", "vol0=1M,file="};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct memnode_volume volume = {};
		struct xdv_error error = {};

		assert_int_equal(memnode_volume_open(&volume, wrong[i], &error), -EINVAL);
		assert_non_null(strstr(error.message, "expected NAME=SIZE"));
		memnode_volume_close(&volume, &error);
	}
}

/* Zero-filled but for the size and the maps. */
static void remote_dirty_maps_begin_anew_when_a_node_goes(void **state)
{
	uint64_t dirty[2] = {}, storing[2] = {};
	struct remote remote = {.has_file = true, .dirty = dirty, .storing = storing};

	(void)state;
	remote.volume.size = 100ull << DIRTY_SHIFT;
	assert_false(remote_is_dirty(&remote));
	remote_mark_dirty(&remote, (65ull << DIRTY_SHIFT) - 1, 2);
	assert_int_equal(dirty[1], 3);
	storing[0] = 4;
	remote_request_again(&remote);
	assert_int_equal(dirty[0], 4);
	assert_int_equal(storing[0], 0);
	assert_true(remote_is_dirty(&remote));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memnode_address_split_knows_ports_and_brackets),
		cmocka_unit_test(remote_name_read_takes_a_node_a_volume_and_a_key),
		cmocka_unit_test(memnode_key_equals_wants_the_same_bytes_and_length),
		cmocka_unit_test(memnode_volume_is_stored_where_told_and_the_rest_at_the_end),
		cmocka_unit_test(memnode_volume_smaller_than_its_file_is_refused),
		cmocka_unit_test(memnode_volume_open_says_what_it_expects),
		cmocka_unit_test(remote_dirty_maps_begin_anew_when_a_node_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
