// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "observe.h"

#include "counters.h"
#include "fail.h"
#include "flows.h"
#include "groups.h"
#include "pins.h"
#include "process.h"
#include "sockets.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a replacement may come in between before it is called an error. */
#define TRIES 5

static uint32_t map_entries(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.max_entries;
}

static int open_consumer_map(const char *ifname, const char *consumer, const char *map)
{
	char path[XDV_PATH_MAX];
	int err = pins_path(path, sizeof(path), ifname, "consumers/%s/%s", consumer, map);

	return err ? err : bpf_obj_get(path);
}

static void close_map(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void fill_queue(struct queue_view *queue, bool present, bool beats,
		       const struct xdv_queue_state *state)
{
	char command[sizeof(queue->command)];

	queue->stalled = state->stalled;
	if (!present)
		return;
	queue->use = QUEUE_FOREIGN;
	queue->beats = beats;
	if (!state->pid ||
	    process_start((pid_t)state->pid, command, sizeof(command)) != state->since)
		return;
	queue->use = beats && state->again && state->beat == state->answered ? QUEUE_STALLED
									     : QUEUE_SERVED;
	queue->pid = state->pid;
	memcpy(queue->command, command, sizeof(command));
	queue->zero_copy = state->flags & XDV_QUEUE_ZEROCOPY;
	queue->need_wakeup = state->flags & XDV_QUEUE_NEED_WAKEUP;
	queue->losses_known = losses_read(&queue->losses, state) == 0;
}

/* The maps of a consumer, but for where an older version has made none. */
struct maps {
	int xsks, queues, beating;
};

static int look_for_sockets(const struct maps *maps, uint32_t sockets, bool *present, bool *beats)
{
	int err = sockets_present(maps->xsks, sockets, present);

	if (!err && maps->beating >= 0)
		err = sockets_present(maps->beating, sockets, beats);
	return err;
}

/* Queues beyond those in use are of interest only if somebody sits on them. */
static void fill_in(struct consumer_view *consumer, const struct maps *maps, uint32_t queues,
		    const bool *present, const bool *beats)
{
	size_t used = consumer->count;

	for (uint32_t i = 0; i < queues * consumer->fanout; i++) {
		struct queue_view *queue = &consumer->queues[i];
		struct xdv_queue_state state = {};
		uint32_t key;

		queue->number = i / consumer->fanout;
		queue->share = i % consumer->fanout;
		snprintf(queue->name, sizeof(queue->name), consumer->fanout > 1 ? "%u/%u" : "%u",
			 queue->number, queue->share);
		key = XDV_SOCKET(queue->number, queue->share, queues);
		bpf_map_lookup_elem(maps->queues, &key, &state);
		fill_queue(queue, present[key], beats[key], &state);
		if (queue->use != QUEUE_EMPTY && queue->number >= used)
			used = queue->number + 1;
	}
	consumer->count = used * consumer->fanout;
}

/* `queues`: that the maps have room for. */
static int fill_queues(struct consumer_view *consumer, const struct maps *maps, uint32_t queues)
{
	uint32_t sockets = queues * consumer->fanout;
	bool *present = calloc(sockets, sizeof(*present));
	bool *beats = calloc(sockets, sizeof(*beats));
	int err = present && beats ? look_for_sockets(maps, sockets, present, beats) : -ENOMEM;

	if (!err)
		fill_in(consumer, maps, queues, present, beats);
	free(present);
	free(beats);
	return err;
}

static int read_queues(struct consumer_view *consumer, const struct view *view)
{
	struct maps maps = {
		.xsks = open_consumer_map(view->ifname, consumer->name, "xsks"),
		.queues = open_consumer_map(view->ifname, consumer->name, "queues"),
		.beating = open_consumer_map(view->ifname, consumer->name, "beating"),
	};
	int err = maps.xsks < 0 ? maps.xsks : maps.queues < 0 ? maps.queues : 0;
	uint32_t entries = err ? 0 : map_entries(maps.xsks), queues = view->device.queues;

	if (queues * consumer->fanout > entries) /* the map of another version */
		queues = entries / consumer->fanout;
	consumer->queues = calloc(queues * consumer->fanout + 1, sizeof(*consumer->queues));
	if (!err)
		err = consumer->queues ? 0 : -ENOMEM;
	if (!err) {
		consumer->count = view->device.queues_used;
		if (consumer->count > queues)
			consumer->count = queues;
		err = fill_queues(consumer, &maps, queues);
	}
	close_map(maps.xsks);
	close_map(maps.queues);
	close_map(maps.beating);
	return err;
}

static int read_consumer(struct consumer_view *seen, const struct consumer *consumer,
			 const struct view *view)
{
	*seen = (struct consumer_view){
		.name = consumer->name.text,
		.kind = consumer->kind,
		.stall = consumer->stall,
		.fanout = consumer->fanout,
		.groups = (int)consumer_groups(consumer),
		.joined = consumer->join_count ? groups_joined(&view->device, consumer) : 0,
	};
	return read_queues(seen, view);
}

static int read_flows(struct view *view)
{
	struct flows_view *flows = &view->flows;
	int err;

	if (!view->policy->flows)
		return 0;
	err = flows_count(view->ifname, view->live.generation, &flows->count, &flows->size);
	return err ? err
		   : counters_read_flows(view->ifname, view->live.generation, &flows->counter);
}

static int read_generation(struct view *view)
{
	struct nic nic = nic_of(view->ifname);
	size_t count;
	int err;

	record_read(&view->record, view->ifname, view->live.generation);
	err = record_policy(&view->policy, view->ifname, view->live.generation);
	if (err)
		return err;
	count = view->policy->rule_count + 1;
	view->counters = calloc(count, sizeof(*view->counters));
	view->consumers = calloc(view->policy->consumer_count + 1, sizeof(*view->consumers));
	if (!view->counters || !view->consumers)
		return -ENOMEM;
	err = counters_read(view->ifname, view->live.generation, view->counters, count);
	if (!err)
		err = read_flows(view);
	if (!err)
		err = live_sets_read(&view->sets, view->ifname, view->live.generation);
	if (!err)
		err = steering_view(&view->steering, &nic, view->policy);
	view->consumer_count = view->policy->consumer_count;
	for (size_t i = 0; !err && i < view->consumer_count; i++)
		err = read_consumer(&view->consumers[i], view->policy->consumers[i], view);
	return err;
}

static int nothing_live(const struct view *view, struct xdv_error *error)
{
	enum xdp_place place = device_attached(&view->device);
	uint32_t failed = view->live.trial.generation;
	char old[IF_NAMESIZE];

	if (failed) {
		fail(error, -ENOENT,
		     "%s: generation %u was not confirmed in time: its packets go to the kernel",
		     view->ifname, failed);
		return fail_hint(error, -ENOENT, "`xdivert unload %s` clears it away",
				 view->ifname);
	}
	if (place != PLACES && live_under_old_name(old, &view->device)) {
		fail(error, -ENOENT, "%s: its policy was loaded when its name was %s", view->ifname,
		     old);
		return fail_hint(error, -ENOENT,
				 "`xdivert unload %s` takes it off, then load again", old);
	}
	if (live_went_with_another(&view->device)) {
		fail(error, -ENOENT, "%s: its policy went with the interface that had this name",
		     view->ifname);
		return fail_hint(error, -ENOENT, "load it on this one: xdivert load %s FILE",
				 view->ifname);
	}
	fail(error, -ENOENT, "%s: no policy is loaded on it", view->ifname);
	if (place != PLACES)
		return fail_hint(error, -ENOENT,
				 "program %u is attached to it, but is not of xdivert",
				 view->device.program[place]);
	return fail_hint(error, -ENOENT, "load one: xdivert load %s FILE", view->ifname);
}

static int read_once(struct view *view, const char *ifname, struct xdv_error *error)
{
	int err;

	memset(view, 0, sizeof(*view));
	err = device_read(&view->device, ifname, error);
	if (err)
		return err;
	memcpy(view->ifname, view->device.name, sizeof(view->ifname));
	err = live_find(&view->live, &view->device, error);
	if (err)
		return err;
	if (view->live.kind == ATTACH_NONE || (view->live.trial.over && !view->live.generation))
		return nothing_live(view, error);
	err = view->live.generation ? read_generation(view) : -ESTALE;
	if (!err)
		return 0;
	fail(error, err == -ENOENT ? -ESTALE : err,
	     "%s: a policy is live, but what is kept about it can't be read: %s", ifname,
	     strerror(-err));
	return fail_hint(error, err == -ENOENT ? -ESTALE : err,
			 "load it again: xdivert load %s FILE", ifname);
}

int view_read(struct view *view, const char *ifname, struct xdv_error *error)
{
	int err = -ESTALE;

	/* generations come and go while we look */
	for (int i = 0; i < TRIES && err == -ESTALE; i++) {
		err = read_once(view, ifname, error);
		if (err)
			view_free(view);
	}
	return err;
}

void view_free(struct view *view)
{
	for (size_t i = 0; i < view->consumer_count; i++)
		free(view->consumers[i].queues);
	live_sets_free(&view->sets);
	free(view->consumers);
	free(view->counters);
	if (view->policy)
		policy_free(&view->policy);
	memset(view, 0, sizeof(*view));
}

int interfaces_list(char (**names)[IF_NAMESIZE], size_t *count)
{
	char path[XDV_PATH_MAX], (*list)[IF_NAMESIZE] = NULL, (*grown)[IF_NAMESIZE];
	char name[PINS_NAME_MAX];
	struct dirent *entry;
	DIR *directory;
	size_t found = 0;

	/* the directory in which any interface's would be */
	if (pins_path(path, sizeof(path), "-", "%s", ""))
		return 0;
	*strrchr(path, '/') = '\0';
	directory = opendir(path);
	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(directory))) {
		if (!pins_interface(name, entry->d_name))
			continue;
		grown = reallocarray(list, found + 1, sizeof(*list));
		if (!grown)
			break;
		list = grown;
		strcpy(list[found++], name);
	}
	closedir(directory);
	*names = list;
	*count = found;
	return 0;
}
