// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "emit_text.h"

/* Tables and trees ask about words only, so sets and masks are answered before, into words. */
static bool has_answers(const struct plan *plan)
{
	return plan->kind == PLAN_LOOKUP && plan->questions.count;
}

bool emit_has_key(const struct plan *plan)
{
	return has_answers(plan) || emit_takes_key(plan);
}

bool emit_takes_key(const struct plan *plan)
{
	return plan->policy->slice_count || plan_reads_tunnels(plan);
}

static void put_key(struct emitter *emitter)
{
	char name[160];

	put(emitter,
	    "/* The packet, and what is known of it before its rule is looked up. */\n"
	    "struct key {\n\tstruct xdv_packet packet;\n%s%s",
	    plan_reads_tunnels(emitter->plan) ? "\tstruct xdv_tunnel tunnel;\n" : "",
	    emitter->plan->walks_inner
		    ? "\tstruct xdv_packet inner; /* what the tunnel carries */\n"
		    : "");
	for (size_t i = 0; i < plan_answers(emitter->plan); i++)
		put(emitter, "\t__u32 %s;\n",
		    emit_question_name(emitter->plan, i, name, sizeof(name)));
	for (size_t i = 0; i < emitter->policy->slice_count; i++)
		put(emitter, "\t__u32 bytes_%zu, has_bytes_%zu;\n", i + 1, i + 1);
	put(emitter, emit_takes_key(emitter->plan)
			     ? "\tstruct xdv_places places;\n"
			       "} __attribute__((aligned(8)));\n\nXDV_SCRATCH(struct key);\n\n"
			     : "};\n\n");
}

static void put_read_bytes(struct emitter *emitter)
{
	const struct policy *policy = emitter->policy;

	put(emitter, "static __always_inline void read_bytes(const struct xdp_md *ctx, "
		     "struct key *key)\n{\n");
	for (size_t i = 0; i < policy->slice_count; i++)
		put(emitter,
		    "\tkey->has_bytes_%zu = xdv_read_bytes(ctx, &key->places.%s, %u, %u, 0x%x,\n"
		    "\t\t\t\t\t    &key->bytes_%zu);\n",
		    i + 1, slice_base_names[policy->slices[i].base], policy->slices[i].offset,
		    policy->slices[i].length, policy->slices[i].mask, i + 1);
	put(emitter, "}\n\n");
}

/* The second walk is another program, as it were, behind each of the ways out of the first. */
static void put_read_tunnel(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;

	put(emitter, "static __always_inline void read_tunnel(const struct xdp_md *ctx, "
		     "struct key *key)\n{\n\tstruct xdv_cursor carried;\n\n");
	put(emitter,
	    plan->walks_inner
		    ? "\tif (xdv_read_tunnel(ctx, &key->packet, &key->places.l4, &key->tunnel, "
		      "&carried))\n"
		      "\t\txdv_read_inner(ctx, &carried, &key->tunnel, &key->inner);\n"
		    : "\txdv_read_tunnel(ctx, &key->packet, &key->places.l4, &key->tunnel, "
		      "&carried);\n");
	put(emitter, "\tbarrier();\n}\n\n");
}

static void put_reads(struct emitter *emitter, const char *macro, unsigned int reads)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} parts[] = {
		{READ_ETHER, "XDV_READ_ETHER"},
		{READ_ARP, "XDV_READ_ARP"},
		{READ_IPV4, "XDV_READ_IPV4"},
		{READ_IPV6, "XDV_READ_IPV6"},
		{READ_L4, "XDV_READ_L4"},
		{READ_IP_DETAILS, "XDV_READ_IP_DETAILS"},
		{READ_L4_DETAILS, "XDV_READ_L4_DETAILS"},
		{READ_VLAN_DETAILS, "XDV_READ_VLAN_DETAILS"},
		{READ_ARP_DETAILS, "XDV_READ_ARP_DETAILS"},
		{READ_FRAME, "XDV_READ_FRAME"},
		{READ_PLACES, "XDV_READ_PLACES"},
		{READ_VXLAN, "XDV_READ_VXLAN"},
		{READ_GENEVE, "XDV_READ_GENEVE"},
		{READ_GRE, "XDV_READ_GRE"},
		{READ_IPIP, "XDV_READ_IPIP"},
	};
	const char *between = "";

	put(emitter, "#define %s (", macro);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!(reads & parts[i].bit))
			continue;
		put(emitter, "%s%s", between, parts[i].name);
		between = " | ";
	}
	put(emitter, "%s)\n", *between ? "" : "0");
}

static void put_head(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;
	bool trees = plan_has_trees(plan), tables = plan_has_tables(plan);

	put(emitter, "/* %s, as xdivert " XDIVERT_VERSION " compiles it */\n\n",
	    base_name(emitter->policy->file));
	put_reads(emitter, "XDV_READS", plan->reads);
	if (plan->walks_inner)
		put_reads(emitter, "XDV_INNER_READS", plan->inner_reads);
	if (trees)
		put(emitter, "#define XDV_KEY_WORDS (XDV_PACKET_WORDS + %zu)\n",
		    plan_key_words(plan) - XDV_PACKET_WORDS);
	if (tables)
		put(emitter, "#define XDV_SLOT_WORDS %u\n", plan->tables.slot_words);
	put(emitter, "\n#include \"program.h\"\n#include \"trial.h\"\n%s%s%s%s%s%s%s",
	    plan_has_filters(plan) ? "#include \"filter.h\"\n" : "",
	    tables ? "#include \"index.h\"\n" : "",
	    plan->strides.count ? "#include \"stride.h\"\n" : "",
	    trees ? "#include \"tree.h\"\n" : "",
	    plan_reads_tunnels(plan) ? "#include \"tunnel.h\"\n" : "",
	    plan->walks_inner ? "#include \"inner.h\"\n" : "",
	    emit_takes_key(plan) ? "#include \"scratch.h\"\n" : "");
	put_part(emitter, emit_dynamic_headers);
	put_part(emitter, emit_action_headers);
	put(emitter, "\n");
	put_part(emitter, emit_action_maps);
}

