// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "emit.h"

#include "words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 100
#define TAB_WIDTH  8

/* Counts the lines, so that a #line directive can lead back from the policy to this text. */
struct emitter {
	const struct plan *plan;
	const struct policy *policy;
	FILE *out;
	bool source_lines;
	unsigned int line;
};

static void put(struct emitter *emitter, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct emitter *emitter, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!text)
		return;
	for (const char *c = text; *c; c++)
		emitter->line += *c == '\n';
	fputs(text, emitter->out);
	free(text);
}

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

static const char *rule_file(const struct emitter *emitter, const struct rule *rule)
{
	return source_file(&emitter->policy->sources, &rule->where);
}

/* "RULE_order": a name, in C; where two rules come to the same, the number tells them apart. */
void emit_rule_constant(const struct policy *policy, size_t number, char *out, size_t size)
{
	const char *name = policy_rule_name(policy, number);

	snprintf(out, size, "RULE_%s", number ? name : "DEFAULT");
	for (char *c = out; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	for (size_t i = 1; number && i < number; i++) {
		const char *other = policy_rule_name(policy, i);
		size_t j = 0;

		while (other[j] && name[j] &&
		       (other[j] == name[j] || (other[j] == '-' && name[j] == '_') ||
			(other[j] == '_' && name[j] == '-')))
			j++;
		if (!other[j] && !name[j]) {
			size_t used = strlen(out);

			snprintf(out + used, size - used, "_%zu", number);
			return;
		}
	}
}

/* A rule as it is in its file, in one line. */
static void put_rule_text(struct emitter *emitter, const struct rule *rule, const char *indent)
{
	char *text = source_excerpt(&emitter->policy->sources, &rule->where);

	put(emitter, "%s/* ", indent);
	if (rule->where.source)
		put(emitter, "%s:", base_name(rule_file(emitter, rule)));
	put(emitter, "%u: %s */\n", rule->where.line, text ? text : rule->name.text);
	free(text);
}

/* Whether `&&` or `||` is in front. */
static bool is_junction(const char *at)
{
	return at[-1] == at[-2] && (at[-1] == '&' || at[-1] == '|');
}

/*
 * Breaks a long condition behind `&&` and `||`; `used` columns of its first line are. With source
 * lines it stays one: a second line would count as the policy's next.
 */
static void put_condition(struct emitter *emitter, const struct rule *rule, size_t used)
{
	char *text = NULL, *rest;
	size_t size, column = TAB_WIDTH + used;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	emit_condition(emitter->plan, rule, memory);
	fclose(memory);
	for (rest = text; *rest;) {
		size_t room = LINE_WIDTH - column, length = strlen(rest), cut = 0;

		if (!emitter->source_lines && length + 1 > room) {
			for (size_t i = 2; i + 1 < room; i++)
				if (rest[i] == ' ' && is_junction(rest + i))
					cut = i;
			if (!cut) /* nowhere in time: at the next place there is */
				for (size_t i = 2; i < length && !cut; i++)
					if (rest[i] == ' ' && is_junction(rest + i))
						cut = i;
		}
		if (!cut) {
			put(emitter, "%s", rest);
			break;
		}
		put(emitter, "%.*s\n\t    ", (int)cut, rest);
		rest += cut + 1;
		column = TAB_WIDTH + 4;
	}
	free(text);
}

static void put_line(struct emitter *emitter, unsigned int line, const char *file)
{
	if (!emitter->source_lines)
		return;
	put(emitter, "#line %u \"", line);
	for (const char *c = file; *c; c++)
		put(emitter, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c == '\n' ? '?' : *c);
	put(emitter, "\"\n");
}

static void put_source_line(struct emitter *emitter, const struct rule *rule)
{
	put_line(emitter, rule->where.line, rule_file(emitter, rule));
}

static void put_own_line(struct emitter *emitter)
{
	if (emitter->source_lines)
		put(emitter, "#line %u \"program.c\"\n", emitter->line + 2);
}

/* Lines that another file writes are counted too. */
static void put_dynamic_looks(struct emitter *emitter, size_t rule)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	emit_dynamic_looks(emitter->plan, rule, memory);
	fclose(memory);
	put(emitter, "%s", text);
	free(text);
}

static void put_straight_rule(struct emitter *emitter, size_t number)
{
	const struct rule *rule = emitter->policy->rules[number - 1];
	char name[96];

	emit_rule_constant(emitter->policy, number, name, sizeof(name));
	put_dynamic_looks(emitter, number);
	put_rule_text(emitter, rule, "\t");
	put_source_line(emitter, rule);
	put(emitter, "\tif (");
	put_condition(emitter, rule, strlen("if ("));
	put(emitter, ")\n\t\treturn %s;\n", name);
}

/* From rule `number` on, how many rules stand in the same file. */
static size_t rules_together(const struct policy *policy, size_t number)
{
	size_t end = number;

	while (end < policy->rule_count &&
	       policy->rules[end]->where.source == policy->rules[number - 1]->where.source)
		end++;
	return end - number + 1;
}

