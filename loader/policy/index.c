// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * "Hash, displace": keys fall into buckets; a bucket's keys are moved together, by its
 * displacement, to where all their slots are free. The fullest buckets choose first.
 */
#include "index.h"

#include "arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* On average so many keys a bucket; at most so many of ten slots are taken. */
#define BUCKET_KEYS 3
#define LOAD_OF_TEN 7
/* A seed with which no place is found within this many displacements is given up. */
#define DISPLACEMENTS_TRIED(slots) (16 * (slots) + 1024)
#define DISPLACEMENT_MAX	   UINT16_MAX

struct bucket {
	uint32_t *hashes; /* where the keys go without displacement */
	uint32_t *entries;
	size_t count;
	uint32_t number;
};

struct build {
	const struct index_entry *entries;
	size_t count;
	unsigned int key_words;
	struct xdv_index index;
	struct bucket *buckets;
	uint32_t *slot_entry; /* entry + 1, 0: free */
	uint16_t *displacements;
};

static uint64_t hash_key(const uint32_t *key, unsigned int words, uint32_t seed)
{
	uint64_t hash = seed;

	for (unsigned int i = 0; i < words; i += 2)
		hash = xdv_hash(hash, key[i] | (i + 1 < words ? (uint64_t)key[i + 1] << 32 : 0));
	return hash;
}

static int by_size(const void *a, const void *b)
{
	const struct bucket *one = a, *two = b;

	if (one->count != two->count)
		return one->count < two->count ? 1 : -1;
	return one->number < two->number ? -1 : one->number > two->number;
}

static uint32_t power_of_two(size_t at_least)
{
	uint32_t n = 1;

	while (n < at_least)
		n *= 2;
	return n;
}

static void fill_buckets(struct build *build, struct arena *arena)
{
	size_t buckets = build->index.displacement_mask + 1;

	build->buckets = arena_alloc(arena, buckets * sizeof(*build->buckets));
	for (uint32_t i = 0; i < buckets; i++)
		build->buckets[i].number = i;
	for (uint32_t i = 0; i < build->count; i++) {
		uint64_t hash = hash_key(build->entries[i].key, build->key_words,
					 build->index.seed);
		struct bucket *bucket =
			&build->buckets[(uint32_t)hash & build->index.displacement_mask];
		size_t count = bucket->count;

		*arena_push(arena, &bucket->hashes, count) = xdv_hash_slot(hash);
		*arena_push(arena, &bucket->entries, bucket->count) = i;
	}
	qsort(build->buckets, buckets, sizeof(*build->buckets), by_size);
}

static bool fits(const struct build *build, const struct bucket *bucket, uint32_t displacement)
{
	for (size_t i = 0; i < bucket->count; i++) {
		uint32_t slot = (bucket->hashes[i] + displacement) & build->index.slot_mask;

		if (build->slot_entry[slot])
			return false;
		for (size_t j = 0; j < i; j++)
			if (((bucket->hashes[j] + displacement) & build->index.slot_mask) == slot)
				return false;
	}
	return true;
}

static bool place_bucket(struct build *build, const struct bucket *bucket)
{
	uint32_t tried = DISPLACEMENTS_TRIED(build->index.slot_mask + 1), displacement = 0;

	while (!fits(build, bucket, displacement))
		if (++displacement == tried || displacement > DISPLACEMENT_MAX)
			return false;
	build->displacements[bucket->number] = (uint16_t)displacement;
	for (size_t i = 0; i < bucket->count; i++)
		build->slot_entry[(bucket->hashes[i] + displacement) & build->index.slot_mask] =
			bucket->entries[i] + 1;
	return true;
}

static bool try_seed(struct build *build, struct arena *arena, uint32_t seed)
{
	size_t buckets = build->index.displacement_mask + 1;

	build->index.seed = seed;
	memset(build->slot_entry, 0, (build->index.slot_mask + 1) * sizeof(uint32_t));
	memset(build->displacements, 0, buckets * sizeof(*build->displacements));
	fill_buckets(build, arena);
	for (size_t i = 0; i < buckets && build->buckets[i].count; i++)
		if (!place_bucket(build, &build->buckets[i]))
			return false;
	return true;
}

static void append(struct index_tables *tables, struct arena *arena, const struct build *build)
{
	unsigned int width = tables->slot_words + 1;
	uint16_t *displacements;
	uint32_t *slots;
	size_t slots_before = tables->slot_count, before = tables->displacement_count;

	tables->slot_count += build->index.slot_mask + 1;
	slots = arena_alloc(arena, tables->slot_count * width * sizeof(*slots));
	if (slots_before)
		memcpy(slots, tables->slots, slots_before * width * sizeof(*slots));
	for (size_t i = 0; i <= build->index.slot_mask; i++) {
		uint32_t *slot = slots + (slots_before + i) * width;
		uint32_t entry = build->slot_entry[i];

		slot[width - 1] = XDV_TREE_ANSWER;
		if (!entry)
			continue;
		memcpy(slot, build->entries[entry - 1].key, build->key_words * sizeof(*slot));
		slot[width - 1] = build->entries[entry - 1].answer;
	}
	tables->slots = slots;

	tables->displacement_count += build->index.displacement_mask + 1;
	displacements = arena_alloc(arena, tables->displacement_count * sizeof(*displacements));
	if (before)
		memcpy(displacements, tables->displacements, before * sizeof(*displacements));
	memcpy(displacements + before, build->displacements,
	       (build->index.displacement_mask + 1) * sizeof(*displacements));
	tables->displacements = displacements;
}

uint32_t index_build(struct index_tables *tables, struct arena *arena,
		     const struct index_entry *entries, size_t count, unsigned int key_words)
{
	struct build build = {.entries = entries, .count = count, .key_words = key_words};
	uint32_t slots = power_of_two(count * 10 / LOAD_OF_TEN + 1), seed = 1;
	struct arena *scratch = arena_new();

	for (;;) {
		build.index.slot_mask = slots - 1;
		build.index.displacement_mask =
			power_of_two(count / BUCKET_KEYS + XDV_DISPLACEMENTS) - 1;
		build.slot_entry = arena_alloc(scratch, slots * sizeof(uint32_t));
		build.displacements = arena_alloc(scratch, (build.index.displacement_mask + 1) *
								   sizeof(*build.displacements));
		if (try_seed(&build, scratch, seed++))
			break;
		if (seed % 4 == 0) /* the table is too full for these keys */
			slots *= 2;
	}
	build.index.slots = (uint32_t)tables->slot_count;
	build.index.displacements = (uint32_t)tables->displacement_count;
	append(tables, arena, &build);
	*arena_push(arena, &tables->indexes, tables->index_count) = build.index;
	arena_free(&scratch);
	return (uint32_t)tables->index_count - 1;
}
