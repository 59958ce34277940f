/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sets of prefixes that change while they are live: a look for each length that there is.
 */
#ifndef XDIVERT_DYNAMIC_PREFIX_BPF_H
#define XDIVERT_DYNAMIC_PREFIX_BPF_H

#include "dynamic.h"

/* By table and half: number of the table times two, and one more for the second half. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_lengths);
} dynamic_lengths SEC(".maps");

/*
 * What is looked up, and where. It is not on the stack, which the packet and its rules fill
 * already: volatile, or clang keeps copies there.
 */
struct xdv_prefix_keys {
	__u32 address[4];
	__u32 key[5];
	/* of the half of the table that is read */
	volatile __u32 first;
	volatile __u32 buckets;
	volatile __u32 seed;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdv_prefix_keys);
} dynamic_keys SEC(".maps");

static __always_inline struct xdv_prefix_keys *xdv_prefix_keys(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&dynamic_keys, &zero);
}

/*
 * The sets that have a prefix of the address, which has so many words; `most` is their bits and
 * one. Both buckets are looked at, always, and what the verifier wants to be asked ends the loop:
 * so there is one way through it.
 */
static __always_inline __u32 xdv_prefix_sets(void *buckets, __u32 number,
					     struct xdv_prefix_keys *keys, const int words,
					     const int most)
{
	const struct xdv_dynamic *table = bpf_map_lookup_elem(&dynamic_tables, &number);
	const struct xdv_lengths *lengths;
	__u32 half, at, sets = 0;

	if (!table)
		return 0;
	half = table->live & 1;
	keys->first = half ? table->buckets : 0;
	keys->buckets = table->buckets;
	keys->seed = table->seed[half];
	at = 2 * number + half;
	lengths = bpf_map_lookup_elem(&dynamic_lengths, &at);
	if (!lengths)
		return 0;
	for (int i = 0; i < most && i < lengths->count; i++) {
		const __u32 *one, *two;
		__u64 hash;

#pragma clang loop unroll(full)
		for (int j = 0; j < words; j++)
			keys->key[j] = keys->address[j] & lengths->list[i].mask[j];
		keys->key[words] = lengths->list[i].length;
		hash = xdv_dynamic_hash(keys->seed, keys->key, words + 1);
		at = keys->first + xdv_bucket_one(hash, keys->buckets);
		one = bpf_map_lookup_elem(buckets, &at);
		at = keys->first + xdv_bucket_two(hash, keys->buckets);
		two = bpf_map_lookup_elem(buckets, &at);
		if (!one || !two)
			break;
		sets |= xdv_sets_in_bucket(one, keys->key, words + 1) |
			xdv_sets_in_bucket(two, keys->key, words + 1);
	}
	return sets;
}

/*
 * A table of prefixes, and the sets that have one of an address. Global functions, which the
 * verifier goes through once, wherever they are called from: a hundred rounds are enough work.
 */
#define XDV_PREFIXES_IPV4(name, number)                                                            \
	XDV_DYNAMIC(name, 2);                                                                      \
	__noinline __u32 name##_sets(__u32 a)                                                      \
	{                                                                                          \
		struct xdv_prefix_keys *keys = xdv_prefix_keys();                                  \
                                                                                                   \
		if (!keys)                                                                         \
			return 0;                                                                  \
		keys->address[0] = a;                                                              \
		return xdv_prefix_sets(&name, number, keys, 1, 32 + 1);                            \
	}

#define XDV_PREFIXES_IPV6(name, number)                                                            \
	XDV_DYNAMIC(name, 5);                                                                      \
	__noinline __u32 name##_sets(__u32 a, __u32 b, __u32 c, __u32 d)                           \
	{                                                                                          \
		struct xdv_prefix_keys *keys = xdv_prefix_keys();                                  \
                                                                                                   \
		if (!keys)                                                                         \
			return 0;                                                                  \
		keys->address[0] = a;                                                              \
		keys->address[1] = b;                                                              \
		keys->address[2] = c;                                                              \
		keys->address[3] = d;                                                              \
		return xdv_prefix_sets(&name, number, keys, 4, 128 + 1);                           \
	}

#endif
