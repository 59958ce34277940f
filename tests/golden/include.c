/* include.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"

enum {
	RULE_DEFAULT = 0,
	RULE_first,
	RULE_bogus,
	RULE_more,
	RULE_last,
};

/* The first one of common.policy that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify_from_2(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* common.policy:2: rule bogus: ip saddr 127.0.0.0/8 or ip saddr 224.0.0.0/4 => drop */
	if ((p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_saddr, XDV_IPV4(127, 0, 0, 0), XDV_IPV4(127, 255, 255, 255))) ||
	    (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_saddr, XDV_IPV4(224, 0, 0, 0), XDV_IPV4(239, 255, 255, 255))))
		return RULE_bogus;
	return RULE_DEFAULT;
}

/* The first one of more.policy that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify_from_3(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* more.policy:1: rule more: icmp type redirect => drop */
	if (p->l4 == XDV_L4_ICMP && p->icmp_type == 5)
		return RULE_more;
	return RULE_DEFAULT;
}

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	__u32 rule;

	/* 3: rule first: tcp dport 22 and ip saddr in @local => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 22 && p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 1, 0, 0), XDV_IPV4(10, 1, 255, 255)) ||
	    XDV_IN(p->ip_saddr, XDV_IPV4(10, 2, 0, 1), XDV_IPV4(10, 2, 0, 9))))
		return RULE_first;
	rule = classify_from_2(ctx, p);
	if (rule)
		return rule;
	rule = classify_from_3(ctx, p);
	if (rule)
		return rule;
	/* 5: rule last: udp dport { include "parts/ports.txt", 9000 } => drop */
	if (p->l4 == XDV_L4_UDP && XDV_IN(p->dport, 8000, 9000))
		return RULE_last;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_bogus:
	case RULE_more:
	case RULE_last:
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
