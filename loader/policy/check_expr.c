// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Conditions of rules: headers, fields, sets and values.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

void unknown_name(struct policy *policy, enum diag_code code, const struct name *name,
		  const char *what, const char *const *names, size_t count)
{
	struct diag *diag = diag_add(&policy->diags, code, name->where, "there is no %s `%s`", what,
				     name->text);
	const char *near = nearest_name(name->text, names, count);

	if (near) {
		diag_hint(&policy->diags, diag, "did you mean `%s`?", near);
	} else if (count && count <= 12) {
		char list[400] = "";

		for (size_t i = 0; i < count; i++) {
			size_t used = strlen(list);

			snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", names[i]);
		}
		diag_hint(&policy->diags, diag, "there %s: %s", count == 1 ? "is" : "are", list);
	}
}

/* Names that people bring from nftables and tcpdump. */
static const struct {
	const char *header, *field, *hint;
} elsewhere[] = {
	{"ip6", "nexthdr", "`ip6 protocol`: the protocol behind the extension headers"},
	{"ip", "proto", "`ip protocol`"},
	{"ip", "frag-off", "`ip frag first`, `ip frag later`, or `ip frag any`"},
	{"ip", "tos", "`ip dscp`: the upper six bits of it"},
	{"ip6", "tclass", "`ip6 dscp`: the upper six bits of the traffic class"},
	{"ip", "hoplimit", "`ip ttl`"},
	{"ip6", "ttl", "`ip6 hoplimit`"},
	{"ip", "len", "`ip length`: header and payload"},
	{"ip6", "plen", "`ip6 length`: all behind the 40 bytes of the header"},
	{"arp", "op", "`arp operation`"},
	{"arp", "saddr", "`arp saddr ip` or `arp saddr ether`"},
	{"arp", "daddr", "`arp daddr ip` or `arp daddr ether`"},
	{"ip", "src", "`ip saddr`"},
	{"ip", "dst", "`ip daddr`"},
	{"ip6", "src", "`ip6 saddr`"},
	{"ip6", "dst", "`ip6 daddr`"},
	{"ether", "src", "`ether saddr`"},
	{"ether", "dst", "`ether daddr`"},
	{"vlan", "type", "`ether type`: the type behind VLAN tags"},
	{"tcp", "port", "`tcp sport` or `tcp dport`"},
	{"udp", "port", "`udp sport` or `udp dport`"},
	{"geneve", "type", "`geneve protocol`"},
};

/* Headers likewise. */
static const struct {
	const char *header, *hint;
} headers_elsewhere[] = {
	{"meta", "`frame length` is the length of the frame, `rx queue` where it was received"},
	{"eth", "`ether`"},
	{"ipv4", "`ip`"},
	{"ipv6", "`ip6`"},
	{"icmpv6", "`icmp6`"},
	{"vlan[2]", "tags are counted from the outermost, `vlan[0]`, and two of them are read"},
	{"inner",
	 "`inner` stands in front of a header that a tunnel carries: `inner udp dport 53`"},
	{"nvgre", "`gre`: NVGRE is GRE with a key"},
};

/* `vxlan ip`, as nftables has it. */
static bool is_behind_tunnel(const char *name)
{
	return strchr(name, ' ') && strncmp(name, "inner ", strlen("inner ")) != 0;
}

static int header_check(struct policy *policy, const struct name *name)
{
	const char *names[HEADERS];
	int header = header_find(name->text);

	if (header >= 0)
		return header;
	if (is_behind_tunnel(name->text)) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_HEADER, name->where,
				   "there is no header `%s`", name->text),
			  "write `%.*s and inner%s …`", (int)strcspn(name->text, " "), name->text,
			  strchr(name->text, ' '));
		return -1;
	}
	for (size_t i = 0; i < sizeof(headers_elsewhere) / sizeof(*headers_elsewhere); i++) {
		if (strcmp(headers_elsewhere[i].header, name->text) == 0) {
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_UNKNOWN_HEADER, name->where,
					   "there is no header `%s`", name->text),
				  "%s", headers_elsewhere[i].hint);
			return -1;
		}
	}
	for (int i = 0; i < HEADERS; i++)
		names[i] = header_table[i].name;
	unknown_name(policy, E_UNKNOWN_HEADER, name, "header", names, HEADERS);
	return -1;
}

