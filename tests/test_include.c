// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Policies of several files: what is read from where, and what is said of it.
 */
#include "arena.h"
#include "build.h"
#include "emit.h"
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/xdivert-test-XXXXXX";

/* All names in these tests are relative to it. */
static int enter_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 && mkdir("lists", 0700) == 0 ? 0 : -1;
}

static int leave_directory(void **state)
{
	char command[sizeof(directory) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return chdir("/") || system(command) ? -1 : 0;
}

static void put(const char *file, const char *text)
{
	FILE *out = fopen(file, "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static struct policy *read_good(const char *file)
{
	struct policy *policy;

	assert_int_equal(policy_from_file(&policy, file), 0);
	if (policy->diags.count) {
		diags_print(&policy->diags, stderr, false);
		fail();
	}
	return policy;
}

/* The policy has one diagnostic: this one. */
static void assert_says(const char *file, const char *wanted)
{
	struct policy *policy;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	assert_int_equal(policy_from_file(&policy, file), 0);
	diags_print(&policy->diags, memory, false);
	fclose(memory);
	if (policy->diags.count != 1 || !strstr(text, wanted))
		fail_msg("wanted only %s, got\n%s", wanted, text);
	free(text);
	policy_free(&policy);
}

static char *ast_of(const struct policy *policy)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	policy_dump_ast(policy, memory);
	fclose(memory);
	return text;
}

static void assert_ast(const char *file, const char *wanted)
{
	struct policy *policy = read_good(file);
	char *ast = ast_of(policy);

	if (!strstr(ast, wanted))
		fail_msg("wanted %s in\n%s", wanted, ast);
	free(ast);
	policy_free(&policy);
}

static void include_lists_are_read_as_they_come(void **state)
{
	(void)state;
	put("lists/odd",
	    "\xef\xbb\xbf# a list\r\n10.0.0.0/24\r\n\r\n  10.1.0.1 - 10.1.0.9 ; and why\n"
	    "10.2.0.1 10.2.0.2,10.2.0.3,\n; the last\n10.3.0.0-10.3.0.255");
	put("a.policy", "set s : ipv4 { 10.9.0.1, include \"lists/odd\", 10.9.0.2, }\n"
			"rule a: ip saddr in @s => drop\n");
	assert_ast("a.policy",
		   "{ 10.9.0.1, 10.0.0.0-10.0.0.255, 10.1.0.1-10.1.0.9, 10.2.0.1, 10.2.0.2, "
		   "10.2.0.3, 10.3.0.0-10.3.0.255, 10.9.0.2 }");
}

static void include_lists_have_keys_of_several_parts(void **state)
{
	(void)state;
	put("lists/pairs", "10.0.0.5 . 31001\n10.0.0.6 . 31002-31003\n");
	put("a.policy", "set s : ipv4 . port { include \"lists/pairs\" }\n"
			"rule a: ip saddr . tcp dport in @s => drop\n");
	assert_ast("a.policy", "{ 10.0.0.5 . 31001, 10.0.0.6 . 31002-31003 }");
}

static void include_lists_stand_in_rules_and_may_be_empty(void **state)
{
	(void)state;
	put("lists/none", "# nothing yet\n");
	put("lists/ports", "53 80-90\ninclude \"more\"\n");
	put("lists/more", "443");
	put("a.policy", "set s : port { include \"lists/none\" }\n"
			"rule a: udp dport { include \"lists/ports\" } => drop\n"
			"rule b: udp sport in @s => drop\n");
	struct policy *policy;

	assert_int_equal(policy_from_file(&policy, "a.policy"), 0);
	assert_int_equal(policy->diags.errors, 0);
	assert_int_equal(policy->rules[0]->match->elements.count, 3);
	assert_int_equal(policy->sets[0]->elements.count, 0);
	policy_free(&policy);
}

static void include_statements_keep_their_order(void **state)
{
	(void)state;
	put("first.policy", "include \"lists/deep.policy\"\nrule two: tcp => pass\n");
	put("lists/deep.policy", "set s : port { 1 }\nrule one: udp dport in @s => drop\n");
	put("a.policy", "include \"first.policy\"\nrule three: icmp => pass\n"
			"test one: udp 10.0.0.1:5 > 10.0.0.2:1\n");
	assert_ast("a.policy", "1: rule one");
	assert_ast("a.policy", "2: rule two");
	assert_ast("a.policy", "3: rule three");
}

static void include_errors_stand_where_they_are_made(void **state)
{
	(void)state;
	put("b.policy", "\nrule x: udp dprt 1 => drop\n");
	put("a.policy", "rule a: tcp => drop\ninclude \"b.policy\"\n");
	assert_says("a.policy", "b.policy:2:13: error: there is no field of udp `dprt` [E010]\n"
				"    2 | rule x: udp dprt 1 => drop\n"
				"      |             ^~~~\n"
				"      = hint: did you mean `dport`?\n"
				"      = included by a.policy:2\n");
	put("lists/bad", "10.0.0.1\n10.0.0.0/33\n");
	put("a.policy", "set s : ipv4 { include \"lists/bad\" }\nrule a: ip saddr in @s => drop\n");
	assert_says("a.policy", "lists/bad:2:1: error: a prefix of an IPv4 address");
	put("lists/bad", "10.0.0.1\nrule\n");
	assert_says("a.policy", "lists/bad:2:1: error: unexpected `rule`");
	put("b.policy", "rule a: tcp => drop\n");
	put("a.policy", "rule a: udp => drop\ninclude \"b.policy\"\n");
	assert_says("a.policy", "= hint: the first is in a.policy, line 1");
}

static void include_that_fails_is_the_only_error(void **state)
{
	(void)state;
	put("a.policy", "include \"lists/none.policy\"\nrule a: ip saddr in @s => xsk feed\n");
	assert_says("a.policy",
		    "a.policy:1:9: error: `lists/none.policy` can't be included: No such");
	put("a.policy", "include \"lists\"\n");
	assert_says("a.policy", "a.policy:1:9: error: `lists` can't be included: Is a directory");
	put("a.policy", "include \"\"\n");
	assert_says("a.policy", "this names no file");
	put("a.policy", "include b.policy\n");
	assert_says("a.policy", "= hint: strings stand in quotes");
	put("a.policy", "include \"b.policy\n");
	assert_says("a.policy",
		    "a.policy:1:9: error: unexpected string without an end `\"b.policy`");
	put("a.policy", "include \"/dev/zero\"\n");
	assert_says("a.policy", "a policy has at most 64 MiB");
	put("a.policy", "include \"lists/odd\"\n");
	int fd = open("lists/odd", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, "a\0b", 3), 3);
	close(fd);
	assert_says("a.policy", "it is not a text file");
}

static void include_does_not_go_round(void **state)
{
	char name[32], text[64];

	(void)state;
	put("a.policy", "include \"b.policy\"\n");
	put("b.policy", "include \"./lists/../a.policy\"\n");
	assert_says("a.policy", "b.policy:1:9: error: `./lists/../a.policy` can't be included: it "
				"includes itself");
	for (int i = 0; i <= INCLUDE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "deep%d.policy", i);
		snprintf(text, sizeof(text), "include \"deep%d.policy\"\n", i + 1);
		put(name, text);
	}
	put("deep17.policy", "default drop\n");
	policy_free(&(struct policy *){read_good("deep1.policy")});
	assert_says("deep0.policy", "deep16.policy:1:9: error: `deep17.policy` can't be included: "
				    "this is the 17th level");
}

