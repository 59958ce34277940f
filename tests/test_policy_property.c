// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Random policies in all of the language, from their text to their program in the kernel, judged by
 * the evaluator. `make fuzz` runs it for longer:
 *
 *   test_policy_property FIRST SECONDS [DIRECTORY]
 *
 * policies from that number on, with a thousand packets each, for so long; the directory is for
 * those that the kernel finds too large.
 */
#include "differential.h"
#include "policy_property.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define POLICIES	   12
#define PACKETS		   300
#define PACKETS_OF_FUZZING 1000

/* With less, the run means nothing. */
#define LEAST_PLANNED_PERCENT  70
#define LEAST_MET_PERCENT      40
#define MOST_TOO_LARGE_PERCENT 2

static uint64_t first = 20260101;
static time_t seconds;
static const char *directory;

static void print_tally(const struct policy_tally *tally)
{
	printf("# %zu policies: %zu without a plan, %zu too large for the kernel, %zu missed; "
	       "%zu of %zu rules met, by %zu packets\n",
	       tally->policies, tally->unplanned, tally->too_large, tally->missed, tally->met,
	       tally->rules, tally->packets);
	fflush(stdout);
}

static void random_policies_agree(void **state)
{
	struct policy_tally tally = {0};
	time_t end = time(NULL) + seconds;

	(void)state;
	for (uint64_t i = 0; seconds ? time(NULL) < end : i < POLICIES; i++) {
		policy_property(&tally, first + i, seconds ? PACKETS_OF_FUZZING : PACKETS,
				directory);
		if (i % 100 == 99)
			print_tally(&tally);
	}
	print_tally(&tally);
	assert_int_equal(tally.missed, 0);
	if (seconds && tally.policies < 100) /* too few to speak of percents */
		return;
	assert_true((tally.policies - tally.unplanned) * 100 >=
		    tally.policies * LEAST_PLANNED_PERCENT);
	assert_true(tally.met * 100 >= tally.rules * LEAST_MET_PERCENT);
	assert_true(tally.too_large * 100 <= tally.policies * MOST_TOO_LARGE_PERCENT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_policies_agree)};

	if (argc > 1)
		first = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		seconds = strtol(argv[2], NULL, 0);
	if (argc > 3)
		directory = argv[3];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!differential_begin())
		return 0;
	return cmocka_run_group_tests_name("policy_property", tests, NULL, NULL);
}
