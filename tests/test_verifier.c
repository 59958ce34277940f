// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* From the log of the kernel's verifier to the line of the policy. */
#include "live/verifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLICY                                                                                     \
	"consumer feed { queues all }\n"                                                           \
	"rule ssh:  tcp dport 22    => pass\n"                                                     \
	"rule itch: udp dport 26400 => xsk feed\n"

#define REFUSED                                                                                    \
	"185: (61) r3 = *(u32 *)(r3 +16)\n"                                                        \
	"R3 invalid mem access 'scalar'\n"                                                         \
	"processed 184 insns (limit 1000000) max_states_per_insn 0 total_states 11\n"

static struct policy *policy;

static int read_policy(void **state)
{
	(void)state;
	policy = policy_from_text("dir/feed.policy", POLICY);
	return policy->diags.errors ? -1 : 0;
}

static int free_policy(void **state)
{
	(void)state;
	policy_free(&policy);
	return 0;
}

static struct refusal find(const char *log)
{
	struct refusal refusal;

	refusal_find(&refusal, policy, log);
	return refusal;
}

static void last_line_of_the_policy_is_found_by_its_place(void **state)
{
	struct refusal refusal = find("; rule ssh:  tcp dport 22    => pass @ feed.policy:2\n"
				      "12: (bf) r8 = r3\n"
				      "; rule itch: udp dport 26400 => xsk feed @ feed.policy:3\n"
				      "; return at; @ packet.h:41\n" REFUSED);

	(void)state;
	assert_int_equal(refusal.line, 3);
	assert_string_equal(refusal.reason, "R3 invalid mem access 'scalar'");
}

static void last_line_of_the_policy_is_found_by_its_text(void **state)
{
	struct refusal refusal = find("; rule itch: udp dport 26400 => xsk feed\n"
				      "; rule ssh:  tcp dport 22    => pass\n"
				      "; return bpf_ntohs(*(const __be16 *)at);\n" REFUSED);

	(void)state;
	assert_int_equal(refusal.line, 2);
}

static void line_of_another_file_is_not_taken_for_one_of_the_policy(void **state)
{
	struct refusal refusal = find(
		"; rule ssh:  tcp dport 22    => pass @ packet.h:2\n" REFUSED);

	(void)state;
	assert_int_equal(refusal.line, 0);
}

static void line_of_an_included_file_is_found(void **state)
{
	static const char bundle[] = "include \"ssh.policy\"\n" POLICY "\0parts/ssh.policy\0"
				     "\nrule sftp: tcp dport 115 => pass";
	struct policy *whole = policy_from_bundle("feed.policy", bundle, sizeof(bundle) - 1);
	struct refusal refusal;

	(void)state;
	assert_int_equal(whole->diags.errors, 0);
	refusal_find(&refusal, whole,
		     "; rule sftp: tcp dport 115 => pass @ ssh.policy:2\n" REFUSED);
	assert_int_equal(refusal.source, 1);
	assert_int_equal(refusal.line, 2);
	refusal_find(&refusal, whole, "; rule sftp: tcp dport 115 => pass\n" REFUSED);
	assert_int_equal(refusal.source, 1);
	assert_int_equal(refusal.line, 2);
	refusal_find(&refusal, whole, "; rule ssh: tcp dport 22 => pass @ feed.policy:3\n" REFUSED);
	assert_int_equal(refusal.source, 0);
	assert_int_equal(refusal.line, 3);
	policy_free(&whole);
}

static void reason_is_not_a_state_of_registers(void **state)
{
	struct refusal refusal = find("R1_w=scalar() R2=pkt(off=0,r=14) R10=fp0\n"
				      "math between pkt pointer and register is not allowed\n"
				      "R1=ctx() R10=fp0\n"
				      "from 12 to 14: R0=inv0\n"
				      "verification time 120 usec\n"
				      "stack depth 0\n"
				      "processed 3 insns\n");

	(void)state;
	assert_string_equal(refusal.reason, "math between pkt pointer and register is not allowed");
}

static void reason_may_begin_with_a_register(void **state)
{
	struct refusal refusal = find("R2 is not a scalar\nprocessed 3 insns\n");

	(void)state;
	assert_string_equal(refusal.reason, "R2 is not a scalar");
}

static void reason_may_stand_behind_an_instruction(void **state)
{
	struct refusal refusal = find(
		"1962: (54) w2 &= 254    ; R2=scalar() R3=scalar()\n"
		"1963: (56) if w2 != 0x4 goto pc-15 BPF program is too large. "
		"Processed 1000001 insn\n"
		"processed 1000001 insns (limit 1000000)\n");

	(void)state;
	assert_string_equal(refusal.reason, "BPF program is too large. Processed 1000001 insn");
}

static void log_without_reason_is_said_to_have_none(void **state)
{
	(void)state;
	assert_string_equal(find("processed 3 insns\n").reason, "it gives no reason");
	assert_string_equal(find("").reason, "it gives no reason");
}

static void error_names_file_line_and_rule_and_keeps_the_log(void **state)
{
	const char *log = "; rule itch: udp dport 26400 => xsk feed @ feed.policy:3\n" REFUSED;
	char path[] = "/tmp/xdivert-test-XXXXXX", kept[sizeof(REFUSED) + 100] = "";
	struct program program = {.policy = policy};
	struct xdv_error error;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(verifier_explain(&program, log, path, &error), -EBADMSG);
	assert_string_equal(error.message,
			    "dir/feed.policy:3: rule itch: the kernel's verifier refused it: "
			    "R3 invalid mem access 'scalar'");
	assert_non_null(strstr(error.hint, path));
	assert_int_equal(pread(fd, kept, sizeof(kept) - 1, 0), strlen(log));
	assert_string_equal(kept, log);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_line_of_the_policy_is_found_by_its_place),
		cmocka_unit_test(last_line_of_the_policy_is_found_by_its_text),
		cmocka_unit_test(line_of_another_file_is_not_taken_for_one_of_the_policy),
		cmocka_unit_test(line_of_an_included_file_is_found),
		cmocka_unit_test(reason_is_not_a_state_of_registers),
		cmocka_unit_test(reason_may_begin_with_a_register),
		cmocka_unit_test(reason_may_stand_behind_an_instruction),
		cmocka_unit_test(log_without_reason_is_said_to_have_none),
		cmocka_unit_test(error_names_file_line_and_rule_and_keeps_the_log),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("verifier", tests, read_policy, free_policy);
}