/* `bytes(l4 + 12, 1)`; which slice of the policy's it is is settled when its mask is known. */
static bool bytes_check(struct policy *policy, struct field_use *use)
{
	struct slice slice = {.base = SLICE_L2};
	const struct literal *numbers[] = {&use->offset, &use->length};
	const uint32_t least[] = {0, 1}, most[] = {SLICE_OFFSET_MAX, SLICE_LENGTH_MAX};
	const char *const what[] = {"the offset", "the length"};

	use->field = FIELD_BYTES;
	if (strcmp(use->header.text, "bytes") != 0) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_HEADER, use->header.where,
				   "`%s` is not asked with parentheses", use->header.text),
			  "bytes(payload + OFFSET, LENGTH) are bytes of the packet");
		return false;
	}
	while (slice.base < SLICE_BASES && strcmp(slice_base_names[slice.base], use->name.text))
		slice.base++;
	if (slice.base == SLICE_BASES) {
		unknown_name(policy, E_UNKNOWN_SYMBOL, &use->name, "place", slice_base_names,
			     SLICE_BASES);
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		if (numbers[i]->number >= least[i] && numbers[i]->number <= most[i])
			continue;
		diag_add(&policy->diags, E_RANGE, numbers[i]->where,
			 "%s of bytes is %u to %u, not %s", what[i], least[i], most[i],
			 numbers[i]->text);
		return false;
	}
	return true;
}

static uint32_t bytes_max(const struct field_use *use)
{
	return UINT32_MAX >> (32 - 8 * use->length.number);
}

/* Values must fit into the bytes, and into their mask. */
static bool bytes_values_check(struct policy *policy, const struct expr *expr, size_t field,
			       uint32_t mask)
{
	uint32_t max = bytes_max(&expr->fields[field]);

	for (size_t i = 0; i < expr->elements.count; i++) {
		const struct part *part = &expr->elements.list[i].parts[field];
		uint32_t lo = value_number(&part->lo, TYPE_NUMBER);
		uint32_t hi = value_number(&part->hi, TYPE_NUMBER);

		if (hi > max) {
			diag_add(&policy->diags, E_RANGE, part->where, "%u byte%s hold 0 to %u",
				 expr->fields[field].length.number,
				 expr->fields[field].length.number > 1 ? "s" : "", max);
			return false;
		}
		if (lo == hi && (lo & ~mask)) {
			diag_add(&policy->diags, E_CONTRADICTION, part->where,
				 "the value has bits that the mask leaves out");
			return false;
		}
	}
	return true;
}

static bool slice_number(struct policy *policy, struct field_use *use, uint32_t mask)
{
	struct slice wanted = {0, use->offset.number, use->length.number, mask};

	while (strcmp(slice_base_names[wanted.base], use->name.text) != 0)
		wanted.base++;
	for (use->slice = 0; use->slice < policy->slice_count; use->slice++)
		if (memcmp(&policy->slices[use->slice], &wanted, sizeof(wanted)) == 0)
			return true;
	if (policy->slice_count == SLICES_MAX) {
		diag_add(&policy->diags, E_TOO_COMPLEX, use->header.where,
			 "a policy can ask about %d different places by `bytes`", SLICES_MAX);
		use->slice = 0;
		return false;
	}
	policy->slices[policy->slice_count++] = wanted;
	return true;
}

/* A mask behind the only field becomes the slice's; the rest is as with any field. */
static bool slices_check(struct policy *policy, struct expr *expr, const char *owner)
{
	for (size_t i = 0; i < expr->field_count; i++) {
		struct field_use *use = &expr->fields[i];
		uint32_t mask = UINT32_MAX;

		if (!use->is_bytes)
			continue;
		mask = bytes_max(use);
		if (expr->kind == EXPR_MASK && expr->field_count == 1) {
			if (!flags_check(policy, &expr->mask_literal, TYPE_NUMBER, owner, &mask))
				return false;
			if (!mask || mask > bytes_max(use)) {
				diag_add(&policy->diags, E_RANGE, expr->mask_literal.where,
					 "a mask of %u bytes is 1 to 0x%x", use->length.number,
					 bytes_max(use));
				return false;
			}
			expr->kind = EXPR_MATCH;
			expr->mask = mask;
		}
		if (!slice_number(policy, use, mask))
			return false;
	}
	return true;
}

