// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "object.h"

#include "build.h"
#include "constants.h"
#include "dynamic_fill.h"
#include "fail.h"
#include "map_sizes.h"
#include "variables.h"
#include "verifier.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Room for the verifier's words on the largest program; only pages written to are taken. */
#define LOG_SIZE (64u << 20)

struct object {
	const struct program *program;
	struct bpf_object *bpf;
	bool buffers, trial;
	int main;
	int classify;
};

const char *object_string(const struct object *object, const char *name)
{
	return variable_string(object->bpf, name);
}

static int write_entries(int fd, const void *values, size_t size, uint32_t count)
{
	uint32_t *keys = calloc(count, sizeof(*keys));
	uint32_t written = count;
	int err;

	if (!keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		keys[i] = i;
	err = bpf_map_update_batch(fd, keys, values, &written, NULL);
	/* no batches before Linux 5.6; 524 is the kernel's own ENOTSUPP */
	if (err == -EINVAL || err == -EOPNOTSUPP || err == -524) {
		err = 0;
		for (uint32_t i = 0; !err && i < count; i++)
			err = bpf_map_update_elem(fd, &i, (const char *)values + i * size, BPF_ANY);
	}
	free(keys);
	return err;
}

/* An object that another version compiled may lay its maps out in another way. */
static int check_value_size(const struct object *object, const char *name, size_t expected,
			    struct xdv_error *error)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object->bpf, name);
	uint32_t found = bpf_map__value_size(map);

	if (found == expected)
		return 0;
	fail(error, -ENOEXEC, "the object's map %s has values of %u bytes, not %zu", name, found,
	     expected);
	return fail_hint(error, -ENOEXEC, "compile the policy again with xdivert " XDIVERT_VERSION);
}

/* Fills a map, if the program has it, and seals it against later writes from user space. */
static int fill_map(const struct object *object, const char *name, const void *values, size_t size,
		    size_t count, struct xdv_error *error)
{
	int fd = object_map_fd(object, name), err;

	if (fd < 0 || !count)
		return 0;
	err = check_value_size(object, name, size, error);
	if (err)
		return err;
	err = write_entries(fd, values, size, (uint32_t)count);
	if (!err)
		err = bpf_map_freeze(fd);
	if (err)
		return fail(error, err, "the map %s of %zu entries can't be filled: %s", name,
			    count, strerror(-err));
	return 0;
}

static int fill_maps(const struct object *object, const struct object_options *options,
		     struct xdv_error *error)
{
	struct table tables[PROGRAM_TABLES];
	int err;

	err = check_value_size(object, "rule_counters", sizeof(struct xdv_counters), error);
	if (!err && options->interfaces)
		err = fill_map(object, "redirects", options->interfaces,
			       sizeof(*options->interfaces),
			       object->program->policy->interface_count, error);
	program_tables(object->program, tables);
	for (size_t i = 0; !err && i < PROGRAM_TABLES; i++)
		err = fill_map(object, tables[i].map, tables[i].values, tables[i].value_size,
			       tables[i].count, error);
	if (!err)
		err = dynamic_fill_maps(object->bpf, object->program->plan, error);
	return err;
}

/* Opens the ELF file and sets everything that must be set before a load. */
static int open_object(struct bpf_object **opened, const struct program *program, bool classify,
		       char *log, struct xdv_error *error)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "xdivert", .kernel_log_buf = log,
		    .kernel_log_size = log ? LOG_SIZE : 0);
	struct bpf_program *main, *twin;
	struct bpf_object *bpf;

	bpf = bpf_object__open_mem(program->object, program->object_size, &options);
	if (!bpf)
		return fail(error, -errno, "the object can't be read: %s", strerror(errno));
	main = bpf_object__find_program_by_name(bpf, XDV_PROGRAM_NAME);
	twin = bpf_object__find_program_by_name(bpf, XDV_CLASSIFY_NAME);
	if (!main || (classify && !twin)) {
		bpf_object__close(bpf);
		return fail(error, -ENOEXEC, "the object has no program %s: not ours",
			    main ? XDV_CLASSIFY_NAME : XDV_PROGRAM_NAME);
	}
	if (twin)
		bpf_program__set_autoload(twin, classify);
	/* as a dispatcher's members have none: programs call each other only if it is the same */
	bpf_program__set_expected_attach_type(main, 0);
	*opened = bpf;
	return 0;
}

static int load_failed(const struct object *object, int err, const char *log,
		       const struct object_options *options, struct xdv_error *error)
{
	if (log && *log)
		return verifier_explain(object->program, log, options->log_path, error);
	if (err == -EPERM || err == -EACCES) {
		fail(error, -EPERM,
		     "the kernel lets nobody without CAP_BPF and CAP_NET_ADMIN load a program");
		return fail_hint(error, -EPERM,
				 "run as root, or give the process these capabilities");
	}
	fail(error, err, "the kernel refused the program or one of its maps: %s", strerror(-err));
	return fail_hint(error, err, "--debug shows what libbpf has to say about it");
}

