/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The read-only variables of an object that is open and not loaded: the program has them from its
 * first packet on, and nobody writes them later.
 */
#ifndef XDIVERT_VARIABLES_H
#define XDIVERT_VARIABLES_H

#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

bool variable_exists(const struct bpf_object *bpf, const char *name);
/* The whole variable, with zeros behind `value`. -ENOEXEC: there is none, or it is too short. */
int variable_set(struct bpf_object *bpf, const char *name, const void *value, size_t size,
		 struct xdv_error *error);
/* Of an array of characters; "" if there is none of that name. Borrowed. */
const char *variable_string(const struct bpf_object *bpf, const char *name);

#endif
