// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OBJECTS_MAX	64
#define OBJECT_SIZE_MAX (16 << 20)

/* FNV-1a, 64 bits; two with different starts make 128. */
static uint64_t hash(uint64_t start, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		start = (start ^ (uint8_t)text[i]) * 0x100000001b3;
	return start;
}

/* As the shell would find it. */
static bool find_compiler(const char *name, struct stat *info)
{
	const char *path = strchr(name, '/') ? "" : getenv("PATH");
	char file[512];

	if (!path || !*path)
		return stat(name, info) == 0;
	for (;; path++) {
		size_t length = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, name);
		if (stat(file, info) == 0)
			return true;
		path += length;
		if (!*path)
			return false;
	}
}

void cache_key(char key[CACHE_KEY], const char *program, size_t length, const char *compiler)
{
	char identity[400];
	struct stat info = {0};
	uint64_t a, b;

	find_compiler(compiler, &info);
	snprintf(identity, sizeof(identity), "%.300s %lld %lld", compiler, (long long)info.st_size,
		 (long long)info.st_mtim.tv_sec);
	a = hash(0xcbf29ce484222325, identity, strlen(identity));
	b = hash(0x9e3779b97f4a7c15, identity, strlen(identity));
	snprintf(key, CACHE_KEY, "%016llx%016llx", (unsigned long long)hash(a, program, length),
		 (unsigned long long)hash(b, program, length));
}

static bool directory_name(char *path, size_t size)
{
	const char *own = getenv("XDIVERT_CACHE"), *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (own)
		length = strcmp(own, "off") == 0 ? -1 : snprintf(path, size, "%s", own);
	else if (geteuid() == 0)
		length = snprintf(path, size, "/var/cache/xdivert");
	else if (base && *base)
		length = snprintf(path, size, "%s/xdivert", base);
	else
		length = home ? snprintf(path, size, "%s/.cache/xdivert", home) : -1;
	return length > 0 && (size_t)length < size;
}

/* Whoever writes there decides what runs in the kernel. */
static bool is_ours_alone(int directory)
{
	struct stat info;

	return fstat(directory, &info) == 0 && info.st_uid == geteuid() &&
	       !(info.st_mode & (S_IWGRP | S_IWOTH));
}

static int open_directory(bool create)
{
	char path[256];
	int fd;

	if (!directory_name(path, sizeof(path)))
		return -1;
	if (create)
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !is_ours_alone(fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int read_all(int fd, void **object, size_t *size)
{
	struct stat info;
	void *buffer;

	if (fstat(fd, &info) || info.st_size <= 0 || info.st_size > OBJECT_SIZE_MAX)
		return -ENOENT;
	buffer = malloc((size_t)info.st_size);
	if (!buffer)
		return -ENOMEM;
	if (read(fd, buffer, (size_t)info.st_size) != info.st_size) {
		free(buffer);
		return -ENOENT;
	}
	*object = buffer;
	*size = (size_t)info.st_size;
	return 0;
}

int cache_get(const char *key, void **object, size_t *size)
{
	int directory = open_directory(false), fd, err = -ENOENT;

	if (directory < 0)
		return -ENOENT;
	fd = openat(directory, key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		err = read_all(fd, object, size);
		if (!err)
			futimens(fd, NULL); /* the oldest is the one not used for longest */
		close(fd);
	}
	close(directory);
	return err;
}

/* One more than there may be: the oldest goes. Takes the descriptor. */
static void remove_oldest(int directory)
{
	DIR *list = fdopendir(directory);
	struct timespec oldest = {0, 0};
	char name[256] = "";
	struct dirent *entry;
	struct stat info;
	size_t count = 0;

	while (list && (entry = readdir(list))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(list), entry->d_name, &info, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!count++ || info.st_mtim.tv_sec < oldest.tv_sec) {
			oldest = info.st_mtim;
			snprintf(name, sizeof(name), "%s", entry->d_name);
		}
	}
	if (list && count > OBJECTS_MAX)
		unlinkat(dirfd(list), name, 0);
	if (list)
		closedir(list);
	else
		close(directory);
}

/* Written beside and renamed, so that no reader sees half of it. */
void cache_put(const char *key, const void *object, size_t size)
{
	int directory = open_directory(true), fd;
	char beside[CACHE_KEY + 16];
	bool written;

	if (directory < 0)
		return;
	snprintf(beside, sizeof(beside), ".%s.%d", key, (int)getpid());
	fd = openat(directory, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		written = write(fd, object, size) == (ssize_t)size;
		if (close(fd) || !written || renameat(directory, beside, directory, key))
			unlinkat(directory, beside, 0);
	}
	remove_oldest(directory);
}
