// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "input.h"

#include "output.h"

#include <elf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Objects are a few hundred kilobytes; a file beyond this is something else. */
#define OBJECT_SIZE_MAX (64 * 1024 * 1024)

enum status input_reject(struct policy *policy, bool json)
{
	struct diags *diags = &policy->diags;

	if (json)
		print_json(json_pack("{s:{s:s, s:s, s:s}, s:o}", "error", "code", "EINVAL",
				     "message", "the policy is rejected", "hint", "", "diagnostics",
				     diags_json(diags)));
	else
		diags_print(diags, stderr, use_colour(stderr));
	if (!json)
		remark("%s is rejected: %zu error%s", policy->file, diags->errors,
		       diags->errors == 1 ? "" : "s");
	return STATUS_REJECTED;
}

/* The error of a file, which does not know what it is called. */
static const struct xdv_error *name_file(const char *file, const struct xdv_error *error,
					 struct xdv_error *named)
{
	*named = *error;
	snprintf(named->message, sizeof(named->message), "%.100s: %.150s", file, error->message);
	return named;
}

enum status input_read(const char *file, struct policy **policy)
{
	static const struct xdv_error no_text = {-EBADMSG, "not a text file", "a policy is text"};
	struct xdv_error named;
	int err = policy_from_file(policy, file);

	if (err == -EBADMSG)
		return report_as(STATUS_REJECTED, name_file(file, &no_text, &named));
	return err ? report_errno(err, file, NULL) : STATUS_DONE;
}

enum status input_policy(const char *file, struct policy **out, bool json)
{
	struct policy *policy;
	enum status status = input_read(file, &policy);

	if (status != STATUS_DONE)
		return status;
	if (policy->diags.errors) {
		input_reject(policy, json);
		policy_free(&policy);
		return STATUS_REJECTED;
	}
	if (!json)
		diags_print(&policy->diags, stderr, use_colour(stderr));
	*out = policy;
	return STATUS_DONE;
}

enum status input_compile(struct policy *policy, struct program **program, bool json)
{
	struct xdv_error error = {0};
	enum status status = STATUS_REJECTED;
	char *log = NULL;
	int err = program_build(program, policy, &log, &error);

	if (!err)
		return STATUS_DONE;
	if (policy->diags.errors)
		input_reject(policy, json);
	else
		status = report(&error);
	if (log && *log && !json)
		fprintf(stderr, "%s", log);
	free(log);
	policy_free(&policy);
	return status;
}

/* Reads all of a file that begins like an ELF file; 0 and NULL if it begins otherwise. */
static int read_object(const char *file, void **object, size_t *size)
{
	FILE *in = fopen(file, "re");
	char magic[SELFMAG] = "";
	long end;
	int err = 0;

	*object = NULL;
	if (!in)
		return -errno;
	if (fread(magic, 1, SELFMAG, in) != SELFMAG || memcmp(magic, ELFMAG, SELFMAG) != 0)
		goto out;
	if (fseek(in, 0, SEEK_END) || (end = ftell(in)) < 0 || end > OBJECT_SIZE_MAX) {
		err = -EFBIG;
		goto out;
	}
	rewind(in);
	*size = (size_t)end;
	*object = malloc(*size);
	if (!*object || fread(*object, 1, *size, in) != *size) {
		err = *object ? -EIO : -ENOMEM;
		free(*object);
		*object = NULL;
	}
out:
	fclose(in);
	return err;
}

enum status input_program(const char *file, struct program **program, bool json)
{
	struct xdv_error error = {0}, named;
	struct policy *policy;
	void *object = NULL;
	enum status status;
	size_t size = 0;
	int err = strcmp(file, "-") == 0 ? 0 : read_object(file, &object, &size);

	if (err)
		return report_errno(err, file, NULL);
	if (object) {
		err = program_from_object(program, object, size, &error);
		free(object);
		return err ? report(name_file(file, &error, &named)) : STATUS_DONE;
	}
	status = input_policy(file, &policy, json);
	return status == STATUS_DONE ? input_compile(policy, program, json) : status;
}
