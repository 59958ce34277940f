// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Sets: types, elements, and elements that add nothing.
 */
#include "check.h"

#include "arena.h"
#include "prefix.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool element_check(struct policy *policy, struct element *element, const enum value_type *types,
		   size_t count, const char *owner)
{
	bool good = true;

	if (element->count != count) {
		struct diag *diag = diag_add(&policy->diags, E_TYPE, element->where,
					     "%s takes keys of %zu part%s, not %zu", owner, count,
					     count == 1 ? "" : "s", element->count);

		if (element->count > 1 || count > 1)
			diag_hint(&policy->diags, diag, "the parts of a key are joined by ` . `");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		good &= part_check(policy, &element->parts[i], types[i], owner);
	return good;
}

static bool types_check(struct policy *policy, struct set *set)
{
	const char *names[VALUE_TYPES];
	size_t count = 0;

	for (int type = 0; type < VALUE_TYPES; type++)
		if (type != TYPE_TCP_FLAGS && type != TYPE_FRAGMENT)
			names[count++] = type_table[type].name;
	if (set->parts > KEY_PARTS_MAX) {
		diag_add(&policy->diags, E_TYPE, set->type_names[KEY_PARTS_MAX].where,
			 "a key has at most %d parts", KEY_PARTS_MAX);
		return false;
	}
	for (size_t i = 0; i < set->parts; i++) {
		int type = type_find(set->type_names[i].text);

		if (type < 0 || type == TYPE_TCP_FLAGS || type == TYPE_FRAGMENT) {
			unknown_name(policy, E_UNKNOWN_TYPE, &set->type_names[i], "type of set",
				     names, count);
			return false;
		}
		set->types[i] = (enum value_type)type;
	}
	return true;
}

/* "size 1000"; the word after the one that was read. */
static size_t size_check(struct policy *policy, struct set *set, size_t word)
{
	const struct name *number = word + 1 < set->word_count ? &set->words[word + 1] : NULL;
	unsigned long size;
	char *end;

	if (!number) {
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, set->words[word].where,
				   "`size` takes a number of elements"),
			  "size 1000");
		return word + 1;
	}
	size = strtoul(number->text, &end, 0);
	if (*end || !size || size > SET_SIZE_MAX)
		diag_add(&policy->diags, E_RANGE, number->where,
			 "the size of a set is 1 to %u elements, not %s", SET_SIZE_MAX,
			 number->text);
	set->size = (uint32_t)size;
	return word + 2;
}

/* `dynamic`, and what may stand behind it. */
static void options_check(struct policy *policy, struct set *set)
{
	static const char *const names[] = {"dynamic", "prefixes", "size"};

	for (size_t i = 0; i < set->word_count;) {
		const struct name *word = &set->words[i];

		if (strcmp(word->text, "dynamic") == 0) {
			set->dynamic = true;
			i++;
		} else if (strcmp(word->text, "prefixes") == 0 && set->dynamic) {
			set->prefixes = true;
			i++;
		} else if (strcmp(word->text, "size") == 0 && set->dynamic) {
			i = size_check(policy, set, i);
		} else if (strcmp(word->text, "size") == 0 || strcmp(word->text, "prefixes") == 0) {
			diag_hint(&policy->diags,
				  diag_add(&policy->diags, E_UNKNOWN_OPTION, word->where,
					   "`%s` is of sets that change while they are live",
					   word->text),
				  "write `dynamic` in front of it, or leave it out");
			return;
		} else {
			unknown_name(policy, E_UNKNOWN_OPTION, word, "option of sets", names,
				     sizeof(names) / sizeof(*names));
			return;
		}
	}
	if (!set->dynamic && !set->has_list)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_SYNTAX, set->name.where,
				   "set @%s has no elements", set->name.text),
			  "write them in `{ }`, or, to fill it while it is live: `dynamic`");
}

static void prefixes_check(struct policy *policy, struct set *set)
{
	if (set->parts > 1 || (set->types[0] != TYPE_IPV4 && set->types[0] != TYPE_IPV6))
		diag_hint(
			&policy->diags,
			diag_add(&policy->diags, E_TYPE, set->type_names[0].where,
				 "prefixes that change while live are of ipv4, or of ipv6, alone"),
			"a set that is not dynamic can have prefixes in any part of its keys");
}

bool single_check(struct policy *policy, const struct set *set, const struct element *element)
{
	for (size_t i = 0; i < set->parts; i++) {
		const struct part *part = &element->parts[i];
		struct diag *diag;

		if (value_compare(&part->lo, &part->hi, set->types[i]) == 0)
			continue;
		diag = diag_add(&policy->diags, E_TYPE, part->where,
				"set @%s takes single values, not a %s", set->name.text,
				part->is_prefix ? "prefix" : "range");
		if (set->parts == 1 && (set->types[0] == TYPE_IPV4 || set->types[0] == TYPE_IPV6))
			diag_hint(&policy->diags, diag,
				  "`set %s : %s dynamic prefixes` takes prefixes and ranges",
				  set->name.text, type_table[set->types[0]].name);
		else
			diag_hint(&policy->diags, diag,
				  "a set that is not dynamic takes ranges; or list the values");
		return false;
	}
	return true;
}

