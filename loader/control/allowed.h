/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Who may have a consumer: `allow` in the policy that is live.
 */
#ifndef XDIVERT_ALLOWED_H
#define XDIVERT_ALLOWED_H

#include "policy/ast.h"

struct connection;

/* Root may have all. Asks who it is of the kernel and of the machine's lists of users. */
bool is_allowed(const struct consumer *consumer, const struct connection *connection);

#endif
