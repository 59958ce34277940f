// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sets.h"

#include "fail.h"
#include "files.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line each: NAME TABLE BIT SIZE exact|prefixes TYPE . TYPE ... */
void sets_write(const struct plan *plan, FILE *out)
{
	const struct dynamic *dynamic = &plan->dynamic;

	for (size_t i = 0; i < dynamic->set_count; i++) {
		const struct dynamic_set *place = &dynamic->sets[i];
		const struct set *set = place->set;
		bool asked = false;

		for (size_t j = 0; j < dynamic->look_count; j++)
			asked |= dynamic->looks[j].table == place->table;
		fprintf(out, "%s %u 0x%x %u %s ", set->name.text, place->table,
			asked ? place->bit : 0, set->size, set->prefixes ? "prefixes" : "exact");
		for (size_t j = 0; j < set->parts; j++)
			fprintf(out, "%s%s", j ? " . " : "", type_table[set->types[j]].name);
		fputc('\n', out);
	}
}

static int read_types(struct live_set *set)
{
	char types[200], *rest = types, *word;

	snprintf(types, sizeof(types), "%s", set->types);
	while ((word = strsep(&rest, " ."))) {
		int type = *word ? type_find(word) : 0;

		if (!*word)
			continue;
		if (type < 0 || set->kind.parts == KEY_PARTS_MAX)
			return -EBADMSG;
		set->kind.types[set->kind.parts++] = (enum value_type)type;
	}
	return set->kind.parts ? 0 : -EBADMSG;
}

static int read_line(struct live_set *set, char *line)
{
	int kind = 0, types = 0;
	char *end = strchr(line, ' ');

	if (!end)
		return -EBADMSG;
	*end = '\0';
	set->kind.name = line;
	line = end + 1;
	if (sscanf(line, "%u %x %u %n%*s %n", &set->table, &set->bit, &set->size, &kind, &types) <
		    3 ||
	    !types)
		return -EBADMSG;
	set->kind.prefixes = strncmp(line + kind, "prefixes", strlen("prefixes")) == 0;
	set->types = line + types;
	return read_types(set);
}

static int read_lines(struct live_sets *sets)
{
	char *rest = sets->text, *line;
	size_t lines = 0;
	int err = 0;

	for (const char *at = sets->text; (at = strchr(at, '\n')); at++)
		lines++;
	sets->list = calloc(lines + 1, sizeof(*sets->list));
	if (!sets->list)
		return -ENOMEM;
	while (!err && sets->count < lines && (line = strsep(&rest, "\n")))
		err = read_line(&sets->list[sets->count++], line);
	return err;
}

/* How many elements each has; a table is opened once for the sets that follow each other in it. */
static int read_counts(struct live_sets *sets)
{
	int err = 0;

	for (size_t i = 0; !err && i < sets->count; i++) {
		struct live_set *set = &sets->list[i];
		struct dynamic_memory memory;

		if (!set->bit)
			continue;
		err = live_set_open(&memory, sets, set);
		if (err)
			break;
		set->count = dynamic_count(&memory.map, set->bit);
		dynamic_close(&memory);
	}
	return err;
}

int live_sets_read(struct live_sets *out, const char *ifname, uint32_t generation)
{
	struct live_sets sets = {.generation = generation};
	char path[XDV_PATH_MAX];
	size_t size;
	int err;

	snprintf(sets.ifname, sizeof(sets.ifname), "%s", ifname);
	err = pins_run_path(path, sizeof(path), ifname, "%u/sets", generation);
	if (!err)
		err = file_read(path, &sets.text, &size);
	if (!err)
		err = read_lines(&sets);
	if (!err)
		err = read_counts(&sets);
	if (err == -ENOENT && !sets.count) /* of a version before dynamic sets */
		err = 0;
	if (err)
		live_sets_free(&sets);
	else
		*out = sets;
	return err;
}

void live_sets_free(struct live_sets *sets)
{
	free(sets->list);
	free(sets->text);
	memset(sets, 0, sizeof(*sets));
}

const struct live_set *live_sets_find(const struct live_sets *sets, const char *name)
{
	for (size_t i = 0; i < sets->count; i++)
		if (strcmp(sets->list[i].kind.name, name) == 0)
			return &sets->list[i];
	return NULL;
}

static int open_map(const struct live_sets *sets, const char *name)
{
	char path[XDV_PATH_MAX];
	int err = pins_path(path, sizeof(path), sets->ifname, "%u/%s", sets->generation, name);

	return err ? err : bpf_obj_get(path);
}

static void close_map(int fd)
{
	if (fd >= 0)
		close(fd);
}

int live_set_open(struct dynamic_memory *memory, const struct live_sets *sets,
		  const struct live_set *set)
{
	int tables = open_map(sets, "dynamic_tables"), lengths = -1, buckets, err;
	char name[24];

	snprintf(name, sizeof(name), "dynamic_%u", set->table);
	buckets = open_map(sets, name);
	if (set->kind.prefixes)
		lengths = open_map(sets, "dynamic_lengths");
	err = tables < 0 ? tables : buckets < 0 ? buckets : 0;
	if (!err && set->kind.prefixes && lengths < 0)
		err = lengths;
	if (!err)
		err = dynamic_open(memory, set->table, elements_key_words(&set->kind), tables,
				   lengths, buckets);
	close_map(tables);
	close_map(lengths);
	close_map(buckets);
	return err;
}
