// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "steering.h"

#include "files.h"
#include "load.h"
#include "pins.h"
#include "steer_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One change of what is in the NIC. */
struct steering {
	const char *ifname; /* by which account is kept */
	const struct nic *nic;
	struct steer_rules wanted;
	struct steer_rules ours; /* as written down */
	struct nic_rules there;
};

static int account_path(char path[XDV_PATH_MAX], const char *ifname)
{
	return pins_run_path(path, XDV_PATH_MAX, ifname, "steering");
}

/* An account that is cut off or another version's counts for as much as there is. */
static int read_account(struct steer_rules *ours, const char *ifname)
{
	char path[XDV_PATH_MAX], *data;
	size_t size;
	int err = account_path(path, ifname);

	if (!err)
		err = file_read(path, &data, &size);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	ours->list = (struct ethtool_rx_flow_spec *)(void *)data;
	ours->count = size / sizeof(*ours->list);
	return 0;
}

static int write_account(const struct steer_rules *ours, const char *ifname)
{
	char path[XDV_PATH_MAX];
	int err = account_path(path, ifname);

	if (err)
		return err;
	if (ours->count)
		return file_write(path, ours->list, ours->count * sizeof(*ours->list));
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static bool is_in(const struct ethtool_rx_flow_spec *list, size_t count,
		  const struct ethtool_rx_flow_spec *spec)
{
	for (size_t i = 0; i < count; i++)
		if (same_steer_rule(&list[i], spec))
			return true;
	return false;
}

static bool is_wanted(const struct steering *steering, const struct ethtool_rx_flow_spec *spec)
{
	return is_in(steering->wanted.list, steering->wanted.count, spec);
}

static bool is_ours(const struct steering *steering, const struct ethtool_rx_flow_spec *spec)
{
	return is_in(steering->ours.list, steering->ours.count, spec);
}

static bool is_there(const struct steering *steering, const struct ethtool_rx_flow_spec *spec)
{
	return is_in(steering->there.list, steering->there.count, spec);
}

static int take_out(struct steering *steering)
{
	struct nic_rules *there = &steering->there;
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < there->count; i++) {
		const struct ethtool_rx_flow_spec *spec = &there->list[i];
		int failed = -1;

		if (is_ours(steering, spec) && !is_wanted(steering, spec)) {
			failed = nic_rule_delete(steering->nic, spec->location);
			if (failed == -ENOENT)
				failed = 0;
			if (failed)
				err = failed;
		}
		if (failed)
			there->list[kept++] = *spec;
	}
	there->count = kept;
	return err;
}

/* Of what is wanted: what is ours already, or nobody's. */
static void choose(struct steering *steering, struct steer_rules *next)
{
	for (size_t i = 0; i < steering->wanted.count; i++) {
		const struct ethtool_rx_flow_spec *spec = &steering->wanted.list[i];

		if (is_ours(steering, spec) || !is_there(steering, spec))
			next->list[next->count++] = *spec;
	}
}

static const char *reason(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "its driver has no such rules, or they are off (ethtool -K … ntuple on)";
	case -ENOSPC:
		return "its table of rules is full";
	case -EPROTO:
		return "it has made another rule of what it was told";
	default:
		return strerror(-err);
	}
}

static void warn(const struct steering *steering, size_t missing, int err, char *warning,
		 size_t size)
{
	const char *ifname = steering->nic->ifname;

	if (missing)
		warning_add(
			warning, size,
			"%s: %zu of %zu steering rules are not in the NIC: %s; those flows are diverted on whatever queue they come",
			ifname, missing, steering->wanted.count, reason(err));
	if (steering->wanted.left_out)
		warning_add(
			warning, size,
			"%s: in %zu cases the rules of the policy ask for what no NIC compares, or for too many: those packets are not steered",
			ifname, steering->wanted.left_out);
}

/* What the NIC does not take is not in `next` any more: it is nobody's. Returns how many. */
static size_t put_in(struct steering *steering, struct steer_rules *next, char *warning,
		     size_t size)
{
	size_t kept = 0, missing;
	int err = 0;

	for (size_t i = 0; i < next->count; i++) {
		int failed = is_there(steering, &next->list[i])
				     ? 0
				     : nic_rule_insert(steering->nic, &steering->there,
						       &next->list[i]);

		if (failed)
			err = failed;
		else
			next->list[kept++] = next->list[i];
	}
	missing = next->count - kept;
	next->count = kept;
	warn(steering, missing, err, warning, size);
	return missing;
}

static int change(struct steering *steering, char *warning, size_t size)
{
	struct steer_rules next = {};
	int err = nic_rules_read(&steering->there, steering->nic);

	if (err) {
		warn(steering, steering->wanted.count, err, warning, size);
		/* it can have nothing of ours either, or is gone with it */
		return err == -EOPNOTSUPP || err == -ENODEV ? write_account(&next, steering->ifname)
							    : err;
	}
	next.list = calloc(steering->wanted.count + 1, sizeof(*next.list));
	err = next.list ? take_out(steering) : -ENOMEM;
	if (!err) {
		choose(steering, &next);
		err = write_account(&next, steering->ifname);
	}
	if (!err && put_in(steering, &next, warning, size))
		err = write_account(&next, steering->ifname);
	free(next.list);
	return err;
}

int steering_set(const char *ifname, const struct nic *nic, const struct policy *policy,
		 char *warning, size_t size)
{
	struct steering steering = {.ifname = ifname, .nic = nic};
	int err = policy ? steer_rules_find(&steering.wanted, policy) : 0;

	if (!err)
		err = read_account(&steering.ours, ifname);
	if (!err && (steering.wanted.count || steering.ours.count || steering.wanted.left_out))
		err = change(&steering, warning, size);
	steer_rules_free(&steering.wanted);
	steer_rules_free(&steering.ours);
	nic_rules_free(&steering.there);
	return err;
}

void steering_settle(const char *ifname, const struct policy *policy, char *warning, size_t size)
{
	struct nic nic = nic_of(ifname);
	int err = steering_set(ifname, &nic, policy, warning, size);

	if (err)
		warning_add(warning, size, "%s: steering rules: %s", ifname, strerror(-err));
}

int steering_view(struct steering_view *view, const struct nic *nic, const struct policy *policy)
{
	struct steering steering = {.nic = nic};
	int err = steer_rules_find(&steering.wanted, policy);

	*view = (struct steering_view){.wanted = steering.wanted.count};
	if (!err && view->wanted && nic_rules_read(&steering.there, nic) == 0)
		for (size_t i = 0; i < view->wanted; i++)
			view->there += is_there(&steering, &steering.wanted.list[i]);
	steer_rules_free(&steering.wanted);
	nic_rules_free(&steering.there);
	return err;
}
