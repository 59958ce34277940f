// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The checker of `flows { size N }`.
 */
#include "check.h"

#include "bpf/abi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void size_check(struct policy *policy, struct flows *flows, const struct option *option)
{
	const char *text = option->count == 1 ? option->words[0].text : "";
	unsigned long size;
	char *end;

	errno = 0;
	size = strtoul(text, &end, 0);
	if (*end || end == text)
		diag_hint(&policy->diags,
			  diag_add(&policy->diags, E_UNKNOWN_OPTION, option->name.where,
				   "`size` takes a number"),
			  "how many flows there may be: flows { size %d }", FLOWS_SIZE_DEFAULT);
	else if (errno || !size || size > FLOWS_SIZE_MAX)
		diag_add(&policy->diags, E_RANGE, option->words[0].where,
			 "there can be 1 to %d flows, not %s", FLOWS_SIZE_MAX, text);
	else
		flows->size = (uint32_t)size;
}

/* Flows name consumers by a hash: two that have the same can't be told apart. */
static void consumer_ids_check(struct policy *policy)
{
	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct name *name = &policy->consumers[i]->name;

		for (size_t j = 0; j < i; j++) {
			const char *other = policy->consumers[j]->name.text;

			if (xdv_consumer_id(name->text) == xdv_consumer_id(other) &&
			    strcmp(name->text, other) != 0)
				diag_hint(&policy->diags,
					  diag_add(&policy->diags, E_DUPLICATE, name->where,
						   "flows can't tell consumer `%s` from `%s`",
						   name->text, other),
					  "their names have the same hash, %08x: rename one",
					  xdv_consumer_id(other));
		}
	}
}

void flows_check(struct policy *policy, struct flows *flows)
{
	static const char *const names[] = {"size"};
	bool sized = false;

	flows->size = FLOWS_SIZE_DEFAULT;
	for (size_t i = 0; i < flows->option_count; i++) {
		const struct option *option = &flows->options[i];

		if (strcmp(option->name.text, "size") != 0) {
			unknown_name(policy, E_UNKNOWN_OPTION, &option->name, "option of flows",
				     names, 1);
			continue;
		}
		if (sized)
			diag_add(&policy->diags, E_DUPLICATE, option->name.where,
				 "a second `size`");
		sized = true;
		size_check(policy, flows, option);
	}
	consumer_ids_check(policy);
}
