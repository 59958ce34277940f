// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "input.h"
#include "output.h"
#include "policy/build.h"
#include "policy/emit.h"
#include "policy/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status plan_or_reject(struct policy *policy, struct plan **plan)
{
	return plan_policy(plan, policy) ? input_reject(policy, false) : STATUS_DONE;
}

static enum status emit_tokens(struct policy *policy)
{
	policy_dump_tokens(policy->text, stdout);
	return STATUS_DONE;
}

static enum status emit_ast(struct policy *policy)
{
	policy_dump_ast(policy, stdout);
	return STATUS_DONE;
}

static enum status emit_plan(struct policy *policy)
{
	struct plan *plan;
	enum status status = plan_or_reject(policy, &plan);

	if (status == STATUS_DONE)
		plan_dump(plan, stdout);
	return status;
}

static enum status emit_c(struct policy *policy)
{
	struct plan *plan;
	enum status status = plan_or_reject(policy, &plan);

	if (status == STATUS_DONE)
		emit_program(plan, stdout, false);
	return status;
}

static enum status write_built(struct policy *policy, enum build_output output, FILE *out)
{
	struct xdv_error error = {0};
	struct plan *plan;
	enum status status = plan_or_reject(policy, &plan);
	char *log = NULL;
	void *result;
	size_t size;

	if (status != STATUS_DONE)
		return status;
	if (build_program(plan, output, &result, &size, &log, &error)) {
		status = report(&error);
		if (log)
			fprintf(stderr, "%s", log);
		free(log);
		return status;
	}
	fwrite(result, 1, size, out);
	free(result);
	return STATUS_DONE;
}

static enum status emit_asm(struct policy *policy)
{
	return write_built(policy, BUILD_ASSEMBLY, stdout);
}

static enum status emit_obj(struct policy *policy)
{
	if (isatty(STDOUT_FILENO))
		return report_as(STATUS_USAGE,
				 &(struct xdv_error){.message = "an object is not for a terminal",
						     .hint = "name a file: -o FILE"});
	return write_built(policy, BUILD_OBJECT, stdout);
}

static const struct {
	const char *name;
	enum status (*emit)(struct policy *policy);
} stages[] = {
	{"tokens", emit_tokens}, {"ast", emit_ast}, {"plan", emit_plan},
	{"c", emit_c},		 {"asm", emit_asm}, {"obj", emit_obj},
};

/* A device, a pipe: written to, not replaced. */
static enum status write_in_place(struct policy *policy, const char *file)
{
	FILE *out = fopen(file, "we");
	enum status status;
	bool failed;

	if (!out)
		return report_errno(-errno, file, NULL);
	status = write_built(policy, BUILD_OBJECT, out);
	failed = ferror(out);
	if ((fclose(out) || failed) && status == STATUS_DONE)
		status = report_errno(errno ? -errno : -EIO, file, NULL);
	return status;
}

/* Written beside and renamed: what is there under that name is whole at any time. */
static enum status write_beside(struct policy *policy, const char *file)
{
	char *beside = malloc(strlen(file) + sizeof(".XXXXXX"));
	enum status status = STATUS_FAILED;
	FILE *out = NULL;
	int fd = -1;

	if (!beside)
		return report_errno(-ENOMEM, file, NULL);
	sprintf(beside, "%s.XXXXXX", file);
	fd = mkstemp(beside);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (!out) {
		status = report_errno(-errno, file, NULL);
		goto out;
	}
	fchmod(fd, 0644);
	status = write_built(policy, BUILD_OBJECT, out);
	if ((fflush(out) || ferror(out) || (status == STATUS_DONE && rename(beside, file))))
		status = report_errno(-errno, file, NULL);
	fclose(out);
	if (status != STATUS_DONE)
		unlink(beside);
out:
	free(beside);
	return status;
}

static enum status write_object(struct policy *policy, const char *file)
{
	char *target = realpath(file, NULL); /* a link stays one */
	enum status status;
	struct stat info;

	if (target && stat(target, &info) == 0 && !S_ISREG(info.st_mode))
		status = write_in_place(policy, target);
	else
		status = write_beside(policy, target ? target : file);
	free(target);
	return status;
}

/* "dir/market-data.policy" → "market-data.bpf.o", where nothing else is said. */
static char *object_name(const char *file)
{
	const char *base = strrchr(file, '/');
	char *name, *end;

	base = base ? base + 1 : file;
	name = malloc(strlen(base) + sizeof(".bpf.o"));
	if (!name)
		return NULL;
	strcpy(name, strcmp(base, "-") == 0 ? "policy" : base);
	end = strrchr(name, '.');
	strcpy(end && strcmp(end, ".policy") == 0 ? end : name + strlen(name), ".bpf.o");
	return name;
}

enum status cmd_compile(const struct arguments *arguments)
{
	const char *stage = option_value(arguments, "emit");
	const char *output = option_value(arguments, "output");
	char *name = output ? strdup(output) : object_name(arguments->list[0]);
	struct policy *policy;
	enum status status;

	if (stage && output && strcmp(stage, "obj") != 0) {
		free(name);
		return report_as(STATUS_USAGE,
				 &(struct xdv_error){.message = "--output takes the object, but "
								"another stage is asked for",
						     .hint = "leave out --output: stages are "
							     "printed"});
	}
	status = input_policy(arguments->list[0], &policy, false);
	if (status != STATUS_DONE) {
		free(name);
		return status;
	}
	if (stage && !output) {
		for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
			if (strcmp(stages[i].name, stage) == 0)
				status = stages[i].emit(policy);
	} else {
		status = name ? write_object(policy, name) : report_errno(-ENOMEM, "", NULL);
		if (status == STATUS_DONE && !output)
			printf("%s\n", name);
	}
	free(name);
	policy_free(&policy);
	return status;
}
