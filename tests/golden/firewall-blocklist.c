/* firewall-blocklist.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_ETHER | XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)

#include "program.h"
#include "trial.h"

enum {
	RULE_DEFAULT = 0,
	RULE_admin,
	RULE_rogue,
	RULE_address,
	RULE_address6,
	RULE_dhcp,
	RULE_quarantine,
	RULE_guests,
	RULE_syn_fin,
	RULE_null,
	RULE_overlap,
	RULE_redirects,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 10: rule admin: ip saddr 10.9.9.0/29 and tcp dport 22 => pass */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_saddr, XDV_IPV4(10, 9, 9, 0), XDV_IPV4(10, 9, 9, 7)) &&
	    p->l4 == XDV_L4_TCP && p->dport == 22)
		return RULE_admin;
	/* 12: rule rogue: ether saddr in @rogue => drop */
	if ((p->ether_saddr[0] == 0x2005e10 && p->ether_saddr[1] == 0x1) ||
	    (p->ether_saddr[0] == 0x2005e10 && p->ether_saddr[1] == 0x2))
		return RULE_rogue;
	/* 13: rule address: ip saddr in @blocked => drop */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_saddr, XDV_IPV4(192, 0, 2, 0), XDV_IPV4(192, 0, 2, 255)) ||
	    p->ip_saddr == XDV_IPV4(198, 51, 100, 7) ||
	    XDV_IN(p->ip_saddr, XDV_IPV4(203, 0, 113, 64), XDV_IPV4(203, 0, 113, 95))))
		return RULE_address;
	/* 14: rule address6: ip6 saddr in @blocked6 => drop */
	if (p->l3 == XDV_L3_IPV6 && ((p->ip6_saddr[0] == 0x20010db8 &&
	    XDV_IN(p->ip6_saddr[1], 0xbad0000, 0xbadffff)) || (p->ip6_saddr[0] == 0x20010db8 &&
	    p->ip6_saddr[1] == 0x0 && p->ip6_saddr[2] == 0x0 && p->ip6_saddr[3] == 0xdead)))
		return RULE_address6;
	/* 17: rule dhcp: vlan id 666 and udp dport 67 => pass */
	if (p->vlan_tags && p->vlan_id[0] == 666 && p->l4 == XDV_L4_UDP && p->dport == 67)
		return RULE_dhcp;
	/* 18: rule quarantine: vlan id 666 => drop */
	if (p->vlan_tags && p->vlan_id[0] == 666)
		return RULE_quarantine;
	/* 20: rule guests: ip saddr . tcp dport in @guests => drop */
	if (p->l3 == XDV_L3_IPV4 && p->l4 == XDV_L4_TCP &&
	    ((XDV_IN(p->ip_saddr, XDV_IPV4(10, 20, 0, 0), XDV_IPV4(10, 20, 255, 255)) &&
	    p->dport == 22) ||
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 20, 0, 0), XDV_IPV4(10, 20, 255, 255)) &&
	    p->dport == 3389) ||
	    (XDV_IN(p->ip_saddr, XDV_IPV4(10, 21, 0, 0), XDV_IPV4(10, 21, 255, 255)) &&
	    XDV_IN(p->dport, 5900, 5999))))
		return RULE_guests;
	/* 23: rule syn-fin: tcp flags syn|fin => drop */
	if (p->l4 == XDV_L4_TCP && (p->tcp_flags & 0x03) == 0x03)
		return RULE_syn_fin;
	/* 24: rule null: tcp flags & (fin|syn|rst|psh|ack|urg) = 0 => drop */
	if (p->l4 == XDV_L4_TCP && (p->tcp_flags & 0x3f) == 0x00)
		return RULE_null;
	/* 27: rule overlap: ip frag first and not (tcp or udp or sctp or icmp) and ip protocol { tcp, udp } => drop */
	if (p->l3 == XDV_L3_IPV4 && p->fragment == 1 && !((p->l4 & ~XDV_L4_FIRST) == XDV_L4_TCP ||
	    (p->l4 & ~XDV_L4_FIRST) == XDV_L4_UDP || (p->l4 & ~XDV_L4_FIRST) == XDV_L4_SCTP ||
	    (p->l4 & ~XDV_L4_FIRST) == XDV_L4_ICMP) && (p->protocol == 6 || p->protocol == 17))
		return RULE_overlap;
	/* 30: rule redirects: icmp type redirect or icmp6 type redirect => drop */
	if ((p->l4 == XDV_L4_ICMP && p->icmp_type == 5) || (p->l4 == XDV_L4_ICMP6 &&
	    p->icmp_type == 137))
		return RULE_redirects;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_rogue:
	case RULE_address:
	case RULE_address6:
	case RULE_quarantine:
	case RULE_guests:
	case RULE_syn_fin:
	case RULE_null:
	case RULE_overlap:
	case RULE_redirects:
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
