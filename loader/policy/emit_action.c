// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What is done with a packet once its rule is known, as C. Only what the policy uses is written.
 */
#include "emit.h"

#include <stdio.h>

/* Consumer 0 has the map that libxdp looks for. */
const char *emit_consumer_map(unsigned int consumer, char *name, size_t size)
{
	if (consumer)
		snprintf(name, size, "xsks_%u", consumer);
	else
		snprintf(name, size, "%s", XDV_XSKS_MAP);
	return name;
}

static bool uses_limits(const struct policy *policy)
{
	for (size_t i = 0; i <= policy->rule_count; i++)
		if (policy_action(policy, i)->limit)
			return true;
	return false;
}

static bool uses_marks(const struct policy *policy)
{
	for (size_t i = 0; i <= policy->rule_count; i++) {
		const struct action *action = policy_action(policy, i);

		if (action->has_mark || (action->limit && action->limit->otherwise.has_mark))
			return true;
	}
	return false;
}

static bool uses_options(const struct policy *policy)
{
	return uses_marks(policy) || uses_limits(policy) || policy_has_samples(policy);
}

static bool watches_consumers(const struct policy *policy)
{
	for (size_t i = 0; i < policy->consumer_count; i++)
		if (policy->consumers[i]->stall)
			return true;
	return false;
}

void emit_action_headers(const struct plan *plan, FILE *out)
{
	if (plan->policy->flows)
		fputs("#include \"flows.h\"\n", out);
	if (uses_limits(plan->policy))
		fputs("#include \"limit.h\"\n", out);
	if (policy_has_samples(plan->policy))
		fputs("#include \"sample.h\"\n", out);
	if (plan->kind == PLAN_LOOKUP && uses_options(plan->policy))
		fputs("#include \"options.h\"\n", out);
	fputs(plan->policy->interface_count ? "#include \"redirect.h\"\n" : "", out);
	fputs(watches_consumers(plan->policy) ? "#include \"stall.h\"\n" : "", out);
	fputs(policy_spreads(plan->policy) ? "#include \"fanout.h\"\n" : "", out);
}

void emit_action_maps(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;
	char map[24];

	for (unsigned int i = 0; i < policy->consumer_count; i++) {
		fprintf(out, "XDV_CONSUMER(%s); /* %s */\n", emit_consumer_map(i, map, sizeof(map)),
			policy->consumers[i]->name.text);
		if (policy->consumers[i]->stall)
			fprintf(out, "XDV_WATCH(%u, %u); /* ms */\n", i,
				policy->consumers[i]->stall);
	}
	fputs(policy->consumer_count ? "\n" : "", out);
}

void emit_watch(const struct consumer *consumer, unsigned int number, const char *indent,
		const char *instead, FILE *out)
{
	bool spreads = consumer->fanout > 1;

	if (spreads)
		fprintf(out, "%ssocket = xdv_spread(ctx, p, %u);\n", indent, consumer->fanout);
	if (consumer->stall)
		fprintf(out,
			"%sif (xdv_hangs_%u%s)\n"
			"%s\treturn %s;\n",
			indent, number, spreads ? "_at(socket)" : "(ctx)", indent, instead);
}

static void put_divert(const struct policy *policy, unsigned int consumer, const char *indent,
		       FILE *out)
{
	char map[24];

	emit_watch(policy->consumers[consumer], consumer, indent, "xdv_fall_back(ctx, rule)", out);
	fprintf(out, "%sreturn xdv_divert%s(ctx, rule, &%s%s, %s);", indent,
		EMIT_TO(policy->consumers[consumer]), emit_consumer_map(consumer, map, sizeof(map)),
		EMIT_SOCKET(policy->consumers[consumer]),
		policy->consumers[consumer]->metadata ? "true" : "false");
}

static void put_divert_marked(const struct policy *policy, unsigned int consumer,
			      const char *marked, const char *mark, const char *indent, FILE *out)
{
	char map[24];

	emit_watch(policy->consumers[consumer], consumer, indent, "xdv_fall_back(ctx, rule)", out);
	fprintf(out, "%sreturn xdv_divert_marked%s(ctx, rule, &%s%s, %s, %s);", indent,
		EMIT_TO(policy->consumers[consumer]), emit_consumer_map(consumer, map, sizeof(map)),
		EMIT_SOCKET(policy->consumers[consumer]), marked, mark);
}

