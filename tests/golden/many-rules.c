/* many-rules.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)
#define XDV_SLOT_WORDS 1

#include "program.h"
#include "trial.h"
#include "index.h"
#include "stall.h"

XDV_CONSUMER(xsks_map); /* feed */
XDV_WATCH(0, 100); /* ms */
XDV_CONSUMER(xsks_1); /* audit */

static __always_inline bool in_blocked(const struct xdv_packet *p)
{
	const __u32 key_0[] = {
		p->ip_saddr & 0xffffff00,
	};

	return xdv_answer(xdv_find(2, key_0, 1));
}

/* The packet, and what is known of it before its rule is looked up. */
struct key {
	struct xdv_packet packet;
	__u32 in_blocked;
	__u32 masked_2;
};

/* Of the first rule that matches, what the tables and trees of all rules answer. */
static __always_inline __u32 classify(struct xdp_md *ctx, struct key *key)
{
	const struct xdv_packet *p = &key->packet;
	__u32 answer = 0;

	key->in_blocked = in_blocked(p);
	key->masked_2 = (p->tcp_flags & 0x12) == 0x02;

	const __u32 key_0[] = {
		p->l3 << 4 | p->l4 | key->in_blocked << 6 | key->masked_2 << 7,
	};
	const __u32 key_1[] = {
		(p->l3 & 0x2) << 20 | p->l4 << 16 | p->dport,
	};
	answer = xdv_first(answer, xdv_answer(xdv_find(0, key_0, 1)));
	answer = xdv_first(answer, xdv_answer(xdv_find(1, key_1, 1)));
	return answer;
}

static __always_inline int act(struct xdp_md *ctx, __u32 answer)
{
	__u32 rule = XDV_ANSWER_RULE(answer);

	if (!answer)
		return xdv_pass(ctx, rule);
	if (XDV_ANSWER_ACTION(answer) == XDV_ACTION_DROP)
		return xdv_drop(ctx, rule);
	if (XDV_ANSWER_ACTION(answer) != XDV_ACTION_XSK)
		return xdv_pass(ctx, rule);
	switch (XDV_ANSWER_TARGET(answer)) {
	case 0: /* feed */
		if (xdv_hangs_0(ctx))
			return xdv_fall_back(ctx, rule);
		return xdv_divert(ctx, rule, &xsks_map, true);
	case 1: /* audit */
		return xdv_divert(ctx, rule, &xsks_1, false);
	default:
		return xdv_pass(ctx, rule);
	}
}

SEC("xdp")
int xsk_def_prog(struct xdp_md *ctx)
{
	struct key key = {0};

	if (xdv_has_failed())
		return xdv_go_back(ctx);
	xdv_read_packet(ctx, &key.packet);
	return act(ctx, classify(ctx, &key));
}

/* For test runs: says which rule it is instead of acting on it. */
SEC("xdp")
int xdv_classify(struct xdp_md *ctx)
{
	struct key key = {0};

	xdv_read_packet(ctx, &key.packet);
	return XDV_ANSWER_RULE(classify(ctx, &key));
}
