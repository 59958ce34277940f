// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The groups of a policy, one by one.
 */
#include "join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct policy *read_joins(const char *joins)
{
	char text[512];
	struct policy *policy;

	snprintf(text, sizeof(text), "consumer feed { %s }\nrule all: udp => xsk feed\n", joins);
	policy = policy_from_text("test", text);
	assert_int_equal(policy->diags.errors, 0);
	return policy;
}

static const char *group_text(const struct policy *policy, size_t join, size_t number)
{
	static char text[VALUE_TEXT];
	const struct join *joins = policy->consumers[0]->joins;
	struct value group = join_group(&joins[join], number);

	return value_format(text, sizeof(text), &group, joins[join].type);
}

static void join_groups_are_counted_over_bytes(void **state)
{
	struct policy *policy = read_joins("join 233.54.12.250-233.54.13.5; join 239.1.2.3; "
					   "join ff15::ffff-ff15::1:10");
	const struct join *joins = policy->consumers[0]->joins;

	(void)state;
	assert_int_equal(join_groups(&joins[0]), 12);
	assert_int_equal(join_groups(&joins[1]), 1);
	assert_int_equal(join_groups(&joins[2]), 18);
	assert_int_equal(policy_groups(policy), 31);
	assert_string_equal(group_text(policy, 0, 0), "233.54.12.250");
	assert_string_equal(group_text(policy, 0, 5), "233.54.12.255");
	assert_string_equal(group_text(policy, 0, 6), "233.54.13.0");
	assert_string_equal(group_text(policy, 0, 11), "233.54.13.5");
	assert_string_equal(group_text(policy, 2, 1), "ff15::1:0");
	assert_string_equal(group_text(policy, 2, 17), "ff15::1:10");
	policy_free(&policy);
}

static void join_of_the_most_groups_is_not_too_much(void **state)
{
	struct policy *policy = read_joins("join 233.54.12.0/24");

	(void)state;
	assert_int_equal(policy_groups(policy), GROUPS_MAX);
	assert_string_equal(group_text(policy, 0, GROUPS_MAX - 1), "233.54.12.255");
	policy_free(&policy);
}

/* However far apart the ends are, the number says only that it is too many. */
static void join_of_too_many_groups_is_one_too_many(void **state)
{
	struct join join = {.type = TYPE_IPV6};

	(void)state;
	for (size_t i = 0; i < 15; i++) {
		memset(&join.last, 0, sizeof(join.last));
		join.last.bytes[i] = 1;
		assert_int_equal(join_groups(&join), GROUPS_MAX + 1);
	}
	memset(&join.last, 0xff, sizeof(join.last));
	assert_int_equal(join_groups(&join), GROUPS_MAX + 1);
}

static void joins_are_written_as_ranges(void **state)
{
	struct policy *policy = read_joins("join 239.1.2.3; join ff15::/127");
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	joins_write(policy->consumers[0], out);
	fclose(out);
	assert_string_equal(text, "239.1.2.3, ff15::-ff15::1");
	free(text);
	policy_free(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(join_groups_are_counted_over_bytes),
		cmocka_unit_test(join_of_the_most_groups_is_not_too_much),
		cmocka_unit_test(join_of_too_many_groups_is_one_too_many),
		cmocka_unit_test(joins_are_written_as_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
