// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Changes of a live set.
 */
#include "sets.h"

#include "fail.h"

#include <errno.h>
#include <string.h>

/* Sets without a size of their own share the room of their table that is nobody's. */
static uint32_t room_taken(const struct live_sets *sets, const struct live_set *set,
			   const struct dynamic_map *map)
{
	uint32_t taken = 0;

	if (set->size)
		return dynamic_count(map, set->bit);
	for (size_t i = 0; i < sets->count; i++) {
		const struct live_set *other = &sets->list[i];

		if (other->bit && !other->size && other->table == set->table)
			taken += dynamic_count(map, other->bit);
	}
	return taken;
}

static int no_room(const struct live_sets *sets, const struct live_set *set, uint32_t wanted,
		   struct xdv_error *error)
{
	uint32_t room = set->size ? set->size : SET_SIZE_SHARED;

	fail(error, -ENOSPC, "%s: set @%s has room for %u elements%s, and would have %u",
	     sets->ifname, set->kind.name, room,
	     set->size ? "" : " together with others of its types", wanted);
	return fail_hint(error, -ENOSPC,
			 "nothing is changed; write `size %u` in the policy, "
			 "and load it again",
			 wanted > room ? wanted : room + 1);
}

/* One element where the program is reading: a write of one word. */
static int change_one(struct dynamic_map *map, const struct set_change *change, uint32_t bit)
{
	return change->verb == SET_DELETE ? dynamic_remove(map, change->keys, bit)
					  : dynamic_add(map, change->keys, bit);
}

/* Any number in the half that nobody reads; nothing is visible before it is all there. */
static int make_next(struct dynamic_map *map, const struct set_change *change, uint32_t bit,
		     size_t *failed)
{
	int err = dynamic_begin(map, change->verb == SET_REPLACE ? bit : 0);

	for (size_t i = 0; !err && i < change->count; i++) {
		const uint32_t *key = change->keys + i * map->key_words;

		*failed = i;
		err = change->verb == SET_DELETE ? dynamic_next_remove(map, key, bit)
						 : dynamic_next_add(map, key, bit);
	}
	return err;
}

static int apply(const struct live_sets *sets, const struct live_set *set, struct dynamic_map *map,
		 struct set_change *change, size_t *missing, struct xdv_error *error)
{
	uint32_t room = set->size ? set->size : SET_SIZE_SHARED;
	uint32_t taken = room_taken(sets, set, map), others = taken - change->before;
	int err;

	if (change->verb == SET_ADD && change->count == 1 && taken >= room &&
	    !dynamic_has(map, change->keys, set->bit))
		return no_room(sets, set, taken + 1, error);
	if (change->count == 1 && change->verb != SET_REPLACE) {
		err = change_one(map, change, set->bit);
		if (err != -ENOSPC) { /* else it takes a new half */
			*missing = 0;
			return err;
		}
	}
	err = make_next(map, change, set->bit, missing);
	if (err == -ENOSPC || (!err && others + map->next_count[__builtin_ctz(set->bit)] > room))
		return no_room(sets, set,
			       err ? taken + (uint32_t)change->count
				   : others + map->next_count[__builtin_ctz(set->bit)],
			       error);
	if (!err)
		dynamic_commit(map);
	return err;
}

int live_set_change(const struct live_sets *sets, struct set_change *change, size_t *missing,
		    struct xdv_error *error)
{
	const struct live_set *set = live_sets_find(sets, change->set);
	struct dynamic_memory memory;
	int err;

	err = live_set_open(&memory, sets, set);
	if (err)
		return fail(error, err, "%s: set @%s can't be opened: %s", sets->ifname,
			    change->set, strerror(-err));
	dynamic_repair(&memory.map);
	change->before = dynamic_count(&memory.map, set->bit);
	err = apply(sets, set, &memory.map, change, missing, error);
	change->now = dynamic_count(&memory.map, set->bit);
	dynamic_close(&memory);
	return err;
}
