// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "input.h"
#include "output.h"
#include "policy/plan.h"

#include <jansson.h>

/* A policy may be right and still have no plan. */
static void plan(struct policy *policy)
{
	struct plan *unused;

	if (!policy->diags.errors)
		plan_policy(&unused, policy);
}

enum status cmd_check(const struct arguments *arguments)
{
	struct diags *diags;
	struct policy *policy;
	enum status status = input_read(arguments->list[0], &policy);

	if (status != STATUS_DONE)
		return status;
	plan(policy);
	diags = &policy->diags;
	status = diags->errors ? STATUS_REJECTED : STATUS_DONE;
	if (arguments->json) {
		print_json(json_pack("{s:o, s:b, s:i, s:i, s:i, s:o}", "file",
				     json_text(policy->file), "ok", !diags->errors, "rules",
				     (int)policy->rule_count, "sets", (int)policy->set_count,
				     "consumers", (int)policy->consumer_count, "diagnostics",
				     diags_json(diags)));
	} else if (diags->errors) {
		input_reject(policy, false);
	} else {
		diags_print(diags, stderr, use_colour(stderr));
		printf("%s: ok: %zu rule%s, %zu set%s, %zu consumer%s, %zu test%s\n", policy->file,
		       policy->rule_count, policy->rule_count == 1 ? "" : "s", policy->set_count,
		       policy->set_count == 1 ? "" : "s", policy->consumer_count,
		       policy->consumer_count == 1 ? "" : "s", policy->test_count,
		       policy->test_count == 1 ? "" : "s");
	}
	policy_free(&policy);
	return status;
}
