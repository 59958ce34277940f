// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dynamic_fill.h"

#include "dynamic_memory.h"
#include "fail.h"
#include "prefix.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int size_map(struct bpf_object *bpf, const char *name, size_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, name);

	return map ? bpf_map__set_max_entries(map, (__u32)entries) : 0;
}

int dynamic_size_maps(struct bpf_object *bpf, const struct plan *plan)
{
	const struct dynamic *dynamic = &plan->dynamic;
	char name[32];
	int err;

	err = size_map(bpf, "dynamic_tables", dynamic->table_count);
	if (!err)
		err = size_map(bpf, "dynamic_lengths", 2 * dynamic->table_count);
	for (size_t i = 0; !err && i < dynamic->table_count; i++) {
		snprintf(name, sizeof(name), "dynamic_%u", (unsigned int)i);
		err = size_map(bpf, name, 2 * (size_t)dynamic->tables[i].buckets);
	}
	return err;
}

static int add_prefixes(struct dynamic_map *map, const struct dynamic_set *place,
			const struct part *part)
{
	enum value_type type = place->set->types[0];
	struct prefix *prefixes = calloc(prefix_count(part, type), sizeof(*prefixes));
	size_t count = prefixes ? prefix_split(part, type, prefixes) : 0;
	uint32_t key[DYNAMIC_KEY_WORDS_MAX];
	int err = prefixes ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		dynamic_prefix_key(place->set, &prefixes[i], key);
		err = dynamic_next_add(map, key, place->bit);
	}
	free(prefixes);
	return err;
}

static int add_elements(struct dynamic_map *map, const struct dynamic_set *place)
{
	const struct elements *elements = &place->set->elements;
	uint32_t key[DYNAMIC_KEY_WORDS_MAX];
	int err = 0;

	for (size_t i = 0; !err && i < elements->count; i++) {
		if (place->set->prefixes) {
			err = add_prefixes(map, place, elements->list[i].parts);
			continue;
		}
		dynamic_key(place->set, &elements->list[i], key);
		err = dynamic_next_add(map, key, place->bit);
	}
	return err;
}

static int fill_table(const struct dynamic *dynamic, size_t number, struct dynamic_map *map)
{
	int err = dynamic_begin(map, 0);

	for (size_t i = 0; !err && i < dynamic->set_count; i++)
		if (dynamic->sets[i].table == number)
			err = add_elements(map, &dynamic->sets[i]);
	if (!err)
		dynamic_commit(map);
	return err;
}

int dynamic_fill_maps(const struct bpf_object *bpf, const struct plan *plan,
		      struct xdv_error *error)
{
	int tables = bpf_object__find_map_fd_by_name(bpf, "dynamic_tables"), err = 0;
	int lengths = bpf_object__find_map_fd_by_name(bpf, "dynamic_lengths");

	for (size_t i = 0; !err && i < plan->dynamic.table_count; i++) {
		const struct dynamic_table *table = &plan->dynamic.tables[i];
		struct dynamic_memory memory;
		char name[32];
		int buckets;

		snprintf(name, sizeof(name), "dynamic_%u", (unsigned int)i);
		buckets = bpf_object__find_map_fd_by_name(bpf, name);
		if (buckets < 0) /* no rule asks about any of its sets */
			continue;
		err = dynamic_open(&memory, (unsigned int)i, table->key_words, tables,
				   table->example->prefixes ? lengths : -1, buckets);
		if (!err) {
			err = fill_table(&plan->dynamic, i, &memory.map);
			dynamic_close(&memory);
		}
		if (err)
			fail(error, err, "the map %s of dynamic sets can't be filled: %s", name,
			     strerror(-err));
	}
	return err;
}
