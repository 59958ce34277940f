// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pins.h"

#include "process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define BPFFS "/sys/fs/bpf"

/* How many generations of parents are looked at: a login shell is some five up. */
#define MAX_ANCESTORS 32

static bool is_bpffs(const char *path)
{
	struct statfs info;

	return statfs(path, &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

static bool has_bpffs(pid_t pid, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d/root" BPFFS, (int)pid);
	return is_bpffs(path);
}

/*
 * Process 1 can be looked into only with all the capabilities it has; in a container or a service
 * that dropped one, a parent from before `ip netns exec` serves as well.
 */
const char *pins_bpffs(void)
{
	static _Thread_local char path[64];
	pid_t pid = getppid();

	if (is_bpffs(BPFFS))
		return BPFFS;
	if (has_bpffs(1, path, sizeof(path)))
		return path;
	for (int i = 0; i < MAX_ANCESTORS && pid > 1; i++) {
		if (has_bpffs(pid, path, sizeof(path)))
			return path;
		pid = process_parent(pid);
	}
	errno = ENOENT;
	return NULL;
}

static int open_mount_namespace(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* That of process 1, or, where it is closed to us, of our oldest parent that is not. */
static int open_host_namespace(void)
{
	int found = open_mount_namespace(1), fd;
	pid_t pid = getppid();

	if (found >= 0)
		return found;
	for (int i = 0; i < MAX_ANCESTORS && pid > 1; i++, pid = process_parent(pid)) {
		fd = open_mount_namespace(pid);
		if (fd < 0)
			continue;
		if (found >= 0)
			close(found);
		found = fd;
	}
	if (found < 0)
		errno = EACCES;
	return found;
}

/* A mount made under `ip netns exec` dies with the command, and the pins with it. */
static int mount_beside_host(int host)
{
	if (setns(host, CLONE_NEWNS) || mount("bpf", BPFFS, "bpf", 0, "mode=0700"))
		return errno;
	return 0;
}

int pins_mount(void)
{
	int status, host;
	pid_t child;

	if (pins_bpffs())
		return 0;
	host = open_host_namespace();
	if (host < 0)
		return -errno;
	/* Entering another mount namespace moves root and working directory: a child does it. */
	child = fork();
	if (child == 0)
		_exit(mount_beside_host(host));
	close(host);
	if (child < 0)
		return -EAGAIN;
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

/* Settings of the whole machine are shown in its first network namespace only. */
static bool in_first_namespace(void)
{
	return access("/proc/sys/net/core/netdev_budget", F_OK) == 0 ||
	       access("/proc/sys/net/core", F_OK) != 0;
}

/* As the kernel has it (dev_valid_name()): anything else could lead to another directory. */
static bool is_interface_name(const char *name)
{
	if (!*name || strlen(name) >= PINS_NAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
			return false;
	return true;
}

static void write_name(char *out, const char *ifname)
{
	for (; *ifname; ifname++) {
		if (*ifname == '.')
			*out++ = ':';
		*out++ = *ifname == '.' ? ':' : *ifname;
	}
	*out = 0;
}

bool pins_interface(char name[PINS_NAME_MAX], const char *directory)
{
	char written[2 * PINS_NAME_MAX];
	size_t length = 0;

	for (const char *c = directory; *c && length < PINS_NAME_MAX - 1; c++) {
		bool dot = strncmp(c, "::", 2) == 0;

		name[length++] = dot ? '.' : *c;
		c += dot;
	}
	name[length] = 0;
	write_name(written, name);
	return is_interface_name(name) && strcmp(written, directory) == 0;
}

/* "NAME", or "netns:INODE/NAME" outside the first network namespace. */
static int in_namespace(char *path, size_t size, const char *name)
{
	struct stat own;
	int length;

	if (!in_first_namespace() && stat("/proc/self/ns/net", &own) == 0)
		length = snprintf(path, size, "netns:%lu/%s", (unsigned long)own.st_ino, name);
	else
		length = snprintf(path, size, "%s", name);
	return length > 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

static int interface_directory(char *name, size_t size, const char *ifname)
{
	char written[2 * PINS_NAME_MAX];

	if (!is_interface_name(ifname))
		return -EINVAL;
	write_name(written, ifname);
	return in_namespace(name, size, written);
}

int pins_service_path(char *path, size_t size, const char *name)
{
	char place[64];
	int length, err = in_namespace(place, sizeof(place), name);

	if (err)
		return err;
	length = snprintf(path, size, "/run/xdivert/%s", place);
	return length > 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

static int join(char *path, size_t size, const char *root, const char *ifname, const char *format,
		va_list arguments)
{
	char interface[64], rest[XDV_PATH_MAX];
	int length, err;

	err = interface_directory(interface, sizeof(interface), ifname);
	if (err)
		return err;
	length = vsnprintf(rest, sizeof(rest), format, arguments);
	if (length < 0 || (size_t)length >= sizeof(rest))
		return -ENAMETOOLONG;
	length = snprintf(path, size, "%s/xdivert/%s%s%s", root, interface, *rest ? "/" : "", rest);
	return length > 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

int pins_path(char *path, size_t size, const char *ifname, const char *format, ...)
{
	const char *root = pins_bpffs();
	va_list arguments;
	int err;

	if (!root)
		return -errno;
	va_start(arguments, format);
	err = join(path, size, root, ifname, format, arguments);
	va_end(arguments);
	return err;
}

int pins_run_path(char *path, size_t size, const char *ifname, const char *format, ...)
{
	va_list arguments;
	int err;

	va_start(arguments, format);
	err = join(path, size, "/run", ifname, format, arguments);
	va_end(arguments);
	return err;
}
