// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Regions that the application makes, for several consumers; and what it does wrong with frames.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumer.h"
#include "fail.h"
#include "region.h"
#include "sized.h"

#define DEFAULT_FRAMES 16384

static int read_options(struct xdv_region_options *own, const struct xdv_region_options *theirs)
{
	int err = 0;

	memset(own, 0, sizeof(*own));
	if (theirs)
		err = sized_read(own, sizeof(*own), theirs);
	if (err == -E2BIG)
		return fail(theirs->error, err,
			    "the options have members that libxdivert %s does not know",
			    XDIVERT_VERSION);
	if (err)
		return err;
	if (!own->frames)
		own->frames = DEFAULT_FRAMES;
	if (!own->frame_size)
		own->frame_size = OPTIONS_SMALL_FRAME;
	if (own->frame_size != OPTIONS_SMALL_FRAME && own->frame_size != OPTIONS_LARGE_FRAME)
		return fail(own->error, -EINVAL, "frame_size must be 2048 or 4096, and is %u",
			    own->frame_size);
	if (own->huge > 1)
		return fail(own->error, -EINVAL, "huge must be 0 or 1, and is %u", own->huge);
	return 0;
}

int xdv_region_create(struct xdv_region **out, const struct xdv_region_options *options)
{
	struct xdv_region_options own;
	struct xdv_region *region;
	int err = read_options(&own, options);

	if (!err && own.huge)
		err = region_create_huge(&region, own.frames, own.frame_size, own.error);
	else if (!err)
		err = region_create(&region, own.frames, own.frame_size, own.error);
	if (err)
		return err;
	region->shared = true;
	*out = region;
	return 0;
}

int xdv_region_free(struct xdv_region **region)
{
	if (!*region)
		return 0;
	if ((*region)->users)
		return -EBUSY;
	region_blame_leaks(*region);
	region_free(region);
	return 0;
}

void *xdv_region_memory(const struct xdv_region *region, size_t *length)
{
	*length = region->length;
	return region->base;
}

int region_socket(const struct xdv_region *region)
{
	return region->users ? region->sockets[0] : -1;
}

int region_join(struct xdv_region *region, int socket, bool jumbo)
{
	int *sockets = reallocarray(region->sockets, region->users + 1, sizeof(*sockets));

	if (!sockets)
		return -ENOMEM;
	region->sockets = sockets;
	if (!region->users)
		region->jumbo = jumbo;
	sockets[region->users++] = socket;
	return 0;
}

void region_leave(struct xdv_region *region, int socket)
{
	for (unsigned int i = 0; i < region->users; i++) {
		if (region->sockets[i] != socket)
			continue;
		region->sockets[i] = region->sockets[--region->users];
		return;
	}
}

void region_blame(const struct xdv_region *region, uint64_t address, const char *done)
{
	uint64_t frame = address >> region->frame_shift;

	if (!region->checked)
		return;
	fprintf(stderr, "libxdivert: frame %llu was %s by the application: %s\n",
		(unsigned long long)frame, done,
		frame >= region->frames		      ? "there is no such frame"
		: region->owner[frame] == REGION_FREE ? "it is free"
						      : "the kernel has it");
	abort();
}

void region_blame_leaks(const struct xdv_region *region)
{
	uint32_t count = 0, first = 0;

	for (uint32_t i = region->frames; region->checked && i-- > 0;) {
		if (region->owner[i] != REGION_APPLICATION)
			continue;
		first = i;
		count++;
	}
	if (!count)
		return;
	fprintf(stderr,
		"libxdivert: %u frames were not given back by the application: the first is %u\n",
		count, first);
	abort();
}
