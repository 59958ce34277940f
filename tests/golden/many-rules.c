/* many-rules.policy, as xdivert 0.1.0 compiles it */

#define XDV_READS (XDV_READ_IPV4 | XDV_READ_IPV6 | XDV_READ_L4)
#define XDV_KEY_WORDS (XDV_PACKET_WORDS + 2)

#include "program.h"
#include "tree.h"

XDV_CONSUMER(xsks_map); /* feed */
XDV_CONSUMER(xsks_1); /* audit */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1); /* the loader knows how many */
	__type(key, __u32);
	__type(value, struct xdv_rule_action);
} rule_actions SEC(".maps");

/* The first rule that matches, as the trees of all rules have it. */
static __always_inline __u32 classify(const struct xdv_packet *p)
{
	struct {
		struct xdv_packet packet;
		__u32 in_blocked;
		__u32 flags_2;
	} key = {*p};
	const __u32 *words = (const __u32 *)&key;
	__u32 rule;

	key.in_blocked = xdv_tree((const __u32 *)p, 1, 16);
	key.flags_2 = (p->tcp_flags & 0x12) == 0x02;
	rule = xdv_tree(words, 0, 16);
	return rule;
}

static __always_inline int act(struct xdp_md *ctx, __u32 rule)
{
	const struct xdv_rule_action *action = bpf_map_lookup_elem(&rule_actions, &rule);

	if (!action)
		return xdv_pass(ctx, rule);
	if (action->action == XDV_ACTION_DROP)
		return xdv_drop(ctx, rule);
	if (action->action != XDV_ACTION_XSK)
		return xdv_pass(ctx, rule);
	switch (action->consumer) {
	case 0: /* feed */
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
	struct xdv_packet packet = {0};

	xdv_read_packet(ctx, &packet);
	xdv_forget(ctx, &packet);
	return act(ctx, classify(&packet));
}

/* For test runs: says which rule it is instead of acting on it. */
SEC("xdp")
int xdv_classify(struct xdp_md *ctx)
{
	struct xdv_packet packet = {0};

	xdv_read_packet(ctx, &packet);
	xdv_forget(ctx, &packet);
	return (int)classify(&packet);
}
