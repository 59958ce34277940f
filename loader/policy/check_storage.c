// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of storage targets: what they serve, and to whom.
 */
#include "check_storage.h"

#include "arena.h"
#include "storage/address.h"
#include "storage/aoe.h"
#include "storage/volume.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void report(struct policy *policy, const struct location *where,
		   const struct xdv_error *error)
{
	struct diag *diag = diag_add(&policy->diags, E_UNKNOWN_OPTION, *where, "%s",
				     error->message);

	if (error->hint[0])
		diag_hint(&policy->diags, diag, "%s", error->hint);
}

static bool has_string(struct policy *policy, const struct option *option, const char *example)
{
	if (option->string.text && *option->string.text)
		return true;
	diag_hint(&policy->diags,
		  diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where,
			   "`%s` takes a string", option->name.text),
		  "write: %s \"%s\"", option->name.text, example);
	return false;
}

void storage_read_backend(struct policy *policy, struct consumer *consumer,
			  const struct option *option)
{
	struct xdv_error error;

	if (!has_string(policy, option, "file:/srv/vol0.img"))
		return;
	consumer->storage.backend = option->string;
	if (volume_check(option->string.text, &error))
		report(policy, &option->string.where, &error);
}

void storage_read_nbd(struct policy *policy, struct consumer *consumer, const struct option *option)
{
	struct xdv_error error;

	if (!has_string(policy, option, "127.0.0.1:10809"))
		return;
	consumer->storage.nbd = option->string;
	if (address_check(option->string.text, &error))
		report(policy, &option->string.where, &error);
}

/* Decimal, from 0 to `max`. */
static bool read_number(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	*number = strtoul(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && *number <= max;
}

/* The highest numbers mean all of them. */
void storage_read_aoe(struct policy *policy, struct consumer *consumer, const struct option *option)
{
	unsigned long shelf, slot;

	if (option->count == 4 && strcmp(option->words[0].text, "shelf") == 0 &&
	    strcmp(option->words[2].text, "slot") == 0 &&
	    read_number(option->words[1].text, AOE_SHELF_ALL - 1, &shelf) &&
	    read_number(option->words[3].text, AOE_SLOT_ALL - 1, &slot)) {
		consumer->storage.aoe = option->name;
		consumer->storage.shelf = (uint16_t)shelf;
		consumer->storage.slot = (uint8_t)slot;
		return;
	}
	diag_hint(&policy->diags,
		  diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where,
			   "`aoe` takes a shelf, 0 to %d, and a slot, 0 to %d", AOE_SHELF_ALL - 1,
			   AOE_SLOT_ALL - 1),
		  "write: aoe shelf 0 slot 0");
}

static bool is_alone(struct policy *policy, const struct option *option)
{
	if (!option->count && !option->string.text)
		return true;
	diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where, "`%s` stands alone",
		 option->name.text);
	return false;
}

void storage_read_only(struct policy *policy, struct consumer *consumer,
		       const struct option *option)
{
	consumer->storage.read_only = is_alone(policy, option);
}

void storage_read_cached(struct policy *policy, struct consumer *consumer,
			 const struct option *option)
{
	consumer->storage.cached = is_alone(policy, option);
}

/* No two of them are the same disk. */
static void place_check(struct policy *policy, const struct consumer *target)
{
	const struct storage *storage = &target->storage;

	for (size_t i = 0; i < policy->consumer_count && policy->consumers[i] != target; i++) {
		const struct storage *other = &policy->consumers[i]->storage;

		if (other->aoe.text && other->shelf == storage->shelf &&
		    other->slot == storage->slot)
			diag_add(&policy->diags, E_DUPLICATE, storage->aoe.where,
				 "shelf %u slot %u is `%s` already", storage->shelf, storage->slot,
				 policy->consumers[i]->name.text);
	}
}

void storage_check(struct policy *policy, struct consumer *consumer)
{
	const struct storage *storage = &consumer->storage;

	if ((storage->nbd.text || storage->aoe.text) && !storage->backend.text)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, consumer->name.where,
				   "storage target `%s` has nothing to serve", consumer->name.text),
			  "say what it is: backend \"file:/srv/%s.img\"", consumer->name.text);
	if (storage->aoe.text)
		place_check(policy, consumer);
}

void storage_part(struct policy *policy)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->consumer_count; i++) {
		struct consumer *target = policy->consumers[i];

		if (target->storage.nbd.text || target->storage.aoe.text)
			*arena_push(policy->arena, &policy->volumes, policy->volume_count) = target;
		if (!target->storage.nbd.text || target->storage.aoe.text)
			policy->consumers[kept++] = target;
	}
	policy->consumer_count = kept;
}

bool storage_is_served(const struct policy *policy, const struct consumer *consumer)
{
	for (size_t i = 0; consumer->storage.aoe.text && i < policy->consumer_count; i++)
		if (policy->consumers[i]->used && policy->consumers[i]->storage.aoe.text)
			return true;
	return false;
}
