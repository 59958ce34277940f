// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "elements.h"

#include "arena.h"
#include "check.h"
#include "dynamic.h"
#include "parser.h"
#include "prefix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct set *add_set(struct policy *policy, const struct set_kind *kind)
{
	struct set *set = arena_alloc(policy->arena, sizeof(*set));

	*set = (struct set){.name = {.text = kind->name},
			    .parts = kind->parts,
			    .dynamic = true,
			    .prefixes = kind->prefixes};
	memcpy(set->types, kind->types, sizeof(set->types));
	*arena_push(policy->arena, &policy->sets, policy->set_count) = set;
	return set;
}

int elements_read(struct policy **out, const struct set_kind *kind, const char *file,
		  const char *text, size_t size)
{
	char owner[80];
	struct policy *policy;
	struct set *set;

	if (memchr(text, 0, size))
		return -EBADMSG;
	policy = policy_from_list(file, text, size);
	set = add_set(policy, kind);
	set->elements = policy->list;
	snprintf(owner, sizeof(owner), "set @%.64s", kind->name);
	for (size_t i = 0; i < set->elements.count; i++) {
		struct element *element = &set->elements.list[i];

		if (element_check(policy, element, set->types, set->parts, owner) && !set->prefixes)
			single_check(policy, set, element);
	}
	*out = policy;
	return 0;
}

static unsigned int type_words(enum value_type type)
{
	return (type_table[type].width + 3) / 4;
}

unsigned int elements_key_words(const struct set_kind *kind)
{
	unsigned int words = kind->prefixes;

	for (size_t i = 0; i < kind->parts; i++)
		words += type_words(kind->types[i]);
	return words;
}

static size_t count_keys(const struct set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < set->elements.count; i++)
		count += set->prefixes ? prefix_count(set->elements.list[i].parts, set->types[0])
				       : 1;
	return count;
}

/* Returns behind the keys that it has written; NULL: no memory. */
static uint32_t *put_prefixes(uint32_t *key, const struct set *set, const struct part *part,
			      unsigned int words)
{
	size_t count = prefix_count(part, set->types[0]);
	struct prefix *prefixes = calloc(count, sizeof(*prefixes));

	if (!prefixes)
		return NULL;
	prefix_split(part, set->types[0], prefixes);
	for (size_t i = 0; i < count; i++, key += words)
		dynamic_prefix_key(set, &prefixes[i], key);
	free(prefixes);
	return key;
}

uint32_t *elements_keys(const struct policy *policy, size_t *count)
{
	const struct set *set = policy->sets[0];
	struct set_kind kind = {.parts = set->parts, .prefixes = set->prefixes};
	unsigned int words;
	uint32_t *keys, *key;

	memcpy(kind.types, set->types, sizeof(kind.types));
	words = elements_key_words(&kind);
	*count = count_keys(set);
	keys = key = calloc(*count + 1, words * sizeof(*keys));
	for (size_t i = 0; key && i < set->elements.count; i++) {
		if (set->prefixes) {
			key = put_prefixes(key, set, set->elements.list[i].parts, words);
			continue;
		}
		dynamic_key(set, &set->elements.list[i], key);
		key += words;
	}
	if (key)
		return keys;
	free(keys);
	return NULL;
}

/* The words of a value, back as its bytes. */
static const uint32_t *get_value(const uint32_t *key, enum value_type type, struct value *value)
{
	unsigned int width = type_table[type].width;

	for (unsigned int i = 0; i < width; i += 4) {
		unsigned int end = i + 4 < width ? i + 4 : width;
		uint32_t word = *key++;

		for (unsigned int j = end; j-- > i; word >>= 8)
			value->bytes[j] = (uint8_t)word;
	}
	return key;
}

char *element_format(char text[ELEMENT_TEXT], const struct set_kind *kind, const uint32_t *key)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < kind->parts; i++) {
		struct value value = {{0}};
		char part[VALUE_TEXT];

		key = get_value(key, kind->types[i], &value);
		used += (size_t)snprintf(text + used, ELEMENT_TEXT - used, "%s%s", i ? " . " : "",
					 value_format(part, sizeof(part), &value, kind->types[i]));
	}
	if (kind->prefixes && *key < type_table[kind->types[0]].width * 8)
		snprintf(text + used, ELEMENT_TEXT - used, "/%u", *key);
	return text;
}
