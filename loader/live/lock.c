// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fail.h"
#include "files.h"
#include "pins.h"
#include "process.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_parent(const char *path)
{
	char directory[XDV_PATH_MAX];

	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	return directory_make(directory, 0755);
}

static int held_by_another(const struct state_lock *lock, const char *ifname,
			   struct xdv_error *error)
{
	char text[16] = "", name[32] = "";
	ssize_t length = pread(lock->fd, text, sizeof(text) - 1, 0);
	pid_t pid = length > 0 ? (pid_t)strtol(text, NULL, 10) : 0;

	if (pid > 0 && process_start(pid, name, sizeof(name)))
		fail(error, -EBUSY, "%s: process %d (%s) is changing its policy", ifname, (int)pid,
		     name);
	else
		fail(error, -EBUSY, "%s: another process is changing its policy", ifname);
	return fail_hint(error, -EBUSY, "try again when it is done");
}

/*
 * The file may have been removed between open and lock by the process that had it, or while it is
 * held, with the directory that it is in.
 */
static bool is_still_there(const struct state_lock *lock)
{
	struct stat opened, named;

	return fstat(lock->fd, &opened) == 0 && stat(lock->path, &named) == 0 &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

static int open_and_lock(struct state_lock *lock)
{
	int err = make_parent(lock->path);

	if (err)
		return err;
	lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (lock->fd < 0) /* -ENOENT: whoever had it has just removed the directory too */
		return errno == ENOENT ? -EAGAIN : -errno;
	if (flock(lock->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (is_still_there(lock))
		return 0;
	close(lock->fd);
	lock->fd = -1;
	return -EAGAIN;
}

/* The lock is left open, to be read, where another process has it: -EBUSY. */
static int take(struct state_lock *lock, const char *run)
{
	int err = -EAGAIN, length;
	char pid[16];

	if ((size_t)snprintf(lock->path, sizeof(lock->path), "%s.lock", run) >= sizeof(lock->path))
		return -ENAMETOOLONG;
	while (err == -EAGAIN)
		err = open_and_lock(lock);
	if (err)
		return err;
	length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(lock->fd, 0) || pwrite(lock->fd, pid, (size_t)length, 0) < 0)
		return 0; /* others will not be told who we are, and that is all */
	return 0;
}

int state_lock_path(struct state_lock *lock, const char *run)
{
	struct state_lock taken = {.fd = -1};
	int err = take(&taken, run);

	if (!err)
		*lock = taken;
	else if (taken.fd >= 0)
		close(taken.fd);
	return err;
}

int state_lock(struct state_lock *lock, const char *ifname, struct xdv_error *error)
{
	struct state_lock taken = {.fd = -1};
	char run[XDV_PATH_MAX];
	int err;

	err = pins_run_path(run, sizeof(run), ifname, "%s", "");
	if (err == -EINVAL)
		return fail(error, err, "`%s` is not the name of an interface", ifname);
	if (!err)
		err = take(&taken, run);
	if (err == -EBUSY)
		held_by_another(&taken, ifname, error);
	else if (err)
		fail(error, err, "%s: the lock %s can't be taken: %s", ifname, taken.path,
		     strerror(-err));
	if (err == -EACCES)
		fail_hint(error, err, "run as root, for example with sudo");
	if (!err)
		*lock = taken;
	else if (taken.fd >= 0)
		close(taken.fd);
	return err;
}

int state_lock_wait(struct state_lock *lock, const char *ifname, unsigned int ms,
		    struct xdv_error *error)
{
	int err = state_lock(lock, ifname, error);

	for (unsigned int waited = 0; err == -EBUSY && waited < ms; waited++) {
		usleep(1000);
		err = state_lock(lock, ifname, error);
	}
	return err;
}

void state_unlock(struct state_lock *lock)
{
	char *slash;

	if (lock->fd < 0)
		return;
	if (is_still_there(lock)) /* or else another process has it, made anew */
		unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
	/* /run/xdivert/netns:INODE, and /run/xdivert, if this was the last in there */
	slash = strrchr(lock->path, '/');
	*slash = '\0';
	directory_remove_empty(lock->path, strstr(lock->path, "/netns:") ? 2 : 1);
}
