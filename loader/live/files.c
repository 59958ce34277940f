// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "files.h"

#include "pins.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_once(const char *path, mode_t mode)
{
	char part[XDV_PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	strcpy(part, path);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (mkdir(part, mode) && errno != EEXIST)
			return -errno;
	}
	return mkdir(part, mode) && errno != EEXIST ? -errno : 0;
}

int directory_make(const char *path, mode_t mode)
{
	int err = -ENOENT;

	/* another process may remove a directory above, empty, before we put one into it */
	for (int i = 0; i < 5 && err == -ENOENT; i++)
		err = make_once(path, mode);
	return err;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path) ? -errno : 0;
}

int tree_remove(const char *path)
{
	int err = nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);

	if (err == -1)
		err = -errno;
	return err == -ENOENT ? 0 : err;
}

void directory_remove_empty(const char *path, unsigned int levels)
{
	char part[XDV_PATH_MAX];
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	while (levels-- && rmdir(part) == 0 && (slash = strrchr(part, '/')))
		*slash = '\0';
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t size)
{
	char temporary[XDV_PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int read_all(int fd, char **data, size_t *size)
{
	size_t capacity = 64 * 1024, length = 0;
	char *buffer = NULL, *grown;
	ssize_t got = 1;

	while (got) {
		grown = realloc(buffer, capacity + 1);
		if (!grown) {
			free(buffer);
			return -ENOMEM;
		}
		buffer = grown;
		got = read(fd, buffer + length, capacity - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(buffer);
			return -errno;
		}
		length += (size_t)got;
		if (length == capacity)
			capacity *= 2;
	}
	buffer[length] = '\0';
	*data = buffer;
	*size = length;
	return 0;
}

int file_read(const char *path, char **data, size_t *size)
{
	int fd, err;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, data, size);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(fd, data, size);
	close(fd);
	return err;
}
