// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dynamic.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Buckets that are looked at for a place that can be freed by moving keys along a path. */
#define SEARCH_MAX 256
/* Seeds that are tried before a half is called full. */
#define SEEDS_MAX 8

/* Words of a slot: a key, and its sets. */
static unsigned int slot_size(const struct dynamic_map *map)
{
	return map->key_words + 1;
}

static uint32_t *slot_at(const struct dynamic_map *map, uint32_t bucket, unsigned int slot)
{
	return map->slots + ((size_t)bucket * XDV_BUCKET_SLOTS + slot) * slot_size(map);
}

/* The word of the sets, which the program reads at any time. */
static uint32_t sets_of(const struct dynamic_map *map, const uint32_t *slot)
{
	return __atomic_load_n(&slot[map->key_words], __ATOMIC_ACQUIRE);
}

static void set_sets(const struct dynamic_map *map, uint32_t *slot, uint32_t sets)
{
	__atomic_store_n(&slot[map->key_words], sets, __ATOMIC_RELEASE);
}

static void buckets_of(const struct dynamic_map *map, uint32_t half, const uint32_t *key,
		       uint32_t bucket[2])
{
	const struct xdv_dynamic *state = map->state;
	uint64_t hash = xdv_dynamic_hash(state->seed[half], key, (int)map->key_words);
	uint32_t first = half ? state->buckets : 0;

	bucket[0] = first + xdv_bucket_one(hash, state->buckets);
	bucket[1] = first + xdv_bucket_two(hash, state->buckets);
}

static uint32_t *find(const struct dynamic_map *map, uint32_t half, const uint32_t *key)
{
	size_t size = map->key_words * sizeof(*key);
	uint32_t bucket[2];

	buckets_of(map, half, key, bucket);
	for (unsigned int i = 0; i < 2 * XDV_BUCKET_SLOTS; i++) {
		uint32_t *slot = slot_at(map, bucket[i / XDV_BUCKET_SLOTS], i % XDV_BUCKET_SLOTS);

		if (sets_of(map, slot) && memcmp(slot, key, size) == 0)
			return slot;
	}
	return NULL;
}

/* NULL if there is none; *count is how many. */
static uint32_t *free_slot(const struct dynamic_map *map, uint32_t bucket, unsigned int *count)
{
	uint32_t *slot = NULL;

	*count = 0;
	for (unsigned int i = 0; i < XDV_BUCKET_SLOTS; i++) {
		if (sets_of(map, slot_at(map, bucket, i)))
			continue;
		slot = slot_at(map, bucket, i);
		++*count;
	}
	return slot;
}

/* In the emptier of the key's buckets, so that both are seldom full. */
static uint32_t *own_slot(const struct dynamic_map *map, uint32_t half, const uint32_t *key)
{
	unsigned int free_one, free_two;
	uint32_t bucket[2], *one, *two;

	buckets_of(map, half, key, bucket);
	one = free_slot(map, bucket[0], &free_one);
	two = free_slot(map, bucket[1], &free_two);
	return free_one >= free_two ? one : two;
}

/*
 * A bucket that is looked at, and the slot in an earlier one whose key could be moved to it. Of
 * each key in a full bucket, the other bucket is looked at next.
 */
struct step {
	uint32_t bucket;
	int from; /* which step; -1: the key that is to be placed itself */
	unsigned int slot;
};

static uint32_t other_bucket(const struct dynamic_map *map, uint32_t half, const uint32_t *key,
			     uint32_t bucket)
{
	uint32_t both[2];

	buckets_of(map, half, key, both);
	return both[0] == bucket ? both[1] : both[0];
}

/*
 * Moves the keys along the path to a free slot, from its end, so that one becomes free where it
 * begins. Not where the program is reading: it might look for a key first where that is not yet,
 * and then where it is no more.
 */
