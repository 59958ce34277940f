/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef XDIVERT_LIVE_MAP_SIZES_H
#define XDIVERT_LIVE_MAP_SIZES_H

#include "object.h"

/*
 * Before the load: each map gets room for what the policy fills it with, or becomes the one that is
 * there already. Maps that the program does without have none.
 */
int map_sizes_set(struct bpf_object *bpf, const struct program *program,
		  const struct object_options *options);

#endif
