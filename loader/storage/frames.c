// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "frames.h"

#include "fail.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(FRAMES_COUNT >= 2 * FRAMES_REQUEST, "the longest request leaves some to others");

int frames_open(struct frames *frames, uint32_t clients, bool data, struct ring *ring,
		struct xdv_error *error)
{
	uint32_t count = clients + (data ? FRAMES_COUNT : 0);
	int err;

	memset(frames, 0, sizeof(*frames));
	err = region_create(&frames->region, count, FRAME_SIZE, error);
	if (err)
		return err;
	frames->pieces = calloc(count, sizeof(*frames->pieces));
	if (!frames->pieces) {
		frames_close(frames);
		return fail(error, -ENOMEM, "no memory for %u frames", count);
	}
	frames->reserved = clients;
	if (data)
		ring_register(ring, &(struct iovec){frames->region->base, frames->region->length});
	return 0;
}

void frames_close(struct frames *frames)
{
	region_free(&frames->region);
	free(frames->pieces);
	memset(frames, 0, sizeof(*frames));
}
