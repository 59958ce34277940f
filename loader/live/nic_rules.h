/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The table of rules in a NIC by which it chooses receive queues, as `ethtool -n` shows it.
 */
#ifndef XDIVERT_NIC_RULES_H
#define XDIVERT_NIC_RULES_H

#include <linux/ethtool.h>
#include <stddef.h>

/* How it is asked: SIOCETHTOOL, or what stands for it. Returns 0 or a negative errno. */
struct nic {
	const char *ifname;
	int (*ask)(const struct nic *nic, void *command);
	void *context; /* of whoever stands for it */
};

/* That of the interface, in the network namespace of the caller. */
struct nic nic_of(const char *ifname);

struct nic_rules {
	struct ethtool_rx_flow_spec *list; /* by location; malloc'ed */
	size_t count;
	unsigned int size; /* of the table; 0: it does not tell */
	int chooses; /* the driver chooses locations itself */
};

/* -EOPNOTSUPP: it has none. */
int nic_rules_read(struct nic_rules *rules, const struct nic *nic);
void nic_rules_free(struct nic_rules *rules);

/*
 * Puts in the rule, at a location that is free in `rules`, to which it is added. It is read again:
 * if it has become another one it is taken out. -EPROTO: so it is; -ENOSPC: the table is full.
 */
int nic_rule_insert(const struct nic *nic, struct nic_rules *rules,
		    const struct ethtool_rx_flow_spec *spec);
int nic_rule_delete(const struct nic *nic, unsigned int location);

#endif
