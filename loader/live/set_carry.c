// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Live sets, from one generation into the next.
 */
#include "sets.h"

#include "fail.h"
#include "object.h"

#include <errno.h>
#include <string.h>

static bool same_kind(const struct live_set *live, const struct set *set)
{
	return strcmp(live->kind.name, set->name.text) == 0 && live->kind.parts == set->parts &&
	       live->kind.prefixes == set->prefixes &&
	       memcmp(live->kind.types, set->types, set->parts * sizeof(*set->types)) == 0;
}

struct move {
	struct dynamic_map *to;
	uint32_t from_bit, to_bit;
};

static int move_key(void *context, const uint32_t *key, uint32_t sets)
{
	const struct move *move = context;

	return sets & move->from_bit ? dynamic_next_add(move->to, key, move->to_bit) : 0;
}

/* The sets of one new table that were live before. */
static int carry_set(const struct live_sets *live, const struct dynamic_set *place,
		     struct dynamic_map *to)
{
	for (size_t i = 0; i < live->count; i++) {
		struct move move = {to, live->list[i].bit, place->bit};
		struct dynamic_memory from;
		int err;

		if (!live->list[i].bit || !same_kind(&live->list[i], place->set))
			continue;
		err = live_set_open(&from, live, &live->list[i]);
		if (err)
			return err;
		err = dynamic_each(&from.map, move_key, &move);
		dynamic_close(&from);
		return err;
	}
	return 0;
}

static int open_new(struct dynamic_memory *memory, const struct plan *plan, unsigned int table,
		    const struct object *object)
{
	bool prefixes = plan->dynamic.tables[table].example->prefixes;
	char name[24];
	int buckets;

	snprintf(name, sizeof(name), "dynamic_%u", table);
	buckets = object_map_fd(object, name);
	if (buckets < 0) /* no rule asks about its sets */
		return -ENOENT;
	return dynamic_open(memory, table, plan->dynamic.tables[table].key_words,
			    object_map_fd(object, "dynamic_tables"),
			    prefixes ? object_map_fd(object, "dynamic_lengths") : -1, buckets);
}

/* Room is by set, or what sets without a size have together. */
static int check_room(const struct dynamic *dynamic, unsigned int table,
		      const struct dynamic_map *map, const char *ifname, struct xdv_error *error)
{
	uint32_t shared = 0;

	for (size_t i = 0; i < dynamic->set_count; i++) {
		const struct dynamic_set *place = &dynamic->sets[i];
		uint32_t count = map->next_count[__builtin_ctz(place->bit)];
		uint32_t room = place->set->size ? place->set->size : SET_SIZE_SHARED;

		if (place->table != table)
			continue;
		shared += place->set->size ? 0 : count;
		if (count <= room && shared <= SET_SIZE_SHARED)
			continue;
		fail(error, -ENOSPC,
		     "%s: set @%s has %u elements now, and room for %u in the new policy", ifname,
		     place->set->name.text, count, room);
		return fail_hint(error, -ENOSPC,
				 "write `size %u`, or more, or take elements out first", count);
	}
	return 0;
}

static int carry_table(const struct live_sets *live, const struct dynamic *dynamic,
		       unsigned int table, struct dynamic_map *map, struct xdv_error *error)
{
	int err = dynamic_begin(map, 0);

	for (size_t i = 0; !err && i < dynamic->set_count; i++)
		if (dynamic->sets[i].table == table)
			err = carry_set(live, &dynamic->sets[i], map);
	if (err == -ENOSPC || !err)
		err = check_room(dynamic, table, map, live->ifname, error) ?: err;
	else
		fail(error, err, "%s: its dynamic sets can't be taken over: %s", live->ifname,
		     strerror(-err));
	if (!err)
		dynamic_commit(map);
	return err;
}

int live_sets_carry(const char *ifname, uint32_t generation, const struct plan *plan,
		    const struct object *object, struct xdv_error *error)
{
	struct live_sets live;
	int err;

	if (!generation || !plan->dynamic.look_count)
		return 0;
	err = live_sets_read(&live, ifname, generation);
	if (err)
		return fail(error, err, "%s: its dynamic sets can't be read: %s", ifname,
			    strerror(-err));
	for (unsigned int i = 0; !err && live.count && i < plan->dynamic.table_count; i++) {
		struct dynamic_memory memory;

		err = open_new(&memory, plan, i, object);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (err)
			fail(error, err, "%s: the tables of dynamic sets can't be opened: %s",
			     ifname, strerror(-err));
		else
			err = carry_table(&live, &plan->dynamic, i, &memory.map, error);
		if (!err || err != -ENOENT)
			dynamic_close(&memory);
	}
	live_sets_free(&live);
	return err;
}
