// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "join.h"

/* How far it is from one address to another, GROUPS_MAX for all that is farther. */
static size_t distance(const struct join *join)
{
	unsigned int width = type_table[join->type].width;
	size_t difference = 0;

	for (unsigned int i = 0; i < width; i++) {
		/* a difference may be negative in one byte, and is not in all of them */
		difference = (difference << 8) + join->last.bytes[i] - join->first.bytes[i];
		if (difference >= GROUPS_MAX << 8)
			return GROUPS_MAX;
	}
	return difference < GROUPS_MAX ? difference : GROUPS_MAX;
}

size_t join_groups(const struct join *join)
{
	return distance(join) + 1;
}

struct value join_group(const struct join *join, size_t number)
{
	struct value group = join->first;

	for (unsigned int i = type_table[join->type].width; i-- > 0 && number; number >>= 8) {
		number += group.bytes[i];
		group.bytes[i] = (uint8_t)number;
	}
	return group;
}

size_t consumer_groups(const struct consumer *consumer)
{
	size_t count = 0;

	for (size_t i = 0; i < consumer->join_count; i++)
		count += join_groups(&consumer->joins[i]);
	return count;
}

size_t policy_groups(const struct policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->consumer_count; i++)
		count += consumer_groups(policy->consumers[i]);
	return count;
}

void joins_write(const struct consumer *consumer, FILE *out)
{
	char text[VALUE_TEXT];

	for (size_t i = 0; i < consumer->join_count; i++) {
		const struct join *join = &consumer->joins[i];

		fprintf(out, "%s%s", i ? ", " : "",
			value_format(text, sizeof(text), &join->first, join->type));
		if (value_compare(&join->first, &join->last, join->type))
			fprintf(out, "-%s",
				value_format(text, sizeof(text), &join->last, join->type));
	}
}
