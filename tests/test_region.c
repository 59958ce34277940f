// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "region.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void region_create_gives_memory_that_can_be_written(void **state)
{
	struct xdv_region_info info = {.size = sizeof(info)};
	struct xdv_region *region = NULL;

	(void)state;
	assert_int_equal(region_create(&region, 100, 2048, NULL), 0);
	assert_int_equal(xdv_region_info(region, &info), 0);
	assert_int_equal(info.frames, 100);
	assert_int_equal(info.frame_size, 2048);
	assert_true(info.length >= 100 * 2048);
	assert_int_equal(info.length % info.page_size, 0);
	assert_int_equal((uintptr_t)info.base % info.page_size, 0);
	memset(info.base, 0xa5, 100 * 2048);
	region_free(&region);
	assert_null(region);
}

static void region_create_refuses_what_cannot_be(void **state)
{
	struct xdv_region *region = NULL;
	struct xdv_error error = {0};

	(void)state;
	assert_int_equal(region_create(&region, 0, 2048, &error), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_int_equal(region_create(&region, 10, 3000, &error), -EINVAL);
	assert_non_null(strstr(error.message, "3000"));
	assert_int_equal(region_create(&region, 10, 32, NULL), -EINVAL);
	assert_null(region);
}

static void region_create_larger_than_the_memory_says_so(void **state)
{
	struct xdv_region *region = NULL;
	struct xdv_error error = {0};

	(void)state;
	/* 2^32 - 1 frames of 2 GiB: more than an address space */
	assert_int_not_equal(region_create(&region, UINT32_MAX, 1u << 31, &error), 0);
	assert_non_null(strstr(error.message, "MiB"));
	assert_string_not_equal(error.hint, "");
	assert_null(region);
}

static void region_take_hands_out_each_frame_once(void **state)
{
	struct xdv_region *region = NULL;
	char seen[16] = {0};

	(void)state;
	assert_int_equal(region_create(&region, 16, 2048, NULL), 0);
	while (region->free_count) {
		uint32_t frame = region_take(region, REGION_APPLICATION);

		assert_in_range(frame, 0, 15);
		assert_false(seen[frame]);
		seen[frame] = 1;
		assert_true(region_is_lent(region, (uint64_t)frame * 2048 + 256));
	}
	for (uint64_t frame = 0; frame < 16; frame++) {
		region_put(region, frame * 2048 + 300);
		assert_false(region_is_lent(region, frame * 2048));
	}
	assert_int_equal(region->free_count, 16);
	region_free(&region);
}

static void region_is_lent_knows_its_bounds(void **state)
{
	struct xdv_region *region = NULL;

	(void)state;
	assert_int_equal(region_create(&region, 4, 2048, NULL), 0);
	while (region->free_count)
		region_take(region, REGION_APPLICATION);
	assert_true(region_is_lent(region, 4 * 2048 - 1));
	assert_false(region_is_lent(region, 4 * 2048));
	assert_false(region_is_lent(region, UINT64_MAX));
	assert_false(region_is_lent(region, 1ull << 43)); /* frame 0, if cut to 32 bits */
	region_free(&region);
}

static void create_for_several_has_defaults_and_bounds(void **state)
{
	struct xdv_error error = {0};
	struct xdv_region_options options = {.size = sizeof(options), .error = &error};
	struct xdv_region_info info = {.size = sizeof(info)};
	struct xdv_region *region = NULL;
	size_t length = 0;

	(void)state;
	options.frame_size = 3000;
	assert_int_equal(xdv_region_create(&region, &options), -EINVAL);
	assert_non_null(strstr(error.message, "3000"));
	options.frame_size = 4096;
	options.huge = 2;
	assert_int_equal(xdv_region_create(&region, &options), -EINVAL);
	assert_null(region);
	options.huge = 0;
	options.frames = 600;
	assert_int_equal(xdv_region_create(&region, &options), 0);
	assert_int_equal(xdv_region_info(region, &info), 0);
	assert_int_equal(info.frames, 600);
	assert_int_equal(info.frame_size, 4096);
	assert_ptr_equal(xdv_region_memory(region, &length), info.base);
	assert_int_equal(length, info.length);
	assert_int_equal(xdv_region_free(&region), 0);
	assert_null(region);
	assert_int_equal(xdv_region_free(&region), 0);
	assert_int_equal(xdv_region_create(&region, NULL), 0);
	assert_int_equal(xdv_region_free(&region), 0);
}

/* Whatever there is of huge pages here, a TiB of them there is not. */
static void create_without_huge_pages_says_how_many(void **state)
{
	struct xdv_error error = {0};
	struct xdv_region_options options = {.size = sizeof(options),
					     .frames = 1u << 28,
					     .frame_size = 4096,
					     .huge = 1,
					     .error = &error};
	struct xdv_region *region = NULL;

	(void)state;
	assert_int_not_equal(xdv_region_create(&region, &options), 0);
	assert_non_null(strstr(error.message, "huge pages"));
	assert_non_null(strstr(error.hint, "nr_hugepages"));
	assert_null(region);
}

static void free_of_a_region_in_use_is_refused(void **state)
{
	struct xdv_region *region = NULL;

	(void)state;
	assert_int_equal(xdv_region_create(&region, NULL), 0);
	assert_int_equal(region_socket(region), -1);
	assert_int_equal(region_join(region, 7, true), 0);
	assert_int_equal(region_join(region, 8, false), 0);
	assert_true(region->jumbo); /* as the first one has it */
	assert_int_equal(region_socket(region), 7);
	assert_int_equal(xdv_region_free(&region), -EBUSY);
	region_leave(region, 7);
	assert_int_equal(region_socket(region), 8);
	assert_int_equal(xdv_region_free(&region), -EBUSY);
	region_leave(region, 8);
	assert_int_equal(xdv_region_free(&region), 0);
}

/* What a process says that is about to abort; "" if it does not. */
static void words_of(void (*function)(void), char *words, size_t size)
{
	int ends[2], status;
	ssize_t length;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		setenv("XDIVERT_CHECK", "frames", 1);
		function();
		_exit(0);
	}
	close(ends[1]);
	length = read(ends[0], words, size - 1);
	words[length > 0 ? length : 0] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WIFSIGNALED(status), length > 0);
}

