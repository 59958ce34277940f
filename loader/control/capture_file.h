/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A pcapng file, or a pipe, that the loop writes while more is put into it. What it cannot take
 * soon enough is left out, and never waited for.
 */
#ifndef XDIVERT_CAPTURE_FILE_H
#define XDIVERT_CAPTURE_FILE_H

#include "loop.h"

#include <stdio.h>

/* Bytes that may wait to be written. */
#define CAPTURE_FILE_WAITING (1 << 20)

struct capture_file {
	struct loop *loop;
	int fd;
	FILE *next; /* in memory: what is to be written; NULL: nothing */
	char *next_bytes;
	size_t next_size;
	char *bytes; /* what is being written */
	size_t size, written;
	struct operation operation;
	bool ending, hurries;
	int err; /* of the first write that failed: a negative errno */
	/* It is closed, all is written, or `err` says why not: nothing of it is under way. */
	void (*over)(struct capture_file *file);
};

/* Takes `fd`, also on failure, and writes the head. `over` is set by the caller. */
int capture_file_open(struct capture_file *file, struct loop *loop, int fd, const char *ifname);

/* Where to put a packet; NULL: too much waits. */
FILE *capture_file_put(struct capture_file *file);
/* Begins to write what was put. */
void capture_file_write(struct capture_file *file);
/* Writes what there is, and closes it; `over` is called later. */
void capture_file_end(struct capture_file *file);
/* Behind that: what a pipe has no room for is not waited for any more: -ECANCELED. */
void capture_file_hurry(struct capture_file *file);

#endif
