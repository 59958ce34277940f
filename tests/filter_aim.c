// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "filter_aim.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* A machine for classic BPF whose tests come out as they are wanted, where that can be. */
struct aim {
	const struct filter *filter;
	struct random *random;
	uint8_t *frame;
	size_t *length, size;
	bool *fixed; /* bytes of the frame that a test has looked at */
	bool *good; /* instructions from which it may go well */
	uint32_t a, x, m[BPF_MEMWORDS];
	/* where A comes from: bytes of the frame, under a mask; 0 bytes: from somewhere else */
	size_t from, bytes;
	uint32_t mask;
};

static void find_good(struct aim *aim)
{
	const struct bpf_insn *code = aim->filter->code;

	for (size_t i = aim->filter->length; i-- > 0;) {
		if (BPF_CLASS(code[i].code) == BPF_RET)
			aim->good[i] = code[i].code == (BPF_RET | BPF_A) || code[i].k;
		else if (code[i].code == (BPF_JMP | BPF_JA))
			aim->good[i] = aim->good[i + 1 + code[i].k];
		else if (BPF_CLASS(code[i].code) == BPF_JMP)
			aim->good[i] = aim->good[i + 1 + code[i].jt] ||
				       aim->good[i + 1 + code[i].jf];
		else
			aim->good[i] = aim->good[i + 1];
	}
}

static bool load(struct aim *aim, uint64_t at, size_t bytes, uint32_t *value)
{
	if (at + bytes > aim->size)
		return false;
	if (at + bytes > *aim->length) {
		if (one_in(aim->random, 16))
			return false;
		while (*aim->length < at + bytes)
			aim->frame[(*aim->length)++] = (uint8_t)random_below(aim->random, 256);
	}
	*value = 0;
	for (size_t i = 0; i < bytes; i++)
		*value = *value << 8 | aim->frame[at + i];
	return true;
}

static bool step_load(struct aim *aim, const struct bpf_insn *insn)
{
	static const size_t sizes[] = {[BPF_W] = 4, [BPF_H] = 2, [BPF_B] = 1};
	bool is_x = BPF_CLASS(insn->code) == BPF_LDX;
	uint32_t *to = is_x ? &aim->x : &aim->a;
	uint64_t at = insn->k;

	if (!is_x)
		aim->bytes = 0;
	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		*to = insn->k;
		return true;
	case BPF_LEN:
		*to = (uint32_t)*aim->length;
		return true;
	case BPF_MEM:
		*to = aim->m[insn->k];
		return true;
	case BPF_MSH:
		if (!load(aim, at, 1, to))
			return false;
		*to = (*to & 15) * 4;
		return true;
	default:
		at += BPF_MODE(insn->code) == BPF_IND ? aim->x : 0;
		aim->from = at;
		aim->bytes = sizes[BPF_SIZE(insn->code)];
		aim->mask = UINT32_MAX >> (32 - 8 * aim->bytes);
		return load(aim, at, aim->bytes, to);
	}
}

static bool step_compute(struct aim *aim, const struct bpf_insn *insn)
{
	uint32_t by = BPF_SRC(insn->code) == BPF_X ? aim->x : insn->k, *a = &aim->a;
	bool shifts_out = by > 31;

	if (BPF_OP(insn->code) == BPF_AND)
		aim->mask &= by;
	else
		aim->bytes = 0;
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		*a += by;
		return true;
	case BPF_SUB:
		*a -= by;
		return true;
	case BPF_MUL:
		*a *= by;
		return true;
	case BPF_AND:
		*a &= by;
		return true;
	case BPF_OR:
		*a |= by;
		return true;
	case BPF_XOR:
		*a ^= by;
		return true;
	case BPF_LSH:
		*a = shifts_out ? 0 : *a << by;
		return true;
	case BPF_RSH:
		*a = shifts_out ? 0 : *a >> by;
		return true;
	case BPF_NEG:
		*a = -*a;
		return true;
	case BPF_DIV:
		*a = by ? *a / by : 0;
		return by != 0;
	default:
		*a = by ? *a % by : 0;
		return by != 0;
	}
}

