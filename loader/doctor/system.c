// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"
#include "live/freplace.h"
#include "live/privileges.h"
#include "policy/build.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

/* Of one queue of a consumer as the library opens it without options: 4096 frames of 2048. */
#define REGION_PER_QUEUE (8u << 20)

/* The first number in a file; -1 if it can't be read. */
static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

static void examine_kernel(struct findings *findings)
{
	struct utsname name = {};

	uname(&name);
	if (access("/sys/kernel/btf/vmlinux", F_OK) == 0)
		finding_add(findings, FINDING_OK, "kernel", "%s %s, with BTF", name.sysname,
			    name.release);
	else
		finding_advise(finding_add(findings, FINDING_WARNING, "kernel",
					   "%s %s shows no BTF: bpftool can't name what it shows",
					   name.sysname, name.release),
			       "use a kernel with CONFIG_DEBUG_INFO_BTF, as distributions have it");
}

/* The setting is shown in the machine's first network namespace only. */
static void examine_jit(struct findings *findings)
{
	long enabled = read_number("/proc/sys/net/core/bpf_jit_enable");

	if (enabled < 0)
		finding_add(findings, FINDING_NOTE, "JIT",
			    "whether programs are compiled is not shown in this network namespace");
	else if (enabled == 0)
		finding_advise(finding_add(findings, FINDING_WARNING, "JIT",
					   "off: programs are interpreted, many times slower"),
			       "sysctl -w net.core.bpf_jit_enable=1");
	else
		finding_add(findings, FINDING_OK, "JIT", "on");
}

static void examine_sockets(struct findings *findings)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		close(fd);
		finding_add(findings, FINDING_OK, "AF_XDP", "sockets can be opened");
	} else if (errno == EAFNOSUPPORT) {
		finding_advise(
			finding_add(findings, FINDING_PROBLEM, "AF_XDP",
				    "this kernel has none: nothing can be diverted to an app"),
			"use a kernel with CONFIG_XDP_SOCKETS, as distributions have it");
	} else {
		finding_advise(finding_add(findings, FINDING_WARNING, "AF_XDP",
					   "no socket can be opened: %s", strerror(errno)),
			       "run it as root, or with the capability CAP_NET_RAW");
	}
}

static void examine_dispatcher(struct findings *findings)
{
	const char *step = "";
	int err = freplace_probe(&step);

	if (!err)
		finding_add(
			findings, FINDING_OK, "dispatcher",
			"programs can be extended: xdivert shares a device with other programs");
	else
		finding_advise(
			finding_add(
				findings, FINDING_NOTE, "dispatcher",
				"programs can't be extended here (%s: %s): xdivert is attached by a link, alone",
				step, strerror(-err)),
			"on a device with another XDP program, `xdivert load` refuses and leaves it");
}

static void examine_privileges(struct findings *findings)
{
	struct xdv_error error = {};

	if (privileges_check("xdivert", "load a policy", &error))
		finding_advise(
			finding_add(findings, FINDING_WARNING, "privileges", "%s", error.message),
			"%s", error.hint);
	else
		finding_add(findings, FINDING_OK, "privileges", "enough to load a policy");
}

static void examine_memory_limit(struct findings *findings)
{
	struct rlimit limit = {};
	unsigned long long queues;

	if (privileges_has(CAP_IPC_LOCK)) {
		finding_add(findings, FINDING_OK, "locked memory", "not limited (CAP_IPC_LOCK)");
		return;
	}
	getrlimit(RLIMIT_MEMLOCK, &limit);
	queues = limit.rlim_cur / REGION_PER_QUEUE;
	if (limit.rlim_cur == RLIM_INFINITY)
		finding_add(findings, FINDING_OK, "locked memory", "not limited");
	else if (queues)
		finding_add(
			findings, FINDING_NOTE, "locked memory",
			"%llu KiB: enough for the frames of %llu queues, 4096 of 2048 bytes each",
			(unsigned long long)limit.rlim_cur >> 10, queues);
	else
		finding_advise(
			finding_add(
				findings, FINDING_WARNING, "locked memory",
				"%llu KiB: an app can't register the frames of one queue (%u KiB)",
				(unsigned long long)limit.rlim_cur >> 10, REGION_PER_QUEUE >> 10),
			"raise it (ulimit -l unlimited, LimitMEMLOCK=infinity), or give CAP_IPC_LOCK");
}

/* "HugePages_Free: 12" of /proc/meminfo; -1 if it is not there. */
static long meminfo(const char *key)
{
	FILE *file = fopen("/proc/meminfo", "re");
	size_t length = strlen(key);
	char line[128];
	long value = -1;

	if (!file)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			value = strtol(line + length + 1, NULL, 10);
	fclose(file);
	return value;
}

static void examine_huge_pages(struct findings *findings)
{
	long free_pages = meminfo("HugePages_Free"), kibibytes = meminfo("Hugepagesize");

	if (free_pages > 0)
		finding_add(findings, FINDING_OK, "huge pages", "%ld of %ld KiB are free",
			    free_pages, kibibytes);
	else
		finding_advise(
			finding_add(findings, FINDING_NOTE, "huge pages",
				    "none is free: frames lie in small pages, which cost more "
				    "where packets are many"),
			"sysctl -w vm.nr_hugepages=N, 4 of 2 MiB for each queue");
}

static void examine_compiler(struct findings *findings)
{
	char path[256];

	if (build_find_compiler(path, sizeof(path)) == 0)
		finding_add(findings, FINDING_OK, "compiler", "%s", path);
	else
		finding_advise(
			finding_add(findings, FINDING_NOTE, "compiler",
				    "there is no clang: policies that are not compiled yet "
				    "can't be loaded"),
			"apt-get install clang, or compile elsewhere: xdivert compile FILE -o OBJECT");
}

void examine_system(struct findings *findings)
{
	examine_kernel(findings);
	examine_jit(findings);
	examine_sockets(findings);
	examine_dispatcher(findings);
	examine_privileges(findings);
	examine_memory_limit(findings);
	examine_huge_pages(findings);
	examine_compiler(findings);
}
