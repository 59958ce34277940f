/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Another xdivert that carries out one command for the service, which does not wait for it. What a
 * load does (clang, the verifier, the kernel's pauses) takes its time there, and a load that is
 * killed leaves what it always leaves: the old policy or the new one. A storage gateway runs on.
 */
#ifndef XDIVERT_CHILD_H
#define XDIVERT_CHILD_H

#include "loop.h"

#include <sys/types.h>

#define CHILD_OUTPUT_MAX (256 * 1024)

struct child {
	struct loop *loop;
	pid_t pid; /* 0: none runs */
	int pidfd, out;
	char *output; /* standard output, with a zero behind it; cut at CHILD_OUTPUT_MAX */
	size_t length;
	char buffer[4096];
	struct operation read, end;
	/* There is more output, which may be forgotten then; NULL: it waits for the end. */
	void (*said)(struct child *child);
	/* `status` as of waitpid(); the output is freed when it returns. It may start another. */
	void (*ended)(struct child *child, int status);
};

/* Runs `xdivert ARGUMENTS…`; the list ends with a NULL. `ended` is set by the caller. */
int child_start(struct child *child, struct loop *loop, const char *const *arguments);
/* Asks it to end: SIGTERM. */
void child_end(const struct child *child);
/* Forgets its output so far. */
void child_forget(struct child *child);
static inline bool child_runs(const struct child *child)
{
	return child->pid != 0;
}

#endif
