// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "flow_oracle.h"

#include "generator_target.h"
#include "live/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND	 UINT64_C(1000000000)
#define STRANGER 0x12345678 /* the id of a consumer that the policy does not have */

struct known {
	struct xdv_flow_key key;
	struct xdv_flow_entry entry;
};

struct flow_oracle {
	const struct policy *policy;
	int flows, counters;
	struct random random;
	struct known known[FLOW_ORACLE_SIZE];
	size_t count;
	struct xdv_counter total;
};

struct flow_oracle *flow_oracle_new(const struct policy *policy, int flows, int counters)
{
	struct flow_oracle *oracle = calloc(1, sizeof(*oracle));

	oracle->policy = policy;
	oracle->flows = flows;
	oracle->counters = counters;
	oracle->random.state = 20260101;
	return oracle;
}

void flow_oracle_free(struct flow_oracle **oracle)
{
	free(*oracle);
	*oracle = NULL;
}

static uint32_t word(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/* False if no flow can take the packet. */
static bool key_of(struct xdv_flow_key *key, const struct dissection *packet)
{
	static const struct {
		enum header header;
		enum field sport, dport;
		uint8_t protocol;
	} layers[] = {
		{HEADER_TCP, FIELD_TCP_SPORT, FIELD_TCP_DPORT, 6},
		{HEADER_UDP, FIELD_UDP_SPORT, FIELD_UDP_DPORT, 17},
		{HEADER_SCTP, FIELD_SCTP_SPORT, FIELD_SCTP_DPORT, 132},
	};
	bool ipv6 = packet->has[HEADER_IP6];
	const uint8_t *saddr = packet->values[ipv6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR].bytes;
	const uint8_t *daddr = packet->values[ipv6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR].bytes;

	memset(key, 0, sizeof(*key));
	if (packet->fragment != XDV_FRAGMENT_NONE)
		return false;
	for (size_t i = 0; i < (ipv6 ? 4 : 1); i++) {
		key->saddr[i] = word(saddr + 4 * i);
		key->daddr[i] = word(daddr + 4 * i);
	}
	key->l3 = ipv6 ? XDV_L3_IPV6 : XDV_L3_IPV4;
	for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
		if (!packet->has[layers[i].header])
			continue;
		key->protocol = layers[i].protocol;
		key->sport = (uint16_t)value_number(&packet->values[layers[i].sport], TYPE_PORT);
		key->dport = (uint16_t)value_number(&packet->values[layers[i].dport], TYPE_PORT);
		return true;
	}
	return false;
}

