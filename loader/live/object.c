// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "object.h"

#include "build.h"
#include "fail.h"
#include "verifier.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
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
	int main;
	int classify;
};

char *consumer_map_name(char name[CONSUMER_MAP_NAME], size_t consumer)
{
	if (consumer == 0)
		snprintf(name, CONSUMER_MAP_NAME, "%s", XDV_XSKS_MAP);
	else
		snprintf(name, CONSUMER_MAP_NAME, "xsks_%u", (unsigned int)consumer);
	return name;
}

/* The object's read-only data as it is before the load, and where in it a variable lies. */
struct variable {
	struct bpf_map *map;
	const char *data;
	size_t length; /* of the data */
	size_t offset, size;
};

static int find_variable(struct variable *found, const struct bpf_object *bpf, const char *name)
{
	const struct btf *btf = bpf_object__btf(bpf);
	const struct btf_var_secinfo *variable;
	const struct btf_type *section;
	int id;

	found->map = bpf_object__find_map_by_name(bpf, ".rodata");
	found->data = found->map ? bpf_map__initial_value(found->map, &found->length) : NULL;
	id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -ENOENT;
	if (!found->data || id < 0)
		return -ENOENT;
	section = btf__type_by_id(btf, (__u32)id);
	variable = btf_var_secinfos(section);
	for (unsigned int i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), name) != 0)
			continue;
		found->offset = variable->offset;
		found->size = variable->size;
		return found->offset + found->size <= found->length ? 0 : -ENOENT;
	}
	return -ENOENT;
}

const char *object_string(const struct object *object, const char *name)
{
	struct variable variable;
	const char *text;

	if (find_variable(&variable, object->bpf, name))
		return "";
	text = variable.data + variable.offset;
	return memchr(text, '\0', variable.size) ? text : "";
}

/* The kernel reads these from the first packet on, and nobody writes them later. */
static int set_variable(struct bpf_object *bpf, const char *name, const void *value, size_t size,
			struct xdv_error *error)
{
	struct variable variable;
	char *data;
	int err;

	if (find_variable(&variable, bpf, name) || variable.size < size)
		return fail(error, -ENOEXEC, "the object has no read-only variable %s: not ours",
			    name);
	data = malloc(variable.length);
	if (!data)
		return fail(error, -ENOMEM, "out of memory");
	memcpy(data, variable.data, variable.length);
	memset(data + variable.offset, 0, variable.size);
	memcpy(data + variable.offset, value, size);
	err = bpf_map__set_initial_value(variable.map, data, variable.length);
	free(data);
	if (err)
		return fail(error, err, "the read-only data can't be set: %s", strerror(-err));
	return 0;
}

/* Which load of which policy this is; the object may have been compiled for another like it. */
static int set_identity(struct bpf_object *bpf, const struct policy *policy, uint32_t generation,
			struct xdv_error *error)
{
	const char *name = build_policy_name(policy);
	size_t length = strnlen(name, BUILD_METADATA_SIZE - 1);
	char hash[POLICY_HASH_TEXT];
	int err;

	err = set_variable(bpf, "xdv_generation", &generation, sizeof(generation), error);
	if (!err)
		err = set_variable(bpf, "bpf_metadata_policy", name, length, error);
	if (!err)
		err = set_variable(bpf, "bpf_metadata_hash", policy_hash(policy, hash),
				   sizeof(hash), error);
	return err;
}

static int size_map(struct bpf_object *bpf, const char *name, size_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(bpf, name);

	if (!map) /* the plan does without it */
		return 0;
	return bpf_map__set_max_entries(map, entries ? (__u32)entries : 1);
}

static int size_consumers(struct bpf_object *bpf, const struct program *program,
			  const struct object_options *options)
{
	char name[CONSUMER_MAP_NAME];
	int err = 0;

	for (size_t i = 0; !err && i < program->policy->consumer_count; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(bpf, consumer_map_name(name, i));

		if (!map) /* declared, and no rule diverts to it */
			continue;
		if (options->xsks)
			err = bpf_map__reuse_fd(map, options->xsks[i]);
		else
			err = bpf_map__set_max_entries(map, options->queues ? options->queues : 1);
	}
	return err;
}

static int size_maps(struct bpf_object *bpf, const struct program *program,
		     const struct object_options *options)
{
	struct table tables[PROGRAM_TABLES];
	int err;

	program_tables(program, tables);
	err = size_consumers(bpf, program, options);
	if (!err)
		err = size_map(bpf, "rule_counters", program->policy->rule_count + 1);
	if (!err)
		err = size_map(bpf, "rule_buckets", program->policy->rule_count + 1);
	if (!err)
		err = size_map(bpf, "rule_samplers", program->policy->rule_count + 1);
	if (!err)
		err = size_map(bpf, "redirects", program->policy->interface_count);
	for (size_t i = 0; !err && i < PROGRAM_TABLES; i++)
		err = size_map(bpf, tables[i].map, tables[i].count);
	return err;
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

/* Fills a map, if the program has it, and seals it against later writes from user space. */
static int fill_map(const struct object *object, const char *name, const void *values, size_t size,
		    size_t count, struct xdv_error *error)
{
	int fd = object_map_fd(object, name), err;

	if (fd < 0 || !count)
		return 0;
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
	int err = 0;

	if (options->interfaces)
		err = fill_map(object, "redirects", options->interfaces,
			       sizeof(*options->interfaces),
			       object->program->policy->interface_count, error);
	program_tables(object->program, tables);
	for (size_t i = 0; !err && i < PROGRAM_TABLES; i++)
		err = fill_map(object, tables[i].map, tables[i].values, tables[i].value_size,
			       tables[i].count, error);
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
	err = set_identity(object->bpf, object->program->policy, options->generation, error);
	if (err)
		return err;
	err = size_maps(object->bpf, object->program, options);
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
	struct bpf_object *bpf;
	struct bpf_map *map;
	int err;

	err = open_object(&bpf, object->program, false, NULL, error);
	if (err)
		return err;
	bpf_object__for_each_map(map, bpf)
	{
		int fd = object_map_fd(object, bpf_map__name(map));

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
