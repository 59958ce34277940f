/* live-blocklist.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "dynamic_prefix.h"

XDV_DYNAMIC(dynamic_0, 1); /* ipv4 */

enum {
	SET_offenders = 0,
};

XDV_PREFIXES_IPV4(dynamic_1, 1)

enum {
	SET_feed = 0,
};

XDV_DYNAMIC(dynamic_2, 4); /* ipv6 */

enum {
	SET_offenders6 = 0,
};

XDV_DYNAMIC(dynamic_3, 2); /* ipv4 . port */

enum {
	SET_trusted = 0,
};

static __always_inline bool in_trusted(const struct xdv_packet *p)
{
	const __u32 words[] = {p->ip_saddr, p->dport};

	return xdv_sets(&dynamic_3, 3, words, 2) >> SET_trusted & 1;
}

static __always_inline bool in_offenders(const struct xdv_packet *p)
{
	const __u32 words[] = {p->ip_saddr};

	return xdv_sets(&dynamic_0, 0, words, 1) >> SET_offenders & 1;
}

static __always_inline bool ip_saddr_in_feed(const struct xdv_packet *p)
{
	return dynamic_1_sets(p->ip_saddr) >> SET_feed & 1;
}

static __always_inline bool ip_daddr_in_feed(const struct xdv_packet *p)
{
	return dynamic_1_sets(p->ip_daddr) >> SET_feed & 1;
}

static __always_inline bool in_offenders6(const struct xdv_packet *p)
{
	const __u32 words[] = {p->ip6_saddr[0], p->ip6_saddr[1], p->ip6_saddr[2], p->ip6_saddr[3]};

	return xdv_sets(&dynamic_2, 2, words, 4) >> SET_offenders6 & 1;
}

enum {
	RULE_DEFAULT = 0,
	RULE_trusted,
	RULE_offenders,
	RULE_feed,
	RULE_feed_out,
	RULE_offenders6,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 11: rule trusted: ip saddr . tcp dport in @trusted => pass */
	if (p->l3 == XDV_L3_IPV4 && p->l4 == XDV_L4_TCP && in_trusted(p))
		return RULE_trusted;
	/* 12: rule offenders: ip saddr in @offenders => drop */
	if (p->l3 == XDV_L3_IPV4 && in_offenders(p))
		return RULE_offenders;
	/* 13: rule feed: ip saddr in @feed => drop */
	if (p->l3 == XDV_L3_IPV4 && ip_saddr_in_feed(p))
		return RULE_feed;
	/* 14: rule feed-out: ip daddr in @feed => drop */
	if (p->l3 == XDV_L3_IPV4 && ip_daddr_in_feed(p))
		return RULE_feed_out;
	/* 15: rule offenders6: ip6 saddr in @offenders6 => drop */
	if (p->l3 == XDV_L3_IPV6 && in_offenders6(p))
		return RULE_offenders6;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_offenders:
	case RULE_feed:
	case RULE_feed_out:
	case RULE_offenders6:
		return xdv_drop(ctx, rule);
	default:
		return xdv_pass(ctx, rule);
	}
}

SEC("xdp")
int xsk_def_prog(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};

	if (xdv_has_failed())
		return xdv_go_back(ctx);
	xdv_read_packet(ctx, &packet);
	return act(ctx, classify(ctx, &packet));
}

/* For test runs: says which rule it is instead of acting on it. */
SEC("xdp")
int xdv_classify(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};

	xdv_read_packet(ctx, &packet);
	return (int)classify(ctx, &packet);
}
