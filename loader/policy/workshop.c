// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "workshop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "xdivert-build."
#define RANDOM "XXXXXX"

/* Seconds in which somebody who has made a directory has locked it, however busy the machine is. */
#define TIME_TO_LOCK 60

static const char *base(void)
{
	const char *directory = getenv("TMPDIR");
	size_t room = sizeof(((struct workshop *)NULL)->path) - sizeof("/" PREFIX RANDOM);

	return directory && *directory && strlen(directory) <= room ? directory : "/tmp";
}

/* The files in it, and itself. Takes the descriptor. */
static void empty(int fd)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		close(fd);
		return;
	}
	while ((entry = readdir(directory)))
		unlinkat(fd, entry->d_name, 0);
	closedir(directory);
}

/* Made by this user, some time ago, and nobody works in it. */
static bool is_left(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
	       time(NULL) - info.st_mtim.tv_sec > TIME_TO_LOCK && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void sweep(void)
{
	DIR *directory = opendir(base());
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		int fd;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    strlen(entry->d_name) != strlen(PREFIX RANDOM))
			continue;
		fd = openat(dirfd(directory), entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && is_left(fd)) {
			empty(fd);
			unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
		} else if (fd >= 0) {
			close(fd);
		}
	}
	if (directory)
		closedir(directory);
}

int workshop_open(struct workshop *workshop)
{
	int err;

	sweep();
	workshop->fd = -1;
	snprintf(workshop->path, sizeof(workshop->path), "%s/" PREFIX RANDOM, base());
	if (!mkdtemp(workshop->path))
		return -errno;
	workshop->fd = open(workshop->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (workshop->fd >= 0 && flock(workshop->fd, LOCK_EX) == 0)
		return 0;
	err = -errno;
	if (workshop->fd >= 0)
		close(workshop->fd);
	workshop->fd = -1;
	rmdir(workshop->path);
	return err;
}

void workshop_close(struct workshop *workshop)
{
	if (workshop->fd < 0)
		return;
	empty(workshop->fd);
	rmdir(workshop->path);
	workshop->fd = -1;
}
