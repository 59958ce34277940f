/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a program knows from its first packet on, and no policy says: set in an object that is open
 * and not loaded.
 */
#ifndef XDIVERT_CONSTANTS_H
#define XDIVERT_CONSTANTS_H

#include "object.h"

int constants_set(struct bpf_object *bpf, const struct policy *policy,
		  const struct object_options *options, struct xdv_error *error);

/* Of these, only whether frames may lie in several buffers. */
int buffers_set(struct bpf_object *bpf, bool buffers, struct xdv_error *error);

/* Of a program that is not on trial. -ENOMEM. */
int tail_calls_drop(struct bpf_object *bpf);

#endif
