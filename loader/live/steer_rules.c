// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "steer_rules.h"

#include "arena.h"
#include "box.h"
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD(member) WORD_AT(packet.member)

/* Of a part of a header: the bits to compare, and what they are; in the order of this machine. */
struct pattern {
	uint32_t value[4], mask[4];
};

/* What a NIC can compare. */
struct flow {
	bool ipv6;
	uint32_t l4; /* enum xdv_l4, XDV_L4_NONE for any */
	struct pattern saddr, daddr, sport, dport;
};

bool same_steer_rule(const struct ethtool_rx_flow_spec *a, const struct ethtool_rx_flow_spec *b)
{
	return a->flow_type == b->flow_type && a->ring_cookie == b->ring_cookie &&
	       memcmp(&a->h_u, &b->h_u, sizeof(a->h_u)) == 0 &&
	       memcmp(&a->m_u, &b->m_u, sizeof(a->m_u)) == 0;
}

/* True: it is a range that is a prefix, or a single value. Otherwise nothing is compared. */
static bool read_bound(const struct box *box, uint32_t word, uint32_t *value, uint32_t *mask)
{
	const struct bound *bound = box_bound(box, word);
	uint32_t differ;

	*value = *mask = 0;
	if (!bound)
		return false;
	differ = bound->lo ^ bound->hi;
	if (differ & (differ + 1) || bound->lo & differ)
		return false;
	*mask = ~differ;
	*value = bound->lo;
	return *mask != 0;
}

static bool read_address(const struct box *box, uint32_t word, size_t words,
			 struct pattern *pattern)
{
	bool found = false;

	for (size_t i = 0; i < words; i++)
		found |= read_bound(box, word + (uint32_t)i, &pattern->value[i], &pattern->mask[i]);
	return found;
}

/* Ranges of ports are no masks: they are left out. */
static bool read_port(const struct box *box, uint32_t word, struct pattern *pattern)
{
	if (read_bound(box, word, pattern->value, pattern->mask) && pattern->mask[0] == UINT32_MAX)
		return true;
	*pattern = (struct pattern){};
	return false;
}

static bool l3_may_be(const struct box *box, uint32_t l3)
{
	const struct bound *bound = box_bound(box, WORD(l3));

	return !bound || (bound->lo <= l3 && l3 <= bound->hi);
}

/* False: of what a NIC can compare, the box says nothing. */
static bool flow_read(const struct box *box, bool ipv6, struct flow *flow)
{
	uint32_t saddr = ipv6 ? WORD(ip6_saddr) : WORD(ip_saddr), unused;
	uint32_t daddr = ipv6 ? WORD(ip6_daddr) : WORD(ip_daddr);
	bool says = false;

	*flow = (struct flow){.ipv6 = ipv6};
	if (!l3_may_be(box, ipv6 ? XDV_L3_IPV6 : XDV_L3_IPV4))
		return false;
	if (!read_bound(box, WORD(l4), &flow->l4, &unused) || flow->l4 > XDV_L4_SCTP)
		flow->l4 = XDV_L4_NONE;
	says |= read_address(box, saddr, ipv6 ? 4 : 1, &flow->saddr);
	says |= read_address(box, daddr, ipv6 ? 4 : 1, &flow->daddr);
	if (flow->l4 != XDV_L4_NONE) {
		says |= read_port(box, WORD(sport), &flow->sport);
		says |= read_port(box, WORD(dport), &flow->dport);
	}
	return says;
}

static void fill_ipv4(const struct flow *flow, union ethtool_flow_union *out, bool mask)
{
	const uint32_t *saddr = mask ? flow->saddr.mask : flow->saddr.value;
	const uint32_t *daddr = mask ? flow->daddr.mask : flow->daddr.value;

	if (flow->l4 == XDV_L4_NONE) {
		out->usr_ip4_spec.ip4src = htonl(*saddr);
		out->usr_ip4_spec.ip4dst = htonl(*daddr);
		out->usr_ip4_spec.ip_ver = mask ? 0 : ETH_RX_NFC_IP4;
		return;
	}
	/* that of UDP and SCTP is the same */
	out->tcp_ip4_spec.ip4src = htonl(*saddr);
	out->tcp_ip4_spec.ip4dst = htonl(*daddr);
	out->tcp_ip4_spec.psrc = htons((uint16_t) * (mask ? flow->sport.mask : flow->sport.value));
	out->tcp_ip4_spec.pdst = htons((uint16_t) * (mask ? flow->dport.mask : flow->dport.value));
}

