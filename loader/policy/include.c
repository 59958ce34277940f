// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Finds and reads the files that a policy includes.
 */
#include "arena.h"
#include "read_file.h"
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int refuse(char error[INCLUDE_ERROR], int err, const char *file, const char *why)
{
	snprintf(error, INCLUDE_ERROR, "`%.400s` can't be included: %s", file, why);
	return err;
}

/* A relative name is one beside the file that includes it. */
static char *beside(struct arena *arena, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');

	if (*name == '/' || !slash)
		return arena_strndup(arena, name, strlen(name));
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, name);
}

/* Whether the file is one of those through which the include was reached. */
static bool is_around(const struct sources *sources, const struct location *where,
		      const struct stat *file)
{
	const struct source *source = &sources->list[where->source];

	for (;; source = &sources->list[source->from.source]) {
		if (source->inode == file->st_ino && source->device == file->st_dev)
			return true;
		if (!source->depth)
			return false;
	}
}

/* From what came with the policy: in the order in which it was written. */
static int from_bundle(struct sources *sources, char error[INCLUDE_ERROR])
{
	const char *file = sources->bundle, *text, *end;

	text = memchr(file, 0, (size_t)(sources->bundle_end - file));
	if (!text)
		return refuse(error, -EINVAL, file, "it did not come with the policy");
	text++;
	end = memchr(text, 0, (size_t)(sources->bundle_end - text));
	if (!end)
		end = sources->bundle_end;
	source_add(sources, arena_strndup(sources->arena, file, (size_t)(text - 1 - file)),
		   arena_strndup(sources->arena, text, (size_t)(end - text)), (size_t)(end - text));
	sources->bundle = end < sources->bundle_end ? end + 1 : end;
	return 0;
}

static int from_file(struct sources *sources, const char *file, char error[INCLUDE_ERROR])
{
	size_t room = SOURCES_SIZE_MAX - sources->size, size;
	char *text, *kept;
	int err = read_file(file, room, &text, &size);

	if (err == -EFBIG)
		return refuse(error, -EINVAL, file,
			      "a policy has at most 64 MiB, with all it includes");
	if (err)
		return refuse(error, err, file, strerror(-err));
	if (memchr(text, 0, size)) {
		free(text);
		return refuse(error, -EINVAL, file, "it is not a text file");
	}
	kept = arena_strndup(sources->arena, text, size);
	free(text);
	source_add(sources, file, kept, size);
	return 0;
}

static int read_included(struct sources *sources, const char *name, const struct location *where,
			 char error[INCLUDE_ERROR])
{
	const char *file = beside(sources->arena, source_file(sources, where), name);
	struct stat info = {0};
	int err;

	if (strcmp(file, "-") == 0) /* would be standard input */
		file = "./-";
	if (stat(file, &info) == 0 && is_around(sources, where, &info))
		return refuse(error, -EINVAL, file, "it includes itself");
	err = from_file(sources, file, error);
	if (err)
		return err;
	sources->list[sources->count - 1].device = info.st_dev;
	sources->list[sources->count - 1].inode = info.st_ino;
	return 0;
}

int source_include(struct sources *sources, const char *name, const struct location *where,
		   char error[INCLUDE_ERROR])
{
	unsigned int depth = sources->list[where->source].depth + 1;
	int err;

	if (!*name)
		return refuse(error, -EINVAL, name, "this names no file");
	if (depth > INCLUDE_DEPTH_MAX)
		return refuse(error, -EINVAL, name, "this is the 17th level, and 16 are the most");
	if (sources->count > INCLUDES_MAX)
		return refuse(error, -EINVAL, name, "a policy includes at most 1024 files");
	err = sources->bundle ? from_bundle(sources, error)
			      : read_included(sources, name, where, error);
	if (!err) {
		sources->list[sources->count - 1].from = *where;
		sources->list[sources->count - 1].depth = depth;
	}
	return err;
}
