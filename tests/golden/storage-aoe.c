/* storage-aoe.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_ETHER | XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* vol0 */
XDV_WATCH(0, 100); /* ms */
XDV_CONSUMER(xsks_1); /* vol1 */
XDV_WATCH(1, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_known,
	RULE_tagged,
	RULE_unknown,
	RULE_iscsi,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 12: rule known: ether type aoe and ether saddr in @initiators and not vlan => storage vol0 */
	if (p->ether_type == 0x88a2 && ((p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe01) || (p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe02) || (p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe03)) && !(p->vlan_tags))
		return RULE_known;
	/* 13: rule tagged: ether type aoe and ether saddr in @initiators and vlan id 100-103 => storage vol0 */
	if (p->ether_type == 0x88a2 && ((p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe01) || (p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe02) || (p->ether_saddr[0] == 0x200000a &&
	    p->ether_saddr[1] == 0xe03)) && p->vlan_tags && XDV_IN(p->vlan_id[0], 100, 103))
		return RULE_tagged;
	/* 14: rule unknown: ether type aoe => drop */
	if (p->ether_type == 0x88a2)
		return RULE_unknown;
	/* 15: rule iscsi: tcp dport { 860, 3260 } or tcp dport 10809 => pass */
	if ((p->l4 == XDV_L4_TCP && (p->dport == 860 || p->dport == 3260)) ||
	    (p->l4 == XDV_L4_TCP && p->dport == 10809))
		return RULE_iscsi;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_known:
	case RULE_tagged:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* vol0 */
	case RULE_unknown:
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
