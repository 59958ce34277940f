// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flows.h"

#include "fail.h"
#include "flowmap.h"
#include "load.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* -ENOENT: the generation has none. */
static int open_table(const char *ifname, uint32_t generation, struct flowmap_info *info)
{
	char path[XDV_PATH_MAX];
	int fd, err;

	err = pins_path(path, sizeof(path), ifname, "%u/flows", generation);
	if (err)
		return err;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = flowmap_info(fd, info);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/*
 * A map that an object takes over gives it its name. One has none if the kernel had no memory when
 * libbpf probed for names: then what the object asks for by name would not be found.
 */
static bool has_its_name(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) == 0 && strcmp(info.name, "flows") == 0;
}

int flow_move_begin(struct flow_move *move, const char *ifname, uint32_t generation,
		    const struct policy *policy, struct xdv_error *error)
{
	struct flowmap_info info;

	*move = (struct flow_move){.ifname = ifname, .policy = policy, .live = -1};
	if (!generation)
		return 0;
	move->live = open_table(ifname, generation, &info);
	move->foreign = move->live == -EPROTO;
	if (move->live < 0 && move->live != -ENOENT && !move->foreign)
		return fail(error, move->live, "%s: its flows can't be opened: %s", ifname,
			    strerror(-move->live));
	move->taken_over = move->live >= 0 && policy->flows && policy->flows->size == info.size &&
			   has_its_name(move->live);
	return 0;
}

static bool has_consumer(const struct policy *policy, uint32_t id)
{
	for (size_t i = 0; i < policy->consumer_count; i++)
		if (xdv_consumer_id(policy->consumers[i]->name.text) == id)
			return true;
	return false;
}

static bool is_orphan(const struct xdv_flow_entry *entry, const void *context)
{
	const struct flow_move *move = context;

	return !move->policy->flows ||
	       (entry->action == XDV_ACTION_XSK && !has_consumer(move->policy, entry->target));
}

static bool is_unwanted(const struct xdv_flow_entry *entry, const void *context)
{
	const struct flow_move *move = context;

	return is_orphan(entry, move) || flowmap_expired(entry, move->now);
}

/*
 * Who changes flows does so in the old table first, then in the new one. What was taken out of the
 * old one while it was copied must not stay in the new.
 */
static int copy_entry(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
		      void *context)
{
	struct flow_move *move = context;
	struct xdv_flow_entry again;
	int err;

	if (is_unwanted(entry, move)) {
		move->lost += !flowmap_expired(entry, move->now);
		return 0;
	}
	err = bpf_map_update_elem(move->copy, key, entry, BPF_NOEXIST);
	if (err == -EEXIST) /* put in just now, by somebody else */
		return 0;
	if (err)
		return err;
	if (bpf_map_lookup_elem(move->live, key, &again) == -ENOENT)
		bpf_map_delete_elem(move->copy, key);
	return 0;
}

int flow_move_copy(struct flow_move *move, int table, struct xdv_error *error)
{
	int err;

	if (move->live < 0 || !move->policy->flows || move->taken_over)
		return 0;
	move->copy = table;
	move->now = flowmap_now();
	err = flowmap_walk(move->live, copy_entry, move);
	if (!err)
		return 0;
	if (err != -E2BIG)
		return fail(error, err, "%s: its flows can't be copied: %s", move->ifname,
			    strerror(-err));
	fail(error, -ENOSPC, "%s: there are more flows than the new policy has room for: %u",
	     move->ifname, move->policy->flows->size);
	return fail_hint(
		error, -ENOSPC,
		"write flows { size N } for more, or take flows out: xdivert flow del, flush");
}

static int settle_entry(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
			void *context)
{
	struct flow_move *move = context;
	bool counts = !flowmap_expired(entry, move->now) && is_orphan(entry, move);

	if (move->taken_over && is_unwanted(entry, move))
		counts &= flowmap_remove(move->live, key, is_unwanted, move);
	move->lost += counts;
	return 0;
}

void flow_move_settle(struct flow_move *move, char *warning, size_t size)
{
	const char *why = move->policy->flows ? "flows to consumers that the policy does not have"
					      : "flows, for which the policy has no room";

	if (move->foreign)
		warning_add(warning, size, "the flows of an older version are gone");
	if (move->live < 0)
		return;
	move->now = flowmap_now();
	if (move->taken_over ||
	    !move->policy->flows) /* else they were counted as they were copied */
		flowmap_walk(move->live, settle_entry, move);
	if (move->lost)
		warning_add(warning, size, "%u gone: %s", move->lost, why);
}

void flow_move_end(struct flow_move *move)
{
	if (move->live >= 0)
		close(move->live);
	move->live = -1;
}

struct counting {
	uint64_t now;
	uint32_t count;
};

static int count_entry(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
		       void *context)
{
	struct counting *counting = context;

	(void)key;
	counting->count += !flowmap_expired(entry, counting->now);
	return 0;
}

int flows_count(const char *ifname, uint32_t generation, uint32_t *count, uint32_t *size)
{
	struct counting counting = {.now = flowmap_now()};
	struct flowmap_info info;
	int fd = open_table(ifname, generation, &info), err;

	if (fd < 0)
		return fd;
	err = flowmap_walk(fd, count_entry, &counting);
	close(fd);
	*count = counting.count;
	*size = info.size;
	return err;
}