static bool test(const struct bpf_insn *insn, uint32_t a, uint32_t by)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == by;
	case BPF_JGT:
		return a > by;
	case BPF_JGE:
		return a >= by;
	default:
		return a & by;
	}
}

/* A value near `by` for which the test comes out so, if there is one under the mask. */
static bool find_value(struct aim *aim, const struct bpf_insn *insn, uint32_t by, bool wanted)
{
	for (int try = 0; try < 64; try++) {
		uint32_t some = random_below(aim->random, UINT32_MAX);
		const uint32_t values[] = {by, by + 1, by - 1, by | some, some, by ^ aim->mask};
		uint32_t a = values[random_below(aim->random, 6)] & aim->mask;

		if (test(insn, a, by) == wanted) {
			aim->a = a;
			return true;
		}
	}
	return false;
}

/* Writes what a test wants where A came from, unless another one has looked at it. */
static void patch(struct aim *aim, const struct bpf_insn *insn, uint32_t by, bool wanted)
{
	uint32_t before = aim->a, value;

	for (size_t i = 0; i < aim->bytes; i++)
		if (aim->fixed[aim->from + i])
			return;
	if (!aim->bytes || test(insn, aim->a, by) == wanted || !find_value(aim, insn, by, wanted))
		return;
	value = before ^ aim->a; /* the bits to turn */
	for (size_t i = aim->bytes; i-- > 0; value >>= 8)
		aim->frame[aim->from + i] ^= (uint8_t)value;
}

static size_t jump(struct aim *aim, size_t at)
{
	const struct bpf_insn *insn = &aim->filter->code[at];
	uint32_t by = BPF_SRC(insn->code) == BPF_X ? aim->x : insn->k;
	bool yes, no;

	if (insn->code == (BPF_JMP | BPF_JA))
		return at + 1 + insn->k;
	yes = aim->good[at + 1 + insn->jt];
	no = aim->good[at + 1 + insn->jf];
	if (one_in(aim->random, 12)) /* now and then, just beside it */
		yes = no = true;
	patch(aim, insn, by, yes && no ? one_in(aim->random, 2) : yes);
	for (size_t i = 0; i < aim->bytes; i++)
		aim->fixed[aim->from + i] = true;
	return at + 1 + (test(insn, aim->a, by) ? insn->jt : insn->jf);
}

static bool step(struct aim *aim, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		return step_load(aim, insn);
	case BPF_ALU:
		return step_compute(aim, insn);
	case BPF_ST:
		aim->m[insn->k] = aim->a;
		return true;
	case BPF_STX:
		aim->m[insn->k] = aim->x;
		return true;
	default:
		if (insn->code == (BPF_MISC | BPF_TAX)) {
			aim->x = aim->a;
		} else {
			aim->a = aim->x;
			aim->bytes = 0;
		}
		return true;
	}
}

void filter_aim(const struct filter *filter, uint8_t *frame, size_t *length, size_t size,
		struct random *random)
{
	struct aim aim = {
		.filter = filter, .random = random, .frame = frame, .length = length, .size = size};
	const struct bpf_insn *code = filter->code;
	bool goes_on = true;

	aim.fixed = calloc(size, sizeof(bool));
	aim.good = calloc(filter->length, sizeof(bool));
	if (!aim.fixed || !aim.good)
		abort();
	find_good(&aim);
	for (size_t at = 0; goes_on && BPF_CLASS(code[at].code) != BPF_RET;) {
		if (BPF_CLASS(code[at].code) == BPF_JMP)
			at = jump(&aim, at);
		else
			goes_on = step(&aim, &code[at++]);
	}
	free(aim.fixed);
	free(aim.good);
}
