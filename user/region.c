// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "region.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"
#include "sized.h"

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26)
#endif

#define HUGE_PAGE ((size_t)2 << 20)

/*
 * A memfd rather than anonymous memory: the region can be handed to another process with its
 * sockets, and a child after fork() does not tear it from under the kernel by copy-on-write.
 * Populated at once, so that no packet waits for a page fault and a lack of huge pages shows here.
 */
static int map(struct xdv_region *region, size_t length, size_t page_size, unsigned int flags)
{
	size_t rounded = (length + page_size - 1) & ~(page_size - 1);
	int fd, err;
	void *base;

	fd = memfd_create("xdivert-region", MFD_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)rounded) < 0)
		goto fail;
	base = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (base == MAP_FAILED)
		goto fail;
	region->base = base;
	region->length = rounded;
	region->page_size = page_size;
	region->fd = fd;
	return 0;
fail:
	err = -errno;
	close(fd);
	return err;
}

static int map_best(struct xdv_region *region, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (length >= HUGE_PAGE && !map(region, length, HUGE_PAGE, MFD_HUGETLB | MFD_HUGE_2MB))
		return 0;
	return map(region, length, page, 0);
}

static int cut(struct xdv_region *region)
{
	region->free = calloc(region->frames, sizeof(*region->free));
	region->owner = calloc(region->frames, sizeof(*region->owner));
	if (!region->free || !region->owner)
		return -ENOMEM;
	/* the lowest address on top of the stack */
	for (uint32_t i = 0; i < region->frames; i++)
		region->free[i] = region->frames - 1 - i;
	region->free_count = region->frames;
	return 0;
}

int region_create(struct xdv_region **out, uint32_t frames, uint32_t frame_size,
		  struct xdv_error *error)
{
	size_t length = (size_t)frames * frame_size;
	struct xdv_region *region;
	int err;

	if (!frames || frame_size < 64 || (frame_size & (frame_size - 1)))
		return fail(error, -EINVAL, "a region of %u frames of %u bytes is not possible",
			    frames, frame_size);
	region = calloc(1, sizeof(*region));
	if (!region)
		return fail(error, -ENOMEM, "no memory for a region");
	region->fd = -1;
	region->frames = frames;
	region->frame_size = frame_size;
	region->frame_shift = (uint32_t)__builtin_ctz(frame_size);
	err = map_best(region, length);
	if (!err)
		err = cut(region);
	if (err) {
		region_free(&region);
		fail(error, err, "no memory for %u frames of %u bytes, %zu MiB in all: %s", frames,
		     frame_size, length >> 20, strerror(-err));
		return fail_hint(error, err, "ask for fewer frames, or free some memory");
	}
	*out = region;
	return 0;
}

void region_free(struct xdv_region **region)
{
	struct xdv_region *r = *region;

	if (!r)
		return;
	if (r->base)
		munmap(r->base, r->length);
	if (r->fd >= 0)
		close(r->fd);
	free(r->owner);
	free(r->free);
	free(r);
	*region = NULL;
}

int xdv_region_info(const struct xdv_region *region, struct xdv_region_info *info)
{
	struct xdv_region_info own = {
		.size = sizeof(own),
		.base = region->base,
		.length = region->length,
		.page_size = region->page_size,
		.fd = region->fd,
		.frame_size = region->frame_size,
		.frames = region->frames,
	};

	return sized_write(info, &own, sizeof(own));
}
