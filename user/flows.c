// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Flows of an interface: what xdivert/flow.h offers.
 */
#include "flows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consumer.h"
#include "fail.h"
#include "pins.h"
#include "sized.h"

/* So often may tables come and go under a call before it is an error. */
#define TRIES 20

static const struct {
	enum xdv_action action;
	uint32_t target;
} actions[] = {
	[XDV_FLOW_PASS] = {XDV_ACTION_PASS, 0},	 [XDV_FLOW_DROP] = {XDV_ACTION_DROP, 0},
	[XDV_FLOW_XSK] = {XDV_ACTION_XSK, 0},	 [XDV_FLOW_TX] = {XDV_ACTION_TX, 0},
	[XDV_FLOW_TX_SWAP] = {XDV_ACTION_TX, 1},
};

#define ACTIONS (sizeof(actions) / sizeof(*actions))

int flows_new(struct xdv_flows **out, const char *ifname, const char *consumer,
	      struct xdv_error *error)
{
	struct xdv_flows *flows = calloc(1, sizeof(*flows));
	char path[XDV_PATH_MAX];

	if (!flows)
		return fail(error, -ENOMEM, "no memory for the flows of %s", ifname);
	if (strlen(ifname) >= sizeof(flows->ifname) ||
	    pins_run_path(path, sizeof(path), ifname, "%s", "")) {
		free(flows);
		return fail(error, -EINVAL, "'%s' is no name of an interface", ifname);
	}
	strcpy(flows->ifname, ifname);
	flows->consumer = consumer;
	flows->tables.ifname = flows->ifname;
	*out = flows;
	return 0;
}

int xdv_flows_open(struct xdv_flows **out, const char *ifname, struct xdv_error *error)
{
	return flows_new(out, ifname ? ifname : "", NULL, error);
}

void xdv_flows_close(struct xdv_flows **flows)
{
	if (!*flows)
		return;
	flowtables_close(&(*flows)->tables);
	free(*flows);
	*flows = NULL;
}

struct xdv_flows *xdv_consumer_flows(struct xdv_consumer *consumer)
{
	return consumer->flows;
}

int flows_key(struct xdv_flow_key *key, const struct xdv_flow *flow, struct xdv_error *error)
{
	if (!flowmap_key(key, flow))
		return 0;
	return fail(error, -EINVAL,
		    "a flow is TCP, UDP or SCTP over IPv4 or IPv6: not protocol %u of family %u",
		    flow->protocol, flow->family);
}

int flows_change(struct xdv_flows *flows, int (*one)(struct flowtable *table, void *context),
		 void *context, struct xdv_error *error)
{
	int err = flowtables_refresh(&flows->tables, error), changed = -ESRCH;

	if (err < 0)
		return err;
	for (unsigned int tries = 0; tries < TRIES; tries++) {
		for (unsigned int i = 0; i < flows->tables.count; i++) {
			err = flows->tables.list[i].shared ? -ESRCH
							   : one(&flows->tables.list[i], context);
			if (err && err != -ESRCH)
				return fail(error, err, "%s: its flows can't be changed: %s",
					    flows->ifname, strerror(-err));
			changed = err ? changed : 0;
		}
		err = flowtables_refresh(&flows->tables, error);
		if (err <= 0)
			return err ? err : changed;
	}
	return fail(error, -EAGAIN, "%s: its policy is replaced all the time", flows->ifname);
}

struct addition {
	struct xdv_flow_key key;
	struct xdv_flow_entry entry;
	uint32_t full; /* the size of a table that is full */
};

static bool is_full_still(const struct flowtable *table)
{
	return table->full_until && flowmap_now() <= table->full_until;
}

static int add_one(struct flowtable *table, void *context)
{
	struct addition *addition = context;
	int err = bpf_map_update_elem(table->fd, &addition->key, &addition->entry, BPF_ANY);

	if (err == -E2BIG && !is_full_still(table)) {
		int removed = flowmap_sweep(table->fd, &table->full_until);

		if (removed < 0)
			return removed;
		err = bpf_map_update_elem(table->fd, &addition->key, &addition->entry, BPF_ANY);
	}
	if (err != -E2BIG)
		return err;
	addition->full = table->info.size;
	return -ENOSPC;
}

