// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "file_gate.h"

void gate_open(struct gate *gate)
{
	*gate = (struct gate){.last = &gate->first};
}

static bool is_open(const struct gate *gate, unsigned int side)
{
	return gate->inside[side == GATE_DIRECT ? GATE_CACHED : GATE_DIRECT] == 0;
}

bool gate_enter(struct gate *gate, struct volume_operation *operation)
{
	if (!gate->first && is_open(gate, operation->side)) {
		gate->inside[operation->side]++;
		return true;
	}
	operation->next = NULL;
	*gate->last = operation;
	gate->last = &operation->next;
	return false;
}

void gate_leave(struct gate *gate, const struct volume_operation *operation,
		void (*start)(struct gate *gate, struct volume_operation *operation))
{
	gate->inside[operation->side]--;
	while (gate->first && is_open(gate, gate->first->side)) {
		struct volume_operation *next = gate->first;

		gate->first = next->next;
		if (!gate->first)
			gate->last = &gate->first;
		gate->inside[next->side]++;
		start(gate, next);
	}
}