/* Ends with `{`, and variables. */
static void put_classifier_head(struct emitter *emitter, const char *name)
{
	bool key = emit_takes_key(emitter->plan);

	put(emitter, "static __always_inline __u32 %s(struct xdp_md *ctx, const struct %s)\n{\n%s",
	    name, key ? "key *key" : "xdv_packet *p",
	    key ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
}

/*
 * Rules that are included have a function of their own: clang's line information for the kernel
 * has the file of the function, whatever a #line inside of it says.
 */
static bool put_included_classifiers(struct emitter *emitter)
{
	const struct policy *policy = emitter->policy;
	bool any = false;
	size_t count;
	char name[40];

	for (size_t number = 1; number <= policy->rule_count; number += count) {
		const struct rule *rule = policy->rules[number - 1];

		count = rules_together(policy, number);
		if (!rule->where.source)
			continue;
		any = true;
		put_line(emitter, 1, rule_file(emitter, rule));
		put(emitter, "/* The first one of %s that matches; RULE_DEFAULT if none does. */\n",
		    base_name(rule_file(emitter, rule)));
		snprintf(name, sizeof(name), "classify_from_%zu", number);
		put_classifier_head(emitter, name);
		put(emitter, emit_takes_key(emitter->plan) ? "\n" : "");
		for (size_t i = number; i < number + count; i++)
			put_straight_rule(emitter, i);
		put(emitter, "\treturn RULE_DEFAULT;\n}\n\n");
	}
	return any;
}

static void put_straight_classifier(struct emitter *emitter)
{
	const struct policy *policy = emitter->policy;
	bool included = put_included_classifiers(emitter);

	put_line(emitter, 1, policy->file);
	put(emitter, "/* The first rule that matches; RULE_DEFAULT if none does. */\n");
	put_classifier_head(emitter, "classify");
	put(emitter, "%s%s", included ? "\t__u32 rule;\n" : "",
	    included || emit_takes_key(emitter->plan) ? "\n" : "");
	for (size_t number = 1; number <= policy->rule_count; number++) {
		if (!policy->rules[number - 1]->where.source) {
			put_straight_rule(emitter, number);
			continue;
		}
		put(emitter,
		    "\trule = classify_from_%zu(ctx, %s);\n\tif (rule)\n\t\treturn rule;\n", number,
		    emit_takes_key(emitter->plan) ? "key" : "p");
		number += rules_together(policy, number) - 1;
	}
	put(emitter, "\treturn RULE_DEFAULT;\n}\n\n");
	put_own_line(emitter);
}

static void put_rule_constants(struct emitter *emitter)
{
	char name[96];

	put(emitter, "enum {\n");
	for (size_t i = 0; i <= emitter->policy->rule_count; i++) {
		emit_rule_constant(emitter->policy, i, name, sizeof(name));
		put(emitter, "\t%s%s,\n", name, i ? "" : " = 0");
	}
	put(emitter, "};\n\n");
}

/* Lines that another file writes are counted too. */
static void put_part(struct emitter *emitter, void (*emit)(const struct plan *plan, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	emit(emitter->plan, memory);
	fclose(memory);
	put(emitter, "%s", text);
	free(text);
}

/* The same. */
static void put_keys(struct emitter *emitter, const struct classifier *classifier)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	emit_keys(emitter->plan, classifier, memory);
	fclose(memory);
	put(emitter, "%s", text);
	free(text);
}

/* The sets that rules ask about; `p` is enough to answer. */
static void put_set_functions(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;
	bool key = emit_takes_key(plan);
	char name[160];

	for (size_t i = 0; i < plan->questions.count; i++) {
		const struct classifier *set = &plan->sets[i];

		if (!question_is_static_set(&plan->questions.list[i]))
			continue;
		put(emitter, "static __always_inline bool %s(const struct %s)\n{\n%s",
		    emit_question_name(plan, i, name, sizeof(name)),
		    key ? "key *key" : "xdv_packet *p",
		    key ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
		if (set->ranges) {
			put(emitter, "\treturn xdv_in_ranges(%u, ", set->strides);
			emit_word(plan, set->word, emitter->out);
			put(emitter, ");\n}\n\n");
			continue;
		}
		if (!set->count) { /* a key of the same field twice, and two values, say */
			put(emitter, "\treturn false; /* no packet is in it */\n}\n\n");
			continue;
		}
		put_keys(emitter, set);
		put(emitter, "\n\treturn ");
		for (size_t j = 0; j < set->count; j++) {
			put(emitter, j ? " ||\n\t       " : "");
			emit_lookup(set, j, key ? "(const __u32 *)key" : "(const __u32 *)p",
				    emitter->out);
		}
		put(emitter, ";\n}\n\n");
	}
}

/* As for straight code: a rule that is included has a function of its own. */
static void put_included_answers(struct emitter *emitter)
{
	const struct questions *questions = &emitter->plan->questions;
	char name[160];

	for (size_t i = 0; i < questions->count; i++) {
		const struct rule *rule = questions->list[i].rule;

		if (!rule || !rule->where.source)
			continue;
		put_line(emitter, 1, rule_file(emitter, rule));
		put_rule_text(emitter, rule, "");
		put(emitter,
		    "static __always_inline bool %s(const struct key *key)\n{\n"
		    "\tconst struct xdv_packet *p = &key->packet;\n\n",
		    emit_question_name(emitter->plan, i, name, sizeof(name)));
		put_source_line(emitter, rule);
		put(emitter, "\treturn ");
		put_condition(emitter, rule, strlen("return "));
		put(emitter, ";\n}\n\n");
	}
}

static void put_answers(struct emitter *emitter, bool of_rules)
{
	const struct questions *questions = &emitter->plan->questions;
	char name[160];

	for (size_t i = 0; i < questions->count; i++) {
		const struct question *question = &questions->list[i];

		if (!question->rule == of_rules)
			continue;
		emit_question_name(emitter->plan, i, name, sizeof(name));
		if (question->rule && question->rule->where.source) {
			put(emitter, "\tkey->%s = %s(key);\n", name, name);
		} else if (question->rule) {
			put_rule_text(emitter, question->rule, "\t");
			put_source_line(emitter, question->rule);
			put(emitter, "\tkey->%s = ", name);
			put_condition(emitter, question->rule, strlen("key-> = ") + strlen(name));
			put(emitter, ";\n");
		} else if (question->expr->kind == EXPR_PCAP) {
			put(emitter, "\tkey->%s = %s(ctx);\n", name, name);
		} else if (question->expr->kind == EXPR_MASK) {
			put(emitter, "\tkey->%s = (", name);
			emit_word(emitter->plan, use_word(&question->expr->fields[0]),
				  emitter->out);
			put(emitter, " & 0x%02x) == 0x%02x;\n", question->expr->mask,
			    question->expr->value);
		} else if (dynamic_is_shared(&emitter->plan->dynamic, question->expr)) {
			put(emitter, "\tkey->%s = ", name);
			emit_dynamic_answer(emitter->plan, question->expr, emitter->out);
			put(emitter, ";\n");
		} else {
			put(emitter, "\tkey->%s = %s(%s);\n", name, name,
			    emit_takes_key(emitter->plan) ? "key" : "p");
		}
	}
}

/* Tables and trees ask about words only, so sets and masks are answered before, into words. */
static bool has_answers(const struct plan *plan)
{
	return plan->kind == PLAN_LOOKUP && plan->questions.count;
}

/* More is known of the packet than struct xdv_packet holds, and classify() takes it all. */
static bool has_key(const struct plan *plan)
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

static void put_lookup_classifier(struct emitter *emitter)
{
	const struct plan *plan = emitter->plan;
	bool answers = has_key(plan);

	put_included_answers(emitter);
	put_line(emitter, 1, emitter->policy->file);
	put(emitter,
	    "/* Of the first rule that matches, what the tables and trees of all rules answer. */\n"
	    "static __always_inline __u32 classify(struct xdp_md *ctx, %s)\n{\n%s"
	    "\t__u32 answer = 0;\n",
	    answers ? "struct key *key" : "const struct xdv_packet *p",
	    answers ? "\tconst struct xdv_packet *p = &key->packet;\n" : "");
	if (answers) {
		put(emitter, "\n");
		put_dynamic_looks(emitter, 0);
		put_answers(emitter, false);
		put_answers(emitter, true); /* rules, that ask about sets themselves */
		if (classifier_has_trees(&plan->rules) && !emit_takes_key(plan))
			put(emitter, "\txdv_forget(ctx, key, XDV_KEY_WORDS);\n");
	}
	put(emitter, "\n");
	put_keys(emitter, &plan->rules);
	for (size_t i = 0; i < plan->rules.count; i++) {
		put(emitter, "\tanswer = xdv_first(answer, ");
		emit_lookup(&plan->rules, i, answers ? "(const __u32 *)key" : "(const __u32 *)p",
			    emitter->out);
		put(emitter, ");\n");
	}
	put(emitter, "\treturn answer;\n}\n\n");
	put_own_line(emitter);
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
	return has_key(plan) ? "&key.packet" : "&packet";
}

/* Where the program keeps what it knows, and that there is nothing yet. */
static void put_program_head(struct emitter *emitter, const char *name, bool acts)
{
	const struct plan *plan = emitter->plan;
	bool scratch = emit_takes_key(plan);

	put(emitter, "SEC(\"xdp\")\nint %s(struct xdp_md *ctx)\n{\n\tstruct %s;\n%s\n", name,
	    scratch	    ? "key *key = bpf_map_lookup_elem(&scratch, &(__u32){0})"
	    : has_key(plan) ? "key key = {0}"
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
		    has_key(plan) ? key : packet_name(plan));
		return;
	}
	put(emitter,
	    acts			  ? "\treturn act(ctx, classify(ctx, %s));\n}\n"
	    : plan->kind == PLAN_STRAIGHT ? "\treturn (int)classify(ctx, %s);\n}\n"
					  : "\treturn XDV_ANSWER_RULE(classify(ctx, %s));\n}\n",
	    has_key(plan) ? key : packet_name(plan));
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
		put_rule_constants(&emitter);
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
