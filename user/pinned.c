// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pinned.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "pins.h"
#include "process.h"

#define LOCK_PAUSE_MS 10

/* "a, b, c": the consumers that there are. How many. */
static unsigned int list_consumers(const char *ifname, char *list, size_t size)
{
	char path[XDV_PATH_MAX];
	unsigned int count = 0;
	size_t used = 0;
	struct dirent *entry;
	DIR *directory;

	list[0] = '\0';
	if (pins_path(path, sizeof(path), ifname, "consumers"))
		return 0;
	directory = opendir(path);
	if (!directory)
		return 0;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (used < size)
			used += (size_t)snprintf(list + used, size - used, "%s%s",
						 count ? ", " : "", entry->d_name);
		count++;
	}
	closedir(directory);
	return count;
}

static int fail_denied(const char *ifname, const char *name, int code, struct xdv_error *error)
{
	fail(error, code, "%s: cannot open consumer '%s': %s", ifname, name, strerror(-code));
	return fail_hint(error, code,
			 "run it as root, or with CAP_NET_RAW, CAP_BPF and access to bpffs: %s",
			 pins_bpffs() ? pins_bpffs() : "/sys/fs/bpf");
}

static int fail_missing(const char *ifname, const char *name, struct xdv_error *error)
{
	char path[XDV_PATH_MAX], list[128];

	if (pins_path(path, sizeof(path), ifname, "%s", "")) {
		fail(error, -ENOENT, "%s: no policy is loaded on it, or none can be seen: no bpffs",
		     ifname);
		return fail_hint(
			error, -ENOENT,
			"load one: xdivert load %s FILE; or run it as root, or with CAP_BPF and CAP_SYS_PTRACE",
			ifname);
	}
	if (access(path, F_OK)) {
		fail(error, -ENOENT, "%s: no policy is loaded on it", ifname);
		return fail_hint(error, -ENOENT, "load one: xdivert load %s FILE", ifname);
	}
	if (!list_consumers(ifname, list, sizeof(list))) {
		fail(error, -ENOENT, "%s: no consumer '%s': the policy has none at all", ifname,
		     name);
	} else {
		fail(error, -ENOENT, "%s: no consumer '%s' in the policy, which has: %s", ifname,
		     name, list);
	}
	return fail_hint(error, -ENOENT, "a policy declares it with: consumer %s { queues all }",
			 name);
}

static int fail_open(const char *ifname, const char *name, int code, struct xdv_error *error)
{
	if (code == -ENOENT)
		return fail_missing(ifname, name, error);
	if (code == -EPERM || code == -EACCES)
		return fail_denied(ifname, name, code, error);
	return fail(error, code, "%s: cannot open consumer '%s': %s", ifname, name,
		    strerror(-code));
}

/* Who has it is only known if it is a process that can be seen from here. */
static int fail_busy(const struct pinned *pinned, const char *ifname, const char *name,
		     struct xdv_error *error)
{
	char process[32];

	for (uint32_t i = 0; i < pinned->room; i++) {
		const struct xdv_queue_state *state = &pinned->states[i];

		if (!state->pid ||
		    process_start((pid_t)state->pid, process, sizeof(process)) != state->since)
			continue;
		fail(error, -EBUSY, "%s: consumer '%s' is in use by process %u (%s)", ifname, name,
		     state->pid, process);
		return fail_hint(error, -EBUSY, "end that process first");
	}
	fail(error, -EBUSY, "%s: consumer '%s' is in use by another process", ifname, name);
	return fail_hint(error, -EBUSY, "end that process first");
}

/* A map of the consumer, if it is what the layout says. Returns its descriptor. */
static int open_map(const char *directory, const char *map, enum bpf_map_type type,
		    uint32_t value_size, uint32_t *room)
{
	char path[XDV_PATH_MAX + 16];
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", directory, map);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!err && (info.type != type || info.key_size != sizeof(__u32) ||
		     info.value_size != value_size || !info.max_entries))
		err = -EINVAL;
	if (err) {
		close(fd);
		return err;
	}
	if (info.max_entries < *room)
		*room = info.max_entries;
	return fd;
}