static void leak(void)
{
	struct xdv_region *region = NULL;

	xdv_region_create(&region, NULL);
	region_take(region, REGION_APPLICATION);
	region_take(region, REGION_APPLICATION);
	xdv_region_free(&region);
}

static void blame(void)
{
	struct xdv_region *region = NULL;

	xdv_region_create(&region, NULL);
	region_blame(region, 3 * 2048 + 256, "released");
}

static void blame_nothing(void)
{
	struct xdv_region *region = NULL;

	xdv_region_create(&region, NULL);
	region_put(region, (uint64_t)region_take(region, REGION_APPLICATION) << 11);
	xdv_region_free(&region);
}

static void checks_end_a_process_that_mistakes_frames(void **state)
{
	char words[256];

	(void)state;
	words_of(leak, words, sizeof(words));
	assert_non_null(strstr(words, "2 frames were not given back"));
	words_of(blame, words, sizeof(words));
	assert_non_null(strstr(words, "frame 3 was released by the application: it is free"));
	words_of(blame_nothing, words, sizeof(words));
	assert_string_equal(words, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(region_create_gives_memory_that_can_be_written),
		cmocka_unit_test(region_create_refuses_what_cannot_be),
		cmocka_unit_test(region_create_larger_than_the_memory_says_so),
		cmocka_unit_test(region_take_hands_out_each_frame_once),
		cmocka_unit_test(region_is_lent_knows_its_bounds),
		cmocka_unit_test(create_for_several_has_defaults_and_bounds),
		cmocka_unit_test(create_without_huge_pages_says_how_many),
		cmocka_unit_test(free_of_a_region_in_use_is_refused),
		cmocka_unit_test(checks_end_a_process_that_mistakes_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