/* What it comes to, whatever the limit: the last statement is `return …;`. */
static void put_return(const struct policy *policy, const struct action *action, const char *indent,
		       FILE *out)
{
	char mark[16];

	switch (action->kind) {
	case ACTION_XSK:
	case ACTION_DPDK:
	case ACTION_STORAGE:
		snprintf(mark, sizeof(mark), "%u", action->mark);
		if (action->has_mark)
			put_divert_marked(policy, action->consumer, "true", mark, indent, out);
		else
			put_divert(policy, action->consumer, indent, out);
		fprintf(out, " /* %s */", policy->consumers[action->consumer]->name.text);
		break;
	case ACTION_DROP:
		fprintf(out, "%sreturn xdv_drop(ctx, rule);", indent);
		break;
	case ACTION_REDIRECT:
		fprintf(out, "%sreturn xdv_redirect(ctx, rule, %u); /* %s */", indent,
			action->interface, action->target.text);
		break;
	case ACTION_TX:
		fprintf(out, "%sreturn xdv_tx(ctx, rule, %s);", indent,
			action->swap ? "true" : "false");
		break;
	default:
		fprintf(out, "%sreturn xdv_pass(ctx, rule);", indent);
		break;
	}
	fputs("\n", out);
}

/* More than one statement, of those that put_return() writes? */
static bool needs_braces(const struct policy *policy, const struct action *action)
{
	const struct consumer *consumer;

	if (!action_diverts(action->kind))
		return false;
	consumer = policy->consumers[action->consumer];
	return consumer->stall || consumer->fanout > 1;
}

static void put_verdict(const struct policy *policy, const struct action *action, FILE *out)
{
	const struct limit *limit = action->limit;

	if (action->sample)
		fprintf(out, "\t\txdv_sample(ctx, rule, %u);\n", action->sample);
	if (limit) {
		bool braces = needs_braces(policy, &limit->otherwise);

		fprintf(out,
			"\t\tif (xdv_over_limit(rule, &XDV_LIMIT(%u, %lluull, %u)))%s /* per %s */\n",
			limit->rate, (unsigned long long)limit->unit, limit->burst,
			braces ? " {" : "", limit->unit_text);
		put_return(policy, &limit->otherwise, "\t\t\t", out);
		fputs(braces ? "\t\t}\n" : "", out);
	}
	put_return(policy, action, "\t\t", out);
}

static bool same_action(const struct action *a, const struct action *b)
{
	const struct limit *one = a->limit, *other = b->limit;

	if (a->kind != b->kind || a->consumer != b->consumer || a->interface != b->interface ||
	    a->swap != b->swap || a->has_mark != b->has_mark || a->mark != b->mark ||
	    a->sample != b->sample || !one != !other)
		return false;
	return !one ||
	       (one->rate == other->rate && one->unit == other->unit &&
		one->burst == other->burst && same_action(&one->otherwise, &other->otherwise));
}

