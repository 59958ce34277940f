/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a policy looks at, to be compared with what a device can show.
 */
#ifndef XDIVERT_READS_H
#define XDIVERT_READS_H

#include "ast.h"

/* A rule asks for the header, or for a field of it. */
bool policy_reads_header(const struct policy *policy, enum header header);

#endif
