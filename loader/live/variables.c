// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "variables.h"

#include "fail.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

const char *variable_string(const struct bpf_object *bpf, const char *name)
{
	struct variable variable;
	const char *text;

	if (find_variable(&variable, bpf, name))
		return "";
	text = variable.data + variable.offset;
	return memchr(text, '\0', variable.size) ? text : "";
}

bool variable_exists(const struct bpf_object *bpf, const char *name)
{
	struct variable variable;

	return find_variable(&variable, bpf, name) == 0;
}

int variable_set(struct bpf_object *bpf, const char *name, const void *value, size_t size,
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