static bool field_check(struct policy *policy, struct field_use *use)
{
	const char *names[FIELDS];
	size_t count = 0;
	char what[32];
	int header, field;

	if (use->is_bytes)
		return bytes_check(policy, use);
	header = header_check(policy, &use->header);
	if (header < 0)
		return false;
	field = field_find((enum header)header, use->name.text);
	if (field >= 0) {
		use->field = (enum field)field;
		return true;
	}
	snprintf(what, sizeof(what), "field of %s", use->header.text);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		if (strcmp(elsewhere[i].header, use->header.text) == 0 &&
		    strcmp(elsewhere[i].field, use->name.text) == 0) {
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_UNKNOWN_FIELD, use->name.where,
					   "there is no %s `%s`", what, use->name.text),
				  "write %s", elsewhere[i].hint);
			return false;
		}
	}
	for (int i = 0; i < FIELDS; i++)
		if (field_table[i].header == (enum header)header && i != FIELD_BYTES)
			names[count++] = field_table[i].name;
	if (count)
		unknown_name(policy, E_UNKNOWN_FIELD, &use->name, what, names, count);
	else
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_FIELD, use->name.where,
				   "there is no %s `%s`", what, use->name.text),
			  "`%s` alone says that the packet has this header", use->header.text);
	return false;
}

/* "ip saddr . tcp dport", as it is in the file. */
static void owner_of(const struct expr *expr, char *text, size_t size)
{
	*text = 0;
	for (size_t i = 0; i < expr->field_count; i++) {
		size_t used = strlen(text);

		if (expr->fields[i].is_bytes)
			snprintf(text + used, size - used, "%sbytes(%s + %s, %s)", i ? " . " : "`",
				 expr->fields[i].name.text, expr->fields[i].offset.text,
				 expr->fields[i].length.text);
		else
			snprintf(text + used, size - used, "%s%s %s", i ? " . " : "`",
				 expr->fields[i].header.text, expr->fields[i].name.text);
	}
	if (strlen(text) + 1 < size)
		strcat(text, "`");
}

static void types_text(const enum value_type *types, size_t count, char *text, size_t size)
{
	*text = 0;
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s%s", i ? " . " : "",
			 type_table[types[i]].name);
	}
}

static void set_use_check(struct policy *policy, const struct set_index *sets, struct rule *rule,
			  struct expr *expr, const enum value_type *types, const char *owner)
{
	struct set *set = set_lookup(sets, expr->set_name.text);
	char wanted[80], found[80];
	struct diag *diag;

	if (!set) {
		size_t count;
		const char *const *names = set_names(sets, &count);

		unknown_name(policy, E_UNKNOWN_SET, &expr->set_name, "set", names, count);
		return;
	}
	set->used = true;
	expr->set = set;
	expr->elements = set->elements;
	rule->broken |= set->broken;
	if (set->parts == 0 || set->parts > KEY_PARTS_MAX)
		return;
	if (set->parts == expr->field_count &&
	    memcmp(set->types, types, set->parts * sizeof(*types)) == 0)
		return;
	types_text(types, expr->field_count, wanted, sizeof(wanted));
	types_text(set->types, set->parts, found, sizeof(found));
	diag = diag_add(&policy->diags, E_TYPE, expr->set_name.where,
			"%s is looked up in sets of %s, but @%s is one of %s", owner, wanted,
			set->name.text, found);
	diag_hint(&policy->diags, diag, "@%s is declared in %s", set->name.text,
		  place_text(policy, &set->name.where, &expr->set_name.where));
}

/* `tcp flags syn`: the flag is set, whatever the others are. */
static void flags_match_check(struct policy *policy, struct expr *expr, const char *owner)
{
	const struct part *part = expr->elements.count == 1 ? expr->elements.list[0].parts : NULL;
	struct diag *diag;

	if (expr->field_count > 1 || expr->set_name.text || !part || part->is_range ||
	    part->is_prefix || expr->elements.list[0].count != 1) {
		diag = diag_add(&policy->diags, E_OPERATOR, expr->where,
				"TCP flags can't be looked up in a list or a key");
		diag_hint(&policy->diags, diag,
			  "`tcp flags syn|ack` (all of these are set), or "
			  "`tcp flags & (syn|ack) = syn`");
		return;
	}
	expr->kind = EXPR_MASK;
	if (!flags_check(policy, &part->first, TYPE_TCP_FLAGS, owner, &expr->mask))
		return;
	expr->value = expr->mask;
	if (!expr->mask)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_OPERATOR, expr->where,
				   "`tcp flags 0` asks for nothing"),
			  "`tcp flags & 0xff = 0`: no flag is set");
}