/* One case for the rules of each action, the default's last. */
void emit_straight_verdict(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;
	bool spreads = policy_spreads(policy);
	char name[96];

	fprintf(out,
		"static __always_inline int act(struct xdp_md *ctx, %s__u32 rule)\n{\n%s"
		"\tswitch (rule) {\n",
		spreads ? "const struct xdv_packet *p, " : "",
		spreads ? "\t__u32 socket;\n\n" : "");
	for (size_t i = 1; i <= policy->rule_count; i++) {
		const struct action *action = policy_action(policy, i);
		bool done = same_action(action, &policy->default_action);

		for (size_t j = 1; j < i && !done; j++)
			done = same_action(action, policy_action(policy, j));
		if (done)
			continue;
		for (size_t j = i; j <= policy->rule_count; j++) {
			if (!same_action(action, policy_action(policy, j)))
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
static void put_options(const struct policy *policy, FILE *out)
{
	bool marks = uses_marks(policy), limits = uses_limits(policy);

	fputs("\tif (answer & XDV_ANSWER_OPTIONS) {\n"
	      "\t\tconst struct xdv_rule_options *options = "
	      "bpf_map_lookup_elem(&rule_options, &rule);\n\n"
	      "\t\tif (!options)\n\t\t\treturn xdv_pass(ctx, rule);\n",
	      out);
	if (policy_has_samples(policy))
		fputs("\t\tif (options->options & XDV_OPTION_SAMPLE)\n"
		      "\t\t\txdv_sample(ctx, rule, options->sample);\n",
		      out);
	fputs(marks ? "\t\tmarked = options->options & XDV_OPTION_MARK;\n"
		      "\t\tmark = options->mark;\n"
		    : "",
	      out);
	if (limits)
		fprintf(out,
			"\t\tif ((options->options & XDV_OPTION_LIMIT) && "
			"xdv_over_limit(rule, &options->limit)) {\n"
			"\t\t\tanswer = options->over;\n%s\t\t}\n",
			marks ? "\t\t\tmarked = options->options & XDV_OPTION_OVER_MARK;\n"
				"\t\t\tmark = options->over_mark;\n"
			      : "");
	fputs("\t}\n", out);
}

static bool has_diverts(const struct policy *policy)
{
	for (int i = 0; i < CONSUMER_KINDS; i++)
		if (policy_has_action(policy, consumer_words[i].action))
			return true;
	return false;
}

/* Only the sockets' maps must be named in code. */
static void put_targets(const struct policy *policy, FILE *out)
{
	bool marks = uses_marks(policy);

	fputs("\tswitch (XDV_ANSWER_TARGET(answer)) {\n", out);
	for (unsigned int i = 0; i < policy->consumer_count; i++) {
		fprintf(out, "\tcase %u: /* %s */\n", i, policy->consumers[i]->name.text);
		if (marks && policy->consumers[i]->metadata)
			put_divert_marked(policy, i, "marked", "mark", "\t\t", out);
		else
			put_divert(policy, i, "\t\t", out);
		fputs("\n", out);
	}
	fputs("\tdefault:\n\t\treturn xdv_pass(ctx, rule);\n\t}\n", out);
}

/* What to do is in the answer that the rules' tables gave; 0 is none of them. */
void emit_lookup_verdict(const struct plan *plan, FILE *out)
{
	const struct policy *policy = plan->policy;
	const struct action *otherwise = &policy->default_action;
	bool braces = otherwise->sample || otherwise->limit || needs_braces(policy, otherwise);
	bool spreads = policy_spreads(policy);

	fprintf(out,
		"static __always_inline int act(struct xdp_md *ctx, %s__u32 answer)\n{\n"
		"\t__u32 rule = XDV_ANSWER_RULE(answer);\n%s%s\n\tif (!answer)%s\n",
		spreads ? "const struct xdv_packet *p, " : "", spreads ? "\t__u32 socket;\n" : "",
		uses_marks(policy) ? "\tbool marked = false;\n\t__u32 mark = 0;\n" : "",
		braces ? " {" : "");
	put_verdict(policy, otherwise, out);
	fputs(braces ? "\t}\n" : "", out);
	if (uses_options(policy))
		put_options(policy, out);
	if (policy_has_action(policy, ACTION_DROP))
		fputs("\tif (XDV_ANSWER_ACTION(answer) == XDV_ACTION_DROP)\n"
		      "\t\treturn xdv_drop(ctx, rule);\n",
		      out);
	if (policy_has_action(policy, ACTION_TX))
		fputs("\tif (XDV_ANSWER_ACTION(answer) == XDV_ACTION_TX)\n"
		      "\t\treturn xdv_tx(ctx, rule, XDV_ANSWER_TARGET(answer));\n",
		      out);
	if (policy_has_action(policy, ACTION_REDIRECT))
		fputs("\tif (XDV_ANSWER_ACTION(answer) == XDV_ACTION_REDIRECT)\n"
		      "\t\treturn xdv_redirect(ctx, rule, XDV_ANSWER_TARGET(answer));\n",
		      out);
	if (has_diverts(policy)) {
		fputs("\tif (XDV_ANSWER_ACTION(answer) != XDV_ACTION_XSK)\n"
		      "\t\treturn xdv_pass(ctx, rule);\n",
		      out);
		put_targets(policy, out);
	} else {
		fputs("\treturn xdv_pass(ctx, rule);\n", out);
	}
	fputs("}\n\n", out);
}
