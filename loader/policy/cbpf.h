/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A classic BPF program, which is what libpcap makes of a filter, taken apart: blocks of steps,
 * each of which ends in a verdict, a jump or a test. Jumps lead forward only, so that the program
 * ends, and what no packet reaches is left out. emit_filter.c writes blocks as C.
 */
#ifndef XDIVERT_CBPF_H
#define XDIVERT_CBPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct bpf_insn;

/* The registers, 0 at first, and the scratch memory, which is written before it is read. */
enum cbpf_variable {
	CBPF_A,
	CBPF_X,
	CBPF_M, /* M[n] is CBPF_M + n */
	CBPF_VARIABLES = CBPF_M + 16,
};

struct cbpf_value {
	enum {
		CBPF_CONSTANT,
		CBPF_LENGTH,
		CBPF_VARIABLE
	} kind; /* length: of the frame, in bytes */
	uint32_t number; /* the constant, or the variable */
};

enum cbpf_kind {
	CBPF_LOAD, /* variable = `size` bytes at value (+ X), the most significant first */
	CBPF_LOAD_HEADER, /* variable = 4 * (the low half of the byte at value) */
	CBPF_SET, /* variable = value */
	CBPF_COMPUTE, /* variable = variable `operation` value */
};

/* A packet that has not what is loaded, and one for which X divides as 0, is not wanted. */
struct cbpf_step {
	enum cbpf_kind kind;
	enum cbpf_variable variable;
	struct cbpf_value value;
	unsigned int operation; /* BPF_ADD … BPF_XOR; BPF_NEG takes no value */
	unsigned int size; /* of LOAD: 1, 2 or 4 */
	bool indexed; /* LOAD: X is added, without wrapping around */
};

enum cbpf_end_kind {
	CBPF_GOTO, /* to `yes` */
	CBPF_TEST, /* A `operation` value: to `yes`, else to `no` */
	CBPF_WANTED_IF_A, /* the verdict is whether A is not 0 */
};

/* Where a jump leads: to a block, by its place in the list, or to a verdict. */
#define CBPF_UNWANTED UINT32_MAX
#define CBPF_WANTED   (UINT32_MAX - 1)

struct cbpf_block {
	unsigned int number; /* of its first instruction: as `tcpdump -d` has them */
	struct cbpf_step *steps;
	size_t step_count;
	enum cbpf_end_kind end;
	unsigned int operation; /* of TEST: BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET */
	struct cbpf_value value;
	uint32_t yes, no;
};

struct cbpf {
	struct cbpf_block *blocks; /* jumps lead to later ones */
	size_t block_count;
	bool used[CBPF_VARIABLES];
};

/* Bytes behind this offset are never there. */
#define CBPF_FRAME_MAX 0xffff

enum cbpf_fault {
	CBPF_SOUND,
	CBPF_INVALID, /* no program: an unknown instruction, a jump to nowhere, a value from nowhere
		       */
	CBPF_LOOPS, /* it jumps back, as `protochain` does */
	CBPF_OUTSIDE, /* it asks for what is not in the frame: where it came from, by which device
		       */
};

/* Looks at each instruction for itself. */
enum cbpf_fault cbpf_check(const struct bpf_insn *code, size_t length);

/* Takes a program apart; what it makes lives in the arena. Leaves `cbpf` alone if there is a fault.
 */
enum cbpf_fault cbpf_read(struct cbpf *cbpf, struct arena *arena, const struct bpf_insn *code,
			  size_t length);

#endif
