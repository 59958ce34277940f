// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What a policy reads, against what a device shows. */
#include "live/load.h"
#include "live/reads.h"
#include "live/targets.h"
#include "live/users.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

static struct device device(const char *driver, bool vlan_offload)
{
	struct device made = {.name = "eth0", .vlan_offload = vlan_offload};

	strcpy(made.driver, driver);
	return made;
}

static bool reads(const char *rule, enum header header)
{
	struct policy *policy = policy_from_text("test", rule);
	bool answer;

	assert_int_equal(policy->diags.errors, 0);
	answer = policy_reads_header(policy, header);
	policy_free(&policy);
	return answer;
}

static void header_is_found_wherever_it_is(void **state)
{
	(void)state;
	assert_true(reads("rule a: vlan => drop\n", HEADER_VLAN));
	assert_true(reads("rule a: vlan id 7 => drop\n", HEADER_VLAN));
	assert_true(
		reads("rule a: tcp dport 22 or not (udp and vlan id != 7) => drop\n", HEADER_VLAN));
	assert_true(reads("rule b: tcp => pass\nrule a: vlan id { 7, 8 } => drop\n", HEADER_VLAN));
	assert_true(reads("rule a: tcp flags syn => drop\n", HEADER_TCP));
}

static void header_that_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_false(reads("rule a: tcp dport 22 or not udp => drop\n", HEADER_VLAN));
	assert_false(reads("default drop\n", HEADER_VLAN));
	assert_false(reads("rule a: tcp flags syn => drop\n", HEADER_UDP));
}

static int ask(const struct device *asked, const char *rule, char warning[512],
	       struct xdv_error *error)
{
	struct policy *policy = policy_from_text("test", rule);
	int err;

	assert_int_equal(policy->diags.errors, 0);
	err = device_suits(asked, policy, warning, 512, error);
	policy_free(&policy);
	return err;
}

static void device_that_strips_tags_is_refused_if_the_policy_reads_them(void **state)
{
	struct device nic = device("ixgbe", true);
	struct xdv_error error;
	char warning[512];

	(void)state;
	assert_int_equal(ask(&nic, "rule a: vlan id 7 => drop\n", warning, &error), -EOPNOTSUPP);
	assert_string_equal(error.hint, "ethtool -K eth0 rxvlan off");
	assert_int_equal(ask(&nic, "rule a: tcp => drop\n", warning, &error), 0);
	assert_string_equal(warning, "");
}

static void device_that_leaves_tags_is_taken(void **state)
{
	struct device nic = device("ixgbe", false);
	struct xdv_error error;
	char warning[512];

	(void)state;
	assert_int_equal(ask(&nic, "rule a: vlan id 7 => drop\n", warning, &error), 0);
	assert_string_equal(warning, "");
}

static void veth_is_taken_with_a_warning(void **state)
{
	struct device veth = device("veth", true);
	struct xdv_error error;
	char warning[512];

	(void)state;
	assert_int_equal(ask(&veth, "rule a: vlan id 7 => drop\n", warning, &error), 0);
	assert_non_null(strstr(warning, "txvlan off"));
	assert_int_equal(ask(&veth, "rule a: tcp => drop\n", warning, &error), 0);
	assert_string_equal(warning, "");
}

static void veth_that_is_sent_back_on_is_taken_with_a_warning(void **state)
{
	struct device veth = device("veth", false), nic = device("ixgbe", false);
	struct xdv_error error;
	char warning[512];

	(void)state;
	assert_int_equal(ask(&veth, "rule a: tcp => tx\n", warning, &error), 0);
	assert_non_null(strstr(warning, "only if an XDP program is on it"));
	assert_int_equal(ask(&veth, "rule a: vlan => drop\ndefault tx swap\n", warning, &error), 0);
	assert_non_null(strstr(warning, "any will do; eth0: VLAN tags"));
	assert_int_equal(ask(&nic, "rule a: tcp => tx\n", warning, &error), 0);
	assert_string_equal(warning, "");
}

