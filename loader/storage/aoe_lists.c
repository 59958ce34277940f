// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * AoE's two lists of Ethernet addresses.
 *
 * Mask: 10 nothing, 11 verb (0 read, 1 edit), 12 error, 13 count of directives, and from 14 on each
 * of them: nothing, verb (0 none, 1 add, 2 delete), address.
 * Reserve: 10 verb (0 read, 1 set, 2 set by force), 11 count of addresses, from 12 on these.
 */
#include "aoe.h"

#include <string.h>

#define MASK_LIST    14u
#define DIRECTIVE    8u
#define RESERVE_LIST 12u
#define ADDRESS	     6u

enum mask_verb { MASK_READ, MASK_EDIT };
enum directive { DIRECTIVE_NONE, DIRECTIVE_ADD, DIRECTIVE_DELETE };
enum mask_error { MASK_BAD_DIRECTIVE = 2, MASK_FULL = 3 };
enum reserve_verb { RESERVE_READ, RESERVE_SET, RESERVE_FORCE };

static int find(const struct aoe_list *list, const uint8_t address[6])
{
	for (unsigned int i = 0; i < list->count; i++)
		if (memcmp(list->addresses[i], address, ADDRESS) == 0)
			return (int)i;
	return -1;
}

bool aoe_lists(const struct aoe_list *list, const uint8_t address[6])
{
	return find(list, address) >= 0;
}

static unsigned int direct(struct aoe_list *list, unsigned int verb, const uint8_t address[6])
{
	int at = find(list, address);

	switch (verb) {
	case DIRECTIVE_NONE:
		return 0;
	case DIRECTIVE_ADD:
		if (at >= 0)
			return 0;
		if (list->count == AOE_LIST_MAX)
			return MASK_FULL;
		memcpy(list->addresses[list->count++], address, ADDRESS);
		return 0;
	case DIRECTIVE_DELETE:
		if (at >= 0)
			memcpy(list->addresses[at], list->addresses[--list->count], ADDRESS);
		return 0;
	default:
		return MASK_BAD_DIRECTIVE;
	}
}

/* All directives or none: the list is changed in a copy. */
unsigned int aoe_mask(struct aoe_target *target, uint8_t *header, uint32_t *length, uint32_t room)
{
	struct aoe_list list = target->mask;
	unsigned int count, error = 0;

	if (*length < MASK_LIST || header[11] > MASK_EDIT)
		return AOE_BAD_ARGUMENT;
	count = header[11] == MASK_EDIT ? header[13] : 0;
	if (*length < MASK_LIST + count * DIRECTIVE)
		return AOE_BAD_ARGUMENT;
	for (unsigned int i = 0; !error && i < count; i++) {
		const uint8_t *directive = header + MASK_LIST + (size_t)i * DIRECTIVE;

		error = direct(&list, directive[1], directive + 2);
	}
	if (MASK_LIST + list.count * DIRECTIVE > room)
		error = MASK_FULL; /* it could not be told any more */
	if (!error)
		target->mask = list;
	header[12] = (uint8_t)error;
	header[13] = (uint8_t)target->mask.count;
	for (unsigned int i = 0; i < target->mask.count; i++) {
		uint8_t *directive = header + MASK_LIST + (size_t)i * DIRECTIVE;

		directive[0] = directive[1] = 0;
		memcpy(directive + 2, target->mask.addresses[i], ADDRESS);
	}
	*length = MASK_LIST + target->mask.count * DIRECTIVE;
	return 0;
}

unsigned int aoe_reserve(struct aoe_target *target, const uint8_t *source, uint8_t *header,
			 uint32_t *length, uint32_t room)
{
	struct aoe_list *list = &target->reserved;
	unsigned int verb, count;

	if (*length < RESERVE_LIST)
		return AOE_BAD_ARGUMENT;
	verb = header[10];
	count = header[11];
	if (verb > RESERVE_FORCE ||
	    (verb != RESERVE_READ && *length < RESERVE_LIST + count * ADDRESS))
		return AOE_BAD_ARGUMENT;
	if (verb == RESERVE_SET && list->count && !aoe_lists(list, source))
		return AOE_RESERVED;
	if (verb != RESERVE_READ) {
		memcpy(list->addresses, header + RESERVE_LIST, (size_t)count * ADDRESS);
		list->count = count;
	}
	if (RESERVE_LIST + list->count * ADDRESS > room)
		return AOE_BAD_ARGUMENT;
	header[11] = (uint8_t)list->count;
	memcpy(header + RESERVE_LIST, list->addresses, (size_t)list->count * ADDRESS);
	*length = RESERVE_LIST + list->count * ADDRESS;
	return 0;
}
