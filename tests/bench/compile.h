/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * C for the kernel, compiled as policies are.
 */
#ifndef XDIVERT_BENCH_COMPILE_H
#define XDIVERT_BENCH_COMPILE_H

#include <stddef.h>

extern const char bench_programs_c[];

/* The object is malloc'ed. 0, or a negative errno: -EBADMSG if clang refuses the text. */
int compile_bpf(const char *text, void **object, size_t *size);

#endif
