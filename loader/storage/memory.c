// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * memory:SIZE, a volume that is as good as this process. Memory is taken as it is written, from
 * huge pages if there are enough of them for all of it.
 */
#include "fail.h"
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((uint64_t)2 << 20)

struct memory {
	struct volume volume;
	size_t length; /* that is mapped */
	bool huge; /* pages */
	int fd;
};

/* Huge pages are set aside when they are mapped: there is no lack of them later. */
static int map(struct memory *memory, uint64_t size, size_t page, unsigned int flags)
{
	size_t length = (size_t)((size + page - 1) & ~((uint64_t)page - 1));
	int fd = memfd_create("xdivert-volume", MFD_CLOEXEC | flags), err;
	void *base = MAP_FAILED;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)length) == 0)
		base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		err = -errno;
		close(fd);
		return err;
	}
	memory->volume.memory = base;
	memory->length = length;
	memory->huge = page == HUGE_PAGE;
	memory->fd = fd;
	return 0;
}

/* More than there is of it at all would end in the middle of a write. */
static int check_size(const char *text, uint64_t size, struct xdv_error *error)
{
	uint64_t total = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (size <= total)
		return 0;
	fail(error, -ENOMEM, "memory:%s: this machine has %llu MiB of memory", text,
	     (unsigned long long)(total >> 20));
	return fail_hint(error, -ENOMEM, "file:PATH may be larger");
}

static int read_size(const char *text, uint64_t *size, struct xdv_error *error)
{
	if (size_read(text, size) == 0)
		return 0;
	fail(error, -EINVAL, "memory: expected a size, found '%s'", text);
	return fail_hint(error, -EINVAL, "a size is bytes, or has a unit: 512M, 2G, 1T");
}

static int memory_check(const char *text, struct xdv_error *error)
{
	uint64_t size;

	return read_size(text, &size, error);
}

static int memory_open(struct volume **out, const char *text, const struct volume_options *options,
		       struct xdv_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct memory *memory;
	uint64_t size;
	int err;

	(void)options;
	err = read_size(text, &size, error);
	if (!err)
		err = check_size(text, size, error);
	if (err)
		return err;
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return fail(error, -ENOMEM, "no memory for a volume");
	err = -EINVAL;
	if (size >= HUGE_PAGE)
		err = map(memory, size, HUGE_PAGE, MFD_HUGETLB | MFD_HUGE_2MB);
	if (err)
		err = map(memory, size, page, 0);
	if (err) {
		free(memory);
		return fail(error, err, "memory:%s: %s", text, strerror(-err));
	}
	memory->volume.kind = &volume_memory;
	memory->volume.size = size;
	strcpy(memory->volume.place, memory->huge ? "memory, huge pages" : "memory");
	*out = &memory->volume;
	return 0;
}

/*
 * Whole pages are given back, with their content; only what is left of them is written. Not huge
 * ones: others could take them, and the next write would find none.
 */
static void zero(struct memory *memory, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length, page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t first = (offset + page - 1) & ~(page - 1), last = end & ~(page - 1);

	if (memory->huge || first >= last ||
	    fallocate(memory->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first,
		      (off_t)(last - first))) {
		memset(memory->volume.memory + offset, 0, (size_t)length);
		return;
	}
	memset(memory->volume.memory + offset, 0, (size_t)(first - offset));
	memset(memory->volume.memory + last, 0, (size_t)(end - last));
}

static void copy(struct volume *volume, void *to, const void *from, uint32_t length)
{
	memcpy(to, from, length);
	if (volume->copied)
		*volume->copied += length;
}

static void memory_begin(struct volume *volume, struct volume_operation *operation)
{
	struct memory *memory = (struct memory *)volume;
	unsigned char *place = volume->memory + operation->offset;

	switch (operation->verb) {
	case VOLUME_READ:
		copy(volume, operation->data, place, operation->length);
		break;
	case VOLUME_WRITE:
		copy(volume, place, operation->data, operation->length);
		break;
	case VOLUME_DISCARD:
		if (memory->huge)
			break;
		/* fall through */
	case VOLUME_ZERO:
		zero(memory, operation->offset, operation->length);
		break;
	case VOLUME_FLUSH:
	case VOLUME_VERBS:
		break;
	}
	operation->done(operation, 0);
}

static void memory_close(struct volume *volume)
{
	struct memory *memory = (struct memory *)volume;

	munmap(volume->memory, memory->length);
	close(memory->fd);
	free(memory);
}

const struct volume_kind volume_memory = {
	.name = "memory",
	.check = memory_check,
	.open = memory_open,
	.begin = memory_begin,
	.close = memory_close,
};
