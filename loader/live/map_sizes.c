// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "map_sizes.h"

#include "consumers.h"
#include "dynamic_fill.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

static int size_map(struct bpf_object *bpf, const char *name, size_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, name);

	if (!map) /* the plan does without it */
		return 0;
	return bpf_map__set_max_entries(map, entries ? (__u32)entries : 1);
}

/* fd < 0: there is none yet, and the program gets its own. */
static int size_consumer_map(struct bpf_object *bpf, const char *name, int fd, unsigned int room)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, name);

	if (!map) /* no rule diverts to the consumer, or it has `stall off` */
		return 0;
	return fd >= 0 ? bpf_map__reuse_fd(map, fd) : bpf_map__set_max_entries(map, room);
}

static int size_consumers(struct bpf_object *bpf, const struct program *program,
			  const struct object_options *options)
{
	char xsks[CONSUMER_MAP_NAME], queues[CONSUMER_MAP_NAME], beating[CONSUMER_MAP_NAME];
	int err = 0;

	for (unsigned int i = 0; !err && i < program->policy->consumer_count; i++) {
		unsigned int room = consumer_sockets(program->policy->consumers[i],
						     options->queues ? options->queues : 1);
		struct consumer_maps maps = {-1, -1, -1};

		if (options->consumers)
			maps = options->consumers[i];
		snprintf(queues, sizeof(queues), "queues_%u", i);
		snprintf(beating, sizeof(beating), "beating_%u", i);
		err = size_consumer_map(bpf, consumer_map_name(xsks, i), maps.xsks, room);
		if (!err)
			err = size_consumer_map(bpf, queues, maps.queues, room);
		if (!err)
			err = size_consumer_map(bpf, beating, maps.beating, room);
	}
	return err;
}

static int size_flows(struct bpf_object *bpf, const struct program *program,
		      const struct object_options *options)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, "flows");

	if (!map)
		return -ENOENT;
	if (options->flows > 0)
		return bpf_map__reuse_fd(map, options->flows);
	return bpf_map__set_max_entries(map, program->policy->flows->size);
}

int map_sizes_set(struct bpf_object *bpf, const struct program *program,
		  const struct object_options *options)
{
	struct table tables[PROGRAM_TABLES];
	int err;

	program_tables(program, tables);
	err = size_consumers(bpf, program, options);
	if (!err)
		err = size_map(bpf, "rule_counters",
			       program->policy->rule_count / XDV_COUNTERS + 1);
	if (!err)
		err = size_map(bpf, "rule_buckets", program->policy->rule_count + 1);
	if (!err)
		err = size_map(bpf, "rule_samplers", program->policy->rule_count + 1);
	if (!err && program->policy->flows)
		err = size_flows(bpf, program, options);
	if (!err)
		err = size_map(bpf, "redirects", program->policy->interface_count);
	if (!err && options->trial_end)
		err = size_consumer_map(bpf, "trial_end", options->trial_end, 1);
	for (size_t i = 0; !err && i < PROGRAM_TABLES; i++)
		err = size_map(bpf, tables[i].map, tables[i].count);
	if (!err)
		err = dynamic_size_maps(bpf, program->plan);
	return err;
}