static void mask_check(struct policy *policy, struct expr *expr, const char *owner)
{
	enum value_type type = field_table[expr->fields[0].field].type;
	const struct part *part = expr->elements.count == 1 ? expr->elements.list[0].parts : NULL;

	if (expr->field_count > 1 || type == TYPE_FRAGMENT || !type_table[type].max ||
	    type == TYPE_IPV4) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_OPERATOR, expr->where, "%s can't be masked",
				   owner),
			  "numbers and flags can; addresses have prefixes: 10.0.0.0/8");
		return;
	}
	if (!part || expr->elements.list[0].count != 1 || part->is_range || part->is_prefix) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_OPERATOR, expr->where,
				   "what is masked is compared with one value"),
			  "join alternatives by `or`");
		return;
	}
	expr->value_literal = part->first;
	if (!flags_check(policy, &expr->mask_literal, type, owner, &expr->mask) ||
	    !flags_check(policy, &expr->value_literal, type, owner, &expr->value))
		return;
	if (expr->value & ~expr->mask)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_CONTRADICTION, expr->value_literal.where,
				   "the value has bits that the mask leaves out"),
			  "every flag behind `=` must be behind `&` too");
}

static void match_check(struct policy *policy, const struct set_index *sets, struct rule *rule,
			struct expr *expr)
{
	enum value_type types[KEY_PARTS_MAX];
	bool flags = false;
	char owner[160];

	for (size_t i = 0; i < expr->field_count; i++) {
		if (!field_check(policy, &expr->fields[i]))
			return;
		types[i] = field_table[expr->fields[i].field].type;
		flags |= types[i] == TYPE_TCP_FLAGS;
		if (header_is_inner(field_table[expr->fields[i].field].header))
			rule->reads_inner_fragments |= types[i] == TYPE_FRAGMENT;
		else
			rule->reads_fragments |= types[i] == TYPE_FRAGMENT;
	}
	owner_of(expr, owner, sizeof(owner));
	if (!slices_check(policy, expr, owner))
		return;
	if (expr->kind == EXPR_MASK) {
		mask_check(policy, expr, owner);
	} else if (flags) {
		flags_match_check(policy, expr, owner);
	} else if (expr->set_name.text) {
		set_use_check(policy, sets, rule, expr, types, owner);
	} else {
		for (size_t i = 0; i < expr->elements.count; i++)
			element_check(policy, &expr->elements.list[i], types, expr->field_count,
				      owner);
		if (!expr->elements.count)
			diag_add(&policy->diags, E_CONTRADICTION, expr->where,
				 "the list is empty: nothing can match");
		for (size_t i = 0; i < expr->field_count && !policy->diags.errors; i++)
			if (expr->fields[i].is_bytes)
				bytes_values_check(policy, expr, i,
						   policy->slices[expr->fields[i].slice].mask);
	}
}

void expr_check(struct policy *policy, const struct set_index *sets, struct rule *rule,
		struct expr *expr)
{
	int header;

	/* Chains of `and` and `or` lean to the left: only the depth of parentheses recurses. */
	for (; expr->kind == EXPR_AND || expr->kind == EXPR_OR; expr = expr->left)
		expr_check(policy, sets, rule, expr->right);
	switch (expr->kind) {
	case EXPR_NOT:
		expr_check(policy, sets, rule, expr->left);
		break;
	case EXPR_HEADER:
		header = header_check(policy, &expr->header_name);
		if (header < 0)
			break;
		expr->header = (enum header)header;
		if (!header_can_lack(expr->header))
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_OPERATOR, expr->where,
					   "`%s` alone says nothing: every packet has it",
					   expr->header_name.text),
				  "write `frame length` or `rx queue`, and a value");
		break;
	case EXPR_PCAP:
		filter_check(policy, expr);
		break;
	default:
		match_check(policy, sets, rule, expr);
		break;
	}
}