/* 2 to the power of 16 files, if nobody counts. */
static void include_counts_files(void **state)
{
	char name[32], text[80];
	struct policy *policy;

	(void)state;
	for (int i = 0; i < INCLUDE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "wide%d.policy", i);
		snprintf(text, sizeof(text),
			 "include \"wide%d.policy\"\ninclude \"wide%d.policy\"\n", i + 1, i + 1);
		put(name, text);
	}
	put("wide16.policy", "");
	assert_int_equal(policy_from_file(&policy, "wide0.policy"), 0);
	assert_true(policy->diags.errors > 0);
	assert_true(policy->sources.count <= INCLUDES_MAX + 1);
	assert_non_null(strstr(policy->diags.list[0].message, "at most 1024 files"));
	policy_free(&policy);
}

static void include_lists_that_overlap_get_one_warning(void **state)
{
	(void)state;
	put("lists/over", "10.0.0.9\n10.0.0.0/24\n10.0.0.7\n10.0.0.7\n");
	put("a.policy",
	    "set s : ipv4 { include \"lists/over\" }\nrule a: ip saddr in @s => drop\n");
	assert_says("a.policy",
		    "lists/over:1:1: warning: in @s already, by the element in line 2; there "
		    "are 3 of this kind [W103]");
}

static void include_is_in_the_bundle_and_in_the_hash(void **state)
{
	char *bundle = NULL, *ast, *again, hash[POLICY_HASH_TEXT], other[POLICY_HASH_TEXT];
	struct policy *policy, *second;
	FILE *memory;
	size_t size;

	(void)state;
	put("lists/ports", "1 2 3\n");
	put("b.policy", "rule b: udp dport { include \"lists/ports\" } => drop\n");
	put("a.policy", "include \"b.policy\"\nrule a: tcp => pass\n");
	policy = read_good("a.policy");
	memory = open_memstream(&bundle, &size);
	sources_write(&policy->sources, memory);
	fclose(memory);
	unlink("lists/ports");
	unlink("b.policy");

	second = policy_from_bundle("/elsewhere/a.policy", bundle, size);
	assert_int_equal(second->diags.count, 0);
	ast = ast_of(policy);
	again = ast_of(second);
	assert_string_equal(ast, again);
	assert_string_equal(source_file(&second->sources, &second->rules[0]->where), "b.policy");
	assert_string_equal(policy_hash(policy, hash), policy_hash(second, other));
	policy_free(&second);

	second = policy_from_bundle("a.policy", bundle, size - 1 - strlen("1 2 3\n"));
	assert_int_equal(second->diags.errors, 1); /* cut off: an error, not a look at the files */
	policy_free(&second);

	put("lists/ports", "1 2 4\n");
	put("b.policy", "rule b: udp dport { include \"lists/ports\" } => drop\n");
	second = read_good("a.policy");
	assert_string_not_equal(hash, policy_hash(second, other));
	policy_free(&second);
	policy_free(&policy);
	free(bundle);
	free(ast);
	free(again);
}

