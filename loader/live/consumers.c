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
#include <unistd.h>

static int pinned_map(const char *path, enum bpf_map_type type, unsigned int queues)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!err && (info.type != type || info.max_entries != queues))
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
	struct btf *btf = btf__new_empty();
	int long_type;

	if (!btf)
		return NULL;
	*key = btf__add_int(btf, "__u32", 4, 0);
	long_type = btf__add_int(btf, "__u64", 8, 0);
	*value = btf__add_struct(btf, "xdv_queue_state", sizeof(struct xdv_queue_state));
	btf__add_field(btf, "pid", *key, 8 * offsetof(struct xdv_queue_state, pid), 0);
	btf__add_field(btf, "flags", *key, 8 * offsetof(struct xdv_queue_state, flags), 0);
	btf__add_field(btf, "since", long_type, 8 * offsetof(struct xdv_queue_state, since), 0);
	if (*value < 0 || btf__load_into_kernel(btf)) {
		btf__free(btf);
		return NULL;
	}
	return btf;
}

static int create_queues(unsigned int queues)
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
			    sizeof(struct xdv_queue_state), queues, &options);
	btf__free(btf);
	return fd;
}

static int open_maps(struct consumer_maps *maps, size_t consumer, const char *directory,
		     unsigned int queues)
{
	char path[XDV_PATH_MAX + 8], name[CONSUMER_MAP_NAME];
	int fd;

	snprintf(path, sizeof(path), "%s/queues", directory);
	fd = pinned_map(path, BPF_MAP_TYPE_ARRAY, queues);
	if (fd == -ENOENT)
		fd = pin_new_map(path, create_queues(queues));
	if (fd < 0)
		return fd;
	close(fd);
	snprintf(path, sizeof(path), "%s/xsks", directory);
	fd = pinned_map(path, BPF_MAP_TYPE_XSKMAP, queues);
	if (fd == -ENOENT)
		fd = pin_new_map(path, bpf_map_create(BPF_MAP_TYPE_XSKMAP,
						      consumer_map_name(name, consumer),
						      sizeof(__u32), sizeof(__u32), queues, NULL));
	maps->xsks = fd;
	return fd < 0 ? fd : 0;
}

static int open_consumer(struct consumer_maps *maps, size_t consumer, const char *name,
			 const struct device *device)
{
	char directory[XDV_PATH_MAX];
	int err;

	err = pins_path(directory, sizeof(directory), device->name, "consumers/%s", name);
	if (err)
		return err;
	maps->created = access(directory, F_OK) != 0;
	err = directory_make(directory, 0700);
	if (err)
		return err;
	return open_maps(maps, consumer, directory, device->queues);
}

int consumers_open(struct consumer_maps **maps, const struct policy *policy,
		   const struct device *device, struct xdv_error *error)
{
	struct consumer_maps *opened = calloc(policy->consumer_count + 1, sizeof(*opened));
	int err = 0;

	if (!opened)
		return fail(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < policy->consumer_count; i++)
		opened[i].xsks = -1;
	for (size_t i = 0; !err && i < policy->consumer_count; i++) {
		const char *name = policy->consumers[i]->name.text;

		err = open_consumer(&opened[i], i, name, device);
		if (err)
			fail(error, err, "%s: the maps of consumer %s can't be made: %s",
			     device->name, name, strerror(-err));
	}
	if (err) {
		consumers_undo(opened, policy, device->name);
		consumers_close(&opened, policy);
		return err;
	}
	*maps = opened;
	return 0;
}

void consumers_close(struct consumer_maps **maps, const struct policy *policy)
{
	if (!*maps)
		return;
	for (size_t i = 0; i < policy->consumer_count; i++)
		if ((*maps)[i].xsks >= 0)
			close((*maps)[i].xsks);
	free(*maps);
	*maps = NULL;
}

void consumers_undo(const struct consumer_maps *maps, const struct policy *policy,
		    const char *ifname)
{
	char path[XDV_PATH_MAX];

	for (size_t i = 0; i < policy->consumer_count; i++)
		if (maps[i].created && pins_path(path, sizeof(path), ifname, "consumers/%s",
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
