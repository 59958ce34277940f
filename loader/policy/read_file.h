/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef XDIVERT_READ_FILE_H
#define XDIVERT_READ_FILE_H

#include <stddef.h>

/*
 * All of a file, "-" for standard input, in one pass, so that a pipe does. malloc'ed, with a zero
 * behind it that does not count. -EFBIG: longer than `max`.
 */
int read_file(const char *file, size_t max, char **content, size_t *size);

#endif
