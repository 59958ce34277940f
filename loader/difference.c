// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "difference.h"

#include "difference_set.h"
#include "join.h"
#include "show.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const change_names[] = {
	[CHANGE_ADDED] = "added",
	[CHANGE_REMOVED] = "removed",
	[CHANGE_CHANGED] = "changed",
	[CHANGE_MOVED] = "moved",
};

/* Takes the texts. */
static int add(struct difference *difference, enum change_kind kind, const char *what,
	       const char *name, char *before, char *after)
{
	struct change *grown;

	grown = reallocarray(difference->list, difference->count + 1, sizeof(*grown));
	if (!grown) {
		free(before);
		free(after);
		return -ENOMEM;
	}
	difference->list = grown;
	grown[difference->count++] = (struct change){kind, what, name, before, after};
	return 0;
}

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *text(const char *format, ...)
{
	va_list arguments;
	char *written;

	va_start(arguments, format);
	if (vasprintf(&written, format, arguments) < 0)
		written = NULL;
	va_end(arguments);
	return written;
}

/* Adds what differs by its words; takes them. */
static int compare(struct difference *difference, const char *what, const char *name, char *before,
		   char *after)
{
	enum change_kind kind = !before ? CHANGE_ADDED : !after ? CHANGE_REMOVED : CHANGE_CHANGED;

	if (before ? after && strcmp(before, after) == 0 : !after) {
		free(before);
		free(after);
		return 0;
	}
	return add(difference, kind, what, name, before, after);
}

/* --- rules ---------------------------------------------------------------------------------------
 */

struct place {
	const char *name;
	size_t number;
};

static int compare_places(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->name, ((const struct place *)b)->name);
}

/* Of each rule of the one policy, its number in the other; 0: it is not there. malloc'ed. */
static size_t *find_places(const struct policy *rules, const struct policy *others)
{
	size_t *places = calloc(rules->rule_count + 1, sizeof(*places));
	struct place *sorted = calloc(others->rule_count + 1, sizeof(*sorted)), *found;

	for (size_t i = 0; sorted && i < others->rule_count; i++)
		sorted[i] = (struct place){policy_rule_name(others, i + 1), i + 1};
	if (sorted)
		qsort(sorted, others->rule_count, sizeof(*sorted), compare_places);
	for (size_t i = 1; places && sorted && i <= rules->rule_count; i++) {
		struct place wanted = {.name = policy_rule_name(rules, i)};

		found = bsearch(&wanted, sorted, others->rule_count, sizeof(*sorted),
				compare_places);
		places[i] = found ? found->number : 0;
	}
	if (!sorted) {
		free(places);
		places = NULL;
	}
	free(sorted);
	return places;
}

/*
 * Marks the old rules of a longest run that keeps its order; the others have moved. `tails[n]` is
 * the old rule that ends the best run of n + 1, `links` leads from each to the one before it.
 */
static int mark_kept(bool *kept, const size_t *places, size_t count)
{
	size_t *tails = calloc(count + 1, sizeof(*tails)),
	       *links = calloc(count + 1, sizeof(*links));
	size_t length = 0;

	if (!tails || !links) {
		free(tails);
		free(links);
		return -ENOMEM;
	}
	for (size_t i = 1; i <= count; i++) {
		size_t lo = 0, hi = length;

		if (!places[i])
			continue;
		while (lo < hi) {
			size_t middle = (lo + hi) / 2;

			if (places[tails[middle]] < places[i])
				lo = middle + 1;
			else
				hi = middle;
		}
		links[i] = lo ? tails[lo - 1] : 0;
		tails[lo] = i;
		if (lo == length)
			length++;
	}
	for (size_t i = length ? tails[length - 1] : 0; i; i = links[i])
		kept[i] = true;
	free(tails);
	free(links);
	return 0;
}

static int compare_kept(struct difference *difference, const struct policy *old, size_t i,
			const struct policy *new, size_t place, bool kept)
{
	const char *name = policy_rule_name(new, place);
	size_t before = difference->count;
	int err;

	err = compare(difference, "rule", name, rule_source(old, i), rule_source(new, place));
	if (!err && !kept)
		return add(difference, CHANGE_MOVED, "rule", name, text("%zu", i),
			   text("%zu", place));
	difference->rules_kept += difference->count == before;
	return err;
}

static int compare_rules(struct difference *difference, const struct policy *old,
			 const struct policy *new)
{
	size_t *places = find_places(old, new);
	bool *kept = calloc(old->rule_count + 1, sizeof(*kept));
	int err = places && kept ? mark_kept(kept, places, old->rule_count) : -ENOMEM;

	for (size_t i = 1; !err && i <= old->rule_count; i++) {
		if (places[i])
			err = compare_kept(difference, old, i, new, places[i], kept[i]);
		else
			err = add(difference, CHANGE_REMOVED, "rule", policy_rule_name(old, i),
				  rule_source(old, i), NULL);
	}
	free(places);
	free(kept);
	return err;
}