static uint32_t *move_along(const struct dynamic_map *map, const struct step *steps, int last,
			    uint32_t *place)
{
	for (int at = last; steps[at].from >= 0; at = steps[at].from) {
		uint32_t *from = slot_at(map, steps[steps[at].from].bucket, steps[at].slot);

		memcpy(place, from, map->key_words * sizeof(*place));
		set_sets(map, place, sets_of(map, from));
		set_sets(map, from, 0);
		place = from;
	}
	return place;
}

/* A free slot in one of the key's buckets; NULL if none can be had. */
static uint32_t *make_room(const struct dynamic_map *map, uint32_t half, const uint32_t *key)
{
	struct step steps[SEARCH_MAX] = {{.from = -1}, {.from = -1}};
	uint32_t bucket[2];
	int count = 2;

	buckets_of(map, half, key, bucket);
	steps[0].bucket = bucket[0];
	steps[1].bucket = bucket[1];
	for (int at = 0; at < count; at++) {
		unsigned int unused;
		uint32_t *place = free_slot(map, steps[at].bucket, &unused);

		if (place)
			return move_along(map, steps, at, place);
		for (unsigned int i = 0; i < XDV_BUCKET_SLOTS && count < SEARCH_MAX; i++)
			steps[count++] = (struct step){
				other_bucket(map, half, slot_at(map, steps[at].bucket, i),
					     steps[at].bucket),
				at, i};
	}
	return NULL;
}

/* The length of a prefix is known before the prefix can be found. */
static void note_length(const struct dynamic_map *map, uint32_t half, const uint32_t *key)
{
	struct xdv_lengths *lengths = map->lengths ? &map->lengths[half] : NULL;
	uint32_t length = key[map->key_words - 1], count;

	if (!lengths)
		return;
	count = lengths->count;
	for (uint32_t i = 0; i < count; i++)
		if (lengths->list[i].length == length)
			return;
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int bits = length > 32 * i ? length - 32 * i : 0;

		lengths->list[count].mask[i] = bits >= 32
						       ? UINT32_MAX
						       : (uint32_t)(0xffffffff00000000ull >> bits);
	}
	lengths->list[count].length = length;
	__atomic_store_n(&lengths->count, count + 1, __ATOMIC_RELEASE);
}

/* The set's bit in the place for the key, which is new if it is in no set yet. */
static int put(const struct dynamic_map *map, uint32_t half, const uint32_t *key, uint32_t sets,
	       bool is_read)
{
	uint32_t *slot = find(map, half, key);

	if (slot) {
		set_sets(map, slot, sets_of(map, slot) | sets);
		return 0;
	}
	slot = own_slot(map, half, key);
	if (!slot && !is_read)
		slot = make_room(map, half, key);
	if (!slot)
		return -ENOSPC;
	note_length(map, half, key);
	memcpy(slot, key, map->key_words * sizeof(*key));
	set_sets(map, slot, sets);
	return 0;
}

static int take(const struct dynamic_map *map, uint32_t half, const uint32_t *key, uint32_t bit)
{
	uint32_t *slot = find(map, half, key);

	if (!slot || !(sets_of(map, slot) & bit))
		return -ENOENT;
	set_sets(map, slot, sets_of(map, slot) & ~bit);
	return 0;
}

static unsigned int number_of(uint32_t bit)
{
	return (unsigned int)__builtin_ctz(bit);
}

static uint32_t live_half(const struct dynamic_map *map)
{
	return __atomic_load_n(&map->state->live, __ATOMIC_ACQUIRE) & 1;
}

static bool has(const struct dynamic_map *map, uint32_t half, const uint32_t *key, uint32_t bit)
{
	const uint32_t *slot = find(map, half, key);

	return slot && sets_of(map, slot) & bit;
}

bool dynamic_has(const struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	return has(map, live_half(map), key, bit);
}

uint32_t dynamic_count(const struct dynamic_map *map, uint32_t bit)
{
	return map->state->count[number_of(bit)];
}

static void begin_change(struct dynamic_map *map)
{
	__atomic_store_n(&map->state->changing, 1, __ATOMIC_SEQ_CST);
}

static void end_change(struct dynamic_map *map)
{
	__atomic_store_n(&map->state->changing, 0, __ATOMIC_SEQ_CST);
}

