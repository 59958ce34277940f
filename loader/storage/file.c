// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * file:PATH, a volume in a file or on a block device, through io_uring. With O_DIRECT, where that
 * works: what was written is not in a cache that nobody accounts for, and a flush is short.
 *
 * O_DIRECT wants whole blocks. What is not goes through the page cache, and never at the same time
 * as something direct: else the rest of a cached block could be written back, old, over what was
 * written directly meanwhile (file_gate.h).
 */
#include "fail.h"
#include "file_gate.h"
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK	      4096u /* no device has larger ones, and a page of the cache has this size */
#define LOCK_TRIES    100
#define LOCK_RETRY_US 10000
#define ZERO_SIZE     (128u << 10) /* of one write, where a file system can't zero */

struct file {
	struct volume volume;
	struct ring *ring;
	int cached, direct; /* descriptors; direct is -1 where there is no O_DIRECT */
	struct gate gate;
	void *zeroes; /* ZERO_SIZE, from when they are needed */
	bool no_holes; /* as the file system said: it can't discard */
	bool no_zeroing; /* or zero without writing */
	bool no_trying; /* or say at once what is not in the page cache */
	bool broken; /* a flush has failed */
};

static struct volume_operation *of_ring(struct ring_operation *ring)
{
	return (struct volume_operation *)((char *)ring - offsetof(struct volume_operation, ring));
}

static struct file *of_operation(const struct volume_operation *operation)
{
	return (struct file *)operation->volume;
}

static enum gate_side side_of(const struct file *file, const struct volume_operation *operation)
{
	uint64_t all = operation->offset | operation->length;

	if (operation->verb == VOLUME_READ || operation->verb == VOLUME_WRITE)
		all |= (uintptr_t)operation->data;
	return file->direct < 0 || all & (BLOCK - 1) ? GATE_CACHED : GATE_DIRECT;
}

static int descriptor(const struct file *file, const struct volume_operation *operation)
{
	return operation->side == GATE_DIRECT ? file->direct : file->cached;
}

static void submit(struct file *file, struct volume_operation *operation);

static void start(struct gate *gate, struct volume_operation *operation)
{
	submit((struct file *)((char *)gate - offsetof(struct file, gate)), operation);
}

static void transfer(struct file *file, struct volume_operation *operation,
		     struct io_uring_sqe *entry)
{
	int fd = descriptor(file, operation);
	char *data = (char *)operation->data + operation->progress;
	unsigned int length = operation->length - operation->progress;
	uint64_t offset = operation->offset + operation->progress;
	bool fixed = operation->registered && file->ring->fixed;

	if (operation->verb == VOLUME_READ && fixed)
		io_uring_prep_read_fixed(entry, fd, data, length, offset, 0);
	else if (operation->verb == VOLUME_READ)
		io_uring_prep_read(entry, fd, data, length, offset);
	else if (fixed)
		io_uring_prep_write_fixed(entry, fd, data, length, offset, 0);
	else
		io_uring_prep_write(entry, fd, data, length, offset);
	if (operation->verb == VOLUME_WRITE && operation->durable)
		entry->rw_flags = RWF_DSYNC;
}

/* Where zeroing is writing: a piece of it. */
static void write_zeroes(struct file *file, struct volume_operation *operation,
			 struct io_uring_sqe *entry)
{
	unsigned int length = operation->length - operation->progress;

	io_uring_prep_write(entry, descriptor(file, operation), file->zeroes,
			    length < ZERO_SIZE ? length : ZERO_SIZE,
			    operation->offset + operation->progress);
	if (operation->durable)
		entry->rw_flags = RWF_DSYNC;
}

static void fallocate_range(struct file *file, struct volume_operation *operation,
			    struct io_uring_sqe *entry)
{
	int mode = operation->verb == VOLUME_ZERO && operation->allocate ? FALLOC_FL_ZERO_RANGE
									 : FALLOC_FL_PUNCH_HOLE;

	io_uring_prep_fallocate(entry, file->cached, mode | FALLOC_FL_KEEP_SIZE,
				(off_t)operation->offset, (off_t)operation->length);
}

static bool zeroes_ready(struct file *file)
{
	if (!file->zeroes) {
		file->zeroes = aligned_alloc(BLOCK, ZERO_SIZE);
		if (file->zeroes)
			memset(file->zeroes, 0, ZERO_SIZE);
	}
	return file->zeroes != NULL;
}

