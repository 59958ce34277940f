// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What an application may want of a consumer: its defaults, and its bounds.
 */
#include <string.h>

#include "consumer.h"
#include "fail.h"
#include "sized.h"

#define DEFAULT_FRAMES	  4096
#define DEFAULT_RING_SIZE 2048
#define MAX_FRAMES	  (1u << 20) /* for each queue: 4 GiB of it is more than a mistake */
#define MAX_RING_SIZE	  (1u << 16)

/* Puts the defaults in, and refuses what cannot be. */
static int check_options(struct xdv_consumer_options *options)
{
	struct xdv_error *error = options->error;

	if (!options->frames)
		options->frames = DEFAULT_FRAMES;
	if (!options->workers)
		options->workers = 1;
	if (!options->ring_size)
		options->ring_size = DEFAULT_RING_SIZE;
	if (options->frame_size && options->frame_size != OPTIONS_SMALL_FRAME &&
	    options->frame_size != OPTIONS_LARGE_FRAME)
		return fail(error, -EINVAL, "frame_size must be 2048 or 4096, and is %u",
			    options->frame_size);
	if ((options->ring_size & (options->ring_size - 1)) || options->ring_size > MAX_RING_SIZE)
		return fail(error, -EINVAL, "ring_size must be a power of two up to %u, and is %u",
			    MAX_RING_SIZE, options->ring_size);
	if (options->frames < options->ring_size || options->frames > MAX_FRAMES)
		return fail(error, -EINVAL, "frames must be from ring_size (%u) to %u, and is %u",
			    options->ring_size, MAX_FRAMES, options->frames);
	if (options->zerocopy > XDV_ZEROCOPY_NEVER)
		return fail(error, -EINVAL, "zerocopy must be an enum xdv_zerocopy, and is %u",
			    options->zerocopy);
	if (options->jumbo > 1)
		return fail(error, -EINVAL, "jumbo must be 0 or 1, and is %u", options->jumbo);
	if (options->takeover > 1)
		return fail(error, -EINVAL, "takeover must be 0 or 1, and is %u",
			    options->takeover);
	if (options->region && options->takeover)
		return fail(error, -EINVAL, "a shared region can't be handed over: no takeover");
	if (options->workers > 1 && (options->region || options->takeover))
		return fail(
			error, -EINVAL,
			"%u workers have regions of their own: no takeover, none that is shared",
			options->workers);
	if (options->profile > XDV_PROFILE_FRUGAL)
		return fail(error, -EINVAL, "profile must be an enum xdv_profile, and is %u",
			    options->profile);
	return 0;
}

int options_read(struct xdv_consumer_options *own, const struct xdv_consumer_options *theirs)
{
	int err;

	memset(own, 0, sizeof(*own));
	if (theirs) {
		err = sized_read(own, sizeof(*own), theirs);
		if (err == -E2BIG)
			return fail(theirs->error, err,
				    "the options have members that libxdivert %s does not know",
				    XDIVERT_VERSION);
		if (err)
			return err;
	}
	return check_options(own);
}
