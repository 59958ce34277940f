/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What stands in front of the actions of looked-up rules. The answer that finds a rule says all
 * that it does, but for this, which most rules do without.
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
