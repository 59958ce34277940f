// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "aoe_order.h"

#include <string.h>

bool order_older(uint32_t a, uint32_t b)
{
	int16_t clock = (int16_t)((a & 0xffff) - (b & 0xffff));
	/* 15 bits of it count: shifted, the sign is right */
	int16_t count = (int16_t)(((a >> 16) - (b >> 16)) << 1);

	return clock ? clock < 0 : count < 0;
}

static uint32_t place_of(uint64_t sector, const uint8_t address[6])
{
	uint64_t hash = sector * UINT64_C(0x9e3779b97f4a7c15);

	hash ^= (uint64_t)(address[3] << 16 | address[4] << 8 | address[5]) *
		UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(hash >> 40) % ORDER_PLACES;
}

bool order_take(struct order *order, const uint8_t address[6], uint32_t tag, uint64_t sector,
		uint32_t count, uint64_t time)
{
	for (uint64_t at = sector; at < sector + count; at++) {
		uint32_t place = place_of(at, address);

		if (order->places[place].time && order->places[place].sector == at &&
		    memcmp(order->places[place].address, address, 6) == 0 &&
		    time - order->places[place].time < ORDER_SECONDS * UINT64_C(1000000000) &&
		    order_older(tag, order->places[place].tag))
			return false;
	}
	for (uint64_t at = sector; at < sector + count; at++) {
		uint32_t place = place_of(at, address);

		order->places[place].sector = at;
		order->places[place].time = time;
		order->places[place].tag = tag;
		memcpy(order->places[place].address, address, 6);
	}
	return true;
}
