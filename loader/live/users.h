/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The users and groups that a policy names, as they are on the machine where it is loaded.
 */
#ifndef XDIVERT_USERS_H
#define XDIVERT_USERS_H

#include "ast.h"

/* Which of them there are not: a mistake, or somebody who is still to come. */
void users_warn(const struct policy *policy, char *warning, size_t size);

#endif
