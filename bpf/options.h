/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What stands in front of the actions of looked-up rules: a table of its own, so that rules
 * without any have what they need close together.
 */
#ifndef XDIVERT_OPTIONS_H
#define XDIVERT_OPTIONS_H

#include "program.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_rule_options);
} rule_options SEC(".maps");

#endif