int dynamic_add(struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	int err;

	if (dynamic_has(map, key, bit))
		return 0;
	begin_change(map);
	err = put(map, live_half(map), key, bit, true);
	map->state->count[number_of(bit)] += !err;
	end_change(map);
	return err;
}

int dynamic_remove(struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	int err;

	begin_change(map);
	err = take(map, live_half(map), key, bit);
	map->state->count[number_of(bit)] -= !err;
	end_change(map);
	return err;
}

bool dynamic_next_has(const struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	return has(map, !live_half(map), key, bit);
}

int dynamic_next_add(struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	bool known = dynamic_next_has(map, key, bit);
	int err = known ? 0 : put(map, !live_half(map), key, bit, false);

	map->next_count[number_of(bit)] += !err && !known;
	return err;
}

int dynamic_next_remove(struct dynamic_map *map, const uint32_t *key, uint32_t bit)
{
	int err = take(map, !live_half(map), key, bit);

	map->next_count[number_of(bit)] -= !err;
	return err;
}

int dynamic_each(const struct dynamic_map *map,
		 int (*visit)(void *context, const uint32_t *key, uint32_t sets), void *context)
{
	uint32_t first = live_half(map) ? map->state->buckets : 0;
	int err = 0;

	for (uint32_t bucket = 0; !err && bucket < map->state->buckets; bucket++) {
		for (unsigned int i = 0; !err && i < XDV_BUCKET_SLOTS; i++) {
			const uint32_t *slot = slot_at(map, first + bucket, i);

			if (sets_of(map, slot))
				err = visit(context, slot, sets_of(map, slot));
		}
	}
	return err;
}

static void count_sets(uint32_t *count, uint32_t sets)
{
	for (; sets; sets &= sets - 1)
		count[number_of(sets)]++;
}

static int count_key(void *context, const uint32_t *key, uint32_t sets)
{
	struct dynamic_map *map = context;

	(void)key;
	count_sets(map->state->count, sets);
	return 0;
}

void dynamic_repair(struct dynamic_map *map)
{
	if (!map->state->changing)
		return;
	memset(map->state->count, 0, sizeof(map->state->count));
	dynamic_each(map, count_key, map);
	end_change(map);
}

struct copy {
	struct dynamic_map *map;
	uint32_t to, but;
};

static int copy_key(void *context, const uint32_t *key, uint32_t sets)
{
	const struct copy *copy = context;

	sets &= ~copy->but;
	count_sets(copy->map->next_count, sets);
	return sets ? put(copy->map, copy->to, key, sets, false) : 0;
}

static uint32_t new_seed(void)
{
	struct timespec now;
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		return seed;
	clock_gettime(CLOCK_MONOTONIC, &now); /* early at boot */
	return (uint32_t)now.tv_nsec * 0x9e3779b1u;
}

static void clear(const struct dynamic_map *map, uint32_t half)
{
	uint32_t first = half ? map->state->buckets : 0;

	memset(slot_at(map, first, 0), 0,
	       (size_t)map->state->buckets * XDV_BUCKET_SLOTS * slot_size(map) *
		       sizeof(*map->slots));
	if (map->lengths)
		map->lengths[half].count = 0;
}

int dynamic_begin(struct dynamic_map *map, uint32_t but)
{
	struct copy copy = {map, !live_half(map), but};
	int err = -ENOSPC;

	/* a processor may be reading that half still, from before the last commit: this waits */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	for (int i = 0; err == -ENOSPC && i < SEEDS_MAX; i++) {
		clear(map, copy.to);
		memset(map->next_count, 0, sizeof(map->next_count));
		map->state->seed[copy.to] = new_seed();
		err = dynamic_each(map, copy_key, &copy);
	}
	return err;
}

void dynamic_commit(struct dynamic_map *map)
{
	begin_change(map);
	__atomic_store_n(&map->state->live, !live_half(map), __ATOMIC_SEQ_CST);
	memcpy(map->state->count, map->next_count, sizeof(map->state->count));
	end_change(map);
}
