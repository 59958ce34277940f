// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is a program of classic BPF, and one that a frame can answer.
 */
#include "cbpf.h"

#include <pcap/pcap.h>

/* Offsets from here on are, to the Linux kernel, names of what is not in the frame. */
#define OUTSIDE 0x80000000u

static enum cbpf_fault jump_fault(const struct bpf_insn *insn, size_t left)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JA: /* a distance of 32 bits, that wraps around */
		if (insn->k >= OUTSIDE)
			return CBPF_LOOPS;
		return insn->code == (BPF_JMP | BPF_JA) && insn->k < left ? CBPF_SOUND
									  : CBPF_INVALID;
	case BPF_JEQ:
	case BPF_JGT:
	case BPF_JGE:
	case BPF_JSET:
		return insn->jt < left && insn->jf < left ? CBPF_SOUND : CBPF_INVALID;
	default:
		return CBPF_INVALID;
	}
}

static enum cbpf_fault compute_fault(const struct bpf_insn *insn)
{
	bool constant = BPF_SRC(insn->code) == BPF_K;

	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		return CBPF_SOUND;
	case BPF_DIV:
	case BPF_MOD:
		return constant && !insn->k ? CBPF_INVALID : CBPF_SOUND;
	case BPF_LSH:
	case BPF_RSH:
		return constant && insn->k > 31 ? CBPF_INVALID : CBPF_SOUND;
	case BPF_NEG:
		return insn->code == (BPF_ALU | BPF_NEG) ? CBPF_SOUND : CBPF_INVALID;
	default:
		return CBPF_INVALID;
	}
}

/* Each instruction of its own: `left` follow it. */
static enum cbpf_fault insn_fault(const struct bpf_insn *insn, size_t left)
{
	switch (insn->code) {
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
		return CBPF_SOUND;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return insn->k < BPF_MEMWORDS ? CBPF_SOUND : CBPF_INVALID;
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
	case BPF_LDX | BPF_B | BPF_MSH:
		return insn->k < OUTSIDE ? CBPF_SOUND : CBPF_OUTSIDE;
	default:
		break;
	}
	if (BPF_CLASS(insn->code) == BPF_JMP)
		return jump_fault(insn, left);
	return BPF_CLASS(insn->code) == BPF_ALU ? compute_fault(insn) : CBPF_INVALID;
}

enum cbpf_fault cbpf_check(const struct bpf_insn *code, size_t length)
{
	if (!length || BPF_CLASS(code[length - 1].code) != BPF_RET)
		return CBPF_INVALID;
	for (size_t i = 0; i < length; i++) {
		enum cbpf_fault fault = insn_fault(&code[i], length - i - 1);

		if (fault)
			return fault;
	}
	return CBPF_SOUND;
}
