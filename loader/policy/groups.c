// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "groups.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

/* A bound that leaves at most this part of all values narrows its field down. */
#define NARROW_PART 64

/* The fields that a box narrows down, a bit each. Words of kinds (is it TCP?) do not count. */
typedef uint64_t signature;

static const struct field_info *narrowing_field(uint32_t word)
{
	for (int i = 0; i < FIELDS; i++) {
		const struct field_info *field = &field_table[i];

		if (word >= field->word && word < field->word + field->words &&
		    type_table[field->type].width >= 2)
			return field;
	}
	return NULL;
}

static signature signature_of(const struct box *box)
{
	signature bits = 0;

	for (size_t i = 0; i < box->count; i++) {
		const struct bound *bound = &box->bounds[i];
		const struct field_info *field = narrowing_field(bound->word);
		uint32_t values = UINT32_MAX;

		if (field && type_table[field->type].max)
			values = type_table[field->type].max;
		if (field && bound->hi - bound->lo <= values / NARROW_PART)
			bits |= (signature)1 << field->word;
	}
	return bits;
}

struct kind {
	signature signature;
	size_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct kind *one = a, *two = b;

	return one->count < two->count ? 1 : one->count > two->count ? -1 : 0;
}

static size_t find_kind(const struct kind *kinds, size_t count, signature wanted)
{
	size_t i = 0;

	while (i < count && kinds[i].signature != wanted)
		i++;
	return i;
}

/* The kinds with the most boxes get groups of their own, the others share the last. */
void group_rules(struct rule_groups *groups, struct arena *arena, const struct answer_box *boxes,
		 size_t count)
{
	struct kind *kinds = NULL;
	size_t kind_count = 0;

	for (size_t i = 0; i < count; i++) {
		signature wanted = signature_of(&boxes[i].box);
		size_t kind = find_kind(kinds, kind_count, wanted);

		if (kind == kind_count)
			arena_push(arena, &kinds, kind_count)->signature = wanted;
		kinds[kind].count++;
	}
	if (kind_count)
		qsort(kinds, kind_count, sizeof(*kinds), by_count);
	groups->count = kind_count < RULE_TREES_MAX ? kind_count : RULE_TREES_MAX;
	memset(groups->list, 0, sizeof(groups->list));
	for (size_t i = 0; i < count; i++) {
		size_t kind = find_kind(kinds, kind_count, signature_of(&boxes[i].box));
		struct rule_group *group =
			&groups->list[kind < groups->count ? kind : groups->count - 1];

		*arena_push(arena, &group->boxes, group->count) = boxes[i];
	}
}
