/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The memory through which data passes: frames of one region, registered with the ring. Each client
 * has one to receive into; the others carry data from and to volumes that are not memory.
 */
#ifndef XDIVERT_STORAGE_FRAMES_H
#define XDIVERT_STORAGE_FRAMES_H

#include "nbd.h"
#include "region.h"
#include "volume.h"

#define FRAME_SIZE   (128u << 10)
#define FRAMES_COUNT 512u /* for data */
/* The longest request takes so many, and there are enough of them. */
#define FRAMES_REQUEST (NBD_PAYLOAD_MAX / FRAME_SIZE)

struct request;

/* A frame on its way: a piece of a request. */
struct piece {
	struct volume_operation operation;
	struct request *request;
};

struct frames {
	struct xdv_region *region;
	struct piece *pieces; /* by frame */
	uint32_t reserved; /* free ones that are kept for clients */
};

/* `clients` to receive into, and FRAMES_COUNT more if there is `data` to carry. */
int frames_open(struct frames *frames, uint32_t clients, bool data, struct ring *ring,
		struct xdv_error *error);
void frames_close(struct frames *frames);

static inline uint32_t frames_free(const struct frames *frames)
{
	return frames->region->free_count - frames->reserved;
}

static inline uint32_t frame_take(struct frames *frames)
{
	return region_take(frames->region, REGION_APPLICATION);
}

static inline uint8_t *frame_data(const struct frames *frames, uint32_t frame)
{
	return frames->region->base + (size_t)frame * FRAME_SIZE;
}

static inline void frame_put(struct frames *frames, uint32_t frame)
{
	region_put(frames->region, (uint64_t)frame * FRAME_SIZE);
}

#endif
