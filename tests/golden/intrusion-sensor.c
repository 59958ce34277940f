/* intrusion-sensor.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4)

#include "program.h"
#include "trial.h"
#include "filter.h"
#include "sample.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* sensor */
XDV_WATCH(0, 100); /* ms */

/* ip[12:4] = ip[16:4] */
__weak int pcap_1(struct xdp_md *ctx)
{
	__u64 x = 0;
	__u32 a = 0, m1;

	if (!xdv_load_half(ctx, 12, &a) || a != 0x800)
		return 0;
	if (!xdv_load_word(ctx, 26, &a))
		return 0;
	m1 = a;
	if (!xdv_load_word(ctx, 30, &a))
		return 0;
	x = a;
	a = m1;
	return a == x;
}

/* ip[0] & 0xf > 5 and not igmp */
__weak int pcap_2(struct xdp_md *ctx)
{
	__u32 a = 0;

	if (!xdv_load_half(ctx, 12, &a) || a != 0x800)
		return 0;
	if (!xdv_load_byte(ctx, 14, &a))
		return 0;
	a &= 0xf;
	if (a <= 5)
		return 0;
	return xdv_load_byte(ctx, 23, &a) && a != 2;
}

/* udp src port 53 and udp[4:2] > 1240 */
__weak int pcap_3(struct xdp_md *ctx)
{
	__u64 x = 0;
	__u32 a = 0;

	if (!xdv_load_half(ctx, 12, &a) || a == 0x86dd)
		return 0;
	if (a != 0x800)
		return 0;
	if (!xdv_load_byte(ctx, 23, &a) || a != 17)
		return 0;
	if (!xdv_load_half(ctx, 20, &a) || (a & 0x1fff) != 0)
		return 0;
	if (!xdv_load_header(ctx, 14, &x))
		return 0;
	if (!xdv_load_half(ctx, x + 14, &a) || a != 53)
		return 0;
	return xdv_load_half(ctx, x + 18, &a) && a > 1240;
}

/* tcp[((tcp[12] & 0xf0) >> 2):4] = 0x50555420 */
__weak int pcap_4(struct xdp_md *ctx)
{
	__u64 x = 0;
	__u32 a = 0;

	if (!xdv_load_half(ctx, 12, &a) || a != 0x800)
		return 0;
	if (!xdv_load_byte(ctx, 23, &a) || a != 6)
		return 0;
	if (!xdv_load_half(ctx, 20, &a) || (a & 0x1fff) != 0)
		return 0;
	if (!xdv_load_header(ctx, 14, &x))
		return 0;
	if (!xdv_load_byte(ctx, x + 26, &a))
		return 0;
	a &= 0xf0;
	a >>= 2;
	a += x;
	x = a;
	return xdv_load_word(ctx, x + 14, &a) && a == 0x50555420;
}

/* icmp6 and ip6[40] = 136 and ip6[7] != 255 */
__weak int pcap_5(struct xdp_md *ctx)
{
	__u32 a = 0;

	if (!xdv_load_half(ctx, 12, &a) || a != 0x86dd)
		return 0;
	if (!xdv_load_byte(ctx, 20, &a))
		return 0;
	if (a == 58)
		goto at_7;
	if (a != 44)
		return 0;
	if (!xdv_load_byte(ctx, 54, &a) || a != 58)
		return 0;
at_7:
	if (!xdv_load_byte(ctx, 54, &a) || a != 136)
		return 0;
	return xdv_load_byte(ctx, 21, &a) && a != 255;
}

/* ip proto 4 or ip proto 41 or vlan 4000 */
__weak int pcap_6(struct xdp_md *ctx)
{
	__u32 a = 0;

	if (!xdv_load_half(ctx, 12, &a))
		return 0;
	if (a != 0x800)
		goto at_5;
	if (!xdv_load_byte(ctx, 23, &a))
		return 0;
	if (a == 4)
		return 1;
	return a == 41;
at_5:
	if (a == 0x8100)
		goto at_8;
	if (a == 0x88a8)
		goto at_8;
	if (a != 0x9100)
		return 0;
at_8:
	if (!xdv_load_half(ctx, 14, &a))
		return 0;
	a &= 0xfff;
	return a == 0xfa0;
}

enum {
	RULE_DEFAULT = 0,
	RULE_scanners,
	RULE_land,
	RULE_options,
	RULE_long_dns,
	RULE_upload,
	RULE_liar,
	RULE_hidden,
};

/* The first rule that matches; RULE_DEFAULT if none does. */
static __always_inline __u32 classify(struct xdp_md *ctx, const struct xdv_packet *p)
{
	/* 9: rule scanners: ip saddr @scanners => drop */
	if (p->l3 == XDV_L3_IPV4 &&
	    XDV_IN(p->ip_saddr, XDV_IPV4(10, 9, 9, 0), XDV_IPV4(10, 9, 9, 7)))
		return RULE_scanners;
	/* 12: rule land: pcap "ip[12:4] = ip[16:4]" => mark 1 xsk sensor */
	if (pcap_1(ctx))
		return RULE_land;
	/* 13: rule options: pcap "ip[0] & 0xf > 5 and not igmp" => mark 2 xsk sensor */
	if (pcap_2(ctx))
		return RULE_options;
	/* 16: rule long-dns: pcap "udp src port 53 and udp[4:2] > 1240" => sample 1/100 mark 3 xsk sensor */
	if (pcap_3(ctx))
		return RULE_long_dns;
	/* 19: rule upload: ip daddr @servers and pcap "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x50555420" => mark 4 xsk sensor */
	if (p->l3 == XDV_L3_IPV4 &&
	    (XDV_IN(p->ip_daddr, XDV_IPV4(10, 1, 0, 0), XDV_IPV4(10, 1, 0, 255)) ||
	    p->ip_daddr == XDV_IPV4(10, 1, 1, 7)) && pcap_4(ctx))
		return RULE_upload;
	/* 22: rule liar: pcap "icmp6 and ip6[40] = 136 and ip6[7] != 255" => mark 5 xsk sensor */
	if (pcap_5(ctx))
		return RULE_liar;
	/* 25: rule hidden: pcap "ip proto 4 or ip proto 41 or vlan 4000" => mark 6 xsk sensor */
	if (pcap_6(ctx))
		return RULE_hidden;
	return RULE_DEFAULT;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	switch (rule) {
	case RULE_land:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 1); /* sensor */
	case RULE_options:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 2); /* sensor */
	case RULE_long_dns:
		xdv_sample(ctx, rule, 100);
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 3); /* sensor */
	case RULE_upload:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 4); /* sensor */
	case RULE_liar:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 5); /* sensor */
	case RULE_hidden:
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert_marked(ctx, rule, &xsks_map, true, 6); /* sensor */
	default:
		return xdv_drop(ctx, rule);
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
