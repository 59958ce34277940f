// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a policy asks of a NIC, and what becomes of it in one: a table of rules stands for that,
 * which answers as drivers do.
 */
#include "live/files.h"
#include "live/steer_rules.h"
#include "live/steering.h"
#include "pins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TABLE 8

struct table {
	struct ethtool_rx_flow_spec rules[TABLE];
	bool used[TABLE];
	unsigned int size;
	bool chooses, has_none, forgets_ports;
};

static int count(const struct table *table)
{
	int used = 0;

	for (unsigned int i = 0; i < table->size; i++)
		used += table->used[i];
	return used;
}

static int insert(struct table *table, struct ethtool_rxnfc *command)
{
	unsigned int at = command->fs.location;

	if (at == RX_CLS_LOC_ANY) {
		assert_true(table->chooses);
		for (at = 0; at < table->size && table->used[at];)
			at++;
		if (at == table->size)
			return -ENOSPC;
	}
	assert_true(at < table->size);
	table->rules[at] = command->fs;
	table->rules[at].location = at;
	table->used[at] = true;
	command->fs.location = at;
	if (table->forgets_ports)
		table->rules[at].m_u.udp_ip4_spec.pdst = 0;
	return 0;
}

static int list(const struct table *table, struct ethtool_rxnfc *command)
{
	uint32_t found = 0;

	for (unsigned int i = 0; i < table->size; i++) {
		if (!table->used[i])
			continue;
		assert_true(found < command->rule_cnt);
		command->rule_locs[found++] = i;
	}
	command->rule_cnt = found;
	command->data = table->size;
	return 0;
}

static int ask_table(const struct nic *nic, void *data)
{
	struct table *table = nic->context;
	struct ethtool_rxnfc *command = data;
	unsigned int at = command->fs.location;

	if (table->has_none)
		return -EOPNOTSUPP;
	switch (command->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		command->rule_cnt = (uint32_t)count(table);
		command->data = table->chooses ? RX_CLS_LOC_SPECIAL : 0;
		return 0;
	case ETHTOOL_GRXCLSRLALL:
		return list(table, command);
	case ETHTOOL_SRXCLSRLINS:
		return insert(table, command);
	case ETHTOOL_GRXCLSRULE:
		if (at >= table->size || !table->used[at])
			return -ENOENT;
		command->fs = table->rules[at];
		return 0;
	case ETHTOOL_SRXCLSRLDEL:
		if (at >= table->size || !table->used[at])
			return -ENOENT;
		table->used[at] = false;
		return 0;
	}
	fail_msg("command %u", command->cmd);
	return -EINVAL;
}

static struct policy *read_policy(const char *text)
{
	struct policy *policy = policy_from_text("test", text);

	assert_int_equal(policy->diags.errors, 0);
	return policy;
}

static struct steer_rules find(const char *text)
{
	struct policy *policy = read_policy(text);
	struct steer_rules rules;

	assert_int_equal(steer_rules_find(&rules, policy), 0);
	policy_free(&policy);
	return rules;
}

static void rules_have_what_a_nic_compares(void **state)
{
	struct steer_rules rules = find(
		"consumer feed { steer 3 }\n"
		"rule a: ip daddr 233.54.12.0/24 and udp dport 9000 => xsk feed\n");
	const struct ethtool_rx_flow_spec *spec = rules.list;

	(void)state;
	assert_int_equal(rules.count, 1);
	assert_int_equal(rules.left_out, 0);
	assert_int_equal(spec->flow_type, UDP_V4_FLOW);
	assert_int_equal(spec->ring_cookie, 3);
	assert_int_equal(ntohl(spec->h_u.udp_ip4_spec.ip4dst), 0xe9360c00);
	assert_int_equal(ntohl(spec->m_u.udp_ip4_spec.ip4dst), 0xffffff00);
	assert_int_equal(ntohs(spec->h_u.udp_ip4_spec.pdst), 9000);
	assert_int_equal(ntohs(spec->m_u.udp_ip4_spec.pdst), 0xffff);
	assert_int_equal(spec->m_u.udp_ip4_spec.ip4src, 0);
	assert_int_equal(spec->m_u.udp_ip4_spec.psrc, 0);
	steer_rules_free(&rules);
}

