/* quic-server.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"

XDV_CONSUMER(xsks_map); /* quic */

enum {
	RULE_DEFAULT = 0,
	RULE_reflected,
	RULE_inside,
	RULE_inside6,
	RULE_quic,
	RULE_quic6,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 10: rule reflected: udp dport 443 and udp sport in @reflectors => drop */
	if (p->l4 == XDV_L4_UDP && p->dport == 443 && (XDV_IN(p->sport, 0, 19) ||
	    p->sport == 53 || p->sport == 123 || p->sport == 161 || p->sport == 389 ||
	    p->sport == 1900 || p->sport == 5353 || p->sport == 11211))
		return RULE_reflected;
	/* 13: rule inside: udp dport 443 and ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } => pass */
	if (p->l4 == XDV_L4_UDP && p->dport == 443 && p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 0, 0, 0), XDV_IPV4(10, 255, 255, 255)) ||
	    XDV_IN(p->ip_saddr, XDV_IPV4(172, 16, 0, 0), XDV_IPV4(172, 31, 255, 255)) ||
	    XDV_IN(p->ip_saddr, XDV_IPV4(192, 168, 0, 0), XDV_IPV4(192, 168, 255, 255))))
		return RULE_inside;
	/* 14: rule inside6: udp dport 443 and ip6 saddr fd00::/8 => pass */
	if (p->l4 == XDV_L4_UDP && p->dport == 443 && p->l3 == XDV_L3_IPV6 &&
	    XDV_IN(p->ip6_saddr[0], 0xfd000000, 0xfdffffff))
		return RULE_inside6;
	/* 17: rule quic: udp dport { 443, 8443 } and ip daddr != 192.0.2.99 => xsk quic */
	if (p->l4 == XDV_L4_UDP && (p->dport == 443 || p->dport == 8443) &&
	    p->l3 == XDV_L3_IPV4 && !(p->ip_daddr == XDV_IPV4(192, 0, 2, 99)))
		return RULE_quic;
	/* 18: rule quic6: udp dport { 443, 8443 } and ip6 => xsk quic */
	if (p->l4 == XDV_L4_UDP && (p->dport == 443 || p->dport == 8443) && p->l3 == XDV_L3_IPV6)
		return RULE_quic6;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_reflected:
		return xdv_drop(ctx, rule);
	case RULE_quic:
	case RULE_quic6:
		return xdv_divert(ctx, rule, &xsks_map, true); /* quic */
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
