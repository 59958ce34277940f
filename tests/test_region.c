// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "region.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(region_create_gives_memory_that_can_be_written),
		cmocka_unit_test(region_create_refuses_what_cannot_be),
		cmocka_unit_test(region_create_larger_than_the_memory_says_so),
		cmocka_unit_test(region_take_hands_out_each_frame_once),
		cmocka_unit_test(region_is_lent_knows_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
