// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What of RDMA takes no device; the rest is in selftests/rdma.test.
 */
#include "rdma/connection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void rdma_options_that_are_open_have_a_default(void **state)
{
	struct xdv_rdma_options theirs = {.size = sizeof(theirs), .depth = 7}, ours;

	(void)state;
	assert_int_equal(rdma_options_read(&ours, &theirs), 0);
	assert_int_equal(ours.depth, 7);
	assert_int_equal(ours.messages, 16);
	assert_int_equal(rdma_options_read(&ours, NULL), 0);
	assert_int_equal(ours.depth, 128);
}

static void rdma_options_beyond_their_limit_are_refused_by_name(void **state)
{
	struct xdv_error error = {};
	struct xdv_rdma_options theirs = {
		.size = sizeof(theirs), .message_size = 65537, .error = &error};
	struct xdv_rdma_options ours;

	(void)state;
	assert_int_equal(rdma_options_read(&ours, &theirs), -EINVAL);
	assert_string_equal(error.message, "message_size: 65537 is more than 65536");
}

static void rdma_options_without_a_size_are_refused(void **state)
{
	struct xdv_rdma_options theirs = {}, ours;

	(void)state;
	assert_int_equal(rdma_options_read(&ours, &theirs), -EINVAL);
}

/* 4.096 us * 2^exponent, seven times, is the patience or up to twice as much. */
static void rdma_ack_timeout_is_patience_up_to_twice(void **state)
{
	(void)state;
	for (uint32_t patience = 100; patience <= 60000; patience += 100) {
		double all_ms = 7 * 4096e-6 * (double)(1ull << rdma_ack_timeout(patience));

		assert_true(all_ms >= patience * 0.99 && all_ms <= patience * 2.0);
	}
}

static void rdma_open_says_which_name_there_is_not(void **state)
{
	struct xdv_error error = {};
	struct xdv_rdma_options options = {.size = sizeof(options), .error = &error};
	struct xdv_rdma *connection = NULL;

	(void)state;
	assert_int_equal(xdv_rdma_open(&connection, "10.0.0.1", "no-such-service", &options),
			 -ENOENT);
	assert_non_null(strstr(error.message, "10.0.0.1 port no-such-service: "));
	assert_null(connection);
}

static void rdma_address_text_has_brackets_for_ipv6(void **state)
{
	struct sockaddr_storage address;
	char text[64];

	(void)state;
	assert_int_equal(rdma_resolve(&address, "fd77::1", "7471", false, NULL), 0);
	rdma_address_text(text, sizeof(text), (struct sockaddr *)&address);
	assert_string_equal(text, "[fd77::1]:7471");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rdma_options_that_are_open_have_a_default),
		cmocka_unit_test(rdma_options_beyond_their_limit_are_refused_by_name),
		cmocka_unit_test(rdma_options_without_a_size_are_refused),
		cmocka_unit_test(rdma_ack_timeout_is_patience_up_to_twice),
		cmocka_unit_test(rdma_open_says_which_name_there_is_not),
		cmocka_unit_test(rdma_address_text_has_brackets_for_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
