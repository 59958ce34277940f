// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Literals meet types: what was written becomes a range of values, or a diagnostic.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

static const char *const literal_names[] = {
	[LITERAL_NUMBER] = "the number",     [LITERAL_IPV4] = "the IPv4 address",
	[LITERAL_IPV6] = "the IPv6 address", [LITERAL_ETHER] = "the Ethernet address",
	[LITERAL_SYMBOL] = "the word",	     [LITERAL_FLAGS] = "the flags",
};

static bool is_address(enum value_type type)
{
	return type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_ETHER;
}

static bool wrong_type(struct policy *policy, const struct literal *literal, enum value_type type,
		       const char *owner)
{
	struct diag *diag = diag_add(
		&policy->diags, E_TYPE, literal->where, "%s takes %s, not %s `%s`", owner,
		type_table[type].article_name, literal_names[literal->kind], literal->text);

	if (type == TYPE_IPV4 && literal->kind == LITERAL_IPV6)
		diag_hint(&policy->diags, diag,
			  "IPv6 addresses are matched by ip6 saddr, ip6 daddr");
	else if (type == TYPE_IPV6 && literal->kind == LITERAL_IPV4)
		diag_hint(&policy->diags, diag, "IPv4 addresses are matched by ip saddr, ip daddr");
	return false;
}

const struct symbol *symbol_check(struct policy *policy, const struct name *name,
				  enum value_type type, const char *owner)
{
	const struct symbol *symbols = type_table[type].symbols;
	const char *names[32];
	size_t count = 0;
	const char *near;
	struct diag *diag;

	for (const struct symbol *symbol = symbols; symbol && symbol->name; symbol++) {
		if (strcmp(symbol->name, name->text) == 0)
			return symbol;
		if (count < sizeof(names) / sizeof(*names))
			names[count++] = symbol->name;
	}
	diag = diag_add(&policy->diags, E_UNKNOWN_SYMBOL, name->where,
			"%s takes %s; `%s` is not one", owner, type_table[type].article_name,
			name->text);
	near = nearest_name(name->text, names, count);
	if (near)
		diag_hint(&policy->diags, diag, "did you mean `%s`?", near);
	return NULL;
}

bool flags_check(struct policy *policy, const struct literal *literal, enum value_type type,
		 const char *owner, uint32_t *bits)
{
	struct name single = {literal->text, literal->where};
	const struct name *names = literal->kind == LITERAL_FLAGS ? literal->flags : &single;
	size_t count = literal->kind == LITERAL_FLAGS ? literal->flag_count : 1;

	if (literal->kind == LITERAL_NUMBER) {
		*bits = literal->number;
		if (literal->number <= type_table[type].max)
			return true;
		diag_add(&policy->diags, E_RANGE, literal->where, "%s holds 0 to %u, not %s", owner,
			 type_table[type].max, literal->text);
		return false;
	}
	if (literal->kind != LITERAL_FLAGS && literal->kind != LITERAL_SYMBOL)
		return wrong_type(policy, literal, type, owner);
	*bits = 0;
	for (size_t i = 0; i < count; i++) {
		const struct symbol *symbol = symbol_check(policy, &names[i], type, owner);

		if (!symbol)
			return false;
		*bits |= symbol->lo;
	}
	return true;
}

static bool literal_check(struct policy *policy, const struct literal *literal,
			  enum value_type type, const char *owner, struct value *lo,
			  struct value *hi)
{
	static const enum literal_kind address_kind[] = {
		[TYPE_IPV4] = LITERAL_IPV4,
		[TYPE_IPV6] = LITERAL_IPV6,
		[TYPE_ETHER] = LITERAL_ETHER,
	};
	const struct symbol *symbol;

	if (is_address(type)) {
		if (literal->kind != address_kind[type])
			return wrong_type(policy, literal, type, owner);
		*lo = *hi = literal->value;
		return true;
	}
	switch (literal->kind) {
	case LITERAL_NUMBER:
		if (literal->number > type_table[type].max) {
			diag_add(&policy->diags, E_RANGE, literal->where,
				 "%s holds 0 to %u, not %s", owner, type_table[type].max,
				 literal->text);
			return false;
		}
		*lo = *hi = value_from_number(literal->number, type);
		return true;
	case LITERAL_SYMBOL:
		symbol = symbol_check(policy, &(struct name){literal->text, literal->where}, type,
				      owner);
		if (!symbol)
			return false;
		*lo = value_from_number(symbol->lo, type);
		*hi = value_from_number(symbol->hi, type);
		return true;
	default:
		return wrong_type(policy, literal, type, owner);
	}
}

static bool prefix_check(struct policy *policy, struct part *part, enum value_type type,
			 const char *owner)
{
	unsigned int bits = type_table[type].width * 8;
	struct value network;
	char text[VALUE_TEXT];

	if (!is_address(type)) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_TYPE, part->where,
				   "a prefix needs an address, but %s takes %s", owner,
				   type_table[type].article_name),
			  "write a range: 1000-1999");
		return false;
	}
	if (part->prefix > bits) {
		diag_add(&policy->diags, E_RANGE, part->where,
			 "a prefix of %s is at most %u bits long, not %u",
			 type_table[type].article_name, bits, part->prefix);
		return false;
	}
	network = part->lo;
	for (unsigned int bit = part->prefix; bit < bits; bit++) {
		network.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		part->hi.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	if (value_compare(&network, &part->lo, type) != 0) {
		value_format(text, sizeof(text), &network, type);
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_RANGE, part->where,
				   "%s/%u has bits set behind its prefix", part->first.text,
				   part->prefix),
			  "write %s/%u for the network, or %s for the one address", text,
			  part->prefix, part->first.text);
		return false;
	}
	return true;
}

bool part_check(struct policy *policy, struct part *part, enum value_type type, const char *owner)
{
	struct value unused;

	if (!literal_check(policy, &part->first, type, owner, &part->lo, &part->hi))
		return false;
	if (part->is_prefix)
		return prefix_check(policy, part, type, owner);
	if (!part->is_range)
		return true;
	if (!literal_check(policy, &part->last, type, owner, &unused, &part->hi))
		return false;
	if (value_compare(&part->lo, &part->hi, type) > 0) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_RANGE, part->where, "the range %s-%s is empty",
				   part->first.text, part->last.text),
			  "write %s-%s", part->last.text, part->first.text);
		return false;
	}
	return true;
}
