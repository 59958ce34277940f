// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flowmap.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Entries that are read in one go. All of a bucket have to fit; more than a few there are rare. */
#define BATCH 1024

int flowmap_info(int fd, struct flowmap_info *info)
{
	struct bpf_map_info map = {};
	__u32 length = sizeof(map);
	int err = bpf_obj_get_info_by_fd(fd, &map, &length);

	if (err)
		return err;
	if (map.type != BPF_MAP_TYPE_HASH || map.key_size != sizeof(struct xdv_flow_key) ||
	    map.value_size != sizeof(struct xdv_flow_entry))
		return -EPROTO;
	*info = (struct flowmap_info){.id = map.id, .size = map.max_entries};
	return 0;
}

uint64_t flowmap_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool flowmap_expired(const struct xdv_flow_entry *entry, uint64_t now)
{
	return entry->timeout && (int64_t)(now - entry->seen) > (int64_t)entry->timeout;
}

struct batch {
	struct xdv_flow_key keys[BATCH];
	struct xdv_flow_entry entries[BATCH];
};

int flowmap_walk(int fd, flowmap_fn callback, void *context)
{
	struct batch *batch = malloc(sizeof(*batch));
	/* the kernel writes as much of it as it needs, which is no more than a key */
	struct xdv_flow_key at, next;
	bool first = true;
	int err = 0, stopped = 0;

	if (!batch)
		return -ENOMEM;
	while (!err && !stopped) {
		__u32 count = BATCH;

		err = bpf_map_lookup_batch(fd, first ? NULL : &at, &next, batch->keys,
					   batch->entries, &count, NULL);
		if (err && err != -ENOENT) /* which says that these were the last */
			break;
		for (__u32 i = 0; i < count && !stopped; i++)
			stopped = callback(&batch->keys[i], &batch->entries[i], context);
		at = next;
		first = false;
	}
	free(batch);
	return stopped ? stopped : err == -ENOENT ? 0 : err;
}

bool flowmap_remove(int fd, const struct xdv_flow_key *key,
		    bool (*unwanted)(const struct xdv_flow_entry *entry, const void *context),
		    const void *context)
{
	struct xdv_flow_entry entry;
	int err = bpf_map_lookup_and_delete_elem(fd, key, &entry);

	if (err == -ENOENT)
		return false;
	if (err) /* not of hashes before Linux 5.14 */
		return bpf_map_lookup_elem(fd, key, &entry) == 0 && unwanted(&entry, context) &&
		       bpf_map_delete_elem(fd, key) == 0;
	if (unwanted(&entry, context))
		return true;
	bpf_map_update_elem(fd, key, &entry, BPF_NOEXIST);
	return false;
}

struct sweep {
	int fd;
	uint64_t now;
	uint64_t next;
	int removed;
};

static bool is_expired(const struct xdv_flow_entry *entry, const void *context)
{
	const struct sweep *sweep = context;

	return flowmap_expired(entry, sweep->now);
}

static int sweep_entry(const struct xdv_flow_key *key, const struct xdv_flow_entry *entry,
		       void *context)
{
	struct sweep *sweep = context;

	if (is_expired(entry, sweep))
		sweep->removed += flowmap_remove(sweep->fd, key, is_expired, sweep);
	else if (entry->timeout && entry->seen + entry->timeout < sweep->next)
		sweep->next = entry->seen + entry->timeout;
	return 0;
}

int flowmap_sweep(int fd, uint64_t *next)
{
	struct sweep sweep = {.fd = fd, .now = flowmap_now(), .next = UINT64_MAX};
	int err = flowmap_walk(fd, sweep_entry, &sweep);

	*next = sweep.next;
	return err ? err : sweep.removed;
}

static void read_words(__u32 words[4], const uint8_t bytes[16], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memcpy(&words[i], bytes + 4 * i, 4);
		words[i] = ntohl(words[i]);
	}
}

static void write_words(uint8_t bytes[16], const __u32 words[4])
{
	for (size_t i = 0; i < 4; i++) {
		__u32 word = htonl(words[i]);

		memcpy(bytes + 4 * i, &word, 4);
	}
}

int flowmap_key(struct xdv_flow_key *key, const struct xdv_flow *flow)
{
	size_t words = flow->family == AF_INET6 ? 4 : 1;

	if ((flow->family != AF_INET && flow->family != AF_INET6) ||
	    (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP &&
	     flow->protocol != IPPROTO_SCTP))
		return -EINVAL;
	memset(key, 0, sizeof(*key));
	read_words(key->saddr, flow->saddr, words);
	read_words(key->daddr, flow->daddr, words);
	key->sport = flow->sport;
	key->dport = flow->dport;
	key->l3 = flow->family == AF_INET6 ? XDV_L3_IPV6 : XDV_L3_IPV4;
	key->protocol = flow->protocol;
	return 0;
}

void flowmap_flow(struct xdv_flow *flow, const struct xdv_flow_key *key)
{
	memset(flow, 0, sizeof(*flow));
	write_words(flow->saddr, key->saddr);
	write_words(flow->daddr, key->daddr);
	flow->sport = key->sport;
	flow->dport = key->dport;
	flow->family = key->l3 == XDV_L3_IPV6 ? AF_INET6 : AF_INET;
	flow->protocol = key->protocol;
}
