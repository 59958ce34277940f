/* dns-server.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* dns */
XDV_WATCH(0, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_fragment,
	RULE_fragment6,
	RULE_reflected,
	RULE_query,
	RULE_query6,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 11: rule fragment: ip daddr in @service and ip protocol udp and ip frag any => drop */
	if (p->l3 == XDV_L3_IPV4 && (p->ip_daddr == XDV_IPV4(192, 0, 2, 53) ||
	    p->ip_daddr == XDV_IPV4(198, 51, 100, 53)) && p->protocol == 17 &&
	    XDV_IN(p->fragment, 1, 2))
		return RULE_fragment;
	/* 12: rule fragment6: ip6 daddr in @service6 and ip6 protocol udp and ip6 frag any => drop */
	if (p->l3 == XDV_L3_IPV6 && ((p->ip6_daddr[0] == 0x20010db8 &&
	    p->ip6_daddr[1] == 0x530000 && p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53) ||
	    (p->ip6_daddr[0] == 0x20010db8 && p->ip6_daddr[1] == 0x540000 &&
	    p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53)) &&
	    p->protocol != XDV_PROTOCOL_UNKNOWN && p->protocol == 17 && XDV_IN(p->fragment, 1, 2))
		return RULE_fragment6;
	/* 15: rule reflected: udp sport 53 and (ip daddr in @service or ip6 daddr in @service6) => drop */
	if (p->l4 == XDV_L4_UDP && p->sport == 53 && ((p->l3 == XDV_L3_IPV4 &&
	    (p->ip_daddr == XDV_IPV4(192, 0, 2, 53) ||
	    p->ip_daddr == XDV_IPV4(198, 51, 100, 53))) || (p->l3 == XDV_L3_IPV6 &&
	    ((p->ip6_daddr[0] == 0x20010db8 && p->ip6_daddr[1] == 0x530000 &&
	    p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53) ||
	    (p->ip6_daddr[0] == 0x20010db8 && p->ip6_daddr[1] == 0x540000 &&
	    p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53)))))
		return RULE_reflected;
	/* 17: rule query: ip daddr in @service and udp dport 53 => xsk dns */
	if (p->l3 == XDV_L3_IPV4 && (p->ip_daddr == XDV_IPV4(192, 0, 2, 53) ||
	    p->ip_daddr == XDV_IPV4(198, 51, 100, 53)) && p->l4 == XDV_L4_UDP && p->dport == 53)
		return RULE_query;
	/* 18: rule query6: ip6 daddr in @service6 and udp dport 53 => xsk dns */
	if (p->l3 == XDV_L3_IPV6 && ((p->ip6_daddr[0] == 0x20010db8 &&
	    p->ip6_daddr[1] == 0x530000 && p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53) ||
	    (p->ip6_daddr[0] == 0x20010db8 && p->ip6_daddr[1] == 0x540000 &&
	    p->ip6_daddr[2] == 0x0 && p->ip6_daddr[3] == 0x53)) && p->l4 == XDV_L4_UDP &&
	    p->dport == 53)
		return RULE_query6;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_fragment:
	case RULE_fragment6:
	case RULE_reflected:
		return xdv_drop(ctx, rule);
	case RULE_query:
	case RULE_query6:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* dns */
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