/* Another flow, that differs in one bit of the key. */
static void miss(struct xdv_flow_key *key, struct random *random)
{
	size_t bits = 8 * offsetof(struct xdv_flow_key, reserved);
	size_t bit = random_below(random, (uint32_t)bits);

	((uint8_t *)key)[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static struct xdv_flow_entry random_entry(const struct policy *policy, struct random *random)
{
	static const uint16_t actions[] = {XDV_ACTION_PASS, XDV_ACTION_DROP, XDV_ACTION_TX,
					   XDV_ACTION_XSK};
	struct xdv_flow_entry entry = {.action = actions[random_below(random, 4)]};
	uint32_t consumer = random_below(random, 1 + (uint32_t)policy->consumer_count);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now); /* as the program: the other is a tick ahead */
	entry.seen = (uint64_t)now.tv_sec * SECOND;
	if (entry.action == XDV_ACTION_TX)
		entry.target = random_below(random, 2);
	if (entry.action == XDV_ACTION_XSK)
		entry.target = consumer
				       ? xdv_consumer_id(policy->consumers[consumer - 1]->name.text)
				       : STRANGER;
	if (one_in(random, 3))
		entry.timeout = 3600 * SECOND;
	else if (one_in(random, 4)) { /* long over */
		entry.timeout = SECOND;
		entry.seen -= 10 * SECOND;
	}
	return entry;
}

static struct known *find(struct flow_oracle *oracle, const struct xdv_flow_key *key)
{
	for (size_t i = 0; i < oracle->count; i++)
		if (memcmp(&oracle->known[i].key, key, sizeof(*key)) == 0)
			return &oracle->known[i];
	return NULL;
}

static void put(struct flow_oracle *oracle, const struct xdv_flow_key *key)
{
	struct known *place = find(oracle, key);

	if (!place && oracle->count < FLOW_ORACLE_SIZE) {
		place = &oracle->known[oracle->count++];
	} else if (!place) {
		place = &oracle->known[random_below(&oracle->random, FLOW_ORACLE_SIZE)];
		bpf_map_delete_elem(oracle->flows, &place->key);
	}
	place->key = *key;
	place->entry = random_entry(oracle->policy, &oracle->random);
	bpf_map_update_elem(oracle->flows, key, &place->entry, BPF_ANY);
}

static void put_something(struct flow_oracle *oracle, const struct xdv_flow_key *key)
{
	struct xdv_flow_key beside = *key;

	if (!one_in(&oracle->random, 4))
		return;
	if (one_in(&oracle->random, 3))
		miss(&beside, &oracle->random);
	put(oracle, &beside);
}

static struct action action_of(const struct xdv_flow_entry *entry)
{
	static const enum action_kind kinds[] = {
		[XDV_ACTION_PASS] = ACTION_PASS,
		[XDV_ACTION_DROP] = ACTION_DROP,
		[XDV_ACTION_XSK] = ACTION_XSK,
		[XDV_ACTION_TX] = ACTION_TX,
	};

	return (struct action){.kind = kinds[entry->action],
			       .swap = entry->action == XDV_ACTION_TX && entry->target};
}

bool flow_oracle_takes(struct flow_oracle *oracle, const struct dissection *packet,
		       struct action *action)
{
	struct xdv_flow_key key;
	bool whole = key_of(&key, packet);
	struct xdv_flow_entry *entry;
	struct known *known;

	put_something(oracle, &key); /* also flows as fragments would be, if they could */
	known = find(oracle, &key);
	if (!whole || !known)
		return false;
	entry = &known->entry;
	if (entry->timeout == SECOND ||
	    (entry->action == XDV_ACTION_XSK && entry->target == STRANGER))
		return false;
	*action = action_of(entry);
	entry->packets++;
	entry->bytes += packet->length;
	entry->fallback += entry->action == XDV_ACTION_XSK;
	oracle->total.packets++;
	oracle->total.bytes += packet->length;
	oracle->total.fallback += entry->action == XDV_ACTION_XSK;
	return true;
}

static bool total_agrees(const struct flow_oracle *oracle)
{
	struct xdv_counter sum;

	if (counters_sum(oracle->counters, &sum, 1))
		return false;
	printf("# flows took %ju packets\n", (uintmax_t)sum.packets);
	return memcmp(&sum, &oracle->total, sizeof(sum)) == 0;
}

bool flow_oracle_counts_agree(const struct flow_oracle *oracle)
{
	bool agree = total_agrees(oracle);

	for (size_t i = 0; i < oracle->count; i++) {
		const struct xdv_flow_entry *wanted = &oracle->known[i].entry;
		struct xdv_flow_entry found = {0};

		bpf_map_lookup_elem(oracle->flows, &oracle->known[i].key, &found);
		if (found.packets == wanted->packets && found.bytes == wanted->bytes &&
		    found.fallback == wanted->fallback && found.seen >= wanted->seen)
			continue;
		printf("# flow %zu counts %ju packets, %ju bytes; they were %ju and %ju\n", i,
		       (uintmax_t)found.packets, (uintmax_t)found.bytes, (uintmax_t)wanted->packets,
		       (uintmax_t)wanted->bytes);
		agree = false;
	}
	return agree;
}
