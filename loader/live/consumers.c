// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "consumers.h"

#include "bpf/abi.h"
#include "fail.h"
#include "files.h"
#include "object.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

char *consumer_map_name(char name[CONSUMER_MAP_NAME], size_t consumer)
{
	if (consumer == 0)
		snprintf(name, CONSUMER_MAP_NAME, "%s", XDV_XSKS_MAP);
	else
		snprintf(name, CONSUMER_MAP_NAME, "xsks_%u", (unsigned int)consumer);
	return name;
}

/* DPDK's PMD makes its own, and looks for one socket a queue. */
unsigned int consumer_sockets(const struct consumer *consumer, unsigned int queues)
{
	return consumer->kind == CONSUMER_DPDK ? queues : queues * XDV_FANOUT_MAX;
}

/* DPDK finds its sockets' map by name: no other may have that one. */
static bool suits_name(const char *found, const char *wanted)
{
	return (strcmp(found, XDV_XSKS_MAP) == 0) == (strcmp(wanted, XDV_XSKS_MAP) == 0);
}

/*
 * One that an earlier load has made. -ENOENT: there is none that fits. `name`: what it must be
 * called, or NULL for anything.
 */
static int pinned_map(const char *path, enum bpf_map_type type, uint32_t value_size,
		      unsigned int room, const char *name)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!err && (info.type != type || info.value_size != value_size ||
		     info.max_entries != room || (name && !suits_name(info.name, name))))
		err = -ENOENT;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int pin_new_map(const char *path, int fd)
{
	int err;

	if (fd < 0)
		return fd;
	unlink(path); /* one that does not fit */
	err = bpf_obj_pin(fd, path);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* So that bpftool shows what the fields mean. */
static struct btf *describe_queue_state(int *key, int *value)
{
	static const struct {
		const char *name;
		size_t size, offset;
	} fields[] = {
#define FIELD(name)                                                                                \
	{#name, sizeof(((struct xdv_queue_state *)NULL)->name),                                    \
	 offsetof(struct xdv_queue_state, name)}
		FIELD(pid),    FIELD(flags),	FIELD(since), FIELD(beat),  FIELD(socket),
		FIELD(fanout), FIELD(answered), FIELD(asked), FIELD(again), FIELD(stalled),
#undef FIELD
	};
	struct btf *btf = btf__new_empty();
	int long_type;

	if (!btf)
		return NULL;
	*key = btf__add_int(btf, "__u32", 4, 0);
	long_type = btf__add_int(btf, "__u64", 8, 0);
	*value = btf__add_struct(btf, "xdv_queue_state", sizeof(struct xdv_queue_state));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		btf__add_field(btf, fields[i].name,
			       fields[i].size == sizeof(__u32) ? *key : long_type,
			       (__u32)(8 * fields[i].offset), 0);
	if (*value < 0 || btf__load_into_kernel(btf)) {
		btf__free(btf);
		return NULL;
	}
	return btf;
}

static int create_queues(unsigned int room)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int key = 0, value = 0, fd;
	struct btf *btf = describe_queue_state(&key, &value);

	if (btf) {
		options.btf_fd = (__u32)btf__fd(btf);
		options.btf_key_type_id = (__u32)key;
		options.btf_value_type_id = (__u32)value;
	}
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "queues", sizeof(__u32),
			    sizeof(struct xdv_queue_state), room, &options);
	btf__free(btf);
	return fd;
}

static int create_sockets(const char *name, unsigned int room)
{
	return bpf_map_create(BPF_MAP_TYPE_XSKMAP, name, sizeof(__u32), sizeof(__u32), room, NULL);
}

static int open_queues(const char *directory, unsigned int room)
{
	char path[XDV_PATH_MAX + 8];
	int fd;

	snprintf(path, sizeof(path), "%s/queues", directory);
	fd = pinned_map(path, BPF_MAP_TYPE_ARRAY, sizeof(struct xdv_queue_state), room, NULL);
	return fd == -ENOENT ? pin_new_map(path, create_queues(room)) : fd;
}

static int open_sockets(const char *directory, const char *file, const char *name, bool named,
			unsigned int room)
{
	char path[XDV_PATH_MAX + 8];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	fd = pinned_map(path, BPF_MAP_TYPE_XSKMAP, sizeof(__u32), room, named ? name : NULL);
	return fd == -ENOENT ? pin_new_map(path, create_sockets(name, room)) : fd;
}

static int open_maps(struct consumer_maps *maps, const struct policy *policy, size_t consumer,
		     const char *directory, unsigned int room)
{
	char name[CONSUMER_MAP_NAME];

	maps->queues = open_queues(directory, room);
	if (maps->queues < 0)
		return maps->queues;
	maps->beating = open_sockets(directory, "beating", "beating", false, room);
	if (maps->beating < 0)
		return maps->beating;
	maps->xsks = open_sockets(directory, "xsks", consumer_map_name(name, consumer),
				  policy->consumers[0]->kind == CONSUMER_DPDK, room);
	return maps->xsks < 0 ? maps->xsks : 0;
}

