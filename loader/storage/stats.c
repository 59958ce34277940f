// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stats.h"

#include "fail.h"
#include "live/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "/run/xdivert/storage"

const char *const volume_verb_names[VOLUME_VERBS] = {
	[VOLUME_READ] = "read",	      [VOLUME_WRITE] = "write", [VOLUME_FLUSH] = "flush",
	[VOLUME_DISCARD] = "discard", [VOLUME_ZERO] = "zero",
};

unsigned int latency_bucket(uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned int bucket = us ? 64u - (unsigned int)__builtin_clzll(us) : 0;

	return bucket < LATENCIES ? bucket : LATENCIES - 1;
}

uint64_t latency_below(const struct storage_counters *counters, double share)
{
	uint64_t total = 0, sum = 0;

	for (unsigned int i = 0; i < LATENCIES; i++)
		total += counters->latency[i];
	for (unsigned int i = 0; total && i < LATENCIES; i++) {
		sum += counters->latency[i];
		if ((double)sum >= share * (double)total)
			return UINT64_C(1) << i;
	}
	return 0;
}

static void file_path(char path[64], long long pid)
{
	snprintf(path, 64, DIRECTORY "/%lld", pid);
}

/*
 * The lock says that its process lives, whatever pids are used for again. It gets its name with it:
 * nobody finds it there without.
 */
static int create(void)
{
	static const char draft[] = DIRECTORY "/.XXXXXX";
	char name[sizeof(draft)], path[64];
	int fd;

	memcpy(name, draft, sizeof(draft));
	file_path(path, getpid());
	if (directory_make(DIRECTORY, 0755))
		return -1;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fchmod(fd, 0644) || flock(fd, LOCK_EX | LOCK_NB) ||
	    ftruncate(fd, sizeof(struct stats_file)) || rename(name, path)) {
		unlink(name);
		close(fd);
		return -1;
	}
	return fd;
}

/* The descriptor stays open, and with it the lock, as long as the process lives. */
int stats_open(struct stats_file **file, enum stats_kind kind, struct xdv_error *error)
{
	int fd = create();
	void *memory = mmap(NULL, sizeof(**file), PROT_READ | PROT_WRITE,
			    fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return fail(error, -errno, "no memory for counters: %s", strerror(errno));
	*file = memory;
	(*file)->pid = getpid();
	(*file)->kind = kind;
	(*file)->version = STATS_VERSION;
	return 0;
}

void stats_close(struct stats_file **file)
{
	char path[64];

	if (!*file)
		return;
	file_path(path, (*file)->pid);
	unlink(path);
	munmap(*file, sizeof(**file));
	*file = NULL;
}

struct storage_counters *stats_add(struct stats_file *file, const char *name, const char *place,
				   uint64_t size, bool read_only)
{
	struct storage_counters *counters = &file->list[file->count];

	snprintf(counters->name, sizeof(counters->name), "%s", name);
	snprintf(counters->place, sizeof(counters->place), "%s", place);
	counters->size = size;
	counters->read_only = read_only;
	file->count++;
	return counters;
}

static int read_one(const char *path, void (*each)(void *context, const struct stats_file *file),
		    void *context)
{
	struct stats_file file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		unlink(path); /* left behind by one that was killed */
	else if (read(fd, &file, sizeof(file)) == (ssize_t)sizeof(file) &&
		 file.version == STATS_VERSION && file.kind < STATS_KINDS &&
		 file.count <= EXPORTS_MAX)
		each(context, &file);
	close(fd);
	return 0;
}

int stats_each(void (*each)(void *context, const struct stats_file *file), void *context)
{
	DIR *directory = opendir(DIRECTORY);
	struct dirent *entry;
	int err = 0;

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = readdir(directory))) {
		char path[sizeof(DIRECTORY) + 1 + sizeof(entry->d_name)];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), DIRECTORY "/%s", entry->d_name);
		err = read_one(path, each, context);
	}
	closedir(directory);
	return err;
}