static void rules_are_one_for_each_case(void **state)
{
	struct steer_rules rules = find(
		"set sessions : ipv4 . port { 10.0.0.5 . 31001, 10.0.0.6 . 31002 }\n"
		"consumer feed { steer 0 }\nconsumer other { }\n"
		"rule a: ip saddr . tcp sport in @sessions => xsk feed\n"
		"rule b: udp dport 53 => xsk feed\n"
		"rule c: udp dport 54 => xsk other\n"
		"rule d: udp dport 55 => drop\n");

	(void)state;
	assert_int_equal(rules.count, 4); /* port 53 by IPv4 and by IPv6 */
	assert_int_equal(rules.list[0].flow_type, TCP_V4_FLOW);
	assert_int_equal(ntohs(rules.list[1].h_u.tcp_ip4_spec.psrc), 31002);
	assert_int_equal(rules.list[2].flow_type, UDP_V4_FLOW);
	assert_int_equal(rules.list[3].flow_type, UDP_V6_FLOW);
	assert_int_equal(ntohs(rules.list[3].h_u.udp_ip6_spec.pdst), 53);
	steer_rules_free(&rules);
}

static void rules_of_ipv6_have_its_words(void **state)
{
	struct steer_rules rules = find("consumer feed { steer 1 }\n"
					"rule a: ip6 daddr 2001:db8:1::/48 => xsk feed\n");
	const struct ethtool_rx_flow_spec *spec = rules.list;

	(void)state;
	assert_int_equal(rules.count, 1);
	assert_int_equal(spec->flow_type, IPV6_USER_FLOW);
	assert_int_equal(ntohl(spec->h_u.usr_ip6_spec.ip6dst[0]), 0x20010db8);
	assert_int_equal(ntohl(spec->m_u.usr_ip6_spec.ip6dst[1]), 0xffff0000);
	assert_int_equal(ntohl(spec->m_u.usr_ip6_spec.ip6dst[2]), 0);
	steer_rules_free(&rules);
}

/* A NIC may take more than the rule does: the program decides all the same. */
static void rules_leave_out_what_no_nic_compares(void **state)
{
	struct steer_rules rules = find("consumer feed { steer 1 }\n"
					"rule a: ip daddr 10.0.0.1 and udp dport 100-199 and ip "
					"ttl 7 => xsk feed\n"
					"rule b: ip dscp ef => xsk feed\n");

	(void)state;
	assert_int_equal(rules.count, 1);
	assert_int_equal(rules.list[0].m_u.udp_ip4_spec.pdst, 0);
	assert_int_equal(ntohl(rules.list[0].h_u.udp_ip4_spec.ip4dst), 0x0a000001);
	assert_int_equal(rules.left_out, 1);
	steer_rules_free(&rules);
}

static void rules_are_no_more_than_tables_hold(void **state)
{
	char text[4096] = "consumer feed { steer 1 }\nrule a: udp dport { 1000";
	struct steer_rules rules;

	(void)state;
	for (int i = 0; i < 63; i++)
		sprintf(text + strlen(text), ", %d", 1002 + 2 * i);
	strcat(text, " } => xsk feed\nrule b: udp dport 7 => xsk feed\n");
	rules = find(text);
	assert_int_equal(rules.count, STEER_RULES_MAX);
	assert_int_equal(rules.left_out, 2);
	steer_rules_free(&rules);
}

/* --- what is in a NIC ----------------------------------------------------------------------------
 */

static const char *const one = "consumer feed { steer 3 }\n"
			       "rule a: ip daddr 10.0.0.1 and udp dport 9000 => xsk feed\n";
static const char *const other = "consumer feed { steer 3 }\n"
				 "rule a: ip daddr 10.0.0.2 and udp dport 9000 => xsk feed\n";

static char ifname[16];

static int make_directory(void **state)
{
	char path[XDV_PATH_MAX];

	(void)state;
	if (getuid() != 0) /* only root writes to /run/xdivert */
		return 0;
	snprintf(ifname, sizeof(ifname), "s%d", (int)getpid());
	return pins_run_path(path, sizeof(path), ifname, "%s", "") || directory_make(path, 0755);
}

static int remove_directory(void **state)
{
	char path[XDV_PATH_MAX];

	(void)state;
	return pins_run_path(path, sizeof(path), ifname, "%s", "") || tree_remove(path);
}

static int set(struct table *table, const char *text, char warning[512])
{
	struct nic nic = {.ifname = "eth0", .ask = ask_table, .context = table};
	struct policy *policy = text ? read_policy(text) : NULL;
	int err;

	if (getuid() != 0)
		skip();
	*warning = '\0';
	err = steering_set(ifname, &nic, policy, warning, 512);
	if (policy)
		policy_free(&policy);
	return err;
}

