/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Directories and files of the live state, in bpffs and in /run alike.
 */
#ifndef XDIVERT_FILES_H
#define XDIVERT_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* Makes the directory and those above it; an existing one keeps its mode. */
int directory_make(const char *path, mode_t mode);

/* Removes the file or directory and all beneath; nothing there is no error. */
int tree_remove(const char *path);

/* Removes the directory, and those above it as far as they are empty, at most `levels`. */
void directory_remove_empty(const char *path, unsigned int levels);

/* The file has either its old content or all of the new, whatever happens meanwhile. */
int file_write(const char *path, const void *data, size_t size);

/* The whole file and a zero behind it, malloc'ed; "-" is standard input. */
int file_read(const char *path, char **data, size_t *size);

#endif
