/* market-data.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* feed */
XDV_WATCH(0, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_ssh,
	RULE_itch,
	RULE_order,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 12: rule ssh: tcp dport 22 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 22)
		return RULE_ssh;
	/* 13: rule itch: ip daddr in @exchanges and udp dport 26400-26499 => xsk feed */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_daddr, XDV_IPV4(233, 54, 12, 0), XDV_IPV4(233, 54, 12, 255)) ||
	    p->ip_daddr == XDV_IPV4(233, 54, 13, 7)) && p->l4 == XDV_L4_UDP &&
	    XDV_IN(p->dport, 26400, 26499))
		return RULE_itch;
	/* 14: rule order: ip saddr . tcp dport in @sessions => xsk feed */
	if (p->l3 == XDV_L3_IPV4 && p->l4 == XDV_L4_TCP &&
	    ((p->ip_saddr == XDV_IPV4(10, 0, 0, 5) && p->dport == 31001) ||
	    (p->ip_saddr == XDV_IPV4(10, 0, 0, 6) && p->dport == 31002)))
		return RULE_order;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_itch:
	case RULE_order:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* feed */
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