static void steering_puts_in_and_takes_out(void **state)
{
	struct table table = {.size = TABLE};
	struct steering_view view;
	struct nic nic = {.ifname = "eth0", .ask = ask_table, .context = &table};
	struct policy *policy = read_policy(other);
	char warning[512];

	(void)state;
	assert_int_equal(set(&table, one, warning), 0);
	assert_string_equal(warning, "");
	assert_int_equal(count(&table), 1);
	assert_true(table.used[TABLE - 1]); /* behind those of others */
	assert_int_equal(set(&table, one, warning), 0);
	assert_int_equal(count(&table), 1);
	assert_int_equal(set(&table, other, warning), 0);
	assert_int_equal(count(&table), 1);
	assert_int_equal(steering_view(&view, &nic, policy), 0);
	assert_int_equal(view.wanted, 1);
	assert_int_equal(view.there, 1);
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 0);
	policy_free(&policy);
}

static void steering_leaves_the_rules_of_others(void **state)
{
	struct table table = {.size = TABLE};
	char warning[512];

	(void)state;
	assert_int_equal(set(&table, one, warning), 0);
	table.used[0] = true; /* somebody has put in the same, and another one */
	table.rules[0] = table.rules[TABLE - 1];
	table.rules[0].location = 0;
	table.rules[0].ring_cookie = 1;
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 1);
	table.rules[0].ring_cookie = 3; /* what is to be put in is there, and not ours */
	assert_int_equal(set(&table, one, warning), 0);
	assert_string_equal(warning, "");
	assert_int_equal(count(&table), 1);
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 1);
}

static void steering_lets_the_driver_choose(void **state)
{
	struct table table = {.size = TABLE, .chooses = true};
	char warning[512];

	(void)state;
	assert_int_equal(set(&table, one, warning), 0);
	assert_true(table.used[0]);
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 0);
}

static void steering_says_what_the_nic_does_not_take(void **state)
{
	static const struct {
		struct table table;
		const char *says;
		int left;
	} cases[] = {
		{{.has_none = true},
		 "1 of 1 steering rules are not in the NIC: its driver has no",
		 0},
		{{.size = 0}, "its table of rules is full", 0},
		{{.size = TABLE, .forgets_ports = true}, "it has made another rule of what", 0},
	};
	char warning[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct table table = cases[i].table;

		assert_int_equal(set(&table, one, warning), 0);
		assert_non_null(strstr(warning, cases[i].says));
		assert_int_equal(count(&table), cases[i].left);
		assert_int_equal(set(&table, NULL, warning), 0);
		assert_string_equal(warning, "");
	}
}

/* What it has not taken is not ours when somebody else puts it in later. */
static void steering_forgets_what_the_nic_does_not_take(void **state)
{
	struct table table = {.size = 1, .used = {true}};
	struct steer_rules rules = find(one);
	char warning[512];

	(void)state;
	assert_int_equal(set(&table, one, warning), 0);
	assert_non_null(strstr(warning, "its table of rules is full"));
	table.rules[0] = rules.list[0];
	assert_int_equal(set(&table, one, warning), 0);
	assert_string_equal(warning, "");
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 1);
	steer_rules_free(&rules);
}

/* Of several, those that it has taken are ours all the same. */
static void steering_takes_out_what_the_nic_has_taken(void **state)
{
	struct table table = {.size = 1};
	char warning[512];

	(void)state;
	assert_int_equal(
		set(&table,
		    "consumer feed { steer 3 }\n"
		    "rule a: ip daddr { 10.0.0.1, 10.0.0.9 } and udp dport 9000 => xsk feed\n",
		    warning),
		0);
	assert_non_null(strstr(warning, "1 of 2 steering rules are not in the NIC"));
	assert_int_equal(count(&table), 1);
	assert_int_equal(set(&table, NULL, warning), 0);
	assert_int_equal(count(&table), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_have_what_a_nic_compares),
		cmocka_unit_test(rules_are_one_for_each_case),
		cmocka_unit_test(rules_of_ipv6_have_its_words),
		cmocka_unit_test(rules_leave_out_what_no_nic_compares),
		cmocka_unit_test(rules_are_no_more_than_tables_hold),
		cmocka_unit_test(steering_puts_in_and_takes_out),
		cmocka_unit_test(steering_leaves_the_rules_of_others),
		cmocka_unit_test(steering_lets_the_driver_choose),
		cmocka_unit_test(steering_says_what_the_nic_does_not_take),
		cmocka_unit_test(steering_forgets_what_the_nic_does_not_take),
		cmocka_unit_test(steering_takes_out_what_the_nic_has_taken),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
