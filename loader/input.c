// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "input.h"

#include "output.h"
#include "policy/read_file.h"

#include <elf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

static enum status policy_of(const char *file, const char *text, size_t size,
			     struct policy **policy)
{
	static const struct xdv_error no_text = {-EBADMSG, "not a text file", "a policy is text"};
	struct xdv_error named;

	if (policy_from_bytes(policy, file, text, size))
		return report_as(STATUS_REJECTED, name_file(file, &no_text, &named));
	return STATUS_DONE;
}

enum status input_read(const char *file, struct policy **policy)
{
	enum status status;
	char *text;
	size_t size;
	int err = read_file(file, POLICY_SIZE_MAX, &text, &size);

	if (err)
		return report_errno(err, file, NULL);
	status = policy_of(file, text, size, policy);
	free(text);
	return status;
}

/* Shows what there is to say; frees a policy that has errors. */
static enum status accept_policy(struct policy **policy, bool json)
{
	if ((*policy)->diags.errors) {
		input_reject(*policy, json);
		policy_free(policy);
		return STATUS_REJECTED;
	}
	if (!json)
		diags_print(&(*policy)->diags, stderr, use_colour(stderr));
	return STATUS_DONE;
}

enum status input_policy(const char *file, struct policy **out, bool json)
{
	struct policy *policy;
	enum status status = input_read(file, &policy);

	if (status == STATUS_DONE)
		status = accept_policy(&policy, json);
	if (status == STATUS_DONE)
		*out = policy;
	return status;
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

enum status input_program(const char *file, struct program **program, bool json)
{
	struct xdv_error error = {0}, named;
	struct policy *policy;
	enum status status;
	char *content;
	size_t size;
	int err = read_file(file, POLICY_SIZE_MAX, &content, &size);

	if (err)
		return report_errno(err, file, NULL);
	if (size >= SELFMAG && memcmp(content, ELFMAG, SELFMAG) == 0) {
		err = program_from_object(program, content, size, &error);
		free(content);
		return err ? report(name_file(file, &error, &named)) : STATUS_DONE;
	}
	status = policy_of(file, content, size, &policy);
	free(content);
	if (status == STATUS_DONE)
		status = accept_policy(&policy, json);
	return status == STATUS_DONE ? input_compile(policy, program, json) : status;
}
