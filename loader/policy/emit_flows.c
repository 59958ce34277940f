// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is done with the packets of flows, as C. The sockets' maps are named in code, as for rules.
 */
#include "emit.h"

#include <stdio.h>

static void put_consumer(const struct consumer *consumer, unsigned int number, FILE *out)
{
	const char *name = consumer->name.text;
	char map[24];

	fprintf(out, "\tcase 0x%08x: /* %s */\n", xdv_consumer_id(name), name);
	emit_watch(consumer, number, "\t\t", "xdv_flow_falls_back(ctx, flow)", out);
	fprintf(out, "\t\treturn xdv_divert_flow%s(ctx, flow, &%s%s, %s);\n", EMIT_TO(consumer),
		emit_consumer_map(number, map, sizeof(map)), EMIT_SOCKET(consumer),
		consumer->metadata ? "true" : "false");
}

static void put_consumers(const struct policy *policy, FILE *out)
{
	fputs("\tswitch (flow->target) {\n", out);
	for (unsigned int i = 0; i < policy->consumer_count; i++)
		put_consumer(policy->consumers[i], i, out);
	fputs("\tdefault: /* a consumer of an earlier policy */\n\t\treturn XDV_NO_FLOW;\n\t}\n",
	      out);
}

void emit_flow_verdict(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	fprintf(out,
		"/* What the packet's flow says; XDV_NO_FLOW if it is of none. */\n"
		"static __always_inline int act_on_flow(struct xdp_md *ctx, const struct xdv_packet *p)\n"
		"{\n\tstruct xdv_flow_entry *flow = xdv_find_flow(p);\n%s\n"
		"\tif (!flow)\n\t\treturn XDV_NO_FLOW;\n"
		"\tif (flow->action != XDV_ACTION_XSK)\n\t\treturn xdv_act_on_flow(ctx, flow);\n",
		policy_spreads(policy) ? "\t__u32 socket;\n" : "");
	if (policy->consumer_count)
		put_consumers(policy, out);
	else
		fputs("\treturn XDV_NO_FLOW; /* its consumer was of an earlier policy */\n", out);
	fputs("}\n\n", out);
}
