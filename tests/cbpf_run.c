// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cbpf_run.h"

#include <assert.h>

struct machine {
	const uint8_t *frame;
	size_t length;
	uint32_t variables[CBPF_VARIABLES];
};

static uint32_t value_of(const struct machine *machine, const struct cbpf_value *value)
{
	if (value->kind == CBPF_VARIABLE)
		return machine->variables[value->number];
	return value->kind == CBPF_LENGTH ? (uint32_t)machine->length : value->number;
}

static bool load(struct machine *machine, const struct cbpf_step *step)
{
	uint64_t at = step->value.number, number = 0;

	if (step->indexed)
		at += machine->variables[CBPF_X];
	if (at + step->size > machine->length)
		return false;
	for (size_t i = 0; i < step->size; i++)
		number = number * 256 + machine->frame[at + i];
	if (step->kind == CBPF_LOAD_HEADER)
		number = number % 16 * 4;
	machine->variables[step->variable] = (uint32_t)number;
	return true;
}

static bool compute(struct machine *machine, const struct cbpf_step *step)
{
	uint32_t *a = &machine->variables[step->variable];
	uint32_t by = step->operation == BPF_NEG ? 0 : value_of(machine, &step->value);

	switch (step->operation) {
	case BPF_ADD:
		*a += by;
		break;
	case BPF_SUB:
		*a -= by;
		break;
	case BPF_MUL:
		*a *= by;
		break;
	case BPF_AND:
		*a &= by;
		break;
	case BPF_OR:
		*a |= by;
		break;
	case BPF_XOR:
		*a ^= by;
		break;
	case BPF_NEG:
		*a = 0 - *a;
		break;
	case BPF_LSH:
		*a = by > 31 ? 0 : *a << by;
		break;
	case BPF_RSH:
		*a = by > 31 ? 0 : *a >> by;
		break;
	default:
		if (!by)
			return false;
		*a = step->operation == BPF_DIV ? *a / by : *a % by;
		break;
	}
	return true;
}

static bool run_step(struct machine *machine, const struct cbpf_step *step)
{
	switch (step->kind) {
	case CBPF_LOAD:
	case CBPF_LOAD_HEADER:
		return load(machine, step);
	case CBPF_COMPUTE:
		return compute(machine, step);
	default:
		machine->variables[step->variable] = value_of(machine, &step->value);
		return true;
	}
}

static bool test(const struct machine *machine, const struct cbpf_block *block)
{
	uint32_t a = machine->variables[CBPF_A], by = value_of(machine, &block->value);

	switch (block->operation) {
	case BPF_JEQ:
		return a == by;
	case BPF_JGT:
		return a > by;
	case BPF_JGE:
		return a >= by;
	default:
		return (a & by) != 0;
	}
}

bool cbpf_run(const struct cbpf *cbpf, const uint8_t *frame, size_t length)
{
	struct machine machine = {frame, length, {0}};
	uint32_t at = 0, next;

	for (int v = CBPF_M; v < CBPF_VARIABLES; v++)
		machine.variables[v] = 0xdeadbeef; /* that is not read, or shows */
	for (;; at = next) {
		const struct cbpf_block *block = &cbpf->blocks[at];

		for (size_t i = 0; i < block->step_count; i++)
			if (!run_step(&machine, &block->steps[i]))
				return false;
		if (block->end == CBPF_WANTED_IF_A)
			return machine.variables[CBPF_A] != 0;
		next = block->end == CBPF_TEST && !test(&machine, block) ? block->no : block->yes;
		if (next >= CBPF_WANTED)
			return next == CBPF_WANTED;
		assert(next > at && next < cbpf->block_count);
	}
}

bool cbpf_agrees(const struct cbpf *cbpf, const struct bpf_insn *code, size_t count,
		 const uint8_t *frame, size_t length)
{
	const struct bpf_program program = {(unsigned int)count, (struct bpf_insn *)code};
	const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)length,
					   .len = (bpf_u_int32)length};

	return cbpf_run(cbpf, frame, length) ==
	       (pcap_offline_filter(&program, &header, frame) != 0);
}

size_t cbpf_from_bytes(struct bpf_insn *code, size_t max, const uint8_t *bytes, size_t size)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_H | BPF_ABS,
		BPF_LD | BPF_B | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND,
		BPF_LD | BPF_H | BPF_IND,
		BPF_LD | BPF_B | BPF_IND,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_LEN,
		BPF_LDX | BPF_LEN,
		BPF_LDX | BPF_MSH | BPF_B,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_ALU | BPF_ADD,
		BPF_ALU | BPF_SUB,
		BPF_ALU | BPF_MUL,
		BPF_ALU | BPF_DIV,
		BPF_ALU | BPF_MOD,
		BPF_ALU | BPF_AND,
		BPF_ALU | BPF_OR,
		BPF_ALU | BPF_XOR,
		BPF_ALU | BPF_LSH,
		BPF_ALU | BPF_RSH,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ,
		BPF_JMP | BPF_JGT,
		BPF_JMP | BPF_JGE,
		BPF_JMP | BPF_JSET,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_JMP | BPF_JEQ | BPF_X,
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_SUB | BPF_X,
		BPF_ALU | BPF_MUL | BPF_X,
		BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_MOD | BPF_X,
		BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_OR | BPF_X,
		BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_RSH | BPF_X,
		BPF_JMP | BPF_JGT | BPF_X,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_JMP | BPF_JSET | BPF_X,
		BPF_RET | BPF_A,
		/* and what is none */ 0xffff,
	};
	size_t count = 0;

	for (; size >= CBPF_INSN_BYTES && count + 1 < max;
	     bytes += CBPF_INSN_BYTES, size -= CBPF_INSN_BYTES) {
		struct bpf_insn *insn = &code[count++];

		insn->code = codes[bytes[0] % (sizeof(codes) / sizeof(*codes))];
		insn->jt = bytes[1] & 7;
		insn->jf = bytes[2] & 7;
		/* small numbers, mostly */
		insn->k = bytes[1] & 0x80   ? (uint32_t)bytes[3] << 24 | bytes[4] << 8 | bytes[5]
			  : bytes[2] & 0x80 ? bytes[5] % 16u
					    : bytes[5];
	}
	code[count++] = (struct bpf_insn){BPF_RET | BPF_K, 0, 0, size & 1};
	return count;
}
