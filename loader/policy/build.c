// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "build.h"

#include "cache.h"
#include "emit.h"
#include "workshop.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* bpf_headers.S */
extern const char bpf_dynamic_h[], bpf_dynamic_prefix_h[];
extern const char bpf_abi_h[], bpf_buffers_h[], bpf_filter_h[], bpf_index_h[], bpf_packet_h[], bpf_program_h[],
	bpf_limit_h[], bpf_fanout_h[], bpf_flows_h[], bpf_options_h[], bpf_redirect_h[],
	bpf_sample_h[], bpf_stall_h[], bpf_stride_h[], bpf_tree_h[], bpf_tunnel_h[], bpf_inner_h[], bpf_scratch_h[],
	bpf_trial_h[];

static const struct {
	const char *name, *text;
} headers[] = {
	{"abi.h", bpf_abi_h},
	{"buffers.h", bpf_buffers_h},
	{"filter.h", bpf_filter_h},
	{"index.h", bpf_index_h},
	{"packet.h", bpf_packet_h},
	{"program.h", bpf_program_h},
	{"fanout.h", bpf_fanout_h},
	{"flows.h", bpf_flows_h},
	{"limit.h", bpf_limit_h},
	{"options.h", bpf_options_h},
	{"redirect.h", bpf_redirect_h},
	{"sample.h", bpf_sample_h},
	{"stall.h", bpf_stall_h},
	{"stride.h", bpf_stride_h},
	{"tree.h", bpf_tree_h},
	{"trial.h", bpf_trial_h},
	{"tunnel.h", bpf_tunnel_h},
	{"inner.h", bpf_inner_h},
	{"scratch.h", bpf_scratch_h},
	{"dynamic.h", bpf_dynamic_h},
	{"dynamic_prefix.h", bpf_dynamic_prefix_h},
};

static int fail(struct xdv_error *error, int code, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(struct xdv_error *error, int code, const char *hint, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	snprintf(error->hint, sizeof(error->hint), "%s", hint);
	return code;
}

char *policy_hash(const struct policy *policy, char text[POLICY_HASH_TEXT])
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < policy->sources.count; i++) {
		const struct source *source = &policy->sources.list[i];

		for (const char *c = source->text; *c; c++)
			hash = (hash ^ (uint8_t)*c) * 0x100000001b3;
		if (i) /* the end of one text does not pass for the start of another */
			hash = (hash ^ source->from.source) * 0x100000001b3;
	}
	snprintf(text, POLICY_HASH_TEXT, "%016llx", (unsigned long long)hash);
	return text;
}

static FILE *create_file(const struct workshop *workshop, const char *name)
{
	int fd = openat(workshop->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

static int finish_file(FILE *file)
{
	bool failed = ferror(file);

	return fclose(file) || failed ? -EIO : 0;
}

static int write_file(const struct workshop *workshop, const char *name, const char *text)
{
	FILE *file = create_file(workshop, name);

	if (!file)
		return -errno;
	fputs(text, file);
	return finish_file(file);
}

/*
 * What bpftool shows of the program. Of a fixed size, so that the loader can set them in an object
 * that was compiled for another policy. A name's odd characters are left out.
 */
static void put_metadata(FILE *out, const char *key, const char *value)
{
	fprintf(out, "const volatile char bpf_metadata_%s[%d] SEC(\".rodata\") = \"", key,
		BUILD_METADATA_SIZE);
	for (int i = 0; value[i] && i < BUILD_METADATA_SIZE - 1; i++)
		if (value[i] > ' ' && value[i] < 127 && value[i] != '"' && value[i] != '\\')
			fputc(value[i], out);
	fputs("\";\n", out);
}

const char *build_policy_name(const struct policy *policy)
{
	const char *base = strrchr(policy->file, '/');

	return base ? base + 1 : policy->file;
}

/* The program, and behind it what is not for reading: who it is. */
static void put_program(FILE *out, const struct plan *plan, bool anonymous)
{
	char hash[POLICY_HASH_TEXT];

	emit_program(plan, out, true);
	fputs("\n", out);
	put_metadata(out, "policy", anonymous ? "" : build_policy_name(plan->policy));
	put_metadata(out, "version", XDIVERT_VERSION);
	put_metadata(out, "hash", anonymous ? "" : policy_hash(plan->policy, hash));
}

/* The text of the policy goes along, so that the object can be loaded where no clang is. */
static int write_program(const struct workshop *workshop, const struct plan *plan, bool anonymous)
{
	FILE *file = create_file(workshop, "program.c");

	if (!file)
		return -errno;
	put_program(file, plan, anonymous);
	if (!anonymous)
		fprintf(file,
			"__asm__(\".pushsection " BUILD_POLICY_SECTION ",\\\"\\\",@progbits\\n\"\n"
			"\t\".incbin \\\"%s/policy\\\"\\n\"\n\t\".popsection\");\n",
			workshop->path);
	return finish_file(file);
}

static int write_policy(const struct workshop *workshop, const struct policy *policy)
{
	FILE *file = create_file(workshop, "policy");

	if (!file)
		return -errno;
	fprintf(file, BUILD_POLICY_HEAD "%s\n", policy->file);
	sources_write(&policy->sources, file);
	return finish_file(file);
}

static int write_sources(const struct workshop *workshop, const struct plan *plan,
			 enum build_output output)
{
	int err = write_program(workshop, plan, output == BUILD_ANONYMOUS);

	for (size_t i = 0; !err && i < sizeof(headers) / sizeof(*headers); i++)
		err = write_file(workshop, headers[i].name, headers[i].text);
	return err ? err : write_policy(workshop, plan->policy);
}

/* The whole file, with a zero behind it that does not count. */
static int read_file(const struct workshop *workshop, const char *name, void **content,
		     size_t *size)
{
	int fd = openat(workshop->fd, name, O_RDONLY | O_CLOEXEC);
	struct stat info;
	char *buffer = NULL;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info))
		err = -errno;
	else if (!(buffer = malloc((size_t)info.st_size + 1)))
		err = -ENOMEM;
	else if (read(fd, buffer, (size_t)info.st_size) != info.st_size)
		err = -EIO;
	close(fd);
	if (err) {
		free(buffer);
		return err;
	}
	buffer[info.st_size] = 0;
	*content = buffer;
	if (size)
		*size = (size_t)info.st_size;
	return 0;
}

