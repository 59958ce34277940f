// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "region.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static int map_best(struct xdv_region *region, size_t length, bool huge)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (huge)
		return map(region, length, HUGE_PAGE, MFD_HUGETLB | MFD_HUGE_2MB);
	if (length >= HUGE_PAGE && !map(region, length, HUGE_PAGE, MFD_HUGETLB | MFD_HUGE_2MB))
		return 0;
	return map(region, length, page, 0);
}

static size_t ledger_length(const struct xdv_region *region)
{
	return sizeof(struct region_ledger) + region->frames;
}

static int map_ledger(struct xdv_region *region)
{
	void *ledger = mmap(NULL, ledger_length(region), PROT_READ | PROT_WRITE, MAP_SHARED,
			    region->ledger_fd, 0);

	if (ledger == MAP_FAILED)
		return -errno;
	region->ledger = ledger;
	region->owner = region->ledger->owner;
	return 0;
}

static int make_ledger(struct xdv_region *region)
{
	region->ledger_fd = memfd_create("xdivert-ledger", MFD_CLOEXEC);
	if (region->ledger_fd < 0 || ftruncate(region->ledger_fd, (off_t)ledger_length(region)) < 0)
		return -errno;
	return map_ledger(region);
}

void region_reclaim(struct xdv_region *region)
{
	region->free_count = 0;
	/* the lowest address on top of the stack */
	for (uint32_t i = region->frames; i-- > 0;) {
		if (region->owner[i] == REGION_KERNEL)
			continue;
		region->owner[i] = REGION_FREE;
		region->free[region->free_count++] = i;
	}
}

static int cut(struct xdv_region *region)
{
	int err;

	region->free = calloc(region->frames, sizeof(*region->free));
	if (!region->free)
		return -ENOMEM;
	err = make_ledger(region);
	if (!err)
		region_reclaim(region);
	return err;
}

static bool wants_checks(void)
{
	const char *what = secure_getenv("XDIVERT_CHECK");

	return what && strcmp(what, "frames") == 0;
}

static struct xdv_region *region_new(uint32_t frames, uint32_t frame_size)
{
	struct xdv_region *region = calloc(1, sizeof(*region));

	if (!region)
		return NULL;
	region->fd = region->ledger_fd = -1;
	region->checked = wants_checks();
	region->frames = frames;
	region->frame_size = frame_size;
	region->frame_shift = (uint32_t)__builtin_ctz(frame_size);
	return region;
}

static int create(struct xdv_region **out, uint32_t frames, uint32_t frame_size, bool huge,
		  struct xdv_error *error)
{
	size_t length = (size_t)frames * frame_size;
	struct xdv_region *region;
	int err;

	if (!frames || frame_size < 64 || (frame_size & (frame_size - 1)))
		return fail(error, -EINVAL, "a region of %u frames of %u bytes is not possible",
			    frames, frame_size);
	region = region_new(frames, frame_size);
	if (!region)
		return fail(error, -ENOMEM, "no memory for a region");
	err = map_best(region, length, huge);
	if (!err)
		err = cut(region);
	if (err) {
		region_free(&region);
		fail(error, err, "no memory%s for %u frames of %u bytes, %zu MiB in all: %s",
		     huge ? " in huge pages" : "", frames, frame_size, length >> 20,
		     strerror(-err));
		if (huge)
			return fail_hint(error, err,
					 "have %zu of them free: sysctl vm.nr_hugepages",
					 length / HUGE_PAGE + 1);
		return fail_hint(error, err, "ask for fewer frames, or free some memory");
	}
	*out = region;
	return 0;
}

int region_create(struct xdv_region **out, uint32_t frames, uint32_t frame_size,
		  struct xdv_error *error)
{
	return create(out, frames, frame_size, false, error);
}

int region_create_huge(struct xdv_region **out, uint32_t frames, uint32_t frame_size,
		       struct xdv_error *error)
{
	return create(out, frames, frame_size, true, error);
}

static bool has_length(int fd, size_t length)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (uint64_t)status.st_size >= length;
}

static int adopt(struct xdv_region *region)
{
	void *base;

	region->length = ((size_t)region->frames << region->frame_shift) + region->page_size - 1;
	region->length &= ~(region->page_size - 1);
	if (!has_length(region->fd, region->length) ||
	    !has_length(region->ledger_fd, ledger_length(region)))
		return -EINVAL; /* touching what is not there would be a SIGBUS */
	base = mmap(NULL, region->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		    region->fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	region->base = base;
	region->free = calloc(region->frames, sizeof(*region->free));
	return region->free ? map_ledger(region) : -ENOMEM;
}

int region_adopt(struct xdv_region **out, int fd, int ledger_fd, uint32_t frames,
		 uint32_t frame_size, size_t page_size)
{
	bool possible = frames && frame_size >= 64 && !(frame_size & (frame_size - 1)) &&
			page_size && !(page_size & (page_size - 1));
	struct xdv_region *region = possible ? region_new(frames, frame_size) : NULL;
	int err;

	if (!region) {
		close(fd);
		close(ledger_fd);
		return possible ? -ENOMEM : -EINVAL;
	}
	region->fd = fd;
	region->ledger_fd = ledger_fd;
	region->page_size = page_size;
	err = adopt(region);
	if (err)
		region_free(&region);
	else
		*out = region;
	return err;
}

int region_divide(struct xdv_region *region)
{
	region->lock = malloc(sizeof(*region->lock));
	return region->lock ? -pthread_mutex_init(region->lock, NULL) : -ENOMEM;
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
	if (r->ledger)
		munmap(r->ledger, ledger_length(r));
	if (r->ledger_fd >= 0)
		close(r->ledger_fd);
	if (r->lock)
		pthread_mutex_destroy(r->lock);
	free(r->lock);
	free(r->sockets);
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
