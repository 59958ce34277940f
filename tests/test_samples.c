// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Samples that somebody reads, or nobody. Which packets they are of: test_differential. */
#include "live/object.h"
#include "live/privileges.h"
#include "live/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>

#define MORE_THAN_FIT 10000

struct fixture {
	struct program *program;
	struct object *object;
	struct samples *samples;
	uint64_t handed_out;
	int answer; /* of the handler */
};

static int count(void *context, const struct xdv_sample *sample)
{
	struct fixture *f = context;

	assert_int_equal(sample->rule, 0);
	assert_int_equal(sample->generation, 7);
	f->handed_out++;
	return f->answer;
}

static int set_up(void **state)
{
	static struct fixture f;
	struct object_options options = {.generation = 7};
	struct xdv_error error;
	struct policy *policy = policy_from_text("test.policy", "default sample 1/1 pass\n");

	f = (struct fixture){0};
	assert_int_equal(program_build(&f.program, policy, NULL, &error), 0);
	assert_int_equal(object_load(&f.object, f.program, &options, &error), 0);
	assert_int_equal(samples_open(&f.samples, object_map_fd(f.object, "samples"),
				      object_map_fd(f.object, "rule_samplers"), count, &f),
			 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	samples_close(&f->samples);
	object_close(&f->object);
	program_free(&f->program);
	return 0;
}

static void packets(const struct fixture *f, size_t n)
{
	static const uint8_t frame[64];
	uint32_t action;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(object_run(f->object, frame, sizeof(frame), NULL, &action), 0);
}

static void samples_are_handed_out_once(void **state)
{
	struct fixture *f = *state;

	packets(f, 3);
	assert_int_equal(samples_read(f->samples, 0), 3);
	assert_int_equal(f->handed_out, 3);
	assert_int_equal(samples_read(f->samples, 0), 0);
	assert_int_equal(f->handed_out, 3);
}

static void samples_descriptor_is_readable_when_there_are_some(void **state)
{
	struct fixture *f = *state;
	struct pollfd poll_on = {.fd = samples_fd(f->samples), .events = POLLIN};

	assert_int_equal(poll(&poll_on, 1, 0), 0);
	packets(f, 1);
	assert_int_equal(poll(&poll_on, 1, 1000), 1);
	assert_int_equal(samples_read(f->samples, 0), 1);
}

static void samples_that_nobody_reads_are_counted(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;
	int left;

	packets(f, MORE_THAN_FIT);
	assert_int_equal(samples_lost(f->samples, &lost), 0);
	assert_true(lost > 0);
	left = samples_read(f->samples, 0);
	assert_true(left > 5000);
	assert_true((unsigned int)left <= samples_room(f->samples));
	assert_int_equal((uint64_t)left + lost, MORE_THAN_FIT);
	packets(f, 1);
	assert_int_equal(samples_read(f->samples, 0), 1);
}

static void samples_handler_ends_the_reading(void **state)
{
	struct fixture *f = *state;

	packets(f, 3);
	f->answer = -ECANCELED;
	assert_int_equal(samples_read(f->samples, 0), -ECANCELED);
	assert_int_equal(f->handed_out, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(samples_are_handed_out_once),
		TEST(samples_descriptor_is_readable_when_there_are_some),
		TEST(samples_that_nobody_reads_are_counted),
		TEST(samples_handler_ends_the_reading),
	};
	struct xdv_error error;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (privileges_check("samples", "run a program", &error)) {
		printf("1..1\nok 1 - samples # SKIP %s\n", error.message);
		return 0;
	}
	return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
