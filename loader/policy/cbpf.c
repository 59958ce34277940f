// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cbpf.h"

#include "arena.h"

#include <pcap/pcap.h>

/* A program that is being taken apart, by the numbers of its instructions. */
struct reading {
	struct cbpf *cbpf;
	struct arena *arena;
	const struct bpf_insn *code;
	size_t length;
	bool *leads; /* a block begins here */
	uint32_t *blocks; /* the block that begins here */
};

static bool is_jump(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP;
}

static bool is_return(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_RET;
}

static bool uses_x(const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X;
}

/* Where one gets from an instruction without doing anything: to another one, or to a verdict. */
static uint32_t destination(const struct reading *reading, size_t at)
{
	const struct bpf_insn *code = reading->code;

	while (code[at].code == (BPF_JMP | BPF_JA))
		at += 1 + code[at].k;
	if (code[at].code == (BPF_RET | BPF_K))
		return code[at].k ? CBPF_WANTED : CBPF_UNWANTED;
	return (uint32_t)at;
}

static bool is_verdict(uint32_t target)
{
	return target >= CBPF_WANTED;
}

/* Marks where the ways of a block lead that begins at `at`, and gives its last instruction. */
static size_t mark_targets(struct reading *reading, size_t at)
{
	uint32_t targets[2];
	size_t count = 0;

	while (!is_jump(&reading->code[at]) && !is_return(&reading->code[at]))
		at++;
	if (is_jump(&reading->code[at])) {
		const struct bpf_insn *jump = &reading->code[at];

		if (BPF_OP(jump->code) == BPF_JA) {
			targets[count++] = destination(reading, at);
		} else {
			targets[count++] = destination(reading, at + 1 + jump->jt);
			targets[count++] = destination(reading, at + 1 + jump->jf);
		}
	}
	for (size_t i = 0; i < count; i++)
		if (!is_verdict(targets[i]))
			reading->leads[targets[i]] = true;
	return at;
}

/* Jumps lead forward: one pass finds all blocks that are reached. */
static void find_blocks(struct reading *reading)
{
	struct cbpf *cbpf = reading->cbpf;
	uint32_t start = destination(reading, 0);

	if (is_verdict(start)) /* nothing but a block that gives it */
		reading->leads[0] = true;
	else
		reading->leads[start] = true;
	for (size_t i = 0; i < reading->length; i++)
		if (reading->leads[i])
			mark_targets(reading, i);
	for (size_t i = 0; i < reading->length; i++) {
		if (!reading->leads[i])
			continue;
		reading->blocks[i] = (uint32_t)cbpf->block_count;
		arena_push(reading->arena, &cbpf->blocks, cbpf->block_count)->number =
			(unsigned int)i;
	}
}

static uint32_t block_of(const struct reading *reading, uint32_t target)
{
	return is_verdict(target) ? target : reading->blocks[target];
}

static struct cbpf_value constant(uint32_t number)
{
	return (struct cbpf_value){CBPF_CONSTANT, number};
}

static struct cbpf_value variable(uint32_t number)
{
	return (struct cbpf_value){CBPF_VARIABLE, number};
}

static struct cbpf_step load_step(const struct bpf_insn *insn)
{
	static const unsigned int sizes[] = {[BPF_W] = 4, [BPF_H] = 2, [BPF_B] = 1};
	bool is_x = BPF_CLASS(insn->code) == BPF_LDX;
	struct cbpf_step step = {.kind = CBPF_SET, .variable = is_x ? CBPF_X : CBPF_A};

	step.value = constant(insn->k);
	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		break;
	case BPF_LEN:
		step.value = (struct cbpf_value){CBPF_LENGTH, 0};
		break;
	case BPF_MEM:
		step.value = variable(CBPF_M + insn->k);
		break;
	case BPF_MSH:
		step.kind = CBPF_LOAD_HEADER;
		step.size = 1;
		break;
	default:
		step.kind = CBPF_LOAD;
		step.size = sizes[BPF_SIZE(insn->code)];
		step.indexed = BPF_MODE(insn->code) == BPF_IND;
		break;
	}
	return step;
}

static struct cbpf_step step_of(const struct bpf_insn *insn)
{
	struct cbpf_step step = {.kind = CBPF_SET};

	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load_step(insn);
	case BPF_ST:
	case BPF_STX:
		step.variable = CBPF_M + insn->k;
		step.value = variable(BPF_CLASS(insn->code) == BPF_ST ? CBPF_A : CBPF_X);
		break;
	case BPF_MISC:
		step.variable = insn->code == (BPF_MISC | BPF_TAX) ? CBPF_X : CBPF_A;
		step.value = variable(step.variable == CBPF_X ? CBPF_A : CBPF_X);
		break;
	default:
		step.kind = CBPF_COMPUTE;
		step.variable = CBPF_A;
		step.operation = BPF_OP(insn->code);
		step.value = uses_x(insn) ? variable(CBPF_X) : constant(insn->k);
		break;
	}
	return step;
}

/* No frame has it: whatever the rest of the block is, it is not reached. */
static bool never_there(const struct cbpf_step *step)
{
	return (step->kind == CBPF_LOAD || step->kind == CBPF_LOAD_HEADER) &&
	       step->value.number + step->size > CBPF_FRAME_MAX;
}

static void end_with(struct cbpf_block *block, enum cbpf_end_kind kind, uint32_t yes)
{
	block->end = kind;
	block->yes = yes;
	block->no = CBPF_UNWANTED;
}

