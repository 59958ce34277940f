// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Volumes: each kind does what every kind has to, and files also what is hard for files. */
#include "storage/file_gate.h"
#include "storage/volume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE  (1u << 20)
#define BLOCK 4096u

struct fixture {
	struct ring ring;
	struct volume *volume;
	char path[64], backend[128];
	uint8_t *expected; /* SIZE bytes: what is in it */
	uint8_t *data; /* SIZE bytes, aligned, for operations */
};

/* Waits for one, or begins some and waits later. */
struct wait {
	struct volume_operation operation;
	bool done;
	int err;
};

static void note(struct volume_operation *operation, int err)
{
	struct wait *wait = (struct wait *)operation;

	assert_false(wait->done);
	wait->done = true;
	wait->err = err;
}

static int result(struct fixture *f, struct wait *wait)
{
	while (!wait->done)
		assert_int_equal(ring_turn(&f->ring), 0);
	return wait->err;
}

static int operate(struct fixture *f, struct volume_operation operation)
{
	struct wait wait = {.operation = operation};

	wait.operation.done = note;
	volume_begin(f->volume, &wait.operation);
	return result(f, &wait);
}

static void open_volume(struct fixture *f, const char *backend, bool cached)
{
	struct volume_options options = {.ring = &f->ring, .cached = cached};
	struct xdv_error error = {0};

	if (volume_open(&f->volume, backend, &options, &error))
		fail_msg("%s", error.message);
	assert_int_equal(f->volume->size, SIZE);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct xdv_error error;
	int fd;

	assert_int_equal(ring_open(&f->ring, false, &error), 0);
	f->expected = calloc(1, SIZE);
	f->data = aligned_alloc(BLOCK, SIZE);
	/* not in /tmp, which may be of memory */
	snprintf(f->path, sizeof(f->path), "/var/tmp/xdv-volume.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0 && ftruncate(fd, SIZE) == 0);
	close(fd);
	snprintf(f->backend, sizeof(f->backend), "file:%s", f->path);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	volume_close(&f->volume);
	ring_close(&f->ring);
	unlink(f->path);
	free(f->expected);
	free(f->data);
	free(f);
	return 0;
}

static void holds_what_is_expected(struct fixture *f)
{
	memset(f->data, 0xee, SIZE);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_READ,
							      .data = f->data,
							      .length = SIZE}),
			 0);
	assert_memory_equal(f->data, f->expected, SIZE);
}

static void write_some(struct fixture *f, uint64_t offset, uint32_t length, uint8_t value,
		       bool durable)
{
	memset(f->expected + offset, value, length);
	memset(f->data + offset, value, length);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_WRITE,
							      .durable = durable,
							      .offset = offset,
							      .length = length,
							      .data = f->data + offset}),
			 0);
}

static void zero_some(struct fixture *f, uint64_t offset, uint32_t length, bool allocate)
{
	memset(f->expected + offset, 0, length);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_ZERO,
							      .allocate = allocate,
							      .durable = !allocate,
							      .offset = offset,
							      .length = length}),
			 0);
}

static void everything(struct fixture *f)
{
	holds_what_is_expected(f);
	write_some(f, 0, SIZE, 0x11, false);
	holds_what_is_expected(f);
	write_some(f, BLOCK, 2 * BLOCK, 0x22, true);
	write_some(f, 5 * BLOCK + 7, 3 * BLOCK, 0x33, true); /* no whole blocks */
	write_some(f, SIZE - 1, 1, 0x44, false);
	write_some(f, 17, 0, 0x55, false);
	holds_what_is_expected(f);
	zero_some(f, 3 * BLOCK, 2 * BLOCK, false);
	zero_some(f, 9 * BLOCK + 100, 5 * BLOCK, true);
	zero_some(f, 20 * BLOCK + 100, 5, false);
	zero_some(f, 30 * BLOCK, 100 * BLOCK, true);
	holds_what_is_expected(f);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_FLUSH}), 0);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_DISCARD,
							      .durable = true,
							      .offset = 200 * BLOCK + 1,
							      .length = 2 * BLOCK}),
			 0);
	/* what is around it stays */
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_READ,
							      .offset = 200 * BLOCK + 1,
							      .data = f->expected + 200 * BLOCK + 1,
							      .length = 2 * BLOCK}),
			 0);
	holds_what_is_expected(f);
}

static void volume_of_memory_does_everything(void **state)
{
	struct fixture *f = *state;

	open_volume(f, "memory:1M", false);
	assert_non_null(f->volume->memory);
	everything(f);
	assert_memory_equal(f->volume->memory, f->expected, SIZE);
}

static void in_file_is_what_is_expected(struct fixture *f)
{
	FILE *file = fopen(f->path, "r");

	assert_int_equal(fread(f->data, 1, SIZE, file), SIZE);
	assert_memory_equal(f->data, f->expected, SIZE);
	fclose(file);
}

static void volume_in_a_file_does_everything(void **state)
{
	struct fixture *f = *state;

	open_volume(f, f->backend, false);
	everything(f);
	in_file_is_what_is_expected(f);
}

static void volume_in_a_cached_file_does_everything(void **state)
{
	struct fixture *f = *state;

	open_volume(f, f->backend, true);
	assert_non_null(strstr(f->volume->place, "page cache"));
	everything(f);
	in_file_is_what_is_expected(f);
}

