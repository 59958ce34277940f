/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What is different between the policy that is live and another one, by the names of things.
 */
#ifndef XDIVERT_DIFFERENCE_H
#define XDIVERT_DIFFERENCE_H

#include "ast.h"

enum change_kind {
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_CHANGED,
	CHANGE_MOVED, /* a rule: it says the same, but others come before it now */
};

struct change {
	enum change_kind kind;
	const char *what; /* "rule", "set", "consumer", "dpdk target", "default", "flows" */
	const char *name; /* borrowed of the policies; "" where there is only one */
	char *before, *after; /* in words; NULL for added and removed ones */
};

struct difference {
	struct change *list;
	size_t count;
	size_t rules_kept; /* of the new ones: at their place, with the same words */
};

/* `old` may be NULL: nothing is live. Borrows both. -ENOMEM. */
int difference_find(struct difference *difference, const struct policy *old,
		    const struct policy *new);
void difference_free(struct difference *difference);

extern const char *const change_names[]; /* "added" … */

#endif
