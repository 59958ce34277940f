// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the compiler says and writes, against files: for each policy in policies/ its diagnostics,
 * plan and C, for each in tests/diagnostics/ its diagnostics. Run from the top of the tree.
 *
 * After a change that is meant: UPDATE_GOLDEN=1 build/tests/test_golden, then read the diff.
 */
#include "arena.h"
#include "emit.h"
#include "plan.h"

#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *read_all(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 1 << 20);

	if (file) {
		text[fread(text, 1, (1 << 20) - 1, file)] = 0;
		fclose(file);
	}
	return text;
}

/* "policies/x.policy" → "tests/golden/x.plan" */
static void golden_path(char *path, size_t size, const char *policy, const char *stage)
{
	const char *base = strrchr(policy, '/') + 1;

	snprintf(path, size, "tests/golden/%.*s.%s", (int)strcspn(base, "."), base, stage);
}

static void compare(const char *policy, const char *stage, const char *text)
{
	char path[256], *wanted;
	size_t same = 0;

	golden_path(path, sizeof(path), policy, stage);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(path, "we");

		assert_non_null(file);
		fputs(text, file);
		fclose(file);
		return;
	}
	wanted = read_all(path);
	if (strcmp(text, wanted) != 0) {
		unsigned int line = 1;

		for (; text[same] && text[same] == wanted[same]; same++)
			line += text[same] == '\n';
		fail_msg("%s differs in line %u; UPDATE_GOLDEN=1 writes it anew", path, line);
	}
	free(wanted);
}

static void compare_diagnostics(struct policy *policy)
{
	char *text;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	diags_print(&policy->diags, memory, false);
	fclose(memory);
	compare(policy->file, "diagnostics", text);
	free(text);
}

static void compare_plan(struct policy *policy)
{
	struct plan *plan;
	char *text;
	size_t size;
	FILE *memory;

	assert_int_equal(plan_policy(&plan, policy), 0);
	memory = open_memstream(&text, &size);
	plan_dump(plan, memory);
	fclose(memory);
	compare(policy->file, "plan", text);
	free(text);

	memory = open_memstream(&text, &size);
	emit_program(plan, memory, false);
	fclose(memory);
	compare(policy->file, "c", text);
	free(text);
}

static void each(const char *pattern, void (*check)(struct policy *policy))
{
	glob_t files;

	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct policy *policy;

		assert_int_equal(policy_from_file(&policy, files.gl_pathv[i]), 0);
		check(policy);
		policy_free(&policy);
	}
	globfree(&files);
}

static void check_good(struct policy *policy)
{
	compare_diagnostics(policy);
	compare_plan(policy);
}

static void check_bad(struct policy *policy)
{
	compare_diagnostics(policy);
}

static void golden_policies_are_as_written(void **state)
{
	(void)state;
	each("policies/*.policy", check_good);
}

static void golden_plans_are_as_written(void **state)
{
	(void)state;
	each("tests/golden/*.policy", check_good);
}

static void golden_diagnostics_are_as_written(void **state)
{
	(void)state;
	each("tests/diagnostics/*.policy", check_bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_policies_are_as_written),
		cmocka_unit_test(golden_plans_are_as_written),
		cmocka_unit_test(golden_diagnostics_are_as_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
