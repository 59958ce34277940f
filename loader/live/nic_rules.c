// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "nic_rules.h"

#include "steer_rules.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask_kernel(const struct nic *nic, void *command)
{
	struct ifreq request = {.ifr_data = command};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", nic->ifname);
	err = ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;
	close(fd);
	return err;
}

struct nic nic_of(const char *ifname)
{
	return (struct nic){.ifname = ifname, .ask = ask_kernel};
}

static int read_rule(const struct nic *nic, unsigned int location,
		     struct ethtool_rx_flow_spec *spec)
{
	struct ethtool_rxnfc command = {.cmd = ETHTOOL_GRXCLSRULE, .fs.location = location};
	int err = nic->ask(nic, &command);

	if (!err)
		*spec = command.fs;
	return err;
}

static int add(struct nic_rules *rules, const struct ethtool_rx_flow_spec *spec)
{
	struct ethtool_rx_flow_spec *grown;

	grown = reallocarray(rules->list, rules->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rules->list = grown;
	grown[rules->count++] = *spec;
	return 0;
}

/* The locations in use, malloc'ed with the command. */
static int read_locations(const struct nic *nic, uint32_t count, struct ethtool_rxnfc **locations)
{
	struct ethtool_rxnfc *command;
	int err;

	command = calloc(1, sizeof(*command) + count * sizeof(command->rule_locs[0]));
	if (!command)
		return -ENOMEM;
	command->cmd = ETHTOOL_GRXCLSRLALL;
	command->rule_cnt = count;
	err = nic->ask(nic, command);
	if (!err && command->rule_cnt > count) /* others have put in more */
		err = -EAGAIN;
	if (err)
		free(command);
	else
		*locations = command;
	return err;
}

int nic_rules_read(struct nic_rules *rules, const struct nic *nic)
{
	struct ethtool_rxnfc count = {.cmd = ETHTOOL_GRXCLSRLCNT}, *locations;
	struct nic_rules read = {};
	int err = nic->ask(nic, &count);

	if (!err)
		err = read_locations(nic, count.rule_cnt, &locations);
	if (err)
		return err;
	read.chooses = (count.data & RX_CLS_LOC_SPECIAL) != 0;
	read.size = (unsigned int)locations->data;
	for (uint32_t i = 0; !err && i < locations->rule_cnt; i++) {
		struct ethtool_rx_flow_spec spec;

		err = read_rule(nic, locations->rule_locs[i], &spec);
		if (!err)
			err = add(&read, &spec);
		else if (err == -ENOENT) /* taken out meanwhile */
			err = 0;
	}
	free(locations);
	if (err)
		nic_rules_free(&read);
	else
		*rules = read;
	return err;
}

void nic_rules_free(struct nic_rules *rules)
{
	free(rules->list);
	*rules = (struct nic_rules){};
}

static bool is_free(const struct nic_rules *rules, unsigned int location)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].location == location)
			return false;
	return true;
}

/* From the end on: where rules have an order, those of others come first. */
static int find_location(const struct nic_rules *rules, unsigned int *location)
{
	*location = RX_CLS_LOC_ANY;
	if (rules->chooses)
		return 0;
	for (unsigned int i = rules->size; i-- > 0;) {
		*location = i;
		if (is_free(rules, i))
			return 0;
	}
	return -ENOSPC;
}

int nic_rule_insert(const struct nic *nic, struct nic_rules *rules,
		    const struct ethtool_rx_flow_spec *spec)
{
	struct ethtool_rxnfc command = {.cmd = ETHTOOL_SRXCLSRLINS};
	struct ethtool_rx_flow_spec now;
	unsigned int location;
	int err = find_location(rules, &location);

	if (err)
		return err;
	command.fs = *spec;
	command.fs.location = location;
	err = nic->ask(nic, &command);
	if (err)
		return err;
	location = command.fs.location;
	err = read_rule(nic, location, &now);
	if (!err && !same_steer_rule(&now, spec))
		err = -EPROTO;
	if (!err)
		err = add(rules, &now);
	if (err)
		nic_rule_delete(nic, location);
	return err;
}

int nic_rule_delete(const struct nic *nic, unsigned int location)
{
	struct ethtool_rxnfc command = {.cmd = ETHTOOL_SRXCLSRLDEL, .fs.location = location};

	return nic->ask(nic, &command);
}