static void fill_ipv6(const struct flow *flow, union ethtool_flow_union *out, bool mask)
{
	const uint32_t *saddr = mask ? flow->saddr.mask : flow->saddr.value;
	const uint32_t *daddr = mask ? flow->daddr.mask : flow->daddr.value;

	/* those of TCP and of IPv6 alone begin with the addresses */
	for (size_t i = 0; i < 4; i++) {
		out->tcp_ip6_spec.ip6src[i] = htonl(saddr[i]);
		out->tcp_ip6_spec.ip6dst[i] = htonl(daddr[i]);
	}
	if (flow->l4 == XDV_L4_NONE)
		return;
	out->tcp_ip6_spec.psrc = htons((uint16_t) * (mask ? flow->sport.mask : flow->sport.value));
	out->tcp_ip6_spec.pdst = htons((uint16_t) * (mask ? flow->dport.mask : flow->dport.value));
}

static struct ethtool_rx_flow_spec spec_of(const struct flow *flow, uint32_t queue)
{
	static const uint32_t types[2][XDV_L4_SCTP + 1] = {
		{IPV4_USER_FLOW, TCP_V4_FLOW, UDP_V4_FLOW, SCTP_V4_FLOW},
		{IPV6_USER_FLOW, TCP_V6_FLOW, UDP_V6_FLOW, SCTP_V6_FLOW},
	};
	struct ethtool_rx_flow_spec spec;

	memset(&spec, 0, sizeof(spec)); /* padding too: it goes to the kernel and to a file */
	spec.flow_type = types[flow->ipv6][flow->l4];
	spec.ring_cookie = queue;
	(flow->ipv6 ? fill_ipv6 : fill_ipv4)(flow, &spec.h_u, false);
	(flow->ipv6 ? fill_ipv6 : fill_ipv4)(flow, &spec.m_u, true);
	return spec;
}

static int add(struct steer_rules *rules, const struct ethtool_rx_flow_spec *spec)
{
	struct ethtool_rx_flow_spec *grown;

	for (size_t i = 0; i < rules->count; i++)
		if (same_steer_rule(&rules->list[i], spec))
			return 0;
	if (rules->count == STEER_RULES_MAX) {
		rules->left_out++;
		return 0;
	}
	grown = reallocarray(rules->list, rules->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	rules->list = grown;
	rules->list[rules->count++] = *spec;
	return 0;
}

static int add_box(struct steer_rules *rules, const struct box *box, uint32_t queue)
{
	bool said = false;
	int err = 0;

	for (int ipv6 = 0; !err && ipv6 < 2; ipv6++) {
		struct ethtool_rx_flow_spec spec;
		struct flow flow;

		if (!flow_read(box, ipv6, &flow))
			continue;
		said = true;
		spec = spec_of(&flow, queue);
		err = add(rules, &spec);
	}
	rules->left_out += !said;
	return err;
}

static int add_rule(struct steer_rules *rules, const struct rule *rule, uint32_t queue)
{
	struct arena *arena = arena_new();
	struct questions questions = {};
	struct lowering lowering = {.arena = arena, .questions = &questions};
	struct boxes boxes = lower_expr(&lowering, rule->match, false);
	struct box closed;
	int err = 0;

	rules->left_out += lowering.too_complex;
	for (size_t i = 0; !err && !lowering.too_complex && i < boxes.count; i++)
		if (box_close(arena, &boxes.list[i], &closed))
			err = add_box(rules, &closed, queue);
	arena_free(&arena);
	return err;
}

int steer_rules_find(struct steer_rules *rules, const struct policy *policy)
{
	struct steer_rules found = {};
	int err = 0;

	for (size_t i = 0; !err && i < policy->rule_count; i++) {
		const struct action *action = &policy->rules[i]->action;
		const struct consumer *consumer;

		if (!action_diverts(action->kind))
			continue;
		consumer = policy->consumers[action->consumer];
		if (consumer->steers)
			err = add_rule(&found, policy->rules[i], consumer->steer);
	}
	if (err)
		steer_rules_free(&found);
	else
		*rules = found;
	return err;
}

void steer_rules_free(struct steer_rules *rules)
{
	free(rules->list);
	*rules = (struct steer_rules){};
}
