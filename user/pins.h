/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where the live state of an interface is kept. Shared by library and loader; not public.
 *
 *   /sys/fs/bpf/xdivert/IFACE/              mode 0700
 *       link                                the bpf_link, when attached by link
 *       GENERATION/prog                     the program of that generation
 *       GENERATION/twin                     the same by itself, where that one is in a dispatcher
 *       GENERATION/{trial_end,before}       of one on trial: bpf/trial.h
 *       GENERATION/{rule_counters,samples,slots,tree…}
 *       GENERATION/flows                    the same map in two generations, if it fits both
 *       consumers/NAME/xsks                 XSKMAP, by queue; outlives generations
 *       consumers/NAME/queues               array of struct xdv_queue_state, by queue, mmap-able
 *       consumers/NAME/beating              XSKMAP: those sockets whose application beats
 *   /run/xdivert/IFACE/GENERATION/          mode 0755
 *       policy                              its text
 *       policy.bpf.o                        its object
 *       rules                               a name a line: line n is rule n
 *       sets                                its dynamic sets, a line each: loader/live/sets.c
 *       live.json                           how it was loaded
 *   /run/xdivert/control.socket             of `xdivert run`; no interface has a dot in its IFACE
 *
 * Which generation is live is known by one thing only: the id of the program that is attached.
 * Every other generation directory is left from a load that was cut short and may be removed.
 *
 * A dot in IFACE is written `::`, because bpffs refuses dots, and no interface's name has a colon.
 *
 * In a network namespace other than the machine's first, IFACE is `netns:INODE/IFACE`, because
 * interface names repeat across namespaces (and none may contain a colon).
 */
#ifndef XDIVERT_PINS_H
#define XDIVERT_PINS_H

#include <stdbool.h>
#include <stddef.h>

#define XDV_PATH_MAX 512

/*
 * The directory in which bpffs is mounted: /sys/fs/bpf, or, where that is not mounted but process
 * 1 or a parent of ours sees it (`ip netns exec` hides it behind a fresh /sys), the same through
 * /proc/PID/root. Valid until the next call of the thread. NULL with errno if there is none; the
 * loader mounts it then (pins_mount()).
 */
const char *pins_bpffs(void);

/* Mounts bpffs on /sys/fs/bpf of the host: in a mount namespace that outlives `ip netns exec`. */
int pins_mount(void);

/*
 * Path of something of the interface in bpffs, or in /run; `format` is relative to IFACE/.
 * -EINVAL: that is no name of an interface. What it names would not be the interface's directory.
 */
int pins_path(char *path, size_t size, const char *ifname, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int pins_run_path(char *path, size_t size, const char *ifname, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Path of something that is no interface's, in /run/xdivert or /run/xdivert/netns:INODE. */
int pins_service_path(char *path, size_t size, const char *name);

/* The interface that a directory beside IFACE/ is of; false if it is of none. */
#define PINS_NAME_MAX 16
bool pins_interface(char name[PINS_NAME_MAX], const char *directory);

#endif