/* By lines of many rules, some of which come to a table of sets: `lookup` plans, too. */
static void include_is_named_in_the_c(void **state)
{
	struct policy *policy;
	struct plan *plan;
	char *c = NULL;
	FILE *memory;
	size_t size;

	(void)state;
	put("b.policy", "\nrule b: udp => drop # twice\n");
	put("a.policy", "rule a: tcp => pass\ninclude \"b.policy\"\n");
	policy = read_good("a.policy");
	assert_int_equal(plan_policy(&plan, policy), 0);
	memory = open_memstream(&c, &size);
	emit_program(plan, memory, true);
	fclose(memory);
	assert_non_null(
		strstr(c, "\t/* b.policy:2: rule b: udp => drop */\n#line 2 \"b.policy\"\n"));
	assert_non_null(strstr(c, "\t/* 1: rule a: tcp => pass */\n#line 1 \"a.policy\"\n"));
	free(c);
	policy_free(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(include_lists_are_read_as_they_come),
		cmocka_unit_test(include_lists_have_keys_of_several_parts),
		cmocka_unit_test(include_lists_stand_in_rules_and_may_be_empty),
		cmocka_unit_test(include_statements_keep_their_order),
		cmocka_unit_test(include_errors_stand_where_they_are_made),
		cmocka_unit_test(include_that_fails_is_the_only_error),
		cmocka_unit_test(include_does_not_go_round),
		cmocka_unit_test(include_counts_files),
		cmocka_unit_test(include_lists_that_overlap_get_one_warning),
		cmocka_unit_test(include_is_in_the_bundle_and_in_the_hash),
		cmocka_unit_test(include_is_named_in_the_c),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
