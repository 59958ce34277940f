/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Lets operations of one side through, any number at a time; those of the other side wait until
 * there is none of them. In the order in which they came, so that nobody waits for ever.
 */
#ifndef XDIVERT_FILE_GATE_H
#define XDIVERT_FILE_GATE_H

#include "volume.h"

enum gate_side { GATE_DIRECT, GATE_CACHED, GATE_SIDES };

struct gate {
	unsigned int inside[GATE_SIDES];
	struct volume_operation *first, **last; /* that wait */
};

void gate_open(struct gate *gate);

/* By operation->side. False: it waits, and is handed to the `start` of a gate_leave(). */
bool gate_enter(struct gate *gate, struct volume_operation *operation);
void gate_leave(struct gate *gate, const struct volume_operation *operation,
		void (*start)(struct gate *gate, struct volume_operation *operation));

#endif
