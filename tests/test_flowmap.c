// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A table of flows in the kernel: walked, swept, and taken from with care.
 */
#include "flowmap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE   5000
#define SECOND UINT64_C(1000000000)

static int create(uint32_t key_size, uint32_t value_size)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);

	return bpf_map_create(BPF_MAP_TYPE_HASH, "flows", key_size, value_size, SIZE, &options);
}

static int set_up(void **state)
{
	static int fd;

	fd = create(sizeof(struct xdv_flow_key), sizeof(struct xdv_flow_entry));
	*state = &fd;
	return 0;
}

static int tear_down(void **state)
{
	close(*(int *)*state);
	return 0;
}

/* Its descriptor; without the privilege to make maps, there is nothing to test. */
static int table(void **state)
{
	int fd = *(int *)*state;

	if (fd < 0)
		skip();
	return fd;
}

static struct xdv_flow_key key(uint32_t number)
{
	return (struct xdv_flow_key){.saddr = {number}, .l3 = XDV_L3_IPV4, .protocol = 17};
}

static int put(int fd, uint32_t number, uint64_t age, uint64_t timeout)
{
	struct xdv_flow_entry entry = {.seen = flowmap_now() - age, .timeout = timeout};
	struct xdv_flow_key at = key(number);

	return bpf_map_update_elem(fd, &at, &entry, BPF_ANY);
}

static bool has(int fd, uint32_t number)
{
	struct xdv_flow_key at = key(number);
	struct xdv_flow_entry entry;

	return bpf_map_lookup_elem(fd, &at, &entry) == 0;
}

static void info_tells_the_size(void **state)
{
	int fd = table(state), other;
	struct flowmap_info info;

	assert_int_equal(flowmap_info(fd, &info), 0);
	assert_int_equal(info.size, SIZE);
	other = create(sizeof(struct xdv_flow_key), sizeof(struct xdv_flow_entry) + 8);
	assert_int_equal(flowmap_info(other, &info), -EPROTO);
	close(other);
}

struct seen {
	int fd;
	unsigned char times[SIZE];
	unsigned int stop_at, count;
};

static int see(const struct xdv_flow_key *at, const struct xdv_flow_entry *entry, void *context)
{
	struct seen *seen = context;

	(void)entry;
	seen->times[at->saddr[0]]++;
	bpf_map_delete_elem(seen->fd, at); /* a walk bears that */
	return ++seen->count == seen->stop_at ? -ECANCELED : 0;
}

static void walk_meets_each_once(void **state)
{
	struct seen seen = {.fd = table(state)};

	for (uint32_t i = 0; i < SIZE; i++)
		assert_int_equal(put(seen.fd, i, 0, 0), 0);
	assert_int_equal(put(seen.fd, SIZE, 0, 0), -E2BIG);
	assert_int_equal(flowmap_walk(seen.fd, see, &seen), 0);
	for (uint32_t i = 0; i < SIZE; i++)
		assert_int_equal(seen.times[i], 1);
	assert_int_equal(flowmap_walk(seen.fd, see, &seen), 0); /* empty */
	assert_int_equal(seen.count, SIZE);
}

static void walk_ends_where_it_is_told(void **state)
{
	struct seen seen = {.fd = table(state), .stop_at = 7};

	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(put(seen.fd, i, 0, 0), 0);
	assert_int_equal(flowmap_walk(seen.fd, see, &seen), -ECANCELED);
	assert_int_equal(seen.count, 7);
}

static void sweep_takes_what_has_expired(void **state)
{
	uint64_t next, now = flowmap_now();
	int fd = table(state);

	for (uint32_t i = 0; i < 1000; i++)
		put(fd, i, 100 * SECOND, i % 2 ? 60 * SECOND : i % 3 ? 0 : 160 * SECOND);
	assert_int_equal(flowmap_sweep(fd, &next), 500);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(has(fd, i), i % 2 == 0);
	assert_true(next >= now + 60 * SECOND && next < now + 70 * SECOND);
	assert_int_equal(flowmap_sweep(fd, &next), 0);
}

static void sweep_of_what_stays_has_no_next(void **state)
{
	int fd = table(state);
	uint64_t next;

	put(fd, 1, 1000 * SECOND, 0);
	assert_int_equal(flowmap_sweep(fd, &next), 0);
	assert_true(next == UINT64_MAX);
}

static bool has_timeout(const struct xdv_flow_entry *entry, const void *context)
{
	(void)context;
	return entry->timeout;
}

static void remove_leaves_what_is_another_now(void **state)
{
	struct xdv_flow_key one = key(1), two = key(2), three = key(3);
	struct xdv_flow_entry entry;
	int fd = table(state);

	put(fd, 1, 0, SECOND);
	put(fd, 2, 0, 0);
	assert_true(flowmap_remove(fd, &one, has_timeout, NULL));
	assert_false(flowmap_remove(fd, &two, has_timeout, NULL));
	assert_false(flowmap_remove(fd, &three, has_timeout, NULL));
	assert_false(has(fd, 1));
	assert_int_equal(bpf_map_lookup_elem(fd, &two, &entry), 0);
	assert_int_equal(entry.timeout, 0);
}

static void expiry_allows_for_another_processor_s_clock(void **state)
{
	struct xdv_flow_entry entry = {.seen = 10 * SECOND, .timeout = SECOND};

	(void)state;
	assert_false(flowmap_expired(&entry, 10 * SECOND));
	assert_false(flowmap_expired(&entry, 11 * SECOND));
	assert_true(flowmap_expired(&entry, 11 * SECOND + 1));
	assert_false(flowmap_expired(&entry, 9 * SECOND)); /* seen after our now */
	entry.timeout = 0;
	assert_false(flowmap_expired(&entry, 1000000 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(info_tells_the_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(walk_meets_each_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(walk_ends_where_it_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sweep_takes_what_has_expired, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sweep_of_what_stays_has_no_next, set_up, tear_down),
		cmocka_unit_test_setup_teardown(remove_leaves_what_is_another_now, set_up,
						tear_down),
		cmocka_unit_test(expiry_allows_for_another_processor_s_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
