// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "memnode.h"

#include "fail.h"
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20) /* that is compared, and stored, at a time */

static int write_all(int fd, const unsigned char *data, size_t length, uint64_t offset)
{
	while (length) {
		ssize_t n = pwrite(fd, data, length, (off_t)offset);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		data += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return 0;
}

/* What is behind the end of the file reads as zeroes. */
static int read_all(int fd, unsigned char *data, size_t length, uint64_t offset)
{
	while (length) {
		ssize_t n = pread(fd, data, length, (off_t)offset);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		if (n == 0)
			break;
		data += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	memset(data, 0, length);
	return 0;
}

int memnode_volume_store(struct memnode_volume *volume, const struct memnode_range *range)
{
	if (!volume->path || volume->shared)
		return 0;
	return write_all(volume->fd, volume->base + range->offset, range->length, range->offset);
}

/* Stores what is other than in the file: reading costs less than writing, and wears nothing. */
static int store_differences(struct memnode_volume *volume)
{
	unsigned char *chunk = malloc(CHUNK);
	int err = chunk ? 0 : -ENOMEM;

	for (uint64_t offset = 0; !err && offset < volume->size; offset += CHUNK) {
		uint64_t left = volume->size - offset;
		size_t length = left < CHUNK ? (size_t)left : CHUNK;

		err = read_all(volume->fd, chunk, length, offset);
		if (!err && memcmp(chunk, volume->base + offset, length) != 0)
			err = write_all(volume->fd, volume->base + offset, length, offset);
	}
	free(chunk);
	return err;
}

int memnode_volume_sync(struct memnode_volume *volume)
{
	int err = 0;

	if (!volume->path || volume->shared)
		return 0;
	if (volume->unsure)
		err = store_differences(volume);
	if (!err && fdatasync(volume->fd))
		err = -errno;
	if (!err)
		volume->unsure = false;
	return err;
}

/*
 * What is in a file system of memory is there for a later node, too: the number is made of what
 * names the file until the machine starts again.
 */
static uint64_t shared_incarnation(const struct stat *status)
{
	uint64_t hash = 0xcbf29ce484222325;
	char boot[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, boot, sizeof(boot) - 1) < 0)
			boot[0] = '\0';
		close(fd);
	}
	for (const char *c = boot; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	hash = (hash ^ (uint64_t)status->st_dev) * 0x100000001b3;
	return (hash ^ (uint64_t)status->st_ino) * 0x100000001b3;
}

/* Never shorter than it was: that would lose what is behind the end. */
static int open_file(struct memnode_volume *volume, struct stat *status, struct xdv_error *error)
{
	int err = 0;

	volume->fd = open(volume->path,
			  (volume->read_only ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0600);
	if (volume->fd < 0 || fstat(volume->fd, status))
		return fail(error, -errno, "%s: %s", volume->path, strerror(errno));
	if (!S_ISREG(status->st_mode))
		err = fail(error, -EINVAL, "%s: is no file", volume->path);
	else if (status->st_size > (off_t)volume->size)
		err = fail(error, -EFBIG, "%s: has %llu bytes, more than the volume's %llu",
			   volume->path, (unsigned long long)status->st_size,
			   (unsigned long long)volume->size);
	else if (!volume->read_only && ftruncate(volume->fd, (off_t)volume->size))
		err = fail(error, -errno, "%s: %s", volume->path, strerror(errno));
	return err;
}

static int open_memory(struct memnode_volume *volume, const struct stat *status,
		       struct xdv_error *error)
{
	const struct volume_options options = {0};
	struct statfs system = {0};
	char text[32];
	int err;

	if (volume->path && !fstatfs(volume->fd, &system))
		volume->shared = system.f_type == TMPFS_MAGIC || system.f_type == HUGETLBFS_MAGIC;
	if (volume->shared && !volume->read_only) {
		void *base = mmap(NULL, volume->size, PROT_READ | PROT_WRITE, MAP_SHARED,
				  volume->fd, 0);

		if (base == MAP_FAILED)
			return fail(error, -errno, "%s: %s", volume->path, strerror(errno));
		volume->base = base;
		volume->incarnation = shared_incarnation(status);
		return 0;
	}
	volume->shared = false;
	snprintf(text, sizeof(text), "memory:%llu", (unsigned long long)volume->size);
	err = volume_open(&volume->memory, text, &options, error);
	if (err)
		return err;
	volume->base = volume->memory->memory;
	if (getrandom(&volume->incarnation, sizeof(volume->incarnation), 0) < 0)
		return fail(error, -errno, "no random numbers: %s", strerror(errno));
	if (!volume->path)
		return 0;
	err = read_all(volume->fd, volume->base, volume->size, 0);
	return err ? fail(error, err, "%s: %s", volume->path, strerror(-err)) : 0;
}

/* "NAME=SIZE[,file=PATH][,read-only]", from behind: there may be commas in a path. */
static int parse(struct memnode_volume *volume, char *text, struct xdv_error *error)
{
	static const char read_only[] = ",read-only";
	char *equals = strchr(text, '='), *file;
	size_t length = strlen(text);

	if (length > strlen(read_only) &&
	    strcmp(text + length - strlen(read_only), read_only) == 0) {
		text[length - strlen(read_only)] = '\0';
		volume->read_only = true;
	}
	if (!equals || equals == text || equals - text > EXPORT_NAME_MAX)
		return -EINVAL;
	memcpy(volume->name, text, (size_t)(equals - text));
	file = strstr(equals, ",file=");
	if (file) {
		*file = '\0';
		volume->path = strdup(file + strlen(",file="));
		if (!volume->path)
			return fail(error, -ENOMEM, "no memory");
		if (!*volume->path)
			return -EINVAL;
	}
	return size_read(equals + 1, &volume->size);
}

int memnode_volume_open(struct memnode_volume *volume, const char *text, struct xdv_error *error)
{
	struct stat status = {0};
	char *copy = strdup(text);
	int err;

	volume->fd = -1;
	if (!copy)
		return fail(error, -ENOMEM, "no memory");
	err = parse(volume, copy, error);
	free(copy);
	if (err == -EINVAL) {
		fail(error, err, "expected NAME=SIZE[,file=PATH][,read-only], found '%s'", text);
		err = fail_hint(error, err,
				"xdivert memnode --key FILE vol0=1G,file=/srv/vol0.img");
	}
	if (!err && volume->path)
		err = open_file(volume, &status, error);
	return err ? err : open_memory(volume, &status, error);
}

int memnode_volume_close(struct memnode_volume *volume, struct xdv_error *error)
{
	int err = 0;

	if (volume->base && volume->path && !volume->read_only) {
		volume->unsure = true;
		err = memnode_volume_sync(volume);
	}
	if (err)
		fail(error, err, "%s: %s can't be stored: %s", volume->path, volume->name,
		     strerror(-err));
	if (volume->memory)
		volume_close(&volume->memory);
	else if (volume->base)
		munmap(volume->base, volume->size);
	if (volume->fd >= 0)
		close(volume->fd);
	free(volume->path);
	*volume = (struct memnode_volume){.fd = -1};
	return err;
}
