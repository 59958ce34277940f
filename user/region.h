/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Inside of a region: its memory, and who has each of its frames.
 */
#ifndef XDIVERT_REGION_PRIVATE_H
#define XDIVERT_REGION_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <xdivert/error.h>
#include <xdivert/region.h>

enum region_owner {
	REGION_FREE,
	REGION_KERNEL, /* in one of the rings */
	REGION_APPLICATION,
};

/*
 * Memory that is handed over beside a region, so that who takes over knows who has each frame.
 */
struct region_ledger {
	uint32_t yield; /* another process wants the consumer: see handed.h */
	uint32_t reserved[15];
	unsigned char owner[]; /* enum region_owner, by frame number */
};

struct xdv_region {
	unsigned char *base;
	size_t length;
	size_t page_size;
	int fd;
	uint32_t frame_size;
	uint32_t frame_shift; /* frame_size = 1 << frame_shift */
	uint32_t frames;
	uint32_t free_count;
	uint32_t *free; /* a stack of frame numbers: the last one back is the warmest */
	unsigned char *owner; /* of the ledger */
	struct region_ledger *ledger;
	int ledger_fd;
	pthread_mutex_t *lock; /* of several threads that have it; NULL: there is one at a time */
	bool checked; /* mistakes about frames end the process */
	bool shared; /* the application made it, for any number of consumers: */
	unsigned int users;
	int *sockets; /* of each of them the first, which the next one shares the region with */
	bool jumbo; /* these sockets take packets of several frames */
};

/* frame_size is a power of two, at least 64. -ENOMEM, -EINVAL if it cannot be that large. */
int region_create(struct xdv_region **out, uint32_t frames, uint32_t frame_size,
		  struct xdv_error *error);
/* The same, in huge pages or not at all. */
int region_create_huge(struct xdv_region **out, uint32_t frames, uint32_t frame_size,
		       struct xdv_error *error);
/*
 * Of memory that another process has made, `fd` and `ledger_fd`, which are taken also on failure.
 * No frame is free before region_reclaim(). -EINVAL: they are not of that size.
 */
int region_adopt(struct xdv_region **out, int fd, int ledger_fd, uint32_t frames,
		 uint32_t frame_size, size_t page_size);
/* All frames that the kernel does not have are free. */
void region_reclaim(struct xdv_region *region);
void region_free(struct xdv_region **region);

/* A socket that is bound and has the region; -1: there is none yet. */
int region_socket(const struct xdv_region *region);
/* From now on, and no more: a consumer whose first socket this is. */
int region_join(struct xdv_region *region, int socket, bool jumbo);
void region_leave(struct xdv_region *region, int socket);

/* If it is checked: says what was done to a frame that is not the application's, and aborts. */
void region_blame(const struct xdv_region *region, uint64_t address, const char *done);
/* The same, if the application has not given back all frames. */
void region_blame_leaks(const struct xdv_region *region);

/* From now on several threads may have it, each frame being one's. -ENOMEM. */
int region_divide(struct xdv_region *region);

/* What is free, and the rings that several sockets share, are touched only in between. */
static inline void region_lock(struct xdv_region *region)
{
	if (region->lock)
		pthread_mutex_lock(region->lock);
}

static inline void region_unlock(struct xdv_region *region)
{
	if (region->lock)
		pthread_mutex_unlock(region->lock);
}

static inline uint32_t region_frame(const struct xdv_region *region, uint64_t address)
{
	return (uint32_t)(address >> region->frame_shift);
}

/* Is `address` in a frame that the application has? */
static inline bool region_is_lent(const struct xdv_region *region, uint64_t address)
{
	return address < (uint64_t)region->frames << region->frame_shift &&
	       region->owner[region_frame(region, address)] == REGION_APPLICATION;
}

/* A free frame's number; the caller has looked at free_count. */
static inline uint32_t region_take(struct xdv_region *region, enum region_owner owner)
{
	uint32_t frame = region->free[--region->free_count];

	region->owner[frame] = (unsigned char)owner;
	return frame;
}

static inline void region_put(struct xdv_region *region, uint64_t address)
{
	uint32_t frame = region_frame(region, address);

	region->owner[frame] = REGION_FREE;
	region->free[region->free_count++] = frame;
}

#endif
