/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The tables of a policy's dynamic sets, in an object that is being loaded.
 */
#ifndef XDIVERT_DYNAMIC_FILL_H
#define XDIVERT_DYNAMIC_FILL_H

#include "plan.h"
#include "xdivert/error.h"

struct bpf_object;

/* Before the load: how large the maps are. */
int dynamic_size_maps(struct bpf_object *bpf, const struct plan *plan);
/* Behind it: the elements that the sets begin with. */
int dynamic_fill_maps(const struct bpf_object *bpf, const struct plan *plan,
		      struct xdv_error *error);

#endif
