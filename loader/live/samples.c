// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "samples.h"

#include "device.h"
#include "fail.h"
#include "files.h"
#include "pins.h"
#include "process.h"
#include "state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct samples {
	struct ring_buffer *ring;
	int fd; /* of its map */
	unsigned int room; /* samples */
	samples_handler handler;
	void *context;
	int samplers;
	int owned[2]; /* descriptors to close with it; -1: none */
	struct state_lock lock; /* there is one reader */
};

static int hand_out(void *context, void *data, size_t size)
{
	const struct samples *samples = context;

	if (size < sizeof(struct xdv_sample))
		return -EBADMSG;
	return samples->handler(samples->context, data);
}

int samples_open(struct samples **samples, int ring, int samplers, samples_handler handler,
		 void *context)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	struct samples *opened;
	int err;

	if (bpf_obj_get_info_by_fd(ring, &info, &length))
		return -errno;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	*opened = (struct samples){
		.fd = ring,
		.room = info.max_entries / (unsigned int)sizeof(struct xdv_sample),
		.handler = handler,
		.context = context,
		.samplers = samplers,
		.owned = {-1, -1},
		.lock.fd = -1,
	};
	opened->ring = ring_buffer__new(ring, hand_out, opened, NULL);
	if (!opened->ring) {
		err = -errno;
		free(opened);
		return err;
	}
	*samples = opened;
	return 0;
}

static int open_map(const char *ifname, uint32_t generation, const char *map)
{
	char path[XDV_PATH_MAX];
	int err = pins_path(path, sizeof(path), ifname, "%u/%s", generation, map);

	return err ? err : bpf_obj_get(path);
}

static int open_pinned(struct samples **samples, const char *ifname, uint32_t generation,
		       samples_handler handler, void *context)
{
	int ring = open_map(ifname, generation, "samples"), samplers, err;

	if (ring < 0)
		return ring;
	samplers = open_map(ifname, generation, "rule_samplers");
	err = samplers < 0 ? samplers : samples_open(samples, ring, samplers, handler, context);
	if (err) {
		close(ring);
		if (samplers >= 0)
			close(samplers);
		return err;
	}
	(*samples)->owned[0] = ring;
	(*samples)->owned[1] = samplers;
	return 0;
}

static int read_by_another(const char *ifname, const char *path, struct xdv_error *error)
{
	char lock[XDV_PATH_MAX + sizeof(".lock")], name[32] = "", *text = NULL;
	size_t size;
	pid_t pid = 0;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	if (file_read(lock, &text, &size) == 0)
		pid = (pid_t)strtol(text, NULL, 10);
	free(text);
	if (pid > 0 && process_start(pid, name, sizeof(name)))
		fail(error, -EBUSY, "%s: process %d (%s) reads its samples", ifname, (int)pid,
		     name);
	else
		fail(error, -EBUSY, "%s: another process reads its samples", ifname);
	return fail_hint(error, -EBUSY,
			 "end it first; while `xdivert run` runs, many can capture at once");
}

/* Of a generation: the reader of the one before may have something to take still. */
static int lock_reader(struct state_lock *lock, const char *ifname, uint32_t generation,
		       struct xdv_error *error)
{
	char path[XDV_PATH_MAX];
	int err = pins_run_path(path, sizeof(path), ifname, "%u/samples", generation);

	if (!err)
		err = state_lock_path(lock, path);
	if (err == -EBUSY)
		return read_by_another(ifname, path, error);
	return err ? fail(error, err, "%s.lock: %s", path, strerror(-err)) : 0;
}

int samples_open_live(struct samples **samples, const char *ifname, samples_handler handler,
		      void *context, struct xdv_error *error)
{
	struct state_lock lock;
	struct device device;
	struct live live;
	int err;

	err = device_read(&device, ifname, error);
	if (!err)
		err = live_find(&live, &device, error);
	if (err)
		return err;
	if (live.kind == ATTACH_NONE) {
		fail(error, -ENOENT, "%s: no policy is loaded on it", ifname);
		return fail_hint(error, -ENOENT, "load one: xdivert load %s FILE", ifname);
	}
	err = lock_reader(&lock, device.name, live.generation, error);
	if (err)
		return err;
	err = open_pinned(samples, device.name, live.generation, handler, context);
	if (!err) {
		(*samples)->lock = lock;
		return 0;
	}
	state_unlock(&lock);
	if (err == -ENOENT) {
		fail(error, err, "%s: no rule of its policy takes samples", ifname);
		return fail_hint(error, err, "write: => sample 1/1000 pass");
	}
	return fail(error, err, "%s: its samples can't be read: %s", ifname, strerror(-err));
}

void samples_close(struct samples **samples)
{
	if (!*samples)
		return;
	ring_buffer__free((*samples)->ring);
	for (int i = 0; i < 2; i++)
		if ((*samples)->owned[i] >= 0)
			close((*samples)->owned[i]);
	state_unlock(&(*samples)->lock);
	free(*samples);
	*samples = NULL;
}

int samples_fd(const struct samples *samples)
{
	return samples->fd;
}

int samples_read(struct samples *samples, int timeout_ms)
{
	/* poll() takes what was signalled, consume() what is there: also what came in between */
	int count = ring_buffer__consume(samples->ring);

	if (count)
		return count;
	count = ring_buffer__poll(samples->ring, timeout_ms);
	return count == -EINTR ? 0 : count;
}

unsigned int samples_room(const struct samples *samples)
{
	return samples->room;
}

int samples_lost(const struct samples *samples, uint64_t *lost)
{
	int processors = libbpf_num_possible_cpus(), err = 0;
	struct bpf_map_info info = {};
	struct xdv_sampler *each;
	__u32 length = sizeof(info);
	uint64_t sum = 0;

	if (processors < 0)
		return processors;
	if (bpf_obj_get_info_by_fd(samples->samplers, &info, &length))
		return -errno;
	each = calloc((size_t)processors, sizeof(*each));
	if (!each)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < info.max_entries; i++) {
		err = bpf_map_lookup_elem(samples->samplers, &i, each);
		for (int j = 0; !err && j < processors; j++)
			sum += each[j].lost;
	}
	free(each);
	if (!err)
		*lost = sum;
	return err;
}
