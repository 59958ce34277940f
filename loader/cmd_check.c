// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "input.h"
#include "live/object.h"
#include "live/privileges.h"
#include "output.h"
#include "policy/plan.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#define VERIFIER_MAX 1000000 /* instructions; the kernel's BPF_COMPLEXITY_LIMIT_INSNS */

/* What the kernel says of the compiled policy; only where it was asked. */
struct verified {
	bool asked;
	struct object_cost cost;
	double milliseconds; /* to make and fill the maps, and to verify the program */
};

/* A policy may be right and still have no plan. */
static void plan(struct policy *policy)
{
	struct plan *unused;

	if (!policy->diags.errors)
		plan_policy(&unused, policy);
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int load(const struct program *program, struct verified *verified, struct xdv_error *error)
{
	const struct object_options options = {};
	double start = milliseconds();
	struct object *object;
	int err = object_load(&object, program, &options, error);

	if (err)
		return err;
	verified->milliseconds = milliseconds() - start;
	object_cost(object, &verified->cost);
	object_close(&object);
	return 0;
}

/* Compiles the policy, which it takes, and has the kernel check it. */
static enum status verify(struct policy *policy, struct program **program,
			  struct verified *verified, bool json)
{
	struct xdv_error error;
	enum status status;

	if (privileges_check(policy->file, "have the kernel check a policy", &error)) {
		policy_free(&policy);
		return report(&error);
	}
	status = input_compile(policy, program, json);
	if (status != STATUS_DONE)
		return status;
	verified->asked = true;
	return load(*program, verified, &error) ? report(&error) : STATUS_DONE;
}

static json_t *verified_json(const struct verified *verified)
{
	const struct object_cost *cost = &verified->cost;

	if (!verified->asked)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:f}", "checked", (json_int_t)cost->checked,
			 "checked_max", (json_int_t)VERIFIER_MAX, "instructions",
			 (json_int_t)cost->instructions, "machine_code_bytes",
			 (json_int_t)cost->machine_code, "milliseconds", verified->milliseconds);
}

static void print_as_json(const struct policy *policy, const struct verified *verified)
{
	print_json(json_pack("{s:o, s:b, s:i, s:i, s:i, s:o, s:o}", "file", json_text(policy->file),
			     "ok", !policy->diags.errors, "rules", (int)policy->rule_count, "sets",
			     (int)policy->set_count, "consumers", (int)policy->consumer_count,
			     "diagnostics", diags_json(&policy->diags), "verifier",
			     verified_json(verified)));
}

static void print_counts(const struct policy *policy)
{
	printf("%s: ok: %zu rule%s, %zu set%s, %zu consumer%s, %zu test%s\n", policy->file,
	       policy->rule_count, policy->rule_count == 1 ? "" : "s", policy->set_count,
	       policy->set_count == 1 ? "" : "s", policy->consumer_count,
	       policy->consumer_count == 1 ? "" : "s", policy->test_count,
	       policy->test_count == 1 ? "" : "s");
}

static void print_verified(const char *file, const struct verified *verified)
{
	const struct object_cost *cost = &verified->cost;

	printf("%s: the verifier takes it: %u instructions checked, of at most %d; the program has %u, %u bytes of machine code; loaded in %.1f ms\n",
	       file, cost->checked, VERIFIER_MAX, cost->instructions, cost->machine_code,
	       verified->milliseconds);
}

static enum status show(struct policy *policy, const struct verified *verified, bool json)
{
	if (json) {
		print_as_json(policy, verified);
		return policy->diags.errors ? STATUS_REJECTED : STATUS_DONE;
	}
	if (policy->diags.errors)
		return input_reject(policy, false);
	diags_print(&policy->diags, stderr, use_colour(stderr));
	print_counts(policy);
	if (verified->asked)
		print_verified(policy->file, verified);
	return STATUS_DONE;
}

enum status cmd_check(const struct arguments *arguments)
{
	struct verified verified = {};
	struct program *program = NULL;
	struct policy *policy;
	enum status status = input_read(arguments->list[0], &policy);

	if (status != STATUS_DONE)
		return status;
	plan(policy);
	if (option_given(arguments, "verifier") && !policy->diags.errors) {
		status = verify(policy, &program, &verified, arguments->json);
		policy = program ? program->policy : NULL;
	}
	if (status == STATUS_DONE)
		status = show(policy, &verified, arguments->json);
	if (program)
		program_free(&program);
	else if (policy)
		policy_free(&policy);
	return status;
}
