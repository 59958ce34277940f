/* dpdk-forwarder.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"

XDV_CONSUMER(xsks_map); /* fwd */

enum {
	RULE_DEFAULT = 0,
	RULE_bgp,
	RULE_gtp,
	RULE_vxlan,
	RULE_other,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 9: rule bgp: tcp sport 179 or tcp dport 179 => pass */
	if ((p->l4 == XDV_L4_TCP && p->sport == 179) || (p->l4 == XDV_L4_TCP && p->dport == 179))
		return RULE_bgp;
	/* 10: rule gtp: ip daddr in @gateways and udp dport 2152 => dpdk fwd */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_daddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 0, 15)) ||
	    XDV_IN(p->ip_daddr, XDV_IPV4(10, 41, 0, 1), XDV_IPV4(10, 41, 0, 6))) &&
	    p->l4 == XDV_L4_UDP && p->dport == 2152)
		return RULE_gtp;
	/* 11: rule vxlan: ip daddr in @gateways and udp dport 4789 => dpdk fwd */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_daddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 0, 15)) ||
	    XDV_IN(p->ip_daddr, XDV_IPV4(10, 41, 0, 1), XDV_IPV4(10, 41, 0, 6))) &&
	    p->l4 == XDV_L4_UDP && p->dport == 4789)
		return RULE_vxlan;
	/* 12: rule other: ip daddr in @gateways and udp => drop */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_daddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 0, 15)) ||
	    XDV_IN(p->ip_daddr, XDV_IPV4(10, 41, 0, 1), XDV_IPV4(10, 41, 0, 6))) &&
	    p->l4 == XDV_L4_UDP)
		return RULE_other;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_gtp:
	case RULE_vxlan:
		return xdv_divert(ctx, rule, &xsks_map, false); /* fwd */
	case RULE_other:
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
