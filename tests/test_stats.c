// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The counters of storage: what others read of them, while their process lives and afterwards. */
#include "storage/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What of one process is found: other gateways may run on this machine. */
struct found {
	pid_t pid;
	unsigned int times;
	struct stats_file file;
};

static void find(void *context, const struct stats_file *file)
{
	struct found *found = context;

	if (file->pid != found->pid)
		return;
	found->times++;
	found->file = *file;
}

static void look(struct found *found, pid_t pid)
{
	*found = (struct found){.pid = pid};
	assert_int_equal(stats_each(find, found), 0);
}

static void needs_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("only root writes to /run/xdivert\n");
	skip();
}

static void latency_bucket_doubles_from_a_microsecond_on(void **state)
{
	(void)state;
	assert_int_equal(latency_bucket(0), 0);
	assert_int_equal(latency_bucket(999), 0);
	assert_int_equal(latency_bucket(1000), 1);
	assert_int_equal(latency_bucket(1999), 1);
	assert_int_equal(latency_bucket(2000), 2);
	assert_int_equal(latency_bucket(UINT64_C(1024) * 1000 - 1), 10);
	assert_int_equal(latency_bucket(UINT64_C(1024) * 1000), 11);
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCIES - 1);
}

static void latency_below_is_the_upper_end_of_the_bucket(void **state)
{
	struct storage_counters counters = {0};

	(void)state;
	assert_int_equal(latency_below(&counters, 0.5), 0);
	counters.latency[3] = 98;
	counters.latency[7] = 2;
	assert_int_equal(latency_below(&counters, 0.5), 8);
	assert_int_equal(latency_below(&counters, 0.98), 8);
	assert_int_equal(latency_below(&counters, 0.99), 128);
}

static void counters_are_read_while_they_change(void **state)
{
	struct storage_counters *counters;
	struct stats_file *file = NULL;
	struct found found;

	(void)state;
	needs_root();
	assert_int_equal(stats_open(&file, STATS_MEMNODE, NULL), 0);
	counters = stats_add(file, "vol0", "memory", 4096, true);
	look(&found, getpid());
	assert_int_equal(found.times, 1);
	assert_int_equal(found.file.kind, STATS_MEMNODE);
	assert_int_equal(found.file.count, 1);
	assert_string_equal(found.file.list[0].name, "vol0");
	assert_string_equal(found.file.list[0].place, "memory");
	assert_int_equal(found.file.list[0].size, 4096);
	assert_true(found.file.list[0].read_only);
	counters->requests[VOLUME_READ] = 7;
	look(&found, getpid());
	assert_int_equal(found.file.list[0].requests[VOLUME_READ], 7);
	file->version++; /* of a process of another version: not shown, and not taken away */
	look(&found, getpid());
	assert_int_equal(found.times, 0);
	file->version--;
	look(&found, getpid());
	assert_int_equal(found.times, 1);
	stats_close(&file);
	look(&found, getpid());
	assert_int_equal(found.times, 0);
}

static void counters_of_a_process_that_was_killed_are_gone(void **state)
{
	struct stats_file *file;
	struct found found;
	char path[64], told;
	int ready[2];
	pid_t pid;

	(void)state;
	needs_root();
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (stats_open(&file, STATS_GATEWAY, NULL) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	snprintf(path, sizeof(path), "/run/xdivert/storage/%d", pid);
	assert_int_equal(read(ready[0], &told, 1), 1);
	look(&found, pid);
	assert_int_equal(found.times, 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(access(path, F_OK), 0);
	look(&found, pid);
	assert_int_equal(found.times, 0);
	assert_int_equal(access(path, F_OK), -1);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latency_bucket_doubles_from_a_microsecond_on),
		cmocka_unit_test(latency_below_is_the_upper_end_of_the_bucket),
		cmocka_unit_test(counters_are_read_while_they_change),
		cmocka_unit_test(counters_of_a_process_that_was_killed_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
