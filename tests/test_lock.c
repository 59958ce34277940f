// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "live/files.h"
#include "live/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/xdivert-lock.XXXXXX";
static char run[sizeof(directory) + sizeof("/eth0/1")];
static char file[sizeof(run) + sizeof(".lock")];

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(run, sizeof(run), "%s/eth0/1", directory);
	snprintf(file, sizeof(file), "%s.lock", run);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return access(directory, F_OK) == 0 ? tree_remove(directory) : 0;
}

static void lock_has_one_holder(void **state)
{
	struct state_lock lock, second;

	(void)state;
	assert_int_equal(state_lock_path(&lock, run), 0);
	assert_int_equal(state_lock_path(&second, run), -EBUSY);
	state_unlock(&lock);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(state_lock_path(&second, run), 0);
	state_unlock(&second);
}

/* Its directory is removed while it is held, and another process takes the same. */
static void lock_that_is_removed_leaves_the_one_of_another(void **state)
{
	struct state_lock lock, second, third;
	char path[sizeof(run)];

	(void)state;
	assert_int_equal(state_lock_path(&lock, run), 0);
	snprintf(path, sizeof(path), "%s/eth0", directory);
	assert_int_equal(tree_remove(path), 0);
	assert_int_equal(state_lock_path(&second, run), 0);
	state_unlock(&lock);
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(state_lock_path(&third, run), -EBUSY);
	state_unlock(&second);
	assert_int_equal(access(file, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_has_one_holder),
		cmocka_unit_test(lock_that_is_removed_leaves_the_one_of_another),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
