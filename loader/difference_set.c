// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "difference_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parts of an element are compared as bytes, in order: which order does not matter. */
static int compare_elements(const void *left, const void *right)
{
	const struct element *a = *(const struct element *const *)left;
	const struct element *b = *(const struct element *const *)right;
	int order = 0;

	for (size_t i = 0; !order && i < a->count && i < b->count; i++) {
		order = memcmp(&a->parts[i].lo, &b->parts[i].lo, sizeof(a->parts[i].lo));
		if (!order)
			order = memcmp(&a->parts[i].hi, &b->parts[i].hi, sizeof(a->parts[i].hi));
	}
	return order;
}

static const struct element **sorted(const struct set *set)
{
	const struct elements *elements = &set->elements;
	const struct element **list = calloc(elements->count + 1, sizeof(*list));

	if (!list)
		return NULL;
	for (size_t i = 0; i < elements->count; i++)
		list[i] = &elements->list[i];
	qsort(list, elements->count, sizeof(*list), compare_elements);
	return list;
}

/* How many elements only the one has, and only the other. False for want of memory. */
static bool count_changes(const struct set *old, const struct set *new, size_t *less, size_t *more)
{
	const struct element **a = sorted(old), **b = sorted(new);
	size_t i = 0, j = 0;

	*less = *more = 0;
	while (a && b && (i < old->elements.count || j < new->elements.count)) {
		int order = i == old->elements.count   ? 1
			    : j == new->elements.count ? -1
						       : compare_elements(&a[i], &b[j]);

		*less += order < 0;
		*more += order > 0;
		i += order <= 0;
		j += order >= 0;
	}
	free(a);
	free(b);
	return a && b;
}

static bool types_are_equal(const struct set *a, const struct set *b)
{
	return a->parts == b->parts &&
	       memcmp(a->types, b->types, a->parts * sizeof(*a->types)) == 0;
}

bool sets_are_equal(const struct set *a, const struct set *b)
{
	size_t less, more;

	if (!types_are_equal(a, b) || a->dynamic != b->dynamic || a->prefixes != b->prefixes ||
	    a->size != b->size)
		return false;
	return count_changes(a, b, &less, &more) && !less && !more;
}

static void write_set(FILE *out, const struct set *set)
{
	for (size_t i = 0; i < set->parts; i++)
		fprintf(out, "%s%s", i ? " . " : "", set->type_names[i].text);
	for (size_t i = 0; i < set->word_count; i++)
		fprintf(out, " %s", set->words[i].text);
	fprintf(out, ", %zu element%s", set->elements.count, set->elements.count == 1 ? "" : "s");
}

char *set_in_words(const struct set *set)
{
	return set_change_in_words(NULL, set);
}

char *set_change_in_words(const struct set *old, const struct set *new)
{
	size_t size = 0, less, more;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	write_set(out, new);
	if (old && types_are_equal(old, new) && count_changes(old, new, &less, &more))
		fprintf(out, " (%zu more, %zu less)", more, less);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