static bool is_transfer(const struct file *file, const struct volume_operation *operation)
{
	return operation->verb == VOLUME_READ || operation->verb == VOLUME_WRITE ||
	       (operation->verb == VOLUME_ZERO && file->no_zeroing);
}

static void submit(struct file *file, struct volume_operation *operation)
{
	struct io_uring_sqe *entry = ring_entry(file->ring, &operation->ring);

	if (operation->verb == VOLUME_FLUSH || operation->syncing)
		io_uring_prep_fsync(entry, file->cached, IORING_FSYNC_DATASYNC);
	else if (operation->verb == VOLUME_ZERO && file->no_zeroing)
		write_zeroes(file, operation, entry);
	else if (is_transfer(file, operation))
		transfer(file, operation, entry);
	else
		fallocate_range(file, operation, entry);
}

/*
 * What could not be written is gone from the cache, and the next flush would know nothing of it:
 * from then on, none can be believed.
 */
static void end(struct file *file, struct volume_operation *operation, int err)
{
	if (err == -EIO && (operation->durable || operation->verb == VOLUME_FLUSH))
		file->broken = true;
	if (operation->verb != VOLUME_FLUSH)
		gate_leave(&file->gate, operation, start);
	operation->done(operation, err);
}

/* So much of it is done: the rest, directly from the last whole block on. */
static void moved(struct file *file, struct volume_operation *operation, unsigned int count)
{
	operation->progress += count;
	if (operation->progress == operation->length) {
		end(file, operation, 0);
	} else if (!count) {
		end(file, operation, -EIO); /* the file has become shorter */
	} else {
		if (operation->side == GATE_DIRECT)
			operation->progress &= ~(BLOCK - 1);
		submit(file, operation);
	}
}

/* What else there is where the file system has no such fallocate(). */
static void unsupported(struct file *file, struct volume_operation *operation)
{
	if (operation->verb == VOLUME_DISCARD) {
		file->no_holes = true;
		end(file, operation, 0);
	} else if (zeroes_ready(file)) {
		file->no_zeroing = true;
		submit(file, operation);
	} else {
		end(file, operation, -ENOMEM);
	}
}

static void finished(struct ring_operation *ring, int result, unsigned int flags)
{
	struct volume_operation *operation = of_ring(ring);
	struct file *file = of_operation(operation);

	(void)flags;
	if (result == -EINTR || result == -EAGAIN) {
		submit(file, operation);
	} else if (operation->verb == VOLUME_FLUSH || operation->syncing) {
		end(file, operation, result);
	} else if (is_transfer(file, operation)) {
		if (result < 0)
			end(file, operation, result);
		else
			moved(file, operation, (unsigned int)result);
	} else if (result == -EOPNOTSUPP) {
		unsupported(file, operation);
	} else if (result == 0 && operation->durable) {
		operation->syncing = true;
		submit(file, operation);
	} else {
		end(file, operation, result);
	}
}

/*
 * What the page cache can give or take is copied here and now, without a completion to wait for.
 * Reading says so if it is not in the cache. Writing may wait for a disk, which io_uring leaves to
 * a thread: there and back is a longer way than the copy, and only goes who would keep others
 * waiting. Returns whether that was all of it; the ring has to see to the rest, and says what is
 * wrong.
 */
static bool copy_at_once(struct file *file, struct volume_operation *operation)
{
	struct iovec part = {operation->data, operation->length};
	ssize_t count = 0;

	if (operation->side != GATE_CACHED || operation->durable || file->ring->polled)
		return false;
	if (operation->verb == VOLUME_READ && !file->no_trying) {
		count = preadv2(file->cached, &part, 1, (off_t)operation->offset, RWF_NOWAIT);
		file->no_trying = count < 0 && errno == EOPNOTSUPP;
	} else if (operation->verb == VOLUME_WRITE && operation->alone) {
		count = pwritev2(file->cached, &part, 1, (off_t)operation->offset, 0);
	}
	if (count > 0)
		operation->progress = (uint32_t)count;
	return operation->progress == operation->length;
}

/* Discarding is advice: only whole blocks of it are worth something. */
static void round_inwards(struct volume_operation *operation)
{
	uint64_t first = (operation->offset + BLOCK - 1) & ~(uint64_t)(BLOCK - 1);
	uint64_t last = (operation->offset + operation->length) & ~(uint64_t)(BLOCK - 1);

	operation->length = first < last ? (uint32_t)(last - first) : 0;
	operation->offset = first;
}

