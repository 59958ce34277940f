// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "rulenames.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int make_path(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/xdivert-rulenames.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_names(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void rulenames_read_line_n_is_rule_n(void **state)
{
	struct rulenames names = {.used = 1};

	(void)state;
	write_names("ssh\nflood\nitch\n");
	names.generations[0].generation = 5;
	assert_int_equal(rulenames_read(&names.generations[0], path), 0);
	assert_int_equal(names.generations[0].count, 3);
	assert_string_equal(rulenames_get(&names, "lo", 5, 1), "ssh");
	assert_string_equal(rulenames_get(&names, "lo", 5, 3), "itch");
	assert_string_equal(rulenames_get(&names, "lo", 5, 4), "#4");
	assert_string_equal(rulenames_get(&names, "lo", 5, 0), "default");
	rulenames_free(&names);
}

static void rulenames_read_needs_no_newline_at_the_end(void **state)
{
	struct rulenames_generation generation = {0};
	struct rulenames names = {.used = 1};

	(void)state;
	write_names("ssh\nflood");
	assert_int_equal(rulenames_read(&generation, path), 0);
	assert_int_equal(generation.count, 2);
	assert_string_equal(generation.names[1], "flood");
	names.generations[0] = generation;
	rulenames_free(&names);
}

static void rulenames_read_of_nothing_is_no_rule(void **state)
{
	struct rulenames names = {.used = 1};

	(void)state;
	write_names("");
	assert_int_equal(rulenames_read(&names.generations[0], path), 0);
	assert_int_equal(names.generations[0].count, 0);
	rulenames_free(&names);
}

static void rulenames_read_of_a_missing_file_fails(void **state)
{
	struct rulenames_generation generation = {0};

	(void)state;
	assert_int_equal(rulenames_read(&generation, "/nonexistent/rules"), -ENOENT);
	assert_null(generation.names);
}

static void rulenames_get_without_a_file_is_the_number(void **state)
{
	struct rulenames names = {0};

	(void)state;
	for (uint32_t generation = 1; generation < 3 * RULENAMES_GENERATIONS; generation++)
		assert_string_equal(rulenames_get(&names, "no-such-if", generation, 12), "#12");
	rulenames_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rulenames_read_line_n_is_rule_n),
		cmocka_unit_test(rulenames_read_needs_no_newline_at_the_end),
		cmocka_unit_test(rulenames_read_of_nothing_is_no_rule),
		cmocka_unit_test(rulenames_read_of_a_missing_file_fails),
		cmocka_unit_test(rulenames_get_without_a_file_is_the_number),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