static int add_new_rules(struct difference *difference, const struct policy *old,
			 const struct policy *new)
{
	size_t *places = old ? find_places(new, old) : NULL;
	int err = old && !places ? -ENOMEM : 0;

	for (size_t i = 1; !err && i <= new->rule_count; i++)
		if (!places || !places[i])
			err = add(difference, CHANGE_ADDED, "rule", policy_rule_name(new, i), NULL,
				  rule_source(new, i));
	free(places);
	return err;
}

/* --- sets, consumers and the rest
 * ----------------------------------------------------------------- */

static const struct set *find_set(const struct policy *policy, const char *name)
{
	for (size_t i = 0; policy && i < policy->set_count; i++)
		if (strcmp(policy->sets[i]->name.text, name) == 0)
			return policy->sets[i];
	return NULL;
}

static int compare_sets(struct difference *difference, const struct policy *old,
			const struct policy *new)
{
	int err = 0;

	for (size_t i = 0; !err && old && i < old->set_count; i++) {
		const struct set *set = old->sets[i], *other = find_set(new, set->name.text);

		if (!other)
			err = add(difference, CHANGE_REMOVED, "set", set->name.text,
				  set_in_words(set), NULL);
		else if (!sets_are_equal(set, other))
			err = add(difference, CHANGE_CHANGED, "set", set->name.text,
				  set_in_words(set), set_change_in_words(set, other));
	}
	for (size_t i = 0; !err && i < new->set_count; i++)
		if (!find_set(old, new->sets[i]->name.text))
			err = add(difference, CHANGE_ADDED, "set", new->sets[i]->name.text, NULL,
				  set_in_words(new->sets[i]));
	return err;
}

static const struct consumer *find_consumer(const struct policy *policy, const char *name)
{
	for (size_t i = 0; policy && i < policy->consumer_count; i++)
		if (strcmp(policy->consumers[i]->name.text, name) == 0)
			return policy->consumers[i];
	return NULL;
}

static char *consumer_in_words(const struct consumer *consumer)
{
	char *words = NULL;
	size_t size;
	FILE *out = consumer ? open_memstream(&words, &size) : NULL;

	if (!out)
		return NULL;
	fprintf(out, "%s, stall ", consumer_words[consumer->kind].noun);
	if (consumer->stall)
		fprintf(out, "%ums", consumer->stall);
	else
		fputs("off", out);
	fprintf(out, "%s%s", consumer->metadata ? "" : ", metadata off",
		consumer->join_count ? ", join " : "");
	joins_write(consumer, out);
	if (consumer->fanout > 1)
		fprintf(out, ", fanout flow %u", consumer->fanout);
	if (consumer->steers)
		fprintf(out, ", steer %u", consumer->steer);
	return fclose(out) ? NULL : words;
}

static int compare_consumers(struct difference *difference, const struct policy *old,
			     const struct policy *new)
{
	int err = 0;

	for (size_t i = 0; !err && old && i < old->consumer_count; i++) {
		const char *name = old->consumers[i]->name.text;

		err = compare(difference, "consumer", name, consumer_in_words(old->consumers[i]),
			      consumer_in_words(find_consumer(new, name)));
	}
	for (size_t i = 0; !err && i < new->consumer_count; i++) {
		const char *name = new->consumers[i]->name.text;

		if (!find_consumer(old, name))
			err = add(difference, CHANGE_ADDED, "consumer", name, NULL,
				  consumer_in_words(new->consumers[i]));
	}
	return err;
}

static char *flows_in_words(const struct policy *policy)
{
	return policy && policy->flows ? text("size %u", policy->flows->size) : NULL;
}

int difference_find(struct difference *difference, const struct policy *old,
		    const struct policy *new)
{
	int err = 0;

	*difference = (struct difference){};
	if (old)
		err = compare_rules(difference, old, new);
	if (!err)
		err = add_new_rules(difference, old, new);
	if (!err)
		err = compare(difference, "default", "", old ? rule_source(old, 0) : NULL,
			      rule_source(new, 0));
	if (!err)
		err = compare_sets(difference, old, new);
	if (!err)
		err = compare_consumers(difference, old, new);
	if (!err)
		err = compare(difference, "flows", "", flows_in_words(old), flows_in_words(new));
	if (err)
		difference_free(difference);
	return err;
}

void difference_free(struct difference *difference)
{
	for (size_t i = 0; i < difference->count; i++) {
		free(difference->list[i].before);
		free(difference->list[i].after);
	}
	free(difference->list);
	*difference = (struct difference){};
}
