/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Programs that the benchmark compiles when it runs, as it does policies. */
	.section .rodata
#define TEXT(symbol, file)						\
	.globl	symbol;							\
	.hidden	symbol;							\
symbol:	.incbin	file;							\
	.byte	0

TEXT(bench_programs_c, "tests/bench/programs.bpf.c")
TEXT(bench_abi_h, "tests/bench/bench_abi.h")

	.section .note.GNU-stack, "", @progbits
