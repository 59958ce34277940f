// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Objects kept from earlier: found by what they were made of, and only where nobody else writes.
 */
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/xdivert-cache-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	return setenv("XDIVERT_CACHE", directory, 1);
}

static size_t entries(void)
{
	DIR *list = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(list)))
		count += entry->d_name[0] != '.';
	closedir(list);
	return count;
}

static int remove_directory(void **state)
{
	DIR *list = opendir(directory);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(list)))
		unlinkat(dirfd(list), entry->d_name, 0);
	closedir(list);
	return rmdir(directory);
}

static void assert_found(const char *key, const char *content)
{
	void *object;
	size_t size;

	assert_int_equal(cache_get(key, &object, &size), 0);
	assert_int_equal(size, strlen(content));
	assert_memory_equal(object, content, size);
	free(object);
}

static void assert_not_found(const char *key)
{
	void *object;
	size_t size;

	assert_int_equal(cache_get(key, &object, &size), -ENOENT);
}

static void cache_gives_back_what_was_kept(void **state)
{
	char key[CACHE_KEY];

	(void)state;
	cache_key(key, "int x;", 6, "clang");
	assert_not_found(key);
	cache_put(key, "object", 6);
	assert_found(key, "object");
	cache_put(key, "other object", 12);
	assert_found(key, "other object");
	assert_int_equal(entries(), 1);
}

static void cache_key_is_of_program_and_compiler(void **state)
{
	char one[CACHE_KEY], two[CACHE_KEY], three[CACHE_KEY], same[CACHE_KEY];

	(void)state;
	cache_key(one, "int x;", 6, "clang");
	cache_key(same, "int x;", 6, "clang");
	cache_key(two, "int y;", 6, "clang");
	cache_key(three, "int x;", 6, "/no/such/clang");
	assert_string_equal(one, same);
	assert_string_not_equal(one, two);
	assert_string_not_equal(one, three);
}

static void cache_of_a_shared_directory_is_not_used(void **state)
{
	char key[CACHE_KEY];

	(void)state;
	cache_key(key, "int x;", 6, "clang");
	cache_put(key, "object", 6);
	assert_found(key, "object");
	assert_int_equal(chmod(directory, 0777), 0);
	assert_not_found(key);
	cache_put(key, "evil", 4);
	assert_int_equal(chmod(directory, 0700), 0);
	assert_found(key, "object");
}

static void cache_off_keeps_nothing(void **state)
{
	char key[CACHE_KEY];

	(void)state;
	setenv("XDIVERT_CACHE", "off", 1);
	cache_key(key, "int x;", 6, "clang");
	cache_put(key, "object", 6);
	assert_not_found(key);
	setenv("XDIVERT_CACHE", directory, 1);
	assert_int_equal(entries(), 0);
}

static void cache_stays_small(void **state)
{
	char key[CACHE_KEY], text[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", i);
		cache_key(key, text, strlen(text), "clang");
		cache_put(key, text, strlen(text));
	}
	assert_int_equal(entries(), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cache_gives_back_what_was_kept, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(cache_key_is_of_program_and_compiler,
						make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(cache_of_a_shared_directory_is_not_used,
						make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(cache_off_keeps_nothing, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(cache_stays_small, make_directory,
						remove_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
