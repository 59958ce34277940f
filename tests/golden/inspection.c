/* inspection.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_L4_DETAILS)

#include "program.h"
#include "trial.h"
#include "flows.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* inspector */
XDV_WATCH(0, 100); /* ms */
XDV_CONSUMER(xsks_1); /* suspects */
XDV_WATCH(1, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_ssh,
	RULE_bgp,
	RULE_dns,
	RULE_new,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 15: rule ssh: tcp dport 22 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 22)
		return RULE_ssh;
	/* 16: rule bgp: tcp dport 179 or tcp sport 179 => pass */
	if ((p->l4 == XDV_L4_TCP && p->dport == 179) || (p->l4 == XDV_L4_TCP && p->sport == 179))
		return RULE_bgp;
	/* 18: rule dns: udp dport 53 and udp length 512-65535 => xsk suspects */
	if (p->l4 == XDV_L4_UDP && p->dport == 53 && XDV_IN(p->udp_length, 512, 65535))
		return RULE_dns;
	/* 19: rule new: tcp or udp => xsk inspector */
	if (p->l4 == XDV_L4_TCP || p->l4 == XDV_L4_UDP)
		return RULE_new;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_dns:
		if (xdv_hangs_1(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_1, true); /* suspects */
	case RULE_new:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* inspector */
	default:
		return xdv_pass(ctx, rule);
	}
}

/* What the packet's flow says; XDV_NO_FLOW if it is of none. */
static __always_inline int act_on_flow(struct xdp_md *ctx, const struct xdv_packet *p)
{
	struct xdv_flow_entry *flow = xdv_find_flow(p);

	if (!flow)
		return XDV_NO_FLOW;
	if (flow->action != XDV_ACTION_XSK)
		return xdv_act_on_flow(ctx, flow);
	switch (flow->target) {
	case 0x2960586e: /* inspector */
		if (xdv_hangs_0(ctx))
			return xdv_flow_falls_back(ctx, flow);
		return xdv_divert_flow(ctx, flow, &xsks_map, true);
	case 0xf3fbea07: /* suspects */
		if (xdv_hangs_1(ctx))
			return xdv_flow_falls_back(ctx, flow);
		return xdv_divert_flow(ctx, flow, &xsks_1, true);
	default: /* a consumer of an earlier policy */
		return XDV_NO_FLOW;
	}
}

SEC("xdp")
int xsk_def_prog(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};
	int verdict;

	if (xdv_has_failed())
		return xdv_go_back(ctx);
	xdv_read_packet(ctx, &packet);
	verdict = act_on_flow(ctx, &packet);
	if (verdict != XDV_NO_FLOW)
		return verdict;
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
