/* provider-edge.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_ARP | XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_IP_DETAILS | XDV_READ_L4_DETAILS | XDV_READ_VLAN_DETAILS | XDV_READ_ARP_DETAILS | XDV_READ_FRAME)

#include "program.h"
#include "trial.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* voice */
XDV_WATCH(0, 100); /* ms */

enum {
	RULE_DEFAULT = 0,
	RULE_bgp,
	RULE_bgp6,
	RULE_faraway,
	RULE_control,
	RULE_voice,
	RULE_voice6,
	RULE_gold,
	RULE_nested,
	RULE_gateway,
	RULE_spoofed,
	RULE_mtu,
	RULE_huge,
	RULE_empty,
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
	/* 15: rule gold: vlan[0] id 100 and vlan[1] id 2000-2999 and vlan[0] pcp 5-7 => xsk voice */
	if (p->vlan_tags && p->vlan_id[0] == 100 && p->vlan_tags == 2 &&
	    XDV_IN(p->vlan_id[1], 2000, 2999) && XDV_IN(p->vlan_pcp[0], 5, 7))
		return RULE_gold;
	/* 16: rule nested: vlan[1] => drop */
	if (p->vlan_tags == 2)
		return RULE_nested;
	/* 18: rule gateway: arp operation reply and arp saddr ip 192.0.2.2 and arp saddr ether 02:00:00:00:00:01 => pass */
	if (p->l3 == XDV_L3_ARP && p->arp_operation == 2 &&
	    p->ip_saddr == XDV_IPV4(192, 0, 2, 2) && p->arp_saddr[0] == 0x2000000 &&
	    p->arp_saddr[1] == 0x1)
		return RULE_gateway;
	/* 19: rule spoofed: arp operation reply and arp saddr ip 192.0.2.2 => drop */
	if (p->l3 == XDV_L3_ARP && p->arp_operation == 2 && p->ip_saddr == XDV_IPV4(192, 0, 2, 2))
		return RULE_spoofed;
	/* 21: rule mtu: icmp type destination-unreachable and icmp code 4 => pass */
	if (p->l4 == XDV_L4_ICMP && p->icmp_type == 3 && p->icmp_code == 4)
		return RULE_mtu;
	/* 22: rule huge: (icmp or icmp6 type echo-request) and frame length 1001-65535 => drop */
	if ((p->l4 == XDV_L4_ICMP || (p->l4 == XDV_L4_ICMP6 && p->icmp_type == 128)) &&
	    XDV_IN(p->frame_length, 1001, 65535))
		return RULE_huge;
	/* 23: rule empty: udp length 8 and rx queue 0 => drop */
	if (p->l4 == XDV_L4_UDP && p->udp_length == 8 && p->rx_queue == 0)
		return RULE_empty;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_faraway:
	case RULE_control:
	case RULE_nested:
	case RULE_spoofed:
	case RULE_huge:
	case RULE_empty:
		return xdv_drop(ctx, rule);
	case RULE_voice:
	case RULE_voice6:
	case RULE_gold:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* voice */
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