static const char *packet_name(const struct plan *plan)
{
	if (emit_takes_key(plan))
		return "&key->packet";
	return emit_has_key(plan) ? "&key.packet" : "&packet";
}

/* Where the program keeps what it knows, and that there is nothing yet. */
static void put_program_head(struct emitter *emitter, const char *name, bool acts)
{
	const struct plan *plan = emitter->plan;
	bool scratch = emit_takes_key(plan);

	put(emitter, "SEC(\"xdp\")\nint %s(struct xdp_md *ctx)\n{\n\tstruct %s;\n%s\n", name,
	    scratch		 ? "key *key = bpf_map_lookup_elem(&scratch, &(__u32){0})"
	    : emit_has_key(plan) ? "key key = {0}"
				 : "xdv_packet packet = {0}",
	    acts && plan->policy->flows ? "\tint verdict;\n" : "");
	if (scratch)
		put(emitter,
		    "\tif (!key)\n\t\treturn %s;\n\t__builtin_memset(key, 0, sizeof(*key));\n",
		    acts ? "XDP_PASS" : "0");
	if (acts)
		put(emitter, "\tif (xdv_has_failed())\n\t\treturn xdv_go_back(ctx);\n");
}

/* From the bytes of the packet to what is known of it. */
static void put_walk(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;

	if (emit_takes_key(plan)) {
		put(emitter, "\txdv_walk(ctx, &key->packet, &key->places);\n"
			     "\tbarrier(); /* all is in the scratch, and not on the stack */\n");
		put(emitter, plan_reads_tunnels(plan) ? "\tread_tunnel(ctx, key);\n" : "");
		return;
	}
	put(emitter, "\txdv_read_packet(ctx, %s);\n", packet_name(plan));
	if (plan->kind == PLAN_LOOKUP && plan_has_trees(plan))
		put(emitter, "\txdv_forget(ctx, %s, XDV_PACKET_WORDS);\n", packet_name(plan));
}

static void put_program(struct emitter *emitter, const char *name, bool acts)
{
	const struct plan *plan = emitter->plan;
	const char *key = emit_takes_key(plan) ? "key" : "&key";

	put_program_head(emitter, name, acts);
	put_walk(emitter);
	if (acts && plan->policy->flows)
		put(emitter,
		    "\tverdict = act_on_flow(ctx, %s);\n"
		    "\tif (verdict != XDV_NO_FLOW)\n\t\treturn verdict;\n",
		    packet_name(plan));
	if (plan->policy->slice_count)
		put(emitter, "\tread_bytes(ctx, key);\n");
	if (acts && policy_spreads(plan->policy)) {
		put(emitter, "\treturn act(ctx, %s, classify(ctx, %s));\n}\n", packet_name(plan),
		    emit_has_key(plan) ? key : packet_name(plan));
		return;
	}
	put(emitter,
	    acts			  ? "\treturn act(ctx, classify(ctx, %s));\n}\n"
	    : plan->kind == PLAN_STRAIGHT ? "\treturn (int)classify(ctx, %s);\n}\n"
					  : "\treturn XDV_ANSWER_RULE(classify(ctx, %s));\n}\n",
	    emit_has_key(plan) ? key : packet_name(plan));
}

static void put_programs(struct emitter *emitter)
{
	put_program(emitter, XDV_PROGRAM_NAME, true);
	put(emitter, "\n/* For test runs: says which rule it is instead of acting on it. */\n");
	put_program(emitter, XDV_CLASSIFY_NAME, false);
}

void emit_program(const struct plan *plan, FILE *out, bool source_lines)
{
	struct emitter emitter = {.plan = plan,
				  .policy = plan->policy,
				  .out = out,
				  .source_lines = source_lines,
				  .line = 1};

	put_head(&emitter);
	put_part(&emitter, emit_filters);
	if (emit_takes_key(plan)) /* sets may ask about it */
		put_key(&emitter);
	if (plan->policy->slice_count)
		put_read_bytes(&emitter);
	if (plan_reads_tunnels(plan))
		put_read_tunnel(&emitter);
	put_part(&emitter, emit_dynamic);
	put_set_functions(&emitter);
	if (has_answers(plan) && !emit_takes_key(plan))
		put_key(&emitter);
	if (plan->kind == PLAN_STRAIGHT) {
		put_straight_classifier(&emitter);
		put_part(&emitter, emit_straight_verdict);
	} else {
		put_lookup_classifier(&emitter);
		put_part(&emitter, emit_lookup_verdict);
	}
	if (plan->policy->flows)
		put_part(&emitter, emit_flow_verdict);
	put_programs(&emitter);
}
