/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the feeder in the kernel and the benchmark agree on.
 */
#ifndef XDIVERT_BENCH_ABI_H
#define XDIVERT_BENCH_ABI_H

#include <linux/types.h>

#define BENCH_FRAMES	  4096 /* a power of two */
#define BENCH_FRAME_WORDS 11
#define BENCH_FRAME_SIZE  (6 + BENCH_FRAME_WORDS * 8)

/* A frame behind two bytes, so that what follows its first six is aligned. */
struct bench_frame {
	__u16 reserved;
	__u16 head[3];
	__u64 words[BENCH_FRAME_WORDS];
};

#endif
