// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "changes.h"

#include "dynamic_memory.h"
#include "flowmap.h"
#include "live/object.h"
#include "program.h"
#include "times.h"
#include "workload.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUNS	    9
#define CHANGES_RUN 1000 /* of one element, or flow, each */
#define SET	    1u /* the bit of the only set */

/* From 198.18.0.0/15, which is in no workload. */
static uint32_t other_address(uint32_t i)
{
	return 0xc6120000 + i;
}

static int load(const char *name, struct program **program, struct object **object)
{
	const struct object_options options = {0};
	struct xdv_error error = {0};
	char *text = workload_policy(workload_find(name)), *log = NULL;
	struct policy *policy = text ? policy_from_text("bench.policy", text) : NULL;
	int err = policy ? program_build(program, policy, &log, &error) : -ENOMEM;

	free(text);
	free(log);
	if (err)
		policy_free(&policy);
	else
		err = object_load(object, *program, &options, &error);
	if (err)
		fprintf(stderr, "bench: %s: %s\n", name, error.message);
	return err;
}

static int open_set(struct dynamic_memory *memory, const struct object *object)
{
	int err = dynamic_open(memory, 0, 1, object_map_fd(object, "dynamic_tables"), -1,
			       object_map_fd(object, "dynamic_0"));

	if (!err)
		dynamic_repair(&memory->map);
	return err;
}

/* As who changes a set does it: where no place is free for it, in the half that nobody reads. */
static int add_element(struct dynamic_map *map, uint32_t address, bool *made_anew)
{
	int err = dynamic_add(map, &address, SET);

	*made_anew = err == -ENOSPC;
	if (!*made_anew)
		return err;
	err = dynamic_begin(map, 0);
	if (!err)
		err = dynamic_next_add(map, &address, SET);
	if (!err)
		dynamic_commit(map);
	return err;
}

/* Every second change takes out again what the one before has put in. */
static int change_element(struct dynamic_map *map, uint32_t i, bool *made_anew)
{
	/* never one of the set */
	uint32_t address = other_address((uint32_t)workload_find("dynamic-100k")->elements + i / 2);

	*made_anew = false;
	return i % 2 ? dynamic_remove(map, &address, SET) : add_element(map, address, made_anew);
}

/* As `xdivert set` does it, which opens the table each time. */
static int change_elements(const struct object *object, struct changes *changes)
{
	double us[CHANGES_RUN], start = times_now();
	struct dynamic_memory memory;
	unsigned int anew = 0;
	bool made_anew;
	int err = 0;

	for (uint32_t i = 0; !err && i < CHANGES_RUN; i++) {
		err = open_set(&memory, object);
		if (err)
			break;
		err = change_element(&memory.map, i, &made_anew);
		dynamic_close(&memory);
		us[i] = times_lap(&start) * 1e3;
		anew += made_anew;
	}
	changes->element_us = times_median(us, CHANGES_RUN);
	changes->anew_percent = 200.0 * anew / CHANGES_RUN; /* every second one is added */
	return err;
}

static int change_elements_open(const struct object *object, struct changes *changes)
{
	double us[CHANGES_RUN], start;
	struct dynamic_memory memory;
	bool made_anew;
	int err = open_set(&memory, object);

	if (err)
		return err;
	start = times_now();
	for (uint32_t i = 0; !err && i < CHANGES_RUN; i++) {
		err = change_element(&memory.map, i, &made_anew);
		us[i] = times_lap(&start) * 1e3;
	}
	dynamic_close(&memory);
	changes->element_open_us = times_median(us, CHANGES_RUN);
	return err;
}

static int replace(const struct object *object, double *ms)
{
	uint32_t count = (uint32_t)workload_find("dynamic-100k")->elements;
	struct dynamic_memory memory;
	double start = times_now();
	int err = open_set(&memory, object);

	if (err)
		return err;
	err = dynamic_begin(&memory.map, SET);
	for (uint32_t i = 0; !err && i < count; i++)
		err = dynamic_next_add(&memory.map, &(uint32_t){other_address(i)}, SET);
	if (!err)
		dynamic_commit(&memory.map);
	dynamic_close(&memory);
	*ms = times_lap(&start);
	return err;
}

/* From 203.0.113.0/24, by port, until the table has so many. */
static int add_flows(int table, uint32_t first, uint32_t count, double *us)
{
	const struct xdv_flow_entry entry = {.action = XDV_ACTION_PASS};
	struct xdv_flow flow = {.saddr = {203, 0, 113}, .family = 2, .protocol = 17};
	double start = times_now();
	int err = 0;

	for (uint32_t i = first; !err && i < first + count; i++) {
		struct xdv_flow_key key;

		flow.saddr[3] = (uint8_t)(i >> 16);
		flow.sport = (uint16_t)i;
		err = flowmap_key(&key, &flow);
		if (!err)
			err = bpf_map_update_elem(table, &key, &entry, BPF_ANY);
	}
	*us = times_lap(&start) * 1e3 / count;
	return err;
}

static int change_sets(struct changes *changes)
{
	double all[RUNS];
	struct program *program = NULL;
	struct object *object = NULL;
	int err = load("dynamic-100k", &program, &object);

	if (!err)
		err = change_elements(object, changes);
	if (!err)
		err = change_elements_open(object, changes);
	for (int i = 0; !err && i < RUNS; i++)
		err = replace(object, &all[i]);
	if (!err)
		changes->replace_ms = times_median(all, RUNS);
	object_close(&object);
	program_free(&program);
	return err;
}

static int change_flows(struct changes *changes)
{
	uint32_t room = (uint32_t)workload_find("flows-miss")->flows;
	uint32_t before = room - RUNS * CHANGES_RUN;
	double flow[RUNS], filling;
	struct program *program = NULL;
	struct object *object = NULL;
	int table, err = load("flows-miss", &program, &object);

	table = err ? -1 : object_map_fd(object, "flows");
	if (!err)
		err = add_flows(table, 0, before, &filling);
	for (uint32_t i = 0; !err && i < RUNS; i++)
		err = add_flows(table, before + i * CHANGES_RUN, CHANGES_RUN, &flow[i]);
	if (!err)
		changes->flow_us = times_median(flow, RUNS);
	object_close(&object);
	program_free(&program);
	return err;
}

int changes_take(struct changes *changes)
{
	int err = change_sets(changes);

	if (!err)
		err = change_flows(changes);
	if (err)
		fprintf(stderr, "bench: changes of what is live: %s\n", strerror(-err));
	return err;
}
