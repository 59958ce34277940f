// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Filters of libpcap's as C: a function each, with the registers of classic BPF as its variables.
 * Labels have the numbers that `tcpdump -d` gives to instructions.
 */
#include "emit.h"

#include "arena.h"
#include "cbpf.h"

#include <pcap/pcap.h>

struct writer {
	const struct cbpf *cbpf;
	FILE *out;
};

static void write_variable(const struct writer *writer, uint32_t variable)
{
	if (variable == CBPF_A || variable == CBPF_X)
		fputc(variable == CBPF_A ? 'a' : 'x', writer->out);
	else
		fprintf(writer->out, "m%u", variable - CBPF_M);
}

/* In decimal what may be a length or a protocol, in hexadecimal Ethernet types and addresses. */
static void write_value(const struct writer *writer, const struct cbpf_value *value, bool bits)
{
	if (value->kind == CBPF_VARIABLE)
		write_variable(writer, value->number);
	else if (value->kind == CBPF_LENGTH)
		fputs("xdv_frame_bytes(ctx)", writer->out);
	else
		fprintf(writer->out, bits || value->number >= 0x600 ? "0x%x" : "%u", value->number);
}

/* "xdv_load_half(ctx, x + 14, &a)" */
static void write_load(const struct writer *writer, const struct cbpf_step *step)
{
	static const char *const sizes[] = {[1] = "byte", [2] = "half", [4] = "word"};

	fprintf(writer->out, "xdv_load_%s(ctx, ",
		step->kind == CBPF_LOAD ? sizes[step->size] : "header");
	if (step->indexed)
		fputs(step->value.number ? "x + " : "x", writer->out);
	if (!step->indexed || step->value.number)
		fprintf(writer->out, "%u", step->value.number);
	fputs(", &", writer->out);
	write_variable(writer, step->variable);
	fputs(")", writer->out);
}

static void write_compute(const struct writer *writer, const struct cbpf_step *step)
{
	static const struct {
		unsigned int operation;
		const char *sign;
	} signs[] = {
		{BPF_ADD, "+"}, {BPF_SUB, "-"}, {BPF_MUL, "*"}, {BPF_DIV, "/"},	 {BPF_MOD, "%"},
		{BPF_AND, "&"}, {BPF_OR, "|"},	{BPF_XOR, "^"}, {BPF_LSH, "<<"}, {BPF_RSH, ">>"},
	};
	bool by_x = step->value.kind == CBPF_VARIABLE;
	bool bits = step->operation == BPF_AND || step->operation == BPF_OR ||
		    step->operation == BPF_XOR;
	size_t i = 0;

	if (step->operation == BPF_NEG) {
		fputs("\ta = -a;\n", writer->out);
		return;
	}
	while (signs[i].operation != step->operation)
		i++;
	if (by_x && (step->operation == BPF_DIV || step->operation == BPF_MOD))
		fputs("\tif (!x)\n\t\treturn 0;\n", writer->out);
	if (by_x && (step->operation == BPF_LSH || step->operation == BPF_RSH)) {
		fprintf(writer->out, "\ta = x < 32 ? a %s x : 0;\n", signs[i].sign);
		return;
	}
	fprintf(writer->out, "\ta %s= ", signs[i].sign);
	write_value(writer, &step->value, bits);
	fputs(";\n", writer->out);
}

static bool is_load(const struct cbpf_step *step)
{
	return step->kind == CBPF_LOAD || step->kind == CBPF_LOAD_HEADER;
}

static void write_step(const struct writer *writer, const struct cbpf_step *step)
{
	if (is_load(step)) {
		fputs("\tif (!", writer->out);
		write_load(writer, step);
		fputs(")\n\t\treturn 0;\n", writer->out);
	} else if (step->kind == CBPF_COMPUTE) {
		write_compute(writer, step);
	} else {
		fputs("\t", writer->out);
		write_variable(writer, step->variable);
		fputs(" = ", writer->out);
		write_value(writer, &step->value, false);
		fputs(";\n", writer->out);
	}
}

/* "a == 6", or its opposite */
static void write_test(const struct writer *writer, const struct cbpf_block *block, bool negated)
{
	const char *sign = negated ? "!=" : "==";

	if (block->operation == BPF_JSET) {
		fputs("(a & ", writer->out);
		write_value(writer, &block->value, true);
		fputs(negated ? ") == 0" : ") != 0", writer->out);
		return;
	}
	if (block->operation == BPF_JGT)
		sign = negated ? "<=" : ">";
	else if (block->operation == BPF_JGE)
		sign = negated ? "<" : ">=";
	fprintf(writer->out, "a %s ", sign);
	write_value(writer, &block->value, false);
}

static void write_way(const struct writer *writer, uint32_t target)
{
	if (target >= CBPF_WANTED)
		fprintf(writer->out, "return %d;\n", target == CBPF_WANTED);
	else
		fprintf(writer->out, "goto at_%u;\n", writer->cbpf->blocks[target].number);
}

