// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "value_generator.h"

#define ANY(list) (list)[random_below(random, sizeof(list) / sizeof(*(list)))]

static void add_number(struct text *out, struct random *random, uint32_t number)
{
	text_add(out, one_in(random, 4) ? "0x%x" : "%u", number);
}

/* Numbers that are met in packets, or are the last ones of their kind. */
static uint32_t number_random(struct random *random, enum value_type type)
{
	static const uint32_t ports[] = {22, 53, 54, 80, 1000, 1005, 1010, 5000, 65535, 0};
	static const uint32_t protocols[] = {1, 6, 17, 41, 44, 47, 50, 58, 59, 60, 132, 0, 254};
	static const uint32_t ether_types[] = {0x800, 0x806, 0x86dd, 0x8100, 0x88a8, 0x88a2};
	static const uint32_t spans[VALUE_TYPES] = {
		[TYPE_QUEUE] = 3,   [TYPE_ARP_OPERATION] = 5, [TYPE_ICMP_CODE] = 3,
		[TYPE_VNI] = 4,	    [TYPE_GRE_KEY] = 4,	      [TYPE_VLAN_ID] = 10,
		[TYPE_LENGTH] = 99, [TYPE_FRAME_LENGTH] = 99, [TYPE_NUMBER] = 20,
	};
	uint32_t max = type_table[type].max;

	if (type == TYPE_PORT)
		return ANY(ports);
	if (type == TYPE_PROTOCOL)
		return ANY(protocols);
	if (type == TYPE_ETHER_TYPE)
		return ANY(ether_types);
	if (type == TYPE_VLAN_ID && one_in(random, 3))
		return max - random_below(random, 3);
	if (spans[type])
		return random_below(random, spans[type]);
	return random_below(random, 16) * 17 % (max + 1);
}

/* One that stands for a single number, if `single`; NULL: there is none. */
static const struct symbol *symbol_random(struct random *random, enum value_type type, bool single)
{
	const struct symbol *symbols = type_table[type].symbols, *symbol;
	uint32_t count = 0;

	if (!symbols)
		return NULL;
	while (symbols[count].name)
		count++;
	do
		symbol = &symbols[random_below(random, count)];
	while (single && symbol->lo != symbol->hi);
	return symbol;
}

void value_text_random(struct text *out, struct random *random, enum value_type type)
{
	const struct symbol *symbol = symbol_random(random, type, true);

	if (type == TYPE_IPV4)
		text_add(out, "10.0.%u.%u", random_below(random, 2), random_below(random, 9));
	else if (type == TYPE_IPV6)
		text_add(out, "2001:db8:%u::%u", random_below(random, 2), random_below(random, 9));
	else if (type == TYPE_ETHER)
		text_add(out, "02:00:00:00:0%u:%02x", random_below(random, 2),
			 random_below(random, 40));
	else if (symbol && one_in(random, 3))
		text_add(out, "%s", symbol->name);
	else
		add_number(out, random, number_random(random, type));
}

static void prefix_random(struct text *out, struct random *random, enum value_type type)
{
	uint32_t net = random_below(random, 2), length = random_below(random, 9);

	if (type == TYPE_IPV4 && one_in(random, 9))
		text_add(out, "0.0.0.0/%u", length);
	else if (type == TYPE_IPV4)
		text_add(out, "10.0.%u.0/%u", net, 24 + length);
	else if (type == TYPE_IPV6)
		text_add(out, "2001:db8:%u::/%u", net, 48 + 10 * length);
	else
		text_add(out, "02:00:00:00:0%u:00/%u", net, 40 + length);
}

static void range_of_addresses(struct text *out, struct random *random, enum value_type type)
{
	uint32_t low = random_below(random, 9), high = random_below(random, 9);

	if (type == TYPE_IPV4)
		text_add(out, "10.0.0.%u-10.0.1.%u", low, high);
	else if (type == TYPE_IPV6)
		text_add(out, "2001:db8::%u-2001:db8:1::%u", low, high);
	else
		text_add(out, "02:00:00:00:00:%02x - 02:00:00:00:01:%02x", low, high);
}

/* From a number, or from the name of one. */
static void range_of_numbers(struct text *out, struct random *random, enum value_type type)
{
	const struct symbol *symbol = symbol_random(random, type, false);
	uint32_t max = type_table[type].max, low = number_random(random, type);
	uint32_t span = random_below(random, max > 1000 ? 700 : 20);

	if (symbol && one_in(random, 3)) {
		low = symbol->hi;
		text_add(out, "%s - ", symbol->name);
	} else {
		add_number(out, random, low);
		text_add(out, one_in(random, 2) ? "-" : " - ");
	}
	add_number(out, random, max - low < span ? max : low + span);
}

void part_text_random(struct text *out, struct random *random, enum value_type type)
{
	bool address = type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_ETHER;
	uint32_t choice = random_below(random, 6);

	if (choice > 1)
		value_text_random(out, random, type);
	else if (!address)
		range_of_numbers(out, random, type);
	else if (choice)
		range_of_addresses(out, random, type);
	else
		prefix_random(out, random, type);
}

static void add_flags(struct text *out, uint32_t flags)
{
	text_add(out, "(");
	text_add_flags(out, flags);
	text_add(out, ")");
}

void mask_text_random(struct text *out, struct random *random, enum value_type type, uint32_t max)
{
	uint32_t mask = 1 + random_below(random, max), value = mask & random_below(random, max);
	const char *relation = one_in(random, 3) ? "!=" : one_in(random, 2) ? "=" : "==";

	if (one_in(random, 2)) /* one bit */
		mask = value = ((max >> 1) + 1) >> random_below(random, 8);
	mask = mask ? mask : 1;
	value &= mask;
	if (type == TYPE_TCP_FLAGS && value && one_in(random, 2)) {
		text_add(out, "& ");
		add_flags(out, mask);
		text_add(out, " %s ", relation);
		add_flags(out, value);
	} else {
		text_add(out, "& 0x%x %s %u", mask, relation, value);
	}
}
