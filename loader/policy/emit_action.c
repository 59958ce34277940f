// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is done with a packet once its rule is known, as C. Only what the policy uses is written.
 */
#include "emit.h"

#include <stdio.h>

/* Consumer 0 has the map that libxdp looks for. */
static const char *consumer_map(unsigned int consumer, char *name, size_t size)
{
	if (consumer)
		snprintf(name, size, "xsks_%u", consumer);
	else
		snprintf(name, size, "%s", XDV_XSKS_MAP);
	return name;
}

static const struct action *action_of(const struct policy *policy, size_t number)
{
	return number ? &policy->rules[number - 1]->action : &policy->default_action;
}

static bool uses_kind(const struct policy *policy, enum action_kind kind)
{
	for (size_t i = 0; i <= policy->rule_count; i++)
		if (action_of(policy, i)->kind == kind)
			return true;
	return false;
}

static bool uses_marks(const struct policy *policy)
{
	for (size_t i = 0; i <= policy->rule_count; i++)
		if (action_of(policy, i)->has_mark)
			return true;
	return false;
}

void emit_action_headers(const struct plan *plan, FILE *out)
{
	if (plan->kind == PLAN_LOOKUP && uses_marks(plan->policy))
		fputs("#include \"options.h\"\n", out);
	fputs(plan->policy->interface_count ? "#include \"redirect.h\"\n" : "", out);
}

void emit_action_maps(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;
	char map[24];

	for (unsigned int i = 0; i < policy->consumer_count; i++)
		fprintf(out, "XDV_CONSUMER(%s); /* %s */\n", consumer_map(i, map, sizeof(map)),
			policy->consumers[i]->name.text);
	fputs(policy->consumer_count ? "\n" : "", out);
	if (plan->kind == PLAN_LOOKUP)
		fputs("struct {\n\t__uint(type, BPF_MAP_TYPE_ARRAY);\n"
		      "\t__uint(map_flags, BPF_F_RDONLY_PROG);\n"
		      "\t__uint(max_entries, 1); /* the loader knows how many */\n"
		      "\t__type(key, __u32);\n"
		      "\t__type(value, struct xdv_rule_action);\n"
		      "} rule_actions SEC(\".maps\");\n\n",
		      out);
}

static void put_divert(const struct policy *policy, unsigned int consumer, FILE *out)
{
	char map[24];

	fprintf(out, "return xdv_divert(ctx, rule, &%s, %s);",
		consumer_map(consumer, map, sizeof(map)),
		policy->consumers[consumer]->metadata ? "true" : "false");
}

static void put_divert_marked(unsigned int consumer, const char *marked, const char *mark,
			      FILE *out)
{
	char map[24];

	fprintf(out, "return xdv_divert_marked(ctx, rule, &%s, %s, %s);",
		consumer_map(consumer, map, sizeof(map)), marked, mark);
}

static void put_verdict(const struct policy *policy, const struct action *action, FILE *out)
{
	char mark[16];

	fputs("\t\t", out);
	switch (action->kind) {
	case ACTION_XSK:
		snprintf(mark, sizeof(mark), "%u", action->mark);
		if (action->has_mark)
			put_divert_marked(action->consumer, "true", mark, out);
		else
			put_divert(policy, action->consumer, out);
		fprintf(out, " /* %s */", policy->consumers[action->consumer]->name.text);
		break;
	case ACTION_DROP:
		fputs("return xdv_drop(ctx, rule);", out);
		break;
	case ACTION_REDIRECT:
		fprintf(out, "return xdv_redirect(ctx, rule, %u); /* %s */", action->interface,
			action->target.text);
		break;
	case ACTION_TX:
		fprintf(out, "return xdv_tx(ctx, rule, %s);", action->swap ? "true" : "false");
		break;
	default:
		fputs("return xdv_pass(ctx, rule);", out);
		break;
	}
	fputs("\n", out);
}

static bool same_action(const struct action *a, const struct action *b)
{
	return a->kind == b->kind && a->consumer == b->consumer && a->interface == b->interface &&
	       a->swap == b->swap && a->has_mark == b->has_mark && a->mark == b->mark;
}

/* One case for the rules of each action, the default's last. */
void emit_straight_verdict(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;
	char name[96];

	fputs("static __always_inline int act(struct xdp_md *ctx, __u32 rule)\n{\n"
	      "\tswitch (rule) {\n",
	      out);
	for (size_t i = 1; i <= policy->rule_count; i++) {
		const struct action *action = action_of(policy, i);
		bool done = same_action(action, &policy->default_action);

		for (size_t j = 1; j < i && !done; j++)
			done = same_action(action, action_of(policy, j));
		if (done)
			continue;
		for (size_t j = i; j <= policy->rule_count; j++) {
			if (!same_action(action, action_of(policy, j)))
				continue;
			emit_rule_constant(policy, j, name, sizeof(name));
			fprintf(out, "\tcase %s:\n", name);
		}
		put_verdict(policy, action, out);
	}
	fputs("\tdefault:\n", out);
	put_verdict(policy, &policy->default_action, out);
	fputs("\t}\n}\n\n", out);
}

/* What stands in front of the action, for rules that have it. */
static void put_options(FILE *out)
{
	fputs("\tif (action->options) {\n"
	      "\t\tconst struct xdv_rule_options *options = "
	      "bpf_map_lookup_elem(&rule_options, &rule);\n\n"
	      "\t\tif (!options)\n\t\t\treturn xdv_pass(ctx, rule);\n",
	      out);
	fputs("\t\tmarked = action->options & XDV_OPTION_MARK;\n"
	      "\t\tmark = options->mark;\n",
	      out);
	fputs("\t}\n", out);
}

/* What to do is data as well; only the socket maps must be named in code. */
void emit_lookup_verdict(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;

	bool marks = uses_marks(policy);

	fprintf(out,
		"static __always_inline int act(struct xdp_md *ctx, __u32 rule)\n{\n"
		"\tconst struct xdv_rule_action *action = "
		"bpf_map_lookup_elem(&rule_actions, &rule);\n%s\n"
		"\tif (!action)\n\t\treturn xdv_pass(ctx, rule);\n",
		marks ? "\tbool marked = false;\n\t__u32 mark = 0;\n" : "");
	if (marks)
		put_options(out);
	fputs("\tif (action->action == XDV_ACTION_DROP)\n\t\treturn xdv_drop(ctx, rule);\n", out);
	if (uses_kind(policy, ACTION_TX))
		fputs("\tif (action->action == XDV_ACTION_TX)\n"
		      "\t\treturn xdv_tx(ctx, rule, action->target);\n",
		      out);
	if (uses_kind(policy, ACTION_REDIRECT))
		fputs("\tif (action->action == XDV_ACTION_REDIRECT)\n"
		      "\t\treturn xdv_redirect(ctx, rule, action->target);\n",
		      out);
	fputs("\tif (action->action != XDV_ACTION_XSK)\n\t\treturn xdv_pass(ctx, rule);\n"
	      "\tswitch (action->target) {\n",
	      out);
	for (unsigned int i = 0; i < policy->consumer_count; i++) {
		fprintf(out, "\tcase %u: /* %s */\n\t\t", i, policy->consumers[i]->name.text);
		if (marks && policy->consumers[i]->metadata)
			put_divert_marked(i, "marked", "mark", out);
		else
			put_divert(policy, i, out);
		fputs("\n", out);
	}
	fputs("\tdefault:\n\t\treturn xdv_pass(ctx, rule);\n\t}\n}\n\n", out);
}
