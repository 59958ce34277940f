// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

extern char **environ;

static void keep(struct child *child, size_t count)
{
	char *grown;

	if (child->length + count > CHILD_OUTPUT_MAX)
		count = CHILD_OUTPUT_MAX - child->length;
	grown = realloc(child->output, child->length + count + 1);
	if (!grown)
		return;
	memcpy(grown + child->length, child->buffer, count);
	child->output = grown;
	child->length += count;
	grown[child->length] = '\0';
}

void child_forget(struct child *child)
{
	free(child->output);
	child->output = NULL;
	child->length = 0;
}

static void reap(struct operation *operation, int result)
{
	struct child *child = container(operation, struct child, end);
	int status = 0;

	(void)result;
	waitpid(child->pid, &status, 0);
	close(child->pidfd);
	child->pid = 0;
	child->ended(child, status);
	if (child_runs(child)) /* another one */
		return;
	child_forget(child);
}

static void has_read(struct operation *operation, int result)
{
	struct child *child = container(operation, struct child, read);

	if (result > 0) {
		keep(child, (size_t)result);
		if (child->said)
			child->said(child);
		loop_read(child->loop, &child->read, child->out, child->buffer,
			  sizeof(child->buffer));
		return;
	}
	close(child->out);
	loop_poll(child->loop, &child->end, child->pidfd, POLLIN);
}

static int spawn(struct child *child, const char *const *arguments, int out)
{
	const char *words[ARGUMENTS_MAX + 2] = {"xdivert"};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	for (size_t i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
		words[i + 1] = arguments[i];
	sigemptyset(&none); /* signals that the service reads must end its children */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	/* a group of its own: Ctrl-C is for the service, which lets a load be done */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	err = posix_spawn(&child->pid, "/proc/self/exe", &actions, &attributes,
			  (char *const *)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (err)
		child->pid = 0;
	return -err;
}

int child_start(struct child *child, struct loop *loop, const char *const *arguments)
{
	int ends[2], err;

	child_forget(child);
	child->loop = loop;
	child->read.done = has_read;
	child->end.done = reap;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	err = spawn(child, arguments, ends[1]);
	close(ends[1]);
	child->pidfd = err ? -1 : pidfd_open(child->pid, 0);
	if (!err && child->pidfd < 0) {
		err = -errno;
		kill(child->pid, SIGTERM);
		waitpid(child->pid, NULL, 0);
		child->pid = 0;
	}
	if (err) {
		close(ends[0]);
		return err;
	}
	child->out = ends[0];
	loop_read(loop, &child->read, child->out, child->buffer, sizeof(child->buffer));
	return 0;
}

/* Until it is reaped, its pid is nobody else's. */
void child_end(const struct child *child)
{
	if (child_runs(child))
		kill(child->pid, SIGTERM);
}
