/* storage-nbd.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"

enum {
	RULE_DEFAULT = 0,
	RULE_clients,
	RULE_others,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 9: rule clients: ip saddr in @clients and tcp dport 10809 => pass */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_saddr, XDV_IPV4(10, 50, 0, 0), XDV_IPV4(10, 50, 0, 255)) &&
	    p->l4 == XDV_L4_TCP && p->dport == 10809)
		return RULE_clients;
	/* 10: rule others: tcp dport 10809 => drop */
	if (p->l4 == XDV_L4_TCP && p->dport == 10809)
		return RULE_others;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_others:
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
