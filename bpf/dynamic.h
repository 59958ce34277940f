/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sets that change while they are live: tables that user space writes in shared memory, and the
 * program reads. bpf/abi.h says what lies where, user/dynamic.c who may write when.
 */
#ifndef XDIVERT_DYNAMIC_BPF_H
#define XDIVERT_DYNAMIC_BPF_H

#include "abi.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_dynamic);
} dynamic_tables SEC(".maps");

/* The buckets of a table whose keys have so many words. */
#define XDV_DYNAMIC(name, words)                                                                   \
	struct name##_bucket {                                                                     \
		__u32 slots[XDV_BUCKET_SLOTS][(words) + 1];                                        \
	};                                                                                         \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, 1); /* the loader knows how many */                            \
		__type(key, __u32);                                                                \
		__type(value, struct name##_bucket);                                               \
	} name SEC(".maps")

/*
 * The sets of the slots that have the key. User space may be writing: the sets of a slot are read
 * in front of its key and once more behind, so that they are never those of another key that was
 * or comes there. No branches: for each slot, the verifier would follow them.
 */
static __always_inline __u32 xdv_sets_in_bucket(const volatile __u32 *slot, const __u32 *key,
						const int words)
{
	__u32 sets = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < XDV_BUCKET_SLOTS; i++, slot += words + 1) {
		__u32 before = slot[words];
		__u64 different = 0;

		barrier(); /* the key is read again: kept in registers, it would fill the stack */
#pragma clang loop unroll(full)
		for (int j = 0; j < words; j++)
			different |= slot[j] ^ key[j];
		/* all ones if they are the same */
		sets |= (__u32)((different - 1) >> 32) & before & slot[words];
	}
	return sets;
}

/* The sets that the key is in, a bit each. */
static __always_inline __u32 xdv_sets(void *buckets, __u32 number, const __u32 *key,
				      const int words)
{
	const struct xdv_dynamic *table = bpf_map_lookup_elem(&dynamic_tables, &number);
	__u32 half, first, at, sets;
	const __u32 *bucket;
	__u64 hash;

	if (!table)
		return 0;
	half = table->live & 1;
	first = half ? table->buckets : 0;
	hash = xdv_dynamic_hash(table->seed[half], key, words);
	at = first + xdv_bucket_one(hash, table->buckets);
	bucket = bpf_map_lookup_elem(buckets, &at);
	if (!bucket)
		return 0;
	sets = xdv_sets_in_bucket(bucket, key, words);
	if (sets)
		return sets;
	at = first + xdv_bucket_two(hash, table->buckets);
	bucket = bpf_map_lookup_elem(buckets, &at);
	return bucket ? xdv_sets_in_bucket(bucket, key, words) : 0;
}

#endif
