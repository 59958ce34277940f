/* provider-edge.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_IP_DETAILS)

#include "program.h"

XDV_CONSUMER(xsks_map); /* voice */

enum {
	RULE_DEFAULT = 0,
	RULE_bgp,
	RULE_bgp6,
	RULE_faraway,
	RULE_control,
	RULE_voice,
	RULE_voice6,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 7: rule bgp: tcp dport 179 and ip ttl 255 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 179 && p->l3 == XDV_L3_IPV4 && p->hop_limit == 255)
		return RULE_bgp;
	/* 8: rule bgp6: tcp dport 179 and ip6 hoplimit 255 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 179 && p->l3 == XDV_L3_IPV6 && p->hop_limit == 255)
		return RULE_bgp6;
	/* 9: rule faraway: tcp dport 179 => drop */
	if (p->l4 == XDV_L4_TCP && p->dport == 179)
		return RULE_faraway;
	/* 11: rule control: (ip dscp { cs6, cs7 } or ip6 dscp { cs6, cs7 }) and not tcp => drop */
	if (((p->l3 == XDV_L3_IPV4 && (p->dscp == 48 || p->dscp == 56)) ||
	    (p->l3 == XDV_L3_IPV6 && (p->dscp == 48 || p->dscp == 56))) && !(p->l4 == XDV_L4_TCP))
		return RULE_control;
	/* 12: rule voice: udp and ip dscp ef and ip length 60-300 => xsk voice */
	if (p->l4 == XDV_L4_UDP && p->l3 == XDV_L3_IPV4 && p->dscp == 46 &&
	    XDV_IN(p->ip_length, 60, 300))
		return RULE_voice;
	/* 13: rule voice6: udp and ip6 dscp ef and ip6 length 40-280 => xsk voice */
	if (p->l4 == XDV_L4_UDP && p->l3 == XDV_L3_IPV6 && p->dscp == 46 &&
	    XDV_IN(p->ip_length, 40, 280))
		return RULE_voice6;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_faraway:
	case RULE_control:
		return xdv_drop(ctx, rule);
	case RULE_voice:
	case RULE_voice6:
		return xdv_divert(ctx, rule, &xsks_map, true); /* voice */
	default:
		return xdv_pass(ctx, rule);
	}
}

SEC("xdp")
int xsk_def_prog(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};

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