/* Halves of blocks, which go through the cache, and whole ones, which do not: all at a time. */
static void volume_in_a_file_mixes_pieces_and_blocks(void **state)
{
	enum { WRITES = 200 };
	static struct wait waits[WRITES];
	struct fixture *f = *state;

	open_volume(f, f->backend, false);
	srand(1);
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < WRITES; i++) {
			bool whole = rand() % 2;
			uint32_t offset = i * BLOCK + (whole ? 0 : 512);
			uint32_t length = whole ? BLOCK : BLOCK - 512;
			uint8_t value = (uint8_t)rand();

			memset(f->expected + offset, value, length);
			memset(f->data + offset, value, length);
			waits[i] = (struct wait){.operation = {.verb = VOLUME_WRITE,
							       .offset = offset,
							       .length = length,
							       .data = f->data + offset,
							       .done = note}};
			volume_begin(f->volume, &waits[i].operation);
		}
		for (int i = 0; i < WRITES; i++)
			assert_int_equal(result(f, &waits[i]), 0);
		holds_what_is_expected(f);
	}
	in_file_is_what_is_expected(f);
}

static void volume_in_a_file_that_became_shorter_fails(void **state)
{
	struct fixture *f = *state;

	open_volume(f, f->backend, false);
	assert_int_equal(truncate(f->path, BLOCK), 0);
	assert_int_equal(operate(f, (struct volume_operation){.verb = VOLUME_READ,
							      .data = f->data,
							      .length = 2 * BLOCK}),
			 -EIO);
}

static void volume_that_can_not_be_is_refused(void **state)
{
	static const struct {
		const char *backend;
		int err;
	} cases[] = {
		{"memory:", -EINVAL},
		{"memory:x", -EINVAL},
		{"memory:0", -EINVAL},
		{"memory:-1", -EINVAL},
		{"memory:1X", -EINVAL},
		{"memory:9999T", -ENOMEM},
		{"memory:99999999T", -EINVAL},
		{"memori:1M", -EINVAL},
		{"1M", -EINVAL},
		{"file:/none/x", -ENOENT},
		{"file:/dev/null", -ENOTBLK},
		{"file:/var", -EISDIR},
		{"", -EINVAL},
	};
	struct fixture *f = *state;
	struct volume_options options = {.ring = &f->ring};
	struct volume *volume = NULL;
	struct xdv_error error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(volume_open(&volume, cases[i].backend, &options, &error),
				 cases[i].err);
		assert_int_equal(error.code, cases[i].err);
		assert_null(volume);
	}
	open_volume(f, f->backend, false);
	assert_int_equal(volume_open(&volume, f->backend, &options, &error), -EBUSY);
}

static void size_has_units(void **state)
{
	uint64_t size;

	(void)state;
	assert_int_equal(size_read("1", &size), 0);
	assert_int_equal(size, 1);
	assert_int_equal(size_read("3k", &size), 0);
	assert_int_equal(size, 3072);
	assert_int_equal(size_read("2G", &size), 0);
	assert_int_equal(size, 2ull << 30);
	assert_int_equal(size_read("5T", &size), 0);
	assert_int_equal(size, 5ull << 40);
	assert_int_equal(size_read("1Gi", &size), -EINVAL);
	assert_int_equal(size_read("9223372036854775808", &size), -EINVAL);
	assert_int_equal(size_read("9007199254740992K", &size), -EINVAL);
}

static struct volume_operation *started[4];
static unsigned int started_count;

static void start(struct gate *gate, struct volume_operation *operation)
{
	(void)gate;
	started[started_count++] = operation;
}

static void gate_keeps_the_sides_apart_and_in_order(void **state)
{
	struct volume_operation a = {.side = GATE_DIRECT}, b = a, e = a;
	struct volume_operation c = {.side = GATE_CACHED}, d = c;
	struct gate gate;

	(void)state;
	gate_open(&gate);
	started_count = 0;
	assert_true(gate_enter(&gate, &a));
	assert_true(gate_enter(&gate, &b));
	assert_false(gate_enter(&gate, &c));
	assert_false(gate_enter(&gate, &d));
	assert_false(gate_enter(&gate, &e)); /* could, but c came before */
	gate_leave(&gate, &b, start);
	assert_int_equal(started_count, 0);
	gate_leave(&gate, &a, start);
	assert_int_equal(started_count, 2);
	assert_ptr_equal(started[0], &c);
	assert_ptr_equal(started[1], &d);
	gate_leave(&gate, &c, start);
	gate_leave(&gate, &d, start);
	assert_int_equal(started_count, 3);
	assert_ptr_equal(started[2], &e);
	gate_leave(&gate, &e, start);
	assert_true(gate_enter(&gate, &c));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(volume_of_memory_does_everything),
		TEST(volume_in_a_file_does_everything),
		TEST(volume_in_a_cached_file_does_everything),
		TEST(volume_in_a_file_mixes_pieces_and_blocks),
		TEST(volume_in_a_file_that_became_shorter_fails),
		TEST(volume_that_can_not_be_is_refused),
		cmocka_unit_test(size_has_units),
		cmocka_unit_test(gate_keeps_the_sides_apart_and_in_order),
	};
	struct ring ring;
	struct xdv_error error;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ring_open(&ring, false, &error)) {
		printf("1..1\nok 1 - volume # SKIP %s\n", error.message);
		return 0;
	}
	ring_close(&ring);
	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