static int load_object(struct object *object, const struct object_options *options, char *log,
		       struct xdv_error *error)
{
	int err;

	err = open_object(&object->bpf, object->program, options->classify, log, error);
	if (err)
		return err;
	err = constants_set(object->bpf, object->program->policy, options, error);
	if (err)
		return err;
	err = map_sizes_set(object->bpf, object->program, options);
	if (err)
		return fail(error, err, "the maps can't be sized: %s", strerror(-err));
	err = bpf_object__load(object->bpf);
	if (err)
		return load_failed(object, err, log, options, error);
	object->main = bpf_program__fd(
		bpf_object__find_program_by_name(object->bpf, XDV_PROGRAM_NAME));
	if (options->classify)
		object->classify = bpf_program__fd(
			bpf_object__find_program_by_name(object->bpf, XDV_CLASSIFY_NAME));
	return fill_maps(object, options, error);
}

int object_load(struct object **object, const struct program *program,
		const struct object_options *options, struct xdv_error *error)
{
	struct object *loaded = calloc(1, sizeof(*loaded));
	char *log;
	int err;

	if (!loaded)
		return fail(error, -ENOMEM, "out of memory");
	loaded->program = program;
	loaded->buffers = options->buffers;
	loaded->trial = options->trial;
	loaded->main = loaded->classify = -1;
	/* libbpf asks for a log only once a load without one has failed */
	log = mmap(NULL, LOG_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (log == MAP_FAILED)
		log = NULL;
	err = load_object(loaded, options, log, error);
	if (log)
		munmap(log, LOG_SIZE);
	if (err)
		object_close(&loaded);
	else
		*object = loaded;
	return err;
}

void object_close(struct object **object)
{
	if (!*object)
		return;
	bpf_object__close((*object)->bpf);
	free(*object);
	*object = NULL;
}

int object_cost(const struct object *object, struct object_cost *cost)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int err = bpf_obj_get_info_by_fd(object_program_fd(object), &info, &length);

	if (err)
		return err;
	*cost = (struct object_cost){
		.checked = info.verified_insns,
		.instructions = info.xlated_prog_len / (__u32)sizeof(struct bpf_insn),
		.machine_code = info.jited_prog_len,
	};
	return 0;
}

int object_program_fd(const struct object *object)
{
	return object->main;
}

int object_classifier_fd(const struct object *object)
{
	return object->classify;
}

int object_map_fd(const struct object *object, const char *map)
{
	return bpf_object__find_map_fd_by_name(object->bpf, map);
}

int object_reopen(const struct object *object, struct bpf_object **second, struct xdv_error *error)
{
	struct bpf_map *map, *loaded = NULL;
	struct bpf_object *bpf;
	int err;

	err = open_object(&bpf, object->program, false, NULL, error);
	if (err)
		return err;
	err = buffers_set(bpf, object->buffers, error);
	if (!err && !object->trial)
		err = tail_calls_drop(bpf);
	if (err) {
		bpf_object__close(bpf);
		return err;
	}
	/* in their order: a map that was there before has got the name that it had */
	bpf_object__for_each_map(map, bpf)
	{
		int fd;

		loaded = bpf_object__next_map(object->bpf, loaded);
		if (loaded && !bpf_map__autocreate(loaded)) {
			bpf_map__set_autocreate(map, false);
			continue;
		}
		fd = loaded ? bpf_map__fd(loaded) : -ENOENT;
		err = fd < 0 ? -ENOENT : bpf_map__reuse_fd(map, fd);
		if (err) {
			fail(error, err, "the map %s can't be shared: %s", bpf_map__name(map),
			     strerror(-err));
			bpf_object__close(bpf);
			return err;
		}
	}
	*second = bpf;
	return 0;
}

static int test_run(int fd, const void *frame, size_t length, void *out, uint32_t *answer)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .data_out = out, .data_size_out = out ? (__u32)length : 0, .repeat = 1);
	int err;

	if (fd < 0)
		return -EBADF;
	if (length < OBJECT_FRAME_MIN)
		return -EMSGSIZE;
	err = bpf_prog_test_run_opts(fd, &options);
	if (err == -EINVAL) /* no other reason is left */
		return -EMSGSIZE;
	if (!err)
		*answer = options.retval;
	return err;
}

int object_classify(const struct object *object, const void *frame, size_t length, uint32_t *rule)
{
	return test_run(object->classify, frame, length, NULL, rule);
}

int object_run(const struct object *object, const void *frame, size_t length, void *out,
	       uint32_t *action)
{
	return test_run(object->main, frame, length, out, action);
}