static void targets_are_warned_of(void **state)
{
	struct device source = {.name = "eth0", .mtu = 1500};
	struct device list[] = {{.name = "eth1", .mtu = 1500, .flags = IFF_UP},
				{.name = "eth2", .mtu = 1400, .flags = IFF_UP},
				{.name = "eth3", .mtu = 9000}};
	struct targets targets = {.devices = list, .count = 3};
	char warning[512] = "before";

	(void)state;
	targets_warn(&targets, &source, PLACE_GENERIC, warning, sizeof(warning));
	assert_string_equal(
		warning,
		"before; eth2: its MTU is 1400, and packets of eth0 that are longer are lost; eth3: is down, and what is redirected to it is lost until it is up");
}

static void targets_that_are_not_there_are_named_with_their_line(void **state)
{
	struct policy *policy = policy_from_text("some.policy", "rule a: tcp => redirect lo\n"
								"default redirect lol\n");
	struct xdv_error error;
	struct targets targets = {0};

	(void)state;
	assert_int_equal(targets_find(&targets, policy, &error), -ENODEV);
	assert_string_equal(
		error.message,
		"some.policy:2: redirect lol: no such interface in this network namespace");
	assert_non_null(strstr(error.hint, "did you mean `lo`?"));
	assert_null(targets.devices);
	policy->interface_count = 1;
	assert_int_equal(targets_find(&targets, policy, &error), 0);
	assert_int_equal(targets.indexes[0], 1);
	targets_free(&targets);
	policy_free(&policy);
}

static void interface_that_is_not_there_is_named(void **state)
{
	struct xdv_error error;
	struct device read;

	(void)state;
	assert_int_equal(device_read(&read, "no-such-iface", &error), -ENODEV);
	assert_string_equal(error.message,
			    "no-such-iface: no such interface in this network namespace");
	assert_int_equal(device_read(&read, "a-name-that-is-too-long", &error), -ENODEV);
	assert_int_equal(device_read(&read, "", &error), -ENODEV);
}

static void loopback_is_read(void **state)
{
	struct device read;

	(void)state;
	assert_int_equal(device_read(&read, "lo", NULL), 0);
	assert_string_equal(read.name, "lo");
	assert_int_equal(read.index, 1);
	assert_true(read.flags & IFF_LOOPBACK);
	assert_true(read.queues >= 1);
}

static void users_that_there_are_not_are_told(void **state)
{
	struct policy *policy = policy_from_text(
		"test", "consumer f { allow user root; allow user 4711;\nallow group root;\n"
			"allow group no-such-group; allow user no-such-user }\n"
			"rule a: udp => xsk f\n");
	char warning[512] = "";

	(void)state;
	assert_int_equal(policy->diags.errors, 0);
	users_warn(policy, warning, sizeof(warning));
	assert_string_equal(
		warning,
		"test:3: this machine has no group `no-such-group`: nobody is allowed by it; "
		"test:3: this machine has no user `no-such-user`: nobody is allowed by it");
	policy_free(&policy);
}

static void queues_to_steer_to_must_be_there(void **state)
{
	struct device two = device("mlx5_core", false);
	char warning[512];
	struct xdv_error error;

	(void)state;
	two.queues_used = 2;
	assert_int_equal(
		ask(&two, "consumer f { steer 1 }\nrule a: udp => xsk f\n", warning, &error), 0);
	assert_int_equal(
		ask(&two, "consumer f { steer 2 }\nrule a: udp => xsk f\n", warning, &error),
		-EOPNOTSUPP);
	assert_non_null(strstr(error.message, "has 2 receive queues"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_found_wherever_it_is),
		cmocka_unit_test(header_that_is_not_there_is_not_found),
		cmocka_unit_test(device_that_strips_tags_is_refused_if_the_policy_reads_them),
		cmocka_unit_test(device_that_leaves_tags_is_taken),
		cmocka_unit_test(veth_is_taken_with_a_warning),
		cmocka_unit_test(veth_that_is_sent_back_on_is_taken_with_a_warning),
		cmocka_unit_test(targets_are_warned_of),
		cmocka_unit_test(targets_that_are_not_there_are_named_with_their_line),
		cmocka_unit_test(interface_that_is_not_there_is_named),
		cmocka_unit_test(loopback_is_read),
		cmocka_unit_test(users_that_there_are_not_are_told),
		cmocka_unit_test(queues_to_steer_to_must_be_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("suits", tests, NULL, NULL);
}
