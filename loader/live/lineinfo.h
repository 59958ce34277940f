/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * From an instruction of a program to the line of source that it was compiled from.
 */
#ifndef XDIVERT_LINEINFO_H
#define XDIVERT_LINEINFO_H

#include <stddef.h>

/*
 * The line of `file` that instruction `insn` of the program XDV_PROGRAM_NAME comes from; 0 if it
 * comes from another file, or the object (an ELF file in memory) does not say.
 */
unsigned int lineinfo_line(const void *object, size_t size, const char *file, unsigned int insn);

#endif
