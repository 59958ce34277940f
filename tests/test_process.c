// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void process_start_is_the_same_each_time(void **state)
{
	(void)state;
	assert_int_not_equal(process_start(getpid(), NULL, 0), 0);
	assert_int_equal(process_start(getpid(), NULL, 0), process_start(getpid(), NULL, 0));
}

/* Names may have parentheses and spaces in them. */
static void process_start_is_not_misled_by_the_name(void **state)
{
	uint64_t before = process_start(getpid(), NULL, 0);
	char name[32];

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "a) R 1 (b"), 0);
	assert_int_equal(process_start(getpid(), name, sizeof(name)), before);
	assert_string_equal(name, "a) R 1 (b");
}

static void process_start_of_no_process_is_0(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(process_start(child, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_start_is_the_same_each_time),
		cmocka_unit_test(process_start_is_not_misled_by_the_name),
		cmocka_unit_test(process_start_of_no_process_is_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
