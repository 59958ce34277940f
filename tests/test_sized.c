// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct known {
	size_t size;
	uint64_t first, second;
};

struct newer {
	struct known known;
	uint64_t third;
};

static void sized_read_of_an_older_struct_leaves_the_rest_zero(void **state)
{
	struct known theirs = {.size = offsetof(struct known, second), .first = 1, .second = 2};
	struct known ours;

	(void)state;
	memset(&ours, 0xff, sizeof(ours));
	assert_int_equal(sized_read(&ours, sizeof(ours), &theirs), 0);
	assert_int_equal(ours.first, 1);
	assert_int_equal(ours.second, 0);
}

static void sized_read_takes_a_newer_struct_whose_tail_is_zero(void **state)
{
	struct newer theirs = {.known = {.size = sizeof(theirs), .first = 1, .second = 2}};
	struct known ours;

	(void)state;
	assert_int_equal(sized_read(&ours, sizeof(ours), &theirs), 0);
	assert_int_equal(ours.second, 2);
}

static void sized_read_refuses_a_tail_that_it_does_not_know(void **state)
{
	struct newer theirs = {.known = {.size = sizeof(theirs)}, .third = 1ull << 63};
	struct known ours;

	(void)state;
	assert_int_equal(sized_read(&ours, sizeof(ours), &theirs), -E2BIG);
}

static void sized_read_refuses_a_struct_without_a_size(void **state)
{
	struct known theirs = {.first = 1}, ours;

	(void)state;
	assert_int_equal(sized_read(&ours, sizeof(ours), &theirs), -EINVAL);
}

static void sized_write_stays_within_an_older_struct(void **state)
{
	struct known ours = {.size = sizeof(ours), .first = 1, .second = 2};
	struct known theirs = {.size = offsetof(struct known, second), .second = 77};

	(void)state;
	assert_int_equal(sized_write(&theirs, &ours, sizeof(ours)), 0);
	assert_int_equal(theirs.size, offsetof(struct known, second));
	assert_int_equal(theirs.first, 1);
	assert_int_equal(theirs.second, 77);
}

static void sized_write_clears_what_only_the_caller_knows(void **state)
{
	struct known ours = {.size = sizeof(ours), .first = 1, .second = 2};
	struct newer theirs = {.known = {.size = sizeof(theirs)}, .third = 77};

	(void)state;
	assert_int_equal(sized_write(&theirs, &ours, sizeof(ours)), 0);
	assert_int_equal(theirs.known.second, 2);
	assert_int_equal(theirs.known.size, sizeof(theirs));
	assert_int_equal(theirs.third, 0);
}

static void sized_write_refuses_a_struct_without_a_size(void **state)
{
	struct known ours = {.size = sizeof(ours)}, theirs = {0};

	(void)state;
	assert_int_equal(sized_write(&theirs, &ours, sizeof(ours)), -EINVAL);
	assert_int_equal(sized_write(NULL, &ours, sizeof(ours)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sized_read_of_an_older_struct_leaves_the_rest_zero),
		cmocka_unit_test(sized_read_takes_a_newer_struct_whose_tail_is_zero),
		cmocka_unit_test(sized_read_refuses_a_tail_that_it_does_not_know),
		cmocka_unit_test(sized_read_refuses_a_struct_without_a_size),
		cmocka_unit_test(sized_write_stays_within_an_older_struct),
		cmocka_unit_test(sized_write_clears_what_only_the_caller_knows),
		cmocka_unit_test(sized_write_refuses_a_struct_without_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
