// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What flows there are, and all of them out.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "fail.h"
#include "flows.h"
#include "pins.h"
#include "sized.h"

struct reading {
	const struct xdv_flows *flows;
	int fd; /* the live table */
	uint64_t now;
	xdv_flow_fn callback;
	void *context;
};

static void name_consumer(char name[FLOWS_CONSUMER_MAX], const struct xdv_flows *flows, uint32_t id)
{
	char path[XDV_PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	if (pins_path(path, sizeof(path), flows->ifname, "consumers"))
		return;
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (xdv_consumer_id(entry->d_name) == id &&
		    strlen(entry->d_name) < FLOWS_CONSUMER_MAX)
			strcpy(name, entry->d_name);
	closedir(directory);
}

static uint32_t action_of(const struct xdv_flow_entry *entry)
{
	switch (entry->action) {
	case XDV_ACTION_DROP:
		return XDV_FLOW_DROP;
	case XDV_ACTION_XSK:
		return XDV_FLOW_XSK;
	case XDV_ACTION_TX:
		return entry->target ? XDV_FLOW_TX_SWAP : XDV_FLOW_TX;
	default:
		return XDV_FLOW_PASS;
	}
}

static void fill_info(struct xdv_flow_info *info, const struct reading *reading,
		      const struct xdv_flow_key *key, const struct xdv_flow_entry *entry)
{
	int64_t idle = (int64_t)(reading->now - entry->seen);

	*info = (struct xdv_flow_info){
		.size = sizeof(*info),
		.action = action_of(entry),
		.timeout_ms = (uint32_t)(entry->timeout / 1000000),
		.idle_ms = idle > 0 ? (uint64_t)idle / 1000000 : 0,
		.packets = entry->packets,
		.bytes = entry->bytes,
		.fallback = entry->fallback,
	};
	flowmap_flow(&info->flow, key);
	if (info->action == XDV_FLOW_XSK)
		name_consumer(info->consumer, reading->flows, entry->target);
}

static int start(struct reading *reading, struct xdv_flows *flows, struct xdv_error *error)
{
	int err = flowtables_refresh(&flows->tables, error);

	if (err < 0)
		return err;
	reading->flows = flows;
	reading->fd = flowtables_live(&flows->tables)->fd;
	reading->now = flowmap_now();
	return 0;
}

int xdv_flow_get(struct xdv_flows *flows, const struct xdv_flow *flow, struct xdv_flow_info *info,
		 struct xdv_error *error)
{
	struct xdv_flow_entry entry;
	struct reading reading = {0};
	struct xdv_flow_info own;
	char text[XDV_FLOW_TEXT];
	struct xdv_flow_key key;
	int err;

	err = flows_key(&key, flow, error);
	if (!err)
		err = start(&reading, flows, error);
	if (err)
		return err;
	err = bpf_map_lookup_elem(reading.fd, &key, &entry);
	if (err == -ENOENT || (!err && flowmap_expired(&entry, reading.now)))
		return fail(error, -ESRCH, "%s: there is no flow %s", flows->ifname,
			    xdv_flow_format(flow, text));
	if (err)
		return fail(error, err, "%s: its flows can't be read: %s", flows->ifname,
			    strerror(-err));
	fill_info(&own, &reading, &key, &entry);
	if (sized_write(info, &own, sizeof(own)))
		return fail(error, -EINVAL, "the result has no size");
	return 0;
}

static bool is_expired(const struct xdv_flow_entry *entry, const void *context)
{
	return flowmap_expired(entry, ((const struct reading *)context)->now);
}

static int tell(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry, void *context)
{
	struct reading *reading = context;
	struct xdv_flow_info info;

	if (is_expired(entry, reading)) {
		flowmap_remove(reading->fd, key, is_expired, reading);
		return 0;
	}
	fill_info(&info, reading, key, entry);
	return reading->callback(&info, reading->context);
}

int xdv_flows_each(struct xdv_flows *flows, xdv_flow_fn callback, void *context,
		   struct xdv_error *error)
{
	struct reading reading = {.callback = callback, .context = context};
	int err = start(&reading, flows, error);

	return err ? err : flowmap_walk(reading.fd, tell, &reading);
}

struct flush {
	int fd;
	uint64_t now;
	int removed;
};

static int flush_entry(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
		       void *context)
{
	struct flush *flush = context;

	if (!bpf_map_delete_elem(flush->fd, key) && !flowmap_expired(entry, flush->now))
		flush->removed++;
	return 0;
}

/* What was in two tables is counted once: in the one that has more of them. */
static int flush_one(struct flowtable *table, void *context)
{
	struct flush flush = {.fd = table->fd, .now = flowmap_now()};
	int err = flowmap_walk(table->fd, flush_entry, &flush), *removed = context;

	if (flush.removed > *removed)
		*removed = flush.removed;
	return err;
}

int xdv_flows_flush(struct xdv_flows *flows, struct xdv_error *error)
{
	int removed = 0, err = flows_change(flows, flush_one, &removed, error);

	return err ? err : removed;
}
