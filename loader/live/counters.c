// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "counters.h"

#include "files.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A file in a generation's directory in /run. The caller frees it. */
static int read_file(const char *ifname, uint32_t generation, const char *name, char **text)
{
	char path[XDV_PATH_MAX];
	size_t size;
	int err = pins_run_path(path, sizeof(path), ifname, "%u/%s", generation, name);

	return err ? err : file_read(path, text, &size);
}

static void add_counter(struct xdv_counter *sum, const struct xdv_counter *counter)
{
	sum->packets += counter->packets;
	sum->bytes += counter->bytes;
	sum->fallback += counter->fallback;
	sum->limited += counter->limited;
}

/* How many counters each value of the map has: other versions had another number. */
static int counters_of_value(int map, size_t *count)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &size))
		return -errno;
	*count = info.value_size / sizeof(struct xdv_counter);
	return !*count || info.value_size % sizeof(struct xdv_counter) ? -EPROTO : 0;
}

int counters_sum(int map, struct xdv_counter *counters, size_t count)
{
	int processors = libbpf_num_possible_cpus(), err;
	struct xdv_counter *each;
	size_t of_value = 0;

	if (processors < 0)
		return processors;
	err = counters_of_value(map, &of_value);
	if (err)
		return err;
	each = calloc((size_t)processors * of_value, sizeof(*each));
	if (!each)
		return -ENOMEM;
	memset(counters, 0, count * sizeof(*counters));
	for (size_t i = 0; !err && i < count; i++) {
		uint32_t value = (uint32_t)(i / of_value);

		if (i % of_value == 0)
			err = bpf_map_lookup_elem(map, &value, each);
		for (size_t j = 0; !err && j < (size_t)processors; j++)
			add_counter(&counters[i], &each[j * of_value + i % of_value]);
	}
	free(each);
	return err;
}

/* A line of four numbers for each counter. */
static void add_carried(const char *ifname, uint32_t generation, const char *file,
			struct xdv_counter *counters, size_t count)
{
	char *text, *rest, *line;

	if (read_file(ifname, generation, file, &text))
		return;
	rest = text;
	for (size_t i = 0; i < count && (line = strsep(&rest, "\n")); i++) {
		uint64_t packets, bytes, fallback, limited = 0;

		/* versions before limits wrote three */
		if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &packets, &bytes,
			   &fallback, &limited) < 3)
			break;
		add_counter(&counters[i], &(struct xdv_counter){packets, bytes, fallback, limited});
	}
	free(text);
}

static int read_counters(const char *ifname, uint32_t generation, const char *map, const char *file,
			 struct xdv_counter *counters, size_t count)
{
	char path[XDV_PATH_MAX];
	int fd, err;

	err = pins_path(path, sizeof(path), ifname, "%u/%s", generation, map);
	if (err)
		return err;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = counters_sum(fd, counters, count);
	close(fd);
	if (!err)
		add_carried(ifname, generation, file, counters, count);
	return err;
}

/* "carried": the default, then the rules */
int counters_read(const char *ifname, uint32_t generation, struct xdv_counter *counters,
		  size_t count)
{
	return read_counters(ifname, generation, "rule_counters", "carried", counters, count);
}

int counters_read_flows(const char *ifname, uint32_t generation, struct xdv_counter *counter)
{
	return read_counters(ifname, generation, "flow_counters", "carried.flows", counter, 1);
}

/* The rules of a generation by name, number 0 being the default. */
struct names {
	char *text;
	const char **list;
	size_t count;
};

static int names_read(struct names *names, const char *ifname, uint32_t generation)
{
	size_t lines = 1;
	char *rest, *line;
	int err = read_file(ifname, generation, "rules", &names->text);

	if (err)
		return err;
	for (const char *at = names->text; (at = strchr(at, '\n')); at++)
		lines++;
	names->list = calloc(lines, sizeof(*names->list));
	if (!names->list) {
		free(names->text);
		return -ENOMEM;
	}
	names->list[0] = "default";
	names->count = 1;
	rest = names->text;
	while (names->count < lines && (line = strsep(&rest, "\n")))
		names->list[names->count++] = line;
	return 0;
}

static void names_free(struct names *names)
{
	free(names->list);
	free(names->text);
}

struct by_name {
	const char *name;
	const struct xdv_counter *counter;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct by_name *)a)->name, ((const struct by_name *)b)->name);
}

static void write_counter(FILE *out, const struct xdv_counter *counter)
{
	fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		(uint64_t)counter->packets, (uint64_t)counter->bytes, (uint64_t)counter->fallback,
		(uint64_t)counter->limited);
}

/* One line for each rule of the new policy. */
static int write_carried(FILE *out, const struct names *names, struct by_name *old, size_t count)
{
	static const struct xdv_counter none;

	qsort(old, count, sizeof(*old), compare_names);
	for (size_t i = 0; i < names->count; i++) {
		struct by_name wanted = {.name = names->list[i]}, *found;
		const struct xdv_counter *counter = &none;

		found = bsearch(&wanted, old, count, sizeof(*old), compare_names);
		if (found)
			counter = found->counter;
		write_counter(out, counter);
	}
	return ferror(out) ? -ENOMEM : 0;
}

static int carry(const char *path, const char *ifname, uint32_t from, const struct names *names,
		 const struct names *old)
{
	struct xdv_counter *counters = calloc(old->count, sizeof(*counters));
	struct by_name *sorted = calloc(old->count, sizeof(*sorted));
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int err = counters && sorted && out ? 0 : -ENOMEM;

	if (!err)
		err = counters_read(ifname, from, counters, old->count);
	for (size_t i = 0; !err && i < old->count; i++)
		sorted[i] = (struct by_name){.name = old->list[i], .counter = &counters[i]};
	if (!err)
		err = write_carried(out, names, sorted, old->count);
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (!err)
		err = file_write(path, text, size);
	free(text);
	free(sorted);
	free(counters);
	return err;
}

/* Of all flows together; nothing, if the one before had none. */
static int carry_flows(const char *ifname, uint32_t generation, uint32_t from)
{
	struct xdv_counter counter;
	char path[XDV_PATH_MAX], *text = NULL;
	size_t size = 0;
	FILE *out;
	int err = counters_read_flows(ifname, from, &counter);

	if (err)
		return err == -ENOENT ? 0 : err;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	write_counter(out, &counter);
	err = fclose(out)
		      ? -ENOMEM
		      : pins_run_path(path, sizeof(path), ifname, "%u/carried.flows", generation);
	if (!err)
		err = file_write(path, text, size);
	free(text);
	return err;
}

int counters_carry(const char *ifname, uint32_t generation, uint32_t from)
{
	struct names names, old;
	char path[XDV_PATH_MAX];
	int err;

	if (!from || from == generation)
		return 0;
	err = pins_run_path(path, sizeof(path), ifname, "%u/carried", generation);
	if (err || access(path, F_OK) == 0)
		return err;
	/* a processor may be inside the old program still; this waits until none is */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	err = carry_flows(ifname, generation, from);
	if (!err)
		err = names_read(&names, ifname, generation);
	if (err)
		return err;
	err = names_read(&old, ifname, from);
	if (!err) {
		err = carry(path, ifname, from, &names, &old);
		names_free(&old);
	}
	names_free(&names);
	return err;
}
