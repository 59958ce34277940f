/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The files that a policy consists of: its own, and those it includes. A location says in which
 * one it is.
 */
#ifndef XDIVERT_SOURCE_H
#define XDIVERT_SOURCE_H

#include "diag.h"

#include <stdint.h>
#include <sys/types.h>

struct arena;

#define INCLUDES_MAX	  1024
#define INCLUDE_DEPTH_MAX 16
#define SOURCES_SIZE_MAX  (64 << 20) /* bytes, all of them together */

struct source {
	const char *file; /* as messages name it */
	const char *text; /* zero-terminated */
	size_t size;
	struct location from; /* the statement that includes it; of no use for the first one */
	unsigned int depth; /* 0 for the first one */
	dev_t device; /* which file it is, to see */
	ino_t inode; /* that it includes itself; 0 if it is not known */
	uint32_t *lines; /* where each begins; found when it is first asked for */
	unsigned int line_count;
};

struct sources {
	struct arena *arena;
	struct source *list;
	size_t count;
	size_t size; /* of all texts */
	/* What is left of the texts that came with the policy; NULL: they are read from files. */
	const char *bundle, *bundle_end;
};

/* The file's name and text are borrowed. Returns its number. */
unsigned int source_add(struct sources *sources, const char *file, const char *text, size_t size);

/* The line that a location begins in, up to the end of the text; NULL if there is none. */
const char *source_line(const struct sources *sources, const struct location *where);

/*
 * What stands at a location, in one line: comments and runs of blanks become one blank. malloc'ed;
 * NULL if memory ran out.
 */
char *source_excerpt(const struct sources *sources, const struct location *where);

/* The name of the file that a location is in. */
const char *source_file(const struct sources *sources, const struct location *where);

/*
 * Reads what `include "NAME"` at `where` means: NAME is relative to the file that says so. Nothing
 * but 0 has added a source, the last one; else `error` says why. -ENOENT: there is no such file.
 */
#define INCLUDE_ERROR 512
int source_include(struct sources *sources, const char *name, const struct location *where,
		   char error[INCLUDE_ERROR]);

/*
 * All texts in one, to be read again without the files: the policy's, and for each that it
 * includes, in the order of reading, a zero, the file's name, a zero and the text. A policy that
 * includes nothing is its own text.
 */
void sources_write(const struct sources *sources, FILE *out);

#endif
