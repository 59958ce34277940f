// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "program.h"

#include "answer.h"
#include "build.h"
#include "plan.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_error(struct xdv_error *error, int code, const char *message, const char *hint)
{
	if (error) {
		error->code = code;
		snprintf(error->message, sizeof(error->message), "%s", message);
		snprintf(error->hint, sizeof(error->hint), "%s", hint);
	}
	return code;
}

void program_tables(const struct program *program, struct table tables[PROGRAM_TABLES])
{
	const struct plan *plan = program->plan;
	const struct index_tables *index = &plan->tables;

	tables[0] = (struct table){"rule_options", answer_options(program->policy),
				   sizeof(struct xdv_rule_options),
				   program->policy->rule_count + 1};
	tables[1] = (struct table){"tree", plan->nodes, sizeof(*plan->nodes), plan->node_count};
	tables[2] = (struct table){"indexes", index->indexes, sizeof(*index->indexes),
				   index->index_count};
	tables[3] = (struct table){"displacements", index->displacements,
				   sizeof(struct xdv_displacements),
				   index->displacement_count / XDV_DISPLACEMENTS};
	tables[4] = (struct table){"slots", index->slots,
				   (index->slot_words + 1) * sizeof(*index->slots),
				   index->slot_count};
	tables[5] = (struct table){"strides", plan->strides.list, sizeof(*plan->strides.list),
				   plan->strides.count};
}

int program_build(struct program **out, struct policy *policy, char **log, struct xdv_error *error)
{
	struct program *program;
	struct plan *plan;
	size_t size = 0;
	void *object;
	int err;

	if (policy->diags.errors)
		return set_error(error, -EINVAL, "the policy has errors", "");
	err = plan_policy(&plan, policy);
	if (err)
		return set_error(error, err, "no plan fits the policy", "");
	err = build_cached(plan, &object, &size, log, error);
	if (err)
		return err;
	program = calloc(1, sizeof(*program));
	if (!program) {
		free(object);
		return set_error(error, -ENOMEM, "out of memory", "");
	}
	*program = (struct program){policy, plan, object, size};
	*out = program;
	return 0;
}

void program_free(struct program **program)
{
	if (!*program)
		return;
	free((*program)->object);
	policy_free(&(*program)->policy);
	free(*program);
	*program = NULL;
}

/* The content of the policy's section, malloc'ed, with a zero behind; NULL if there is none. */
static char *policy_section(const void *object, size_t size, size_t *length)
{
	Elf *elf = NULL;
	Elf_Scn *section = NULL;
	char *text = NULL;
	size_t names;

	if (elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_memory((char *)(uintptr_t)object, size);
	if (elf && elf_getshdrstrndx(elf, &names) == 0) {
		while (!text && (section = elf_nextscn(elf, section))) {
			GElf_Shdr header;
			Elf_Data *data;
			const char *name;

			if (!gelf_getshdr(section, &header))
				break;
			name = elf_strptr(elf, names, header.sh_name);
			if (!name || strcmp(name, BUILD_POLICY_SECTION) != 0)
				continue;
			data = elf_getdata(section, NULL);
			text = data && data->d_buf ? calloc(1, data->d_size + 1) : NULL;
			if (text)
				memcpy(text, data->d_buf, *length = data->d_size);
		}
	}
	if (elf)
		elf_end(elf);
	return text;
}

/* "xdivert 0.1.0 market-data.policy", then the text: the plan has to be this version's. */
static int read_policy(char *section, size_t length, struct policy **policy,
		       struct xdv_error *error)
{
	char *text = strchr(section, '\n'), message[200];

	if (!text || strncmp(section, "xdivert ", strlen("xdivert ")) != 0)
		return set_error(error, -ENOEXEC, "the object was not compiled by xdivert", "");
	*text++ = 0;
	if (strncmp(section, BUILD_POLICY_HEAD, strlen(BUILD_POLICY_HEAD)) != 0) {
		snprintf(message, sizeof(message), "the object is for another version: `%.100s`",
			 section);
		return set_error(error, -ENOEXEC, message,
				 "compile the policy again with xdivert " XDIVERT_VERSION);
	}
	*policy = policy_from_bundle(section + strlen(BUILD_POLICY_HEAD), text,
				     (size_t)(section + length - text));
	return 0;
}

int program_join(struct program **out, struct policy *policy, const void *object, size_t size,
		 struct xdv_error *error)
{
	struct program *program;
	struct plan *plan;

	if (policy->diags.errors || plan_policy(&plan, policy))
		return set_error(error, -ENOEXEC, "the policy in the object does not compile",
				 "compile it again");
	program = calloc(1, sizeof(*program));
	if (program) {
		*program = (struct program){policy, plan, malloc(size), size};
		if (program->object) {
			memcpy(program->object, object, size);
			*out = program;
			return 0;
		}
	}
	free(program);
	return set_error(error, -ENOMEM, "out of memory", "");
}

int program_from_object(struct program **program, const void *object, size_t size,
			struct xdv_error *error)
{
	size_t length = 0;
	char *section = policy_section(object, size, &length);
	struct policy *policy = NULL;
	int err;

	if (!section)
		return set_error(error, -ENOEXEC, "the object was not compiled by xdivert",
				 "`xdivert compile -o` writes objects that can be loaded");
	err = read_policy(section, length, &policy, error);
	free(section);
	if (err)
		return err;
	err = program_join(program, policy, object, size, error);
	if (err)
		policy_free(&policy);
	return err;
}