static int read_options(struct xdv_flow_options *own, const struct xdv_flow_options *theirs)
{
	int err;

	memset(own, 0, sizeof(*own));
	if (!theirs)
		return 0;
	err = sized_read(own, sizeof(*own), theirs);
	if (err == -E2BIG)
		return fail(theirs->error, err,
			    "the options have members that libxdivert %s does not know",
			    XDIVERT_VERSION);
	if (!err && own->action >= ACTIONS)
		return fail(own->error, -EINVAL,
			    "action must be an enum xdv_flow_action, and is %u", own->action);
	return err;
}

/* A consumer has its directory from before its policy is live till after. */
static int check_consumer(const struct xdv_flows *flows, const char *name, struct xdv_error *error)
{
	char path[XDV_PATH_MAX];

	if (!name || !*name)
		return fail(error, -EINVAL, "which consumer the flow is for is not said");
	if (*name == '.' || strchr(name, '/') || strlen(name) >= FLOWS_CONSUMER_MAX)
		return fail(error, -EINVAL, "'%s' is no name of a consumer", name);
	if (!pins_path(path, sizeof(path), flows->ifname, "consumers/%s", name) &&
	    !access(path, F_OK))
		return 0;
	fail(error, -ENOENT, "%s: no consumer '%s' in its policy", flows->ifname, name);
	return fail_hint(error, -ENOENT, "a policy declares it with: consumer %s { queues all }",
			 name);
}

static int fill_entry(struct xdv_flow_entry *entry, struct xdv_flows *flows,
		      const struct xdv_flow_options *options)
{
	const char *consumer = options->consumer ? options->consumer : flows->consumer;
	int err;

	*entry = (struct xdv_flow_entry){
		.action = (uint16_t)actions[options->action].action,
		.target = actions[options->action].target,
		.timeout = options->timeout_ms * UINT64_C(1000000),
		.seen = flowmap_now(),
	};
	if (options->action != XDV_FLOW_XSK)
		return 0;
	/* that there is no policy is more worth saying than that it has no such consumer */
	err = flowtables_refresh(&flows->tables, options->error);
	if (err >= 0)
		err = check_consumer(flows, consumer, options->error);
	if (!err)
		entry->target = xdv_consumer_id(consumer);
	return err;
}

int xdv_flow_add(struct xdv_flows *flows, const struct xdv_flow *flow,
		 const struct xdv_flow_options *options)
{
	struct xdv_flow_options own;
	struct addition addition = {0};
	int err;

	err = read_options(&own, options);
	if (!err)
		err = flows_key(&addition.key, flow, own.error);
	if (!err)
		err = fill_entry(&addition.entry, flows, &own);
	if (!err)
		err = flows_change(flows, add_one, &addition, own.error);
	if (err != -ENOSPC)
		return err;
	fail(own.error, err, "%s: its table of %u flows is full", flows->ifname, addition.full);
	return fail_hint(own.error, err,
			 "give flows a timeout, or the policy more room: flows { size %u }",
			 2 * addition.full);
}

static int delete_one(struct flowtable *table, void *context)
{
	int err = bpf_map_delete_elem(table->fd, context);

	return err == -ENOENT ? -ESRCH : err;
}

int xdv_flow_delete(struct xdv_flows *flows, const struct xdv_flow *flow, struct xdv_error *error)
{
	char text[XDV_FLOW_TEXT];
	struct xdv_flow_key key;
	int err;

	err = flows_key(&key, flow, error);
	if (!err)
		err = flows_change(flows, delete_one, &key, error);
	if (err != -ESRCH)
		return err;
	return fail(error, err, "%s: there is no flow %s", flows->ifname,
		    xdv_flow_format(flow, text));
}
