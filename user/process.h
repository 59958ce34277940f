/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Who a process is: a pid alone may be somebody else's by now.
 */
#ifndef XDIVERT_PROCESS_H
#define XDIVERT_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * When it was started, in clock ticks since boot (field 22 of /proc/PID/stat), and its name, if
 * `name` is not NULL. 0: there is no such process.
 */
uint64_t process_start(pid_t pid, char *name, size_t size);

/* 0 if there is none, or it cannot be seen. */
pid_t process_parent(pid_t pid);

#endif
