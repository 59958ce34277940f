// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of storage targets: what they serve, and to whom.
 */
#include "check_storage.h"

#include "arena.h"
#include "storage/address.h"
#include "storage/volume.h"

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

void storage_check(struct policy *policy, struct consumer *consumer)
{
	const struct storage *storage = &consumer->storage;

	if (storage->nbd.text && !storage->backend.text)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, consumer->name.where,
				   "storage target `%s` has nothing to serve", consumer->name.text),
			  "say what it is: backend \"file:/srv/%s.img\"", consumer->name.text);
}

void storage_part(struct policy *policy)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->consumer_count; i++) {
		struct consumer *target = policy->consumers[i];

		if (target->storage.nbd.text)
			*arena_push(policy->arena, &policy->volumes, policy->volume_count) = target;
		else
			policy->consumers[kept++] = target;
	}
	policy->consumer_count = kept;
}