static void read_end(const struct reading *reading, struct cbpf_block *block, size_t at)
{
	const struct bpf_insn *insn = &reading->code[at];

	if (insn->code == (BPF_RET | BPF_A)) {
		end_with(block, CBPF_WANTED_IF_A, CBPF_WANTED);
		return;
	}
	if (is_return(insn) || BPF_OP(insn->code) == BPF_JA) {
		end_with(block, CBPF_GOTO, block_of(reading, destination(reading, at)));
		return;
	}
	end_with(block, CBPF_TEST, block_of(reading, destination(reading, at + 1 + insn->jt)));
	block->no = block_of(reading, destination(reading, at + 1 + insn->jf));
	block->operation = BPF_OP(insn->code);
	block->value = uses_x(insn) ? variable(CBPF_X) : constant(insn->k);
	if (block->yes == block->no)
		end_with(block, CBPF_GOTO, block->yes);
}

static void read_block(const struct reading *reading, struct cbpf_block *block)
{
	for (size_t at = block->number;; at++) {
		const struct bpf_insn *insn = &reading->code[at];
		struct cbpf_step step;

		if (is_jump(insn) || is_return(insn)) {
			read_end(reading, block, at);
			return;
		}
		step = step_of(insn);
		if (never_there(&step)) {
			end_with(block, CBPF_GOTO, CBPF_UNWANTED);
			return;
		}
		*arena_push(reading->arena, &block->steps, block->step_count) = step;
		if (reading->leads[at + 1]) { /* another way leads to what follows */
			end_with(block, CBPF_GOTO, reading->blocks[at + 1]);
			return;
		}
	}
}

static void reads(bool *live, const struct cbpf_value *value, bool *used)
{
	if (value->kind == CBPF_VARIABLE)
		live[value->number] = used[value->number] = true;
}

/* From what is read behind a step to what is read from it on. */
static void step_backwards(struct cbpf *cbpf, bool *live, const struct cbpf_step *step)
{
	cbpf->used[step->variable] = true;
	live[step->variable] = step->kind == CBPF_COMPUTE;
	if (step->kind != CBPF_COMPUTE || step->operation != BPF_NEG)
		reads(live, &step->value, cbpf->used);
	if (step->indexed)
		live[CBPF_X] = cbpf->used[CBPF_X] = true;
}

/*
 * Jumps lead forward: backwards, each block comes behind all that it leads to. False if scratch
 * memory is read that was not written.
 */
static bool find_uses(struct cbpf *cbpf, struct arena *arena)
{
	bool(*live)[CBPF_VARIABLES] = arena_alloc(arena, cbpf->block_count * sizeof(*live));

	for (size_t i = cbpf->block_count; i-- > 0;) {
		const struct cbpf_block *block = &cbpf->blocks[i];

		for (int v = 0; v < CBPF_VARIABLES; v++)
			live[i][v] = (!is_verdict(block->yes) && live[block->yes][v]) ||
				     (!is_verdict(block->no) && live[block->no][v]);
		if (block->end != CBPF_GOTO)
			live[i][CBPF_A] = cbpf->used[CBPF_A] = true;
		if (block->end == CBPF_TEST)
			reads(live[i], &block->value, cbpf->used);
		for (size_t j = block->step_count; j-- > 0;)
			step_backwards(cbpf, live[i], &block->steps[j]);
	}
	for (int v = CBPF_M; v < CBPF_VARIABLES; v++)
		if (live[0][v])
			return false;
	return true;
}

/* Blocks behind a load that never succeeds are not reached after all. */
static void drop_unreached(struct cbpf *cbpf, struct arena *arena)
{
	uint32_t *moved = arena_alloc(arena, cbpf->block_count * sizeof(*moved));
	bool *reached = arena_alloc(arena, cbpf->block_count * sizeof(*reached));
	size_t kept = 0;

	reached[0] = true;
	for (size_t i = 0; i < cbpf->block_count; i++) {
		struct cbpf_block *block = &cbpf->blocks[i];

		if (!reached[i])
			continue;
		if (!is_verdict(block->yes))
			reached[block->yes] = true;
		if (!is_verdict(block->no))
			reached[block->no] = true;
		moved[i] = (uint32_t)kept;
		cbpf->blocks[kept++] = *block;
	}
	cbpf->block_count = kept;
	for (size_t i = 0; i < kept; i++) {
		struct cbpf_block *block = &cbpf->blocks[i];

		if (!is_verdict(block->yes))
			block->yes = moved[block->yes];
		if (!is_verdict(block->no))
			block->no = moved[block->no];
	}
}

enum cbpf_fault cbpf_read(struct cbpf *out, struct arena *arena, const struct bpf_insn *code,
			  size_t length)
{
	enum cbpf_fault fault = cbpf_check(code, length);
	struct cbpf cbpf = {0};
	struct reading reading = {&cbpf, arena, code, length, NULL, NULL};

	if (fault)
		return fault;
	reading.leads = arena_alloc(arena, length * sizeof(*reading.leads));
	reading.blocks = arena_alloc(arena, length * sizeof(*reading.blocks));
	find_blocks(&reading);
	for (size_t i = 0; i < cbpf.block_count; i++)
		read_block(&reading, &cbpf.blocks[i]);
	drop_unreached(&cbpf, arena);
	if (!find_uses(&cbpf, arena))
		return CBPF_INVALID;
	*out = cbpf;
	return CBPF_SOUND;
}