static void file_begin(struct volume *volume, struct volume_operation *operation)
{
	struct file *file = (struct file *)volume;

	operation->volume = volume;
	operation->progress = 0;
	operation->syncing = false;
	operation->ring.done = finished;
	if (operation->verb == VOLUME_DISCARD)
		round_inwards(operation);
	if (file->broken && (operation->verb == VOLUME_FLUSH || operation->durable)) {
		operation->done(operation, -EIO);
	} else if (operation->verb == VOLUME_FLUSH) {
		submit(file, operation);
	} else if (!operation->length || (operation->verb == VOLUME_DISCARD && file->no_holes)) {
		operation->done(operation, 0);
	} else {
		operation->side = side_of(file, operation);
		if (!gate_enter(&file->gate, operation))
			return;
		if (copy_at_once(file, operation))
			end(file, operation, 0);
		else
			submit(file, operation);
	}
}

static int size_of(int fd, uint64_t *size)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (S_ISBLK(status.st_mode))
		return ioctl(fd, BLKGETSIZE64, size) ? -errno : 0;
	if (!S_ISREG(status.st_mode))
		return -ENOTBLK;
	*size = (uint64_t)status.st_size;
	return 0;
}

/* Some file systems open with O_DIRECT and refuse to read. */
static int open_direct(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT | O_CLOEXEC);
	void *block = aligned_alloc(BLOCK, BLOCK);

	if (fd >= 0 && (!block || pread(fd, block, BLOCK, 0) < 0)) {
		close(fd);
		fd = -1;
	}
	free(block);
	return fd;
}

static int fail_open(int err, const char *path, struct xdv_error *error)
{
	if (err == -ENOTBLK)
		return fail(error, err, "file:%s: is neither a file nor a block device", path);
	if (err == -EWOULDBLOCK)
		return fail(error, -EBUSY, "file:%s: is served already", path);
	fail(error, err, "file:%s: %s", path, strerror(-err));
	if (err == -ENOENT)
		fail_hint(error, err, "make one of the size that you want: truncate -s 10G %.200s",
			  path);
	else if (err == -EROFS || err == -EACCES)
		fail_hint(error, err, "for reading only: file:%.200s,read-only", path);
	return err;
}

/* What a killed process had under way in its ring keeps its files open for a moment longer. */
static int lock(int fd, int how)
{
	for (unsigned int tries = 0; flock(fd, how | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return -errno;
		usleep(LOCK_RETRY_US);
	}
	return 0;
}

/*
 * Served twice, it would have two gates: nobody else who knows of the lock writes to it, and
 * nobody at all who writes while others read.
 */
static int open_files(struct file *file, const char *path, const struct volume_options *options)
{
	int flags = options->read_only ? O_RDONLY : O_RDWR, err;

	file->cached = open(path, flags | O_CLOEXEC);
	if (file->cached < 0)
		return -errno;
	err = size_of(file->cached, &file->volume.size);
	if (err)
		return err;
	err = lock(file->cached, options->read_only ? LOCK_SH : LOCK_EX);
	if (!err && !options->cached)
		file->direct = open_direct(path, flags);
	return err;
}

static int file_open(struct volume **out, const char *path, const struct volume_options *options,
		     struct xdv_error *error)
{
	struct file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return fail(error, -ENOMEM, "no memory for a volume");
	file->volume.kind = &volume_file;
	file->ring = options->ring;
	file->cached = file->direct = -1;
	gate_open(&file->gate);
	err = open_files(file, path, options);
	if (err) {
		volume_file.close(&file->volume);
		return fail_open(err, path, error);
	}
	snprintf(file->volume.place, sizeof(file->volume.place), "%.100s, %s", path,
		 file->direct >= 0 ? "O_DIRECT" : "page cache");
	*out = &file->volume;
	return 0;
}

static void file_close(struct volume *volume)
{
	struct file *file = (struct file *)volume;

	if (file->direct >= 0)
		close(file->direct);
	if (file->cached >= 0)
		close(file->cached);
	free(file->zeroes);
	free(file);
}

const struct volume_kind volume_file = {
	.name = "file",
	.open = file_open,
	.begin = file_begin,
	.close = file_close,
};