/* The last load of a block, if a frame without it and one that fails the test go the same way. */
static const struct cbpf_step *load_of_test(const struct cbpf_block *block)
{
	if (block->end != CBPF_TEST || !block->step_count ||
	    (block->yes != CBPF_UNWANTED && block->no != CBPF_UNWANTED))
		return NULL;
	return is_load(&block->steps[block->step_count - 1]) ? &block->steps[block->step_count - 1]
							     : NULL;
}

static void write_verdict(const struct writer *writer, const struct cbpf_block *block,
			  const struct cbpf_step *load)
{
	fputs("\treturn ", writer->out);
	if (load) {
		write_load(writer, load);
		fputs(" && ", writer->out);
	}
	write_test(writer, block, block->no == CBPF_WANTED);
	fputs(";\n", writer->out);
}

/* What comes next in the text needs no `goto`. */
static void write_branch(const struct writer *writer, uint32_t number, const struct cbpf_step *load)
{
	const struct cbpf_block *block = &writer->cbpf->blocks[number];
	bool negated = block->yes == number + 1 || block->no == CBPF_UNWANTED;
	uint32_t other = negated ? block->yes : block->no;

	fputs("\tif (", writer->out);
	if (load) {
		fputs("!", writer->out);
		write_load(writer, load);
		fputs(" || ", writer->out);
	}
	write_test(writer, block, negated);
	fputs(")\n\t\t", writer->out);
	write_way(writer, negated ? block->no : block->yes);
	if (other != number + 1) {
		fputs("\t", writer->out);
		write_way(writer, other);
	}
}

static void write_end(const struct writer *writer, uint32_t number, const struct cbpf_step *load)
{
	const struct cbpf_block *block = &writer->cbpf->blocks[number];

	switch (block->end) {
	case CBPF_GOTO:
		if (block->yes == number + 1)
			break;
		fputs("\t", writer->out);
		write_way(writer, block->yes);
		break;
	case CBPF_TEST:
		if (block->yes >= CBPF_WANTED && block->no >= CBPF_WANTED)
			write_verdict(writer, block, load);
		else
			write_branch(writer, number, load);
		break;
	case CBPF_WANTED_IF_A:
		fputs("\treturn a != 0;\n", writer->out);
		break;
	}
}

/*
 * Those that are used. Registers are 0 even where that says nothing: a value that is none at all,
 * because its load has failed, is one to clang that may be computed with, but not to the verifier.
 */
static void write_variables(const struct writer *writer)
{
	const struct cbpf *cbpf = writer->cbpf;
	const char *between = "\t__u32 ";

	if (cbpf->used[CBPF_X])
		fputs("\t__u64 x = 0;\n", writer->out);
	for (uint32_t v = 0; v < CBPF_VARIABLES; v++) {
		if (v == CBPF_X || !cbpf->used[v])
			continue;
		fputs(between, writer->out);
		write_variable(writer, v);
		fputs(v == CBPF_A ? " = 0" : "", writer->out);
		between = ", ";
	}
	fputs(*between == ',' ? ";\n\n" : "\n", writer->out);
}

/* Some other block than the one in front leads there. */
static bool needs_label(const struct cbpf *cbpf, uint32_t number)
{
	for (uint32_t i = 0; i < number; i++) {
		const struct cbpf_block *block = &cbpf->blocks[i];

		if (i + 1 < number && (block->yes == number || block->no == number))
			return true;
	}
	return false;
}

static void write_filter(const struct writer *writer)
{
	const struct cbpf *cbpf = writer->cbpf;

	for (uint32_t i = 0; i < cbpf->block_count; i++) {
		const struct cbpf_block *block = &cbpf->blocks[i];
		const struct cbpf_step *load = load_of_test(block);

		if (needs_label(cbpf, i))
			fprintf(writer->out, "at_%u:\n", block->number);
		for (size_t j = 0; j < block->step_count - (load ? 1 : 0); j++)
			write_step(writer, &block->steps[j]);
		write_end(writer, i, load);
	}
}

void emit_filter_name(const struct plan *plan, const struct filter *filter, FILE *out)
{
	fprintf(out, "pcap_%zu", filter - plan->policy->filters + 1);
}

/*
 * Global functions, which the kernel's verifier goes through once and for all, whatever is known
 * of a packet where they are called. They are weak so that clang does not look into them: it would
 * find arguments that are not used, and pass what is none.
 */
void emit_filters(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	for (size_t i = 0; i < policy->filter_count; i++) {
		const struct filter *filter = &policy->filters[i];
		struct arena *arena;
		struct cbpf cbpf;
		struct writer writer = {&cbpf, out};

		if (!plan_asks_filter(plan, filter))
			continue;
		arena = arena_new();
		if (cbpf_read(&cbpf, arena, filter->code, filter->length) == CBPF_SOUND) {
			fprintf(out, "/* %s */\n__weak int ", filter->text);
			emit_filter_name(plan, filter, out);
			fputs("(struct xdp_md *ctx)\n{\n", out);
			write_variables(&writer);
			write_filter(&writer);
			fputs("}\n\n", out);
		}
		arena_free(&arena);
	}
}
