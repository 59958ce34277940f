/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The interfaces that a command is about: "eth0,eth1".
 */
#ifndef XDIVERT_INTERFACES_H
#define XDIVERT_INTERFACES_H

#include "live/load.h"

struct interfaces {
	const char *names[LOAD_INTERFACES_MAX + 1]; /* one too many is refused */
	size_t count;
};

/* At least one. Cuts up the list, which the names are in. */
void interfaces_split(struct interfaces *interfaces, char *list);

#endif
