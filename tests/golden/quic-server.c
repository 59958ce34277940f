/* quic-server.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4 | XDV_READ_PLACES)

#include "program.h"
#include "trial.h"
#include "scratch.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* quic */
XDV_WATCH(0, 100); /* ms */

/* The packet, and what is known of it before its rule is looked up. */
struct key {
	struct xdv_packet packet;
	__u32 bytes_1, has_bytes_1;
	__u32 bytes_2, has_bytes_2;
	struct xdv_places places;
} __attribute__((aligned(8)));

XDV_SCRATCH(struct key);

static __always_inline void read_bytes(const struct xdp_md *ctx, struct key *key)
{
	key->has_bytes_1 = xdv_read_bytes(ctx, &key->places.payload, 1, 4, 0xc0000000,
					    &key->bytes_1);
	key->has_bytes_2 = xdv_read_bytes(ctx, &key->places.payload, 0, 1, 0x80,
					    &key->bytes_2);
}

enum {
	RULE_DEFAULT = 0,
	RULE_reflected,
	RULE_inside,
	RULE_inside6,
	RULE_moved,
	RULE_quic,
	RULE_quic6,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct key *key)
{
	const struct xdv_packet *p = &key->packet;

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
	/* 19: rule moved: udp dport 443 and bytes(payload, 1) & 0x80 = 0 and bytes(payload + 1, 4) & 0xc0000000 = 0x40000000 => xsk quic */
	if (p->l4 == XDV_L4_UDP && p->dport == 443 && key->has_bytes_2 &&
	    p->fragment == XDV_FRAGMENT_NONE && key->bytes_2 == 0x0 && key->has_bytes_1 &&
	    p->fragment == XDV_FRAGMENT_NONE && key->bytes_1 == 0x40000000)
		return RULE_moved;
	/* 21: rule quic: udp dport { 443, 8443 } and ip daddr != 192.0.2.99 => xsk quic */
	if (p->l4 == XDV_L4_UDP && (p->dport == 443 || p->dport == 8443) &&
	    p->l3 == XDV_L3_IPV4 && !(p->ip_daddr == XDV_IPV4(192, 0, 2, 99)))
		return RULE_quic;
	/* 22: rule quic6: udp dport { 443, 8443 } and ip6 => xsk quic */
	if (p->l4 == XDV_L4_UDP && (p->dport == 443 || p->dport == 8443) && p->l3 == XDV_L3_IPV6)
		return RULE_quic6;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_reflected:
		return xdv_drop(ctx, rule);
	case RULE_moved:
	case RULE_quic:
	case RULE_quic6:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true); /* quic */
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
	read_bytes(ctx, key);
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
	read_bytes(ctx, key);
	return (int)classify(ctx, key);
}