static void room_check(struct policy *policy, const struct set *set)
{
	size_t room = set->size ? set->size : SET_SIZE_SHARED, count = 0;

	for (size_t i = 0; i < set->elements.count; i++)
		count += set->prefixes
				 ? prefix_count(&set->elements.list[i].parts[0], set->types[0])
				 : 1;
	if (count > room)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_RANGE, set->name.where,
				   "set @%s has room for %zu elements, and begins with %zu",
				   set->name.text, room, count),
			  "write `size %zu`, or more", count);
}

static void dynamic_check(struct policy *policy, const struct set *set)
{
	for (size_t i = 0; i < set->elements.count && !set->prefixes; i++)
		single_check(policy, set, &set->elements.list[i]);
	room_check(policy, set);
}

static const struct set *sorting; /* qsort() hands no context on */

/* An element, with the first bytes of its key beside it: most comparisons need no more. */
struct sorted {
	uint64_t head;
	struct element *element;
};

static int by_low_end(const void *a, const void *b)
{
	const struct sorted *first = a, *second = b;
	const struct element *one = first->element, *two = second->element;

	if (first->head != second->head)
		return first->head < second->head ? -1 : 1;
	for (size_t i = 0; i < sorting->parts; i++) {
		int order = value_compare(&one->parts[i].lo, &two->parts[i].lo, sorting->types[i]);

		if (!order) /* the wider one first, so that it is seen to cover the other */
			order = value_compare(&two->parts[i].hi, &one->parts[i].hi,
					      sorting->types[i]);
		if (order)
			return order;
	}
	return one < two ? -1 : one > two;
}

static struct sorted sorted_element(struct element *element)
{
	struct sorted sorted = {.element = element};

	memcpy(&sorted.head, element->parts[0].lo.bytes, sizeof(sorted.head));
	sorted.head = be64toh(sorted.head);
	return sorted;
}

static bool covers(const struct set *set, const struct element *one, const struct element *two)
{
	for (size_t i = 0; i < set->parts; i++)
		if (value_compare(&one->parts[i].lo, &two->parts[i].lo, set->types[i]) > 0 ||
		    value_compare(&one->parts[i].hi, &two->parts[i].hi, set->types[i]) < 0)
			return false;
	return true;
}

/* Elements of one file that are in the set without it. */
struct redundancy {
	const struct element *first, *by;
	size_t count;
};

static void redundant_element(struct policy *policy, const struct set *set,
			      struct redundancy *redundancy, const struct element *element,
			      const struct element *by)
{
	if (element->where.source == set->name.where.source) {
		diag_add(&policy->diags, W_REDUNDANT, element->where,
			 "in @%s already, by the element in %s", set->name.text,
			 place_text(policy, &by->where, &element->where));
		return;
	}
	redundancy->count++;
	if (redundancy->first && location_compare(&redundancy->first->where, &element->where) < 0)
		return;
	redundancy->first = element;
	redundancy->by = by;
}

/* Lists that are made elsewhere overlap: one warning says so. */
static void redundant_lists(struct policy *policy, const struct set *set,
			    const struct redundancy *redundancies)
{
	for (size_t i = 0; i < policy->sources.count; i++) {
		const struct redundancy *redundancy = &redundancies[i];

		if (redundancy->count)
			diag_add(&policy->diags, W_REDUNDANT, redundancy->first->where,
				 "in @%s already, by the element in %s; there are %zu of this kind",
				 set->name.text,
				 place_text(policy, &redundancy->by->where,
					    &redundancy->first->where),
				 redundancy->count);
	}
}

/* Once sorted, an element can only be covered by the one before that reaches furthest. */
static void redundant_elements(struct policy *policy, struct set *set)
{
	size_t count = set->elements.count, sources = policy->sources.count;
	struct sorted *order = arena_alloc(policy->arena, count * sizeof(*order));
	struct redundancy *lists = arena_alloc(policy->arena, sources * sizeof(*lists));
	struct element *reach = NULL;

	for (size_t i = 0; i < count; i++)
		order[i] = sorted_element(&set->elements.list[i]);
	sorting = set;
	qsort(order, count, sizeof(*order), by_low_end);
	for (size_t i = 0; i < count; i++) {
		struct element *element = order[i].element;

		if (reach && covers(set, reach, element))
			redundant_element(policy, set, &lists[element->where.source], element,
					  reach);
		else
			reach = element;
	}
	redundant_lists(policy, set, lists);
}

void set_check(struct policy *policy, struct set *set)
{
	size_t errors = policy->diags.errors;
	char owner[80];

	if (set->broken)
		return;
	options_check(policy, set);
	if (!types_check(policy, set)) {
		set->broken = true;
		return;
	}
	if (set->prefixes)
		prefixes_check(policy, set);
	snprintf(owner, sizeof(owner), "set @%.64s", set->name.text);
	for (size_t i = 0; i < set->elements.count; i++)
		element_check(policy, &set->elements.list[i], set->types, set->parts, owner);
	if (policy->diags.errors == errors && set->dynamic)
		dynamic_check(policy, set);
	set->broken = policy->diags.errors != errors;
	/* prefixes of a dynamic set may be deleted again one by one: none is too many */
	if (!set->broken && set->elements.count > 1 && !set->prefixes)
		redundant_elements(policy, set);
}
