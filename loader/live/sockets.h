/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which queues have a socket in an XSKMAP. User space cannot look into such a map, but a program
 * can: a small one that answers for one queue is loaded and test-run.
 */
#ifndef XDIVERT_SOCKETS_H
#define XDIVERT_SOCKETS_H

#include <stdbool.h>

/* Fills present[0..queues-1]. */
int sockets_present(int xsks, unsigned int queues, bool *present);

#endif
