// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Classic BPF taken apart gives the verdicts that libpcap gives, or is refused.
 */
#include "arena.h"
#include "cbpf_run.h"
#include "filter_generator.h"
#include "filter_property.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAMS 100000
#define FILTERS	 5000

static enum cbpf_fault fault_of(const struct bpf_insn *code, size_t count)
{
	struct arena *arena = arena_new();
	struct cbpf cbpf;
	enum cbpf_fault fault = cbpf_read(&cbpf, arena, code, count);

	arena_free(&arena);
	return fault;
}

#define FAULT_OF(...)                                                                              \
	fault_of((const struct bpf_insn[]){__VA_ARGS__},                                           \
		 sizeof((const struct bpf_insn[]){__VA_ARGS__}) / sizeof(struct bpf_insn))

#define WANTED BPF_STMT(BPF_RET | BPF_K, 1)

static void cbpf_what_is_no_program_is_refused(void **state)
{
	(void)state;
	assert_int_equal(fault_of(NULL, 0), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_LD | BPF_IMM, 1)), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(0xffff, 1), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_JUMP(BPF_JMP | BPF_JEQ, 1, 1, 0), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_JUMP(BPF_JMP | BPF_JEQ, 1, 0, 1), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_JMP | BPF_JA, 1), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_ALU | BPF_DIV, 0), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_ALU | BPF_MOD, 0), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_ALU | BPF_LSH, 32), WANTED), CBPF_INVALID);
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_ST, 16), WANTED), CBPF_INVALID);
	/* read, and never written */
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_LD | BPF_MEM, 3), BPF_STMT(BPF_RET | BPF_A, 0)),
			 CBPF_INVALID);
}

static void cbpf_jumps_back_are_told(void **state)
{
	(void)state;
	assert_int_equal(FAULT_OF(BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)-1), WANTED), CBPF_LOOPS);
}

static void cbpf_what_is_not_in_the_frame_is_told(void **state)
{
	(void)state;
	/* on Linux: the type of the packet, as `inbound` asks for it */
	assert_int_equal(
		FAULT_OF(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)-0x1000 + 4), WANTED),
		CBPF_OUTSIDE);
}

static void cbpf_what_no_frame_reaches_is_left_out(void **state)
{
	const struct bpf_insn code[] = {
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_MEM, 3), /* nobody comes here */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ, 1, 1, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 65532), /* no frame is as long */
		BPF_STMT(BPF_RET | BPF_K, 9),
	};
	struct arena *arena = arena_new();
	struct cbpf cbpf;

	(void)state;
	assert_int_equal(cbpf_read(&cbpf, arena, code, 6), CBPF_SOUND);
	assert_int_equal(cbpf.block_count, 2);
	assert_int_equal(cbpf.blocks[0].number, 2);
	assert_int_equal(cbpf.blocks[0].yes, CBPF_WANTED);
	assert_int_equal(cbpf.blocks[0].no, 1);
	assert_int_equal(cbpf.blocks[1].step_count, 0);
	assert_int_equal(cbpf.blocks[1].yes, CBPF_UNWANTED);
	assert_true(cbpf.used[CBPF_A]);
	assert_false(cbpf.used[CBPF_X]);
	arena_free(&arena);
}

/* 0 to 63 bytes of anything. */
static size_t random_frame(struct random *random, uint8_t frame[64])
{
	size_t length = random_below(random, 64);

	for (size_t i = 0; i < length; i++)
		frame[i] = (uint8_t)random_below(random, 256);
	return length;
}

static void cbpf_random_programs_give_the_same_verdicts(void **state)
{
	struct random random = {20260101};
	size_t sound = 0;

	(void)state;
	for (size_t i = 0; i < PROGRAMS; i++) {
		uint8_t bytes[40 * CBPF_INSN_BYTES], frame[64];
		struct bpf_insn code[42];
		size_t size = (1 + random_below(&random, 40)) * CBPF_INSN_BYTES - i % 2;
		size_t length = random_frame(&random, frame);

		for (size_t j = 0; j < size; j++)
			bytes[j] = (uint8_t)random_below(&random, 256);
		sound += filter_property_program(code, cbpf_from_bytes(code, 42, bytes, size),
						 frame, length);
	}
	print_message("# %zu of %d programs are sound\n", sound, PROGRAMS);
	assert_true(sound > PROGRAMS / 20);
}

static void cbpf_random_filters_give_the_same_verdicts(void **state)
{
	struct random random = {20260102};
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < FILTERS; i++) {
		char text[FILTER_RANDOM_TEXT];
		uint8_t frame[64];
		size_t length = random_frame(&random, frame);

		filter_random(&random, text);
		taken += filter_property_text(text, frame, length);
	}
	print_message("# %zu of %d filters are taken\n", taken, FILTERS);
	assert_true(taken > FILTERS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cbpf_what_is_no_program_is_refused),
		cmocka_unit_test(cbpf_jumps_back_are_told),
		cmocka_unit_test(cbpf_what_is_not_in_the_frame_is_told),
		cmocka_unit_test(cbpf_what_no_frame_reaches_is_left_out),
		cmocka_unit_test(cbpf_random_programs_give_the_same_verdicts),
		cmocka_unit_test(cbpf_random_filters_give_the_same_verdicts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
