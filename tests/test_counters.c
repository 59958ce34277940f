// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Counters are read as their map has them: a policy that another version has loaded keeps its
 * counts when this one replaces it.
 */
#include "live/counters.h"

#include "live/privileges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT (2 * XDV_COUNTERS + 3) /* the last value is not full */

/* Counter i has i packets on the first processor, and one on each of the others. */
static int make_map(size_t of_value)
{
	size_t processors = (size_t)libbpf_num_possible_cpus();
	struct xdv_counter *values = calloc(processors * of_value, sizeof(*values));
	uint32_t entries = (uint32_t)((COUNT + of_value - 1) / of_value);
	int map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(uint32_t),
				 (uint32_t)(of_value * sizeof(*values)), entries, NULL);

	assert_true(map >= 0);
	for (uint32_t i = 0; i < entries; i++) {
		for (size_t j = 0; j < processors * of_value; j++)
			values[j] = (struct xdv_counter){
				.packets = j < of_value ? i * of_value + j : 1,
				.limited = 2,
			};
		assert_int_equal(bpf_map_update_elem(map, &i, values, BPF_ANY), 0);
	}
	free(values);
	return map;
}

static void counters_are_summed_however_many_a_value_has(void **state)
{
	static const size_t of_value[] = {1, 7, XDV_COUNTERS, 256};
	size_t processors = (size_t)libbpf_num_possible_cpus();
	struct xdv_counter counters[COUNT];
	struct xdv_error error;

	(void)state;
	if (privileges_check("lo", "make maps", &error))
		skip();
	for (size_t i = 0; i < sizeof(of_value) / sizeof(*of_value); i++) {
		int map = make_map(of_value[i]);

		assert_int_equal(counters_sum(map, counters, COUNT), 0);
		for (size_t j = 0; j < COUNT; j++) {
			assert_int_equal(counters[j].packets, j + processors - 1);
			assert_int_equal(counters[j].limited, 2 * processors);
			assert_int_equal(counters[j].bytes, 0);
		}
		close(map);
	}
}

static void map_of_something_else_is_refused(void **state)
{
	struct xdv_counter counter;
	struct xdv_error error;
	int map;

	(void)state;
	if (privileges_check("lo", "make maps", &error))
		skip();
	map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "others", sizeof(uint32_t),
			     sizeof(counter) + 8, 1, NULL);
	assert_true(map >= 0);
	assert_int_equal(counters_sum(map, &counter, 1), -EPROTO);
	close(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_summed_however_many_a_value_has),
		cmocka_unit_test(map_of_something_else_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