/*
 * Of an array that others are writing to: only this one word of it. On trial, a smaller number than
 * was told is not: if it goes back, nobody is there to tell the one before again.
 */
static void tell_fanout(int queues, uint32_t fanout, bool on_trial)
{
	size_t length = sizeof(struct xdv_queue_state);
	struct xdv_queue_state *first = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED,
					     queues, 0);

	if (first == MAP_FAILED) /* it is opened as if there were one: the rest stays here */
		return;
	if (!on_trial || fanout > first->fanout)
		__atomic_store_n(&first->fanout, fanout, __ATOMIC_RELAXED);
	munmap(first, length);
}

void consumers_settle(const struct consumers *consumers, const struct policy *policy, bool on_trial)
{
	for (size_t i = 0; i < policy->consumer_count; i++)
		tell_fanout(consumers->maps[i].queues, policy->consumers[i]->fanout, on_trial);
}

void consumers_confirm(const struct policy *policy, const char *ifname)
{
	char path[XDV_PATH_MAX];

	for (size_t i = 0; i < policy->consumer_count; i++) {
		int fd = pins_path(path, sizeof(path), ifname, "consumers/%s/queues",
				   policy->consumers[i]->name.text);

		if (!fd)
			fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		tell_fanout(fd, policy->consumers[i]->fanout, false);
		close(fd);
	}
}

static int open_consumer(struct consumers *consumers, const struct policy *policy, size_t number,
			 const struct device *device)
{
	const char *name = policy->consumers[number]->name.text;
	char directory[XDV_PATH_MAX];
	int err;

	err = pins_path(directory, sizeof(directory), device->name, "consumers/%s", name);
	if (err)
		return err;
	consumers->created[number] = access(directory, F_OK) != 0;
	err = directory_make(directory, 0700);
	if (err)
		return err;
	err = open_maps(&consumers->maps[number], policy, number, directory,
			consumer_sockets(policy->consumers[number], device->queues));
	if (!err && consumers->created[number]) /* who opens it from now on opens so many */
		tell_fanout(consumers->maps[number].queues, policy->consumers[number]->fanout,
			    false);
	return err;
}

int consumers_open(struct consumers *consumers, const struct policy *policy,
		   const struct device *device, struct xdv_error *error)
{
	size_t count = policy->consumer_count;
	int err = 0;

	consumers->maps = calloc(count + 1, sizeof(*consumers->maps));
	consumers->created = calloc(count + 1, sizeof(*consumers->created));
	if (!consumers->maps || !consumers->created) {
		consumers_close(consumers, policy);
		return fail(error, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++)
		consumers->maps[i] = (struct consumer_maps){-1, -1, -1};
	for (size_t i = 0; !err && i < count; i++) {
		err = open_consumer(consumers, policy, i, device);
		if (err)
			fail(error, err, "%s: the maps of consumer %s can't be made: %s",
			     device->name, policy->consumers[i]->name.text, strerror(-err));
	}
	if (err) {
		consumers_undo(consumers, policy, device->name);
		consumers_close(consumers, policy);
	}
	return err;
}

static void close_map(int fd)
{
	if (fd >= 0)
		close(fd);
}

void consumers_close(struct consumers *consumers, const struct policy *policy)
{
	for (size_t i = 0; consumers->maps && i < policy->consumer_count; i++) {
		close_map(consumers->maps[i].xsks);
		close_map(consumers->maps[i].queues);
		close_map(consumers->maps[i].beating);
	}
	free(consumers->maps);
	free(consumers->created);
	*consumers = (struct consumers){NULL, NULL};
}

void consumers_undo(const struct consumers *consumers, const struct policy *policy,
		    const char *ifname)
{
	char path[XDV_PATH_MAX];

	for (size_t i = 0; consumers->created && i < policy->consumer_count; i++)
		if (consumers->created[i] && pins_path(path, sizeof(path), ifname, "consumers/%s",
						       policy->consumers[i]->name.text) == 0)
			tree_remove(path);
}

static bool has_consumer(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->consumer_count; i++)
		if (strcmp(policy->consumers[i]->name.text, name) == 0)
			return true;
	return false;
}

int consumers_prune(const struct policy *policy, const char *ifname)
{
	char path[XDV_PATH_MAX], one[XDV_PATH_MAX + 256];
	struct dirent *entry;
	DIR *directory;
	int err;

	err = pins_path(path, sizeof(path), ifname, "consumers");
	if (err)
		return err;
	directory = opendir(path);
	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || has_consumer(policy, entry->d_name))
			continue;
		snprintf(one, sizeof(one), "%s/%s", path, entry->d_name);
		tree_remove(one);
	}
	closedir(directory);
	return 0;
}
