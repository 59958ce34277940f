/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where a program keeps what it knows of a packet, if that is too much for the stack, or if the
 * rules ask it in many ways. The kernel's verifier knows nothing of what is in there, which saves
 * it from telling apart the ways by which it was found out.
 */
#ifndef XDIVERT_SCRATCH_H
#define XDIVERT_SCRATCH_H

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

/* Each processor has its own: nothing interrupts a program by another packet. */
#define XDV_SCRATCH(value_type)                                                                    \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                           \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
	} scratch SEC(".maps")

#endif
