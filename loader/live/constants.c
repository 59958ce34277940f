// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "constants.h"

#include "bpf/abi.h"
#include "build.h"
#include "kernel.h"
#include "variables.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of the kernel's tick, in nanoseconds: the step of the clocks that it counts. */
static uint64_t tick(void)
{
	struct timespec step = {.tv_nsec = 1000000};

	clock_getres(CLOCK_MONOTONIC_COARSE, &step);
	return (uint64_t)step.tv_nsec;
}

/* For programs that measure how long a consumer has not answered. */
static int set_tick(struct bpf_object *bpf, struct xdv_error *error)
{
	uint64_t length = tick();

	return variable_exists(bpf, "xdv_tick")
		       ? variable_set(bpf, "xdv_tick", &length, sizeof(length), error)
		       : 0;
}

/* For programs that spread flows over several sockets of a queue. */
static int set_queues(struct bpf_object *bpf, uint32_t queues, struct xdv_error *error)
{
	return queues && variable_exists(bpf, "xdv_queues")
		       ? variable_set(bpf, "xdv_queues", &queues, sizeof(queues), error)
		       : 0;
}

/* Which load of which policy this is; the object may have been compiled for another like it. */
static int set_identity(struct bpf_object *bpf, const struct policy *policy, uint32_t generation,
			struct xdv_error *error)
{
	const char *name = build_policy_name(policy);
	size_t length = strnlen(name, BUILD_METADATA_SIZE - 1);
	char hash[POLICY_HASH_TEXT];
	int err;

	err = variable_set(bpf, "xdv_generation", &generation, sizeof(generation), error);
	if (!err)
		err = variable_set(bpf, "bpf_metadata_policy", name, length, error);
	if (!err)
		err = variable_set(bpf, "bpf_metadata_hash", policy_hash(policy, hash),
				   sizeof(hash), error);
	return err;
}

/* What a program that is not on trial does without is not made. */
static int set_trial(struct bpf_object *bpf, bool trial, struct xdv_error *error)
{
	static const char *const maps[] = {"trial_end", "before"};
	uint32_t on = 1;

	if (trial)
		return variable_set(bpf, "xdv_on_trial", &on, sizeof(on), error);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(bpf, maps[i]);

		if (map) /* not in an object of an older version */
			bpf_map__set_autocreate(map, false);
	}
	return 0;
}

/* Frames in several buffers: for the kernel, and for the header walk, which asks for the rest. */
int buffers_set(struct bpf_object *bpf, bool buffers, struct xdv_error *error)
{
	struct bpf_program *main = bpf_object__find_program_by_name(bpf, XDV_PROGRAM_NAME);
	bool one;
	int err;

	if (!buffers)
		return 0;
	one = !kernel_sockets_take_buffers();
	err = variable_set(bpf, "xdv_buffers", &buffers, sizeof(buffers), error);
	if (!err)
		err = variable_set(bpf, "xdv_one_buffer_sockets", &one, sizeof(one), error);
	return err ? err
		   : bpf_program__set_flags(main, bpf_program__flags(main) | BPF_F_XDP_HAS_FRAGS);
}

/*
 * A program that is not on trial never comes to its tail call. Where one stands all the same, Linux
 * 6.12 and later hold that the program changes packet data, and libxdp's dispatcher, of which they
 * know that it changes none, can't take it.
 */
int tail_calls_drop(struct bpf_object *bpf)
{
	struct bpf_program *program = bpf_object__find_program_by_name(bpf, XDV_PROGRAM_NAME);
	size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *instructions = calloc(count, sizeof(*instructions));
	int err;

	if (!instructions)
		return -ENOMEM;
	memcpy(instructions, bpf_program__insns(program), count * sizeof(*instructions));
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn *at = &instructions[i];

		if (at->code == (BPF_JMP | BPF_CALL) && !at->src_reg &&
		    at->imm == BPF_FUNC_tail_call)
			*at = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K}; /* r0 = 0 */
	}
	err = bpf_program__set_insns(program, instructions, count);
	free(instructions);
	return err;
}

int constants_set(struct bpf_object *bpf, const struct policy *policy,
		  const struct object_options *options, struct xdv_error *error)
{
	int err = set_identity(bpf, policy, options->generation, error);

	if (!err)
		err = set_tick(bpf, error);
	if (!err)
		err = set_queues(bpf, options->queues, error);
	if (!err)
		err = set_trial(bpf, options->trial, error);
	return err ? err : buffers_set(bpf, options->buffers, error);
}
