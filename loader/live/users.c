// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "users.h"

#include "load.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

/* A number needs no name. */
static bool is_known(const struct allow *allow)
{
	const char *who = allow->who.text;

	if (!who[strspn(who, "0123456789")])
		return true;
	return allow->group ? getgrnam(who) != NULL : getpwnam(who) != NULL;
}

void users_warn(const struct policy *policy, char *warning, size_t size)
{
	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct consumer *consumer = policy->consumers[i];

		for (size_t j = 0; j < consumer->allow_count; j++) {
			const struct allow *allow = &consumer->allow[j];
			const struct location *where = &allow->who.where;

			if (!is_known(allow))
				warning_add(
					warning, size,
					"%s:%u: this machine has no %s `%s`: nobody is allowed by it",
					source_file(&policy->sources, where), where->line,
					allow->group ? "group" : "user", allow->who.text);
		}
	}
}
