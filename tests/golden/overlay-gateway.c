/* overlay-gateway.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_VXLAN | XDV_READ_GENEVE | XDV_READ_GRE | XDV_READ_IPIP)
#define XDV_INNER_READS (XDV_READ_ARP | XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_ARP_DETAILS)

#include "program.h"
#include "trial.h"
#include "tunnel.h"
#include "inner.h"
#include "scratch.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* gateway */
XDV_WATCH(0, 100); /* ms */

/* The packet, and what is known of it before its rule is looked up. */
struct key {
	struct xdv_packet packet;
	struct xdv_tunnel tunnel;
	struct xdv_packet inner; /* what the tunnel carries */
	struct xdv_places places;
} __attribute__((aligned(8)));

XDV_SCRATCH(struct key);

static __always_inline void read_tunnel(const struct xdp_md *ctx, struct key *key)
{
	struct xdv_cursor carried;

	if (xdv_read_tunnel(ctx, &key->packet, &key->places.l4, &key->tunnel, &carried))
		xdv_read_inner(ctx, &carried, &key->tunnel, &key->inner);
	barrier();
}

enum {
	RULE_DEFAULT = 0,
	RULE_forged,
	RULE_web,
	RULE_web6,
	RULE_resolve,
	RULE_metadata,
	RULE_stray,
	RULE_nvgre,
	RULE_site,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct key *key)
{
	const struct xdv_packet *p = &key->packet;

	/* 9: rule forged: (vxlan or geneve or gre) and ip saddr != 192.0.2.0/24 => drop */
	if ((key->tunnel.kind == XDV_TUNNEL_VXLAN || key->tunnel.kind == XDV_TUNNEL_GENEVE ||
	    XDV_IN(key->tunnel.kind, XDV_TUNNEL_GRE, XDV_TUNNEL_GRE_KEY)) &&
	    p->l3 == XDV_L3_IPV4 &&
	    !(XDV_IN(p->ip_saddr, XDV_IPV4(192, 0, 2, 0), XDV_IPV4(192, 0, 2, 255))))
		return RULE_forged;
	/* 12: rule web: vxlan vni in @gateway_tenants and inner tcp dport { 80, 443 } => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_VXLAN && (key->tunnel.id == 4200 ||
	    XDV_IN(key->tunnel.id, 4300, 4399)) && key->inner.l4 == XDV_L4_TCP &&
	    (key->inner.dport == 80 || key->inner.dport == 443))
		return RULE_web;
	/* 13: rule web6: vxlan vni in @gateway_tenants and inner ip6 and inner udp dport 443 => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_VXLAN && (key->tunnel.id == 4200 ||
	    XDV_IN(key->tunnel.id, 4300, 4399)) && key->inner.l3 == XDV_L3_IPV6 &&
	    key->inner.l4 == XDV_L4_UDP && key->inner.dport == 443)
		return RULE_web6;
	/* 14: rule resolve: vxlan vni in @gateway_tenants and inner arp daddr ip 10.0.0.1 => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_VXLAN && (key->tunnel.id == 4200 ||
	    XDV_IN(key->tunnel.id, 4300, 4399)) && key->inner.l3 == XDV_L3_ARP &&
	    key->inner.ip_daddr == XDV_IPV4(10, 0, 0, 1))
		return RULE_resolve;
	/* 17: rule metadata: geneve and inner ip daddr 169.254.169.254 and inner tcp dport 80 => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_GENEVE && key->inner.l3 == XDV_L3_IPV4 &&
	    key->inner.ip_daddr == XDV_IPV4(169, 254, 169, 254) && key->inner.l4 == XDV_L4_TCP &&
	    key->inner.dport == 80)
		return RULE_metadata;
	/* 18: rule stray: ip daddr 169.254.169.254 => drop */
	if (p->l3 == XDV_L3_IPV4 && p->ip_daddr == XDV_IPV4(169, 254, 169, 254))
		return RULE_stray;
	/* 21: rule nvgre: gre key & 0xffffff00 = 0x00123400 and inner vlan id 7 and inner udp => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_GRE_KEY && (key->tunnel.id & 0xffffff00) == 0x123400 &&
	    key->inner.vlan_tags && key->inner.vlan_id[0] == 7 && key->inner.l4 == XDV_L4_UDP)
		return RULE_nvgre;
	/* 23: rule site: ipip and ip saddr 192.0.2.77 and inner ip daddr 10.77.0.0/16 => xsk gateway */
	if (key->tunnel.kind == XDV_TUNNEL_IPIP && p->l3 == XDV_L3_IPV4 &&
	    p->ip_saddr == XDV_IPV4(192, 0, 2, 77) && key->inner.l3 == XDV_L3_IPV4 &&
	    XDV_IN(key->inner.ip_daddr, XDV_IPV4(10, 77, 0, 0), XDV_IPV4(10, 77, 255, 255)))
		return RULE_site;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_forged:
	case RULE_stray:
		return xdv_drop(ctx, rule);
	case RULE_web:
	case RULE_web6:
	case RULE_resolve:
	case RULE_metadata:
	case RULE_nvgre:
	case RULE_site:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* gateway */
	default:
		return xdv_pass(ctx, rule);
	}
}

SEC("xdp")
int xsk_def_prog(struct xdp_md *ctx)
{
	struct key *key = bpf_map_lookup_elem(&scratch, &(__u32){0});

	if (!key)
		return XDP_PASS;
	__builtin_memset(key, 0, sizeof(*key));
	if (xdv_has_failed())
		return xdv_go_back(ctx);
	xdv_walk(ctx, &key->packet, &key->places);
	barrier(); /* all is in the scratch, and not on the stack */
	read_tunnel(ctx, key);
	return act(ctx, classify(ctx, key));
}

/* For test runs: says which rule it is instead of acting on it. */
SEC("xdp")
int xdv_classify(struct xdp_md *ctx)
{
	struct key *key = bpf_map_lookup_elem(&scratch, &(__u32){0});

	if (!key)
		return 0;
	__builtin_memset(key, 0, sizeof(*key));
	xdv_walk(ctx, &key->packet, &key->places);
	barrier(); /* all is in the scratch, and not on the stack */
	read_tunnel(ctx, key);
	return (int)classify(ctx, key);
}