static const char *compiler(void)
{
	const char *clang = getenv("XDIVERT_CLANG");

	return clang && *clang ? clang : "clang";
}

int build_find_compiler(char *path, size_t size)
{
	const char *name = compiler(), *directories = getenv("PATH");

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return access(path, X_OK) ? -ENOENT : 0;
	}
	while (directories && *directories) {
		size_t length = strcspn(directories, ":");

		snprintf(path, size, "%.*s/%s", (int)length, directories, name);
		if (length && access(path, X_OK) == 0)
			return 0;
		directories += length + (directories[length] == ':');
	}
	return -ENOENT;
}

/* Exit status of clang, or a negative errno if it could not be run. */
static int run_clang(const struct workshop *workshop, enum build_output output)
{
	char source[96], include[96], log[96], result[96];
	const char *const arguments[] = {
		compiler(),
		"-target",
		"bpf",
		"-mcpu=v3",
		"-O2",
		"-g",
		"-std=gnu11",
		"-fno-stack-protector",
		include,
		"-I" XDIVERT_SYSTEM_INCLUDE,
		output == BUILD_ASSEMBLY ? "-S" : "-c",
		source,
		"-o",
		result,
		NULL,
	};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int err, status;

	snprintf(source, sizeof(source), "%s/program.c", workshop->path);
	snprintf(include, sizeof(include), "-I%s", workshop->path);
	snprintf(log, sizeof(log), "%s/log", workshop->path);
	snprintf(result, sizeof(result), "%s/result", workshop->path);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT, 0600);
	err = posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int explain_failure(const struct workshop *workshop, int status, char **log,
			   struct xdv_error *error)
{
	void *text = NULL;

	if (status == -ENOENT || status == 127)
		return fail(
			error, -ENOENT,
			"install clang, or compile elsewhere (`xdivert compile -o`) and load the object",
			"clang is needed to compile a policy, and is not in PATH");
	if (status < 0)
		return fail(error, status, "", "clang could not be run: %s", strerror(-status));
	if (log && read_file(workshop, "log", &text, NULL) == 0)
		*log = text;
	return fail(
		error, -EBADMSG,
		"this is a defect of xdivert, or libbpf-dev and linux-libc-dev are missing here",
		"clang refused the program that was made of the policy");
}

int build_program(const struct plan *plan, enum build_output output, void **result, size_t *size,
		  char **log, struct xdv_error *error)
{
	struct workshop workshop = {.fd = -1};
	int err = workshop_open(&workshop);

	if (!err)
		err = write_sources(&workshop, plan, output);
	if (err) {
		fail(error, err, "TMPDIR names another place", "%s could not be written: %s",
		     workshop.path, strerror(-err));
	} else {
		err = run_clang(&workshop, output);
		if (err)
			err = explain_failure(&workshop, err, log, error);
		else
			err = read_file(&workshop, "result", result, size);
	}
	workshop_close(&workshop);
	return err;
}

/* What decides what clang makes of a plan: all that it reads. */
static int plan_key(const struct plan *plan, char key[CACHE_KEY])
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return -ENOMEM;
	put_program(memory, plan, true);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		fputs(headers[i].text, memory);
	fclose(memory);
	cache_key(key, text, size, compiler());
	free(text);
	return 0;
}

int build_cached(const struct plan *plan, void **object, size_t *size, char **log,
		 struct xdv_error *error)
{
	char key[CACHE_KEY];
	int err = plan_key(plan, key);

	if (err)
		return fail(error, err, "", "out of memory");
	if (cache_get(key, object, size) == 0)
		return 0;
	err = build_program(plan, BUILD_ANONYMOUS, object, size, log, error);
	if (!err)
		cache_put(key, *object, *size);
	return err;
}
