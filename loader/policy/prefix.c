// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "prefix.h"

#include <string.h>

static bool bit_at(const struct value *value, unsigned int bit)
{
	return value->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

/* The last address under the first `length` bits of this one. */
static struct value last_of(const struct value *value, unsigned int length, unsigned int width)
{
	struct value last = *value;

	for (unsigned int bit = length; bit < width; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

/* False behind the greatest. */
static bool step_up(struct value *value, unsigned int bytes)
{
	for (unsigned int i = bytes; i-- > 0;)
		if (++value->bytes[i])
			return true;
	return false;
}

/* From the low end, each time the widest prefix that begins there and does not reach too far. */
size_t prefix_split(const struct part *part, enum value_type type, struct prefix *prefixes)
{
	unsigned int bytes = type_table[type].width, width = bytes * 8;
	struct value at = part->lo, last;
	size_t count = 0;
	bool more = true;

	while (more && value_compare(&at, &part->hi, type) <= 0) {
		unsigned int length = width;

		for (last = at; length && !bit_at(&at, length - 1); length--) {
			struct value wider = last_of(&at, length - 1, width);

			if (value_compare(&wider, &part->hi, type) > 0)
				break;
			last = wider;
		}
		if (prefixes)
			prefixes[count] = (struct prefix){at, length};
		count++;
		at = last;
		more = step_up(&at, bytes);
	}
	return count;
}

size_t prefix_count(const struct part *part, enum value_type type)
{
	return prefix_split(part, type, NULL);
}
