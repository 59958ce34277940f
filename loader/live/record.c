// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "record.h"

#include "fail.h"
#include "files.h"
#include "output.h"
#include "pins.h"
#include "sets.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int write_in(const char *ifname, uint32_t generation, const char *name, const void *data,
		    size_t size)
{
	char path[XDV_PATH_MAX];
	int err = pins_run_path(path, sizeof(path), ifname, "%u/%s", generation, name);

	return err ? err : file_write(path, data, size);
}

static int write_policy(const char *ifname, uint32_t generation, const struct policy *policy)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int err;

	if (!file)
		return -errno;
	sources_write(&policy->sources, file);
	err = fclose(file) ? -errno : write_in(ifname, generation, "policy", text, size);
	free(text);
	return err;
}

static int write_rules(const char *ifname, uint32_t generation, const struct policy *policy)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int err;

	if (!file)
		return -errno;
	for (size_t i = 0; i < policy->rule_count; i++)
		fprintf(file, "%s\n", policy->rules[i]->name.text);
	err = fclose(file) ? -errno : write_in(ifname, generation, "rules", text, size);
	free(text);
	return err;
}

static int write_sets(const char *ifname, uint32_t generation, const struct plan *plan)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int err;

	if (!file)
		return -errno;
	sets_write(plan, file);
	err = fclose(file) ? -errno : write_in(ifname, generation, "sets", text, size);
	free(text);
	return err;
}

int record_update(const char *ifname, uint32_t generation, const struct record *record)
{
	json_t *json;
	char *text;
	int err;

	json = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:o, s:o}", "policy",
			 json_text(record->policy), "hash", record->hash, "generation",
			 (json_int_t)generation, "previous", (json_int_t)record->previous,
			 "ifindex", (json_int_t)record->ifindex, "mtu", (json_int_t)record->mtu,
			 "time", (json_int_t)record->time, "attach", record->attach, "mode",
			 record->mode, "link_reason", json_text(record->reasons.link),
			 "generic_reason", json_text(record->reasons.generic));
	text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	json_decref(json);
	if (!text)
		return -ENOMEM;
	err = write_in(ifname, generation, "live.json", text, strlen(text));
	free(text);
	return err;
}

int record_write(const char *ifname, uint32_t generation, const struct record *record,
		 const struct program *program, struct xdv_error *error)
{
	const struct policy *policy = program->policy;
	char path[XDV_PATH_MAX];
	int err;

	err = pins_run_path(path, sizeof(path), ifname, "%u", generation);
	if (!err)
		err = directory_make(path, 0755);
	if (!err)
		err = write_policy(ifname, generation, policy);
	if (!err)
		err = write_in(ifname, generation, "policy.bpf.o", program->object,
			       program->object_size);
	if (!err)
		err = write_rules(ifname, generation, policy);
	if (!err)
		err = write_sets(ifname, generation, program->plan);
	if (!err)
		err = record_update(ifname, generation, record);
	if (err)
		return fail(error, err, "%s: can't be written: %s", path, strerror(-err));
	return 0;
}

static void copy_string(char *text, size_t size, const json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	snprintf(text, size, "%s", value ? value : "");
}

int record_read(struct record *record, const char *ifname, uint32_t generation)
{
	char path[XDV_PATH_MAX];
	json_error_t where;
	json_t *json;
	int err;

	memset(record, 0, sizeof(*record));
	err = pins_run_path(path, sizeof(path), ifname, "%u/live.json", generation);
	if (err)
		return err;
	json = json_load_file(path, 0, &where);
	if (!json)
		return -ENOENT;
	copy_string(record->policy, sizeof(record->policy), json, "policy");
	copy_string(record->hash, sizeof(record->hash), json, "hash");
	copy_string(record->attach, sizeof(record->attach), json, "attach");
	copy_string(record->mode, sizeof(record->mode), json, "mode");
	copy_string(record->reasons.link, sizeof(record->reasons.link), json, "link_reason");
	copy_string(record->reasons.generic, sizeof(record->reasons.generic), json,
		    "generic_reason");
	record->ifindex = (uint32_t)json_integer_value(json_object_get(json, "ifindex"));
	record->mtu = (uint32_t)json_integer_value(json_object_get(json, "mtu"));
	record->previous = (uint32_t)json_integer_value(json_object_get(json, "previous"));
	record->time = (time_t)json_integer_value(json_object_get(json, "time"));
	json_decref(json);
	return 0;
}

int record_policy(struct policy **policy, const char *ifname, uint32_t generation)
{
	char path[XDV_PATH_MAX], *text;
	struct policy *read;
	struct record record;
	size_t size;
	int err;

	record_read(&record, ifname, generation); /* without it, the file has no name */
	err = pins_run_path(path, sizeof(path), ifname, "%u/policy", generation);
	if (!err)
		err = file_read(path, &text, &size);
	if (err)
		return err;
	read = policy_from_bundle(record.policy, text, size);
	free(text);
	if (read->diags.errors) {
		policy_free(&read);
		return -EBADMSG;
	}
	*policy = read;
	return 0;
}
