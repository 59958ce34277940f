// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "command.h"

#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <xdp/libxdp.h>

/* libxdp tells no version of its own: the file that is loaded carries it, libxdp.so.1.3.1. */
static const char *libxdp_version(char path[PATH_MAX])
{
	const char *name;
	Dl_info info;

	if (!dladdr((const void *)(uintptr_t)libxdp_strerror, &info) || !info.dli_fname)
		return "libxdp";
	if (!realpath(info.dli_fname, path))
		return "libxdp";
	name = strstr(path, "libxdp.so");
	return name ? name : "libxdp, linked in";
}

void version_print(FILE *out)
{
	char path[PATH_MAX];
	struct utsname kernel;

	fprintf(out, "xdivert %s\n", XDIVERT_VERSION);
	fprintf(out, "built with libbpf %d.%d, jansson %s, %s\n", LIBBPF_MAJOR_VERSION,
		LIBBPF_MINOR_VERSION, JANSSON_VERSION, "compiler " __VERSION__);
	fprintf(out, "runs on libbpf %u.%u, %s, jansson %s", libbpf_major_version(),
		libbpf_minor_version(), libxdp_version(path), jansson_version_str());
	if (uname(&kernel) == 0)
		fprintf(out, ", %s %s %s", kernel.sysname, kernel.release, kernel.machine);
	fputc('\n', out);
}
