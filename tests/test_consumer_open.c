// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What xdv_consumer_open() refuses before it asks the kernel for anything.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xdivert/xdivert.h>

static struct xdv_error error;

static struct xdv_consumer_options options(void)
{
	memset(&error, 0, sizeof(error));
	return (struct xdv_consumer_options){
		.size = sizeof(struct xdv_consumer_options),
		.error = &error,
	};
}

/* It fails with that code, says so, and leaves what it should give alone. */
static void refused(int code, const char *ifname, const char *name,
		    const struct xdv_consumer_options *given, const char *said)
{
	struct xdv_consumer *const untouched = (struct xdv_consumer *)&error;
	struct xdv_consumer *consumer = untouched;

	assert_int_equal(xdv_consumer_open(&consumer, ifname, name, given), code);
	assert_ptr_equal(consumer, untouched);
	assert_int_equal(error.code, code);
	if (!strstr(error.message, said))
		fail_msg("'%s' does not say '%s'", error.message, said);
}

static void open_refuses_options_of_a_newer_library(void **state)
{
	struct {
		struct xdv_consumer_options known;
		uint64_t unknown;
	} newer = {.known = options()};

	(void)state;
	newer.known.size = sizeof(newer);
	newer.unknown = 1;
	refused(-E2BIG, "lo", "feed", &newer.known, "does not know");
	newer.unknown = 0;
	refused(-ENODEV, "no-such-if", "feed", &newer.known, "no-such-if");
}

static void open_refuses_options_without_a_size(void **state)
{
	struct xdv_consumer_options given = options();
	struct xdv_consumer *consumer = NULL;

	(void)state;
	given.size = 0;
	assert_int_equal(xdv_consumer_open(&consumer, "lo", "feed", &given), -EINVAL);
	assert_null(consumer);
}

static void open_refuses_a_frame_size(void **state)
{
	struct xdv_consumer_options given = options();

	(void)state;
	given.frame_size = 1024;
	refused(-EINVAL, "lo", "feed", &given, "1024");
}

static void open_refuses_a_ring_size(void **state)
{
	struct xdv_consumer_options given = options();

	(void)state;
	given.ring_size = 1000;
	refused(-EINVAL, "lo", "feed", &given, "power of two");
	given.ring_size = 1u << 20;
	given.frames = 1u << 20;
	refused(-EINVAL, "lo", "feed", &given, "1048576");
}

static void open_refuses_fewer_frames_than_a_ring_holds(void **state)
{
	struct xdv_consumer_options given = options();

	(void)state;
	given.frames = 100;
	refused(-EINVAL, "lo", "feed", &given, "frames");
	given.frames = UINT32_MAX;
	refused(-EINVAL, "lo", "feed", &given, "frames");
}

static void open_refuses_a_zerocopy_that_is_none(void **state)
{
	struct xdv_consumer_options given = options();

	(void)state;
	given.zerocopy = 3;
	refused(-EINVAL, "lo", "feed", &given, "zerocopy");
}

static void open_refuses_a_profile_that_is_none(void **state)
{
	struct xdv_consumer_options given = options();

	(void)state;
	given.profile = 3;
	refused(-EINVAL, "lo", "feed", &given, "profile");
}

static void open_refuses_names_that_are_none(void **state)
{
	static const char *const names[] = {NULL, "", ".", "..", ".hidden", "a/b", "../feed"};
	struct xdv_consumer_options given = options();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused(-EINVAL, "lo", names[i], &given, "no name of a consumer");
}

static void open_refuses_interfaces_that_are_none(void **state)
{
	static const char *const names[] = {NULL, "", "a/b", "sixteen-letters-"};
	struct xdv_consumer_options given = options();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused(-EINVAL, names[i], "feed", &given, "no name of an interface");
	refused(-ENODEV, "no-such-if", "feed", &given, "no-such-if: no such interface");
	assert_string_not_equal(error.hint, "");
}

static void open_without_options_fails_the_same(void **state)
{
	struct xdv_consumer *consumer = NULL;

	(void)state;
	assert_int_equal(xdv_consumer_open(&consumer, "no-such-if", "feed", NULL), -ENODEV);
	assert_null(consumer);
}

static void close_of_nothing_is_nothing(void **state)
{
	struct xdv_consumer *consumer = NULL;

	(void)state;
	xdv_consumer_close(&consumer);
	assert_null(consumer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_refuses_options_of_a_newer_library),
		cmocka_unit_test(open_refuses_options_without_a_size),
		cmocka_unit_test(open_refuses_a_frame_size),
		cmocka_unit_test(open_refuses_a_ring_size),
		cmocka_unit_test(open_refuses_fewer_frames_than_a_ring_holds),
		cmocka_unit_test(open_refuses_a_zerocopy_that_is_none),
		cmocka_unit_test(open_refuses_a_profile_that_is_none),
		cmocka_unit_test(open_refuses_names_that_are_none),
		cmocka_unit_test(open_refuses_interfaces_that_are_none),
		cmocka_unit_test(open_without_options_fails_the_same),
		cmocka_unit_test(close_of_nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
