/* ml-training.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* gradients */
XDV_WATCH(0, 100); /* ms */
XDV_CONSUMER(xsks_1); /* probes */
XDV_WATCH(1, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_ssh,
	RULE_rendezvous,
	RULE_job,
	RULE_job6,
	RULE_stream,
	RULE_probe,
	RULE_stranger,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 17: rule ssh: tcp dport 22 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 22)
		return RULE_ssh;
	/* 18: rule rendezvous: tcp dport 29400-29500 => pass */
	if (p->l4 == XDV_L4_TCP && XDV_IN(p->dport, 29400, 29500))
		return RULE_rendezvous;
	/* 19: rule job: ip saddr . udp dport in @jobs and ip daddr in @workers => xsk gradients */
	if (p->l3 == XDV_L3_IPV4 && p->l4 == XDV_L4_UDP &&
	    ((XDV_IN(p->ip_saddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 0, 255)) &&
	    XDV_IN(p->dport, 50000, 50063)) ||
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 40, 1, 0), XDV_IPV4(10, 40, 1, 255)) &&
	    XDV_IN(p->dport, 50100, 50163)) || (p->ip_saddr == XDV_IPV4(10, 40, 2, 17) &&
	    p->dport == 50200)) &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 3, 255)))
		return RULE_job;
	/* 20: rule job6: ip6 saddr in @workers6 and udp dport 50000-50999 => xsk gradients */
	if (p->l3 == XDV_L3_IPV6 && p->ip6_saddr[0] == 0xfd400001 && p->ip6_saddr[1] == 0x0 &&
	    p->l4 == XDV_L4_UDP && XDV_IN(p->dport, 50000, 50999))
		return RULE_job6;
	/* 21: rule stream: ip saddr . tcp dport in @jobs and not tcp flags rst => xsk gradients */
	if (p->l3 == XDV_L3_IPV4 && p->l4 == XDV_L4_TCP &&
	    ((XDV_IN(p->ip_saddr, XDV_IPV4(10, 40, 0, 0), XDV_IPV4(10, 40, 0, 255)) &&
	    XDV_IN(p->dport, 50000, 50063)) ||
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 40, 1, 0), XDV_IPV4(10, 40, 1, 255)) &&
	    XDV_IN(p->dport, 50100, 50163)) || (p->ip_saddr == XDV_IPV4(10, 40, 2, 17) &&
	    p->dport == 50200)) && !((p->tcp_flags & 0x04) == 0x04))
		return RULE_stream;
	/* 22: rule probe: udp dport 51000 => xsk probes */
	if (p->l4 == XDV_L4_UDP && p->dport == 51000)
		return RULE_probe;
	/* 24: rule stranger: udp dport 50000-50999 and ip => drop */
	if (p->l4 == XDV_L4_UDP && XDV_IN(p->dport, 50000, 50999) && p->l3 == XDV_L3_IPV4)
		return RULE_stranger;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_job:
	case RULE_job6:
	case RULE_stream:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* gradients */
	case RULE_probe:
		if (xdv_hangs_1(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_1, false); /* probes */
	case RULE_stranger:
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