static int map_states_of(struct pinned *pinned, int fd)
{
	long page = sysconf(_SC_PAGESIZE);
	int err = 0;
	void *states;

	pinned->states_length = pinned->room * sizeof(struct xdv_queue_state);
	pinned->states_length = (pinned->states_length + (size_t)page - 1) & ~((size_t)page - 1);
	states = mmap(NULL, pinned->states_length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (states == MAP_FAILED)
		err = -errno;
	else
		pinned->states = states;
	close(fd);
	return err;
}

static int map_states(struct pinned *pinned, const char *directory)
{
	int fd = open_map(directory, "queues", BPF_MAP_TYPE_ARRAY, sizeof(struct xdv_queue_state),
			  &pinned->room);

	return fd < 0 ? fd : map_states_of(pinned, fd);
}

/* A process without privileges may not ask what the map is; who gave it knows. */
int pinned_adopt(struct pinned *pinned, int fd)
{
	*pinned = (struct pinned){.directory = -1,
				  .xsks = -1,
				  .beating = -1,
				  .room = pinned->capacity,
				  .fanout = 1,
				  .capacity = pinned->capacity};
	return map_states_of(pinned, fd);
}

/* It is 0 in a policy that an older version has loaded, and in one that is just being loaded. */
bool pinned_read_fanout(struct pinned *pinned)
{
	uint32_t before = pinned->fanout;
	uint32_t fanout = __atomic_load_n(&pinned->states[0].fanout, __ATOMIC_RELAXED);
	bool several = fanout > 1 && fanout <= XDV_FANOUT_MAX && pinned->room >= XDV_FANOUT_MAX;

	pinned->fanout = several ? fanout : 1;
	pinned->capacity = several ? pinned->room / XDV_FANOUT_MAX : pinned->room;
	return pinned->fanout != before;
}

static int open_maps(struct pinned *pinned, const char *directory)
{
	int err;

	pinned->room = UINT32_MAX;
	pinned->xsks = open_map(directory, "xsks", BPF_MAP_TYPE_XSKMAP, sizeof(__u32),
				&pinned->room);
	if (pinned->xsks < 0)
		return pinned->xsks;
	pinned->beating = open_map(directory, "beating", BPF_MAP_TYPE_XSKMAP, sizeof(__u32),
				   &pinned->room);
	if (pinned->beating < 0)
		return pinned->beating;
	err = map_states(pinned, directory);
	if (!err)
		pinned_read_fanout(pinned);
	return err;
}

static int lock(int directory, int wait_ms)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000};

	while (flock(directory, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || wait_ms <= 0)
			return -errno;
		nanosleep(&pause, NULL);
		wait_ms -= LOCK_PAUSE_MS;
	}
	return 0;
}

/*
 * The lock is on the pinned directory itself: it needs no file of its own, which would have to be
 * created, owned and cleaned up, and the kernel drops it when the process dies.
 */
int pinned_open(struct pinned *pinned, const char *ifname, const char *name, int wait_ms,
		struct xdv_error *error)
{
	struct pinned opened = {.directory = -1, .xsks = -1, .beating = -1};
	char path[XDV_PATH_MAX];
	int err;

	err = pins_path(path, sizeof(path), ifname, "consumers/%s", name);
	if (err)
		return fail_open(ifname, name, err, error);
	opened.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (opened.directory < 0)
		return fail_open(ifname, name, -errno, error);
	err = open_maps(&opened, path);
	if (!err)
		err = lock(opened.directory, wait_ms);
	if (err) {
		if (err == -EWOULDBLOCK)
			err = fail_busy(&opened, ifname, name, error);
		else
			fail_open(ifname, name, err, error);
		pinned_close(&opened);
		return err;
	}
	*pinned = opened;
	return 0;
}

bool pinned_is_replaced(const struct pinned *pinned, const char *ifname, const char *name)
{
	struct stat ours, theirs;
	char path[XDV_PATH_MAX];

	return !pins_path(path, sizeof(path), ifname, "consumers/%s", name) &&
	       !stat(path, &theirs) && !fstat(pinned->directory, &ours) &&
	       (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

void pinned_close(struct pinned *pinned)
{
	if (pinned->states)
		munmap(pinned->states, pinned->states_length);
	if (pinned->xsks >= 0)
		close(pinned->xsks);
	if (pinned->beating >= 0)
		close(pinned->beating);
	if (pinned->directory >= 0)
		close(pinned->directory);
	*pinned = (struct pinned){.directory = -1, .xsks = -1, .beating = -1};
}

/* The socket comes last: when packets flow, everything else is in its place. */
int pinned_join(struct pinned *pinned, uint32_t place, int socket, uint32_t flags)
{
	pid_t pid = pinned->owner ? pinned->owner : getpid();
	struct xdv_queue_state *state = &pinned->states[place];
	int err;

	state->flags = flags | XDV_QUEUE_SOCKET;
	state->socket = (uint32_t)socket;
	state->since = process_start(pid, NULL, 0);
	__atomic_store_n(&state->pid, (uint32_t)pid, __ATOMIC_RELEASE);
	state_beat(state); /* whatever the one before us has left unanswered */
	err = bpf_map_update_elem(pinned->beating, &place, &socket, BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(pinned->xsks, &place, &socket, BPF_ANY);
	if (err)
		pinned_leave(pinned, place);
	return err;
}

void pinned_leave(struct pinned *pinned, uint32_t place)
{
	struct xdv_queue_state *state = &pinned->states[place];

	if (place >= pinned->room)
		return;
	bpf_map_delete_elem(pinned->xsks, &place);
	bpf_map_delete_elem(pinned->beating, &place);
	__atomic_store_n(&state->pid, 0, __ATOMIC_RELEASE);
	state->since = 0;
	state->flags = 0;
}
