/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * No old write after a newer one.
 *
 * An AoE initiator that hears no answer sends the request again, with a new tag, and goes on as
 * soon as one of them is answered. The first one may still be on some way (two ports of a switch,
 * a full queue) and arrive when its sectors have been written anew: carried out, it would undo an
 * acknowledged write. That it is a repetition is not to be seen, but that it is old is: Linux's
 * driver puts its clock (jiffies) into the lower half of a tag and counts in the upper one, and
 * others count in all of it. So a write is stale if its tag is older than that of a write to the
 * same sector, by the same initiator, within the last seconds.
 *
 * A stale write is neither carried out nor answered. If it was no repetition after all (an
 * initiator whose tags have no order), its initiator sends it again, and nothing is lost but time;
 * after ORDER_SECONDS it is taken in any case.
 *
 * It remembers one write a sector, in a table of fixed size; where two sectors share a place, the
 * later write has it. What it forgets is as if it had not been there.
 */
#ifndef XDIVERT_AOE_ORDER_H
#define XDIVERT_AOE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define ORDER_SECONDS 5
#define ORDER_PLACES  (1u << 15)

struct order {
	struct {
		uint64_t sector, time; /* ns; 0: nothing */
		uint32_t tag;
		uint8_t address[6];
	} places[ORDER_PLACES];
};

/* Whether `a` is older than `b`, as far as tags tell. */
bool order_older(uint32_t a, uint32_t b);

/* False: it is stale. True: it is noted as the newest. `time` in ns, never 0. */
bool order_take(struct order *order, const uint8_t address[6], uint32_t tag, uint64_t sector,
		uint32_t count, uint64_t time);

#endif
