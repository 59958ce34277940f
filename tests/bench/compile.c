// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "compile.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* programs.S, and loader/policy/bpf_headers.S */
extern const char bench_abi_h[], bpf_abi_h[], bpf_buffers_h[], bpf_packet_h[];

static int write_file(const char *directory, const char *name, const char *text)
{
	char path[128];
	FILE *file;
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file)
		return -errno;
	err = fputs(text, file) < 0 ? -EIO : 0;
	return fclose(file) ? -EIO : err;
}

static int read_file(const char *path, void **content, size_t *size)
{
	FILE *file = fopen(path, "r"), *memory = open_memstream((char **)content, size);
	char buffer[65536];
	size_t length;

	if (file)
		while (memory && (length = fread(buffer, 1, sizeof(buffer), file)) > 0)
			fwrite(buffer, 1, length, memory);
	if (memory)
		fclose(memory);
	if (!file)
		return -ENOENT;
	fclose(file);
	return memory && *size ? 0 : -EIO;
}

static int run_clang(const char *directory)
{
	char include[64], source[64], result[64];
	const char *const arguments[] = {
		"clang",       "-target", "bpf",
		"-mcpu=v3",    "-O2",	  "-g",
		"-std=gnu11",  include,	  "-I" XDIVERT_SYSTEM_INCLUDE,
		"-Wno-unused", "-c",	  source,
		"-o",	       result,	  NULL,
	};
	pid_t child;
	int err, status;

	snprintf(include, sizeof(include), "-I%s", directory);
	snprintf(source, sizeof(source), "%s/program.c", directory);
	snprintf(result, sizeof(result), "%s/program.o", directory);
	err = posix_spawnp(&child, "clang", NULL, NULL, (char *const *)arguments, environ);
	if (err)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBADMSG;
}

int compile_bpf(const char *text, void **object, size_t *size)
{
	static const char *const names[] = {"program.c", "program.o", "bench_abi.h",
					    "abi.h",	 "buffers.h", "packet.h"};
	char directory[] = "/tmp/xdivert-bench-XXXXXX", path[64];
	int err;

	if (!mkdtemp(directory))
		return -errno;
	err = write_file(directory, "program.c", text);
	if (!err)
		err = write_file(directory, "bench_abi.h", bench_abi_h);
	if (!err)
		err = write_file(directory, "abi.h", bpf_abi_h);
	if (!err)
		err = write_file(directory, "buffers.h", bpf_buffers_h);
	if (!err)
		err = write_file(directory, "packet.h", bpf_packet_h);
	if (!err)
		err = run_clang(directory);
	snprintf(path, sizeof(path), "%s/program.o", directory);
	if (!err)
		err = read_file(path, object, size);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	return err;
}
