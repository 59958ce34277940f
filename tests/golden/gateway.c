/* gateway.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "limit.h"
#include "sample.h"
#include "redirect.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* scrubber */
XDV_WATCH(0, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_ssh,
	RULE_bgp,
	RULE_reflected,
	RULE_syn,
	RULE_odd,
	RULE_probe,
	RULE_farm,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 11: rule ssh: ip daddr 203.0.113.2 and tcp dport 22 => pass */
	if (p->l3 == XDV_L3_IPV4 && p->ip_daddr == XDV_IPV4(203, 0, 113, 2) &&
	    p->l4 == XDV_L4_TCP && p->dport == 22)
		return RULE_ssh;
	/* 12: rule bgp: tcp dport 179 => pass */
	if (p->l4 == XDV_L4_TCP && p->dport == 179)
		return RULE_bgp;
	/* 15: rule reflected: udp sport @reflected and ip daddr @farm => sample 1/1000 drop */
	if (p->l4 == XDV_L4_UDP && (p->sport == 19 || p->sport == 123 || p->sport == 389 ||
	    p->sport == 1900 || p->sport == 11211) && p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(198, 51, 100, 0), XDV_IPV4(198, 51, 100, 127)))
		return RULE_reflected;
	/* 18: rule syn: ip daddr @farm and tcp flags & (syn|ack) = syn => limit 20000/s burst 2000 else mark 1 xsk scrubber redirect eth1 */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(198, 51, 100, 0), XDV_IPV4(198, 51, 100, 127)) &&
	    p->l4 == XDV_L4_TCP && (p->tcp_flags & 0x12) == 0x02)
		return RULE_syn;
	/* 20: rule odd: ip daddr @farm and ip frag any => mark 2 xsk scrubber */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(198, 51, 100, 0), XDV_IPV4(198, 51, 100, 127)) &&
	    XDV_IN(p->fragment, 1, 2))
		return RULE_odd;
	/* 23: rule probe: ip daddr @measured and udp dport 862 => tx swap */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(198, 51, 100, 16), XDV_IPV4(198, 51, 100, 23)) &&
	    p->l4 == XDV_L4_UDP && p->dport == 862)
		return RULE_probe;
	/* 25: rule farm: ip daddr @farm => redirect eth1 */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_daddr, XDV_IPV4(198, 51, 100, 0), XDV_IPV4(198, 51, 100, 127)))
		return RULE_farm;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_reflected:
		xdv_sample(ctx, rule, 1000);
		return xdv_drop(ctx, rule);
	case RULE_syn:
		if (xdv_over_limit(rule, &XDV_LIMIT(20000, 1000000000ull, 2000))) { /* per s */
			if (xdv_hangs_0(ctx))
				return xdv_fall_back(ctx, rule);
			return xdv_divert_marked(ctx, rule, &xsks_map, true, 1); /* scrubber */
		}
		return xdv_redirect(ctx, rule, 0); /* eth1 */
	case RULE_odd:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 2); /* scrubber */
	case RULE_probe:
		return xdv_tx(ctx, rule, true);
	case RULE_farm:
		return xdv_redirect(ctx, rule, 0); /* eth1 */
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
