/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What must hold of whatever bytes a client of the control socket sends.
 */
#ifndef XDIVERT_CONTROL_PROPERTY_H
#define XDIVERT_CONTROL_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

/*
 * However the bytes are cut into pieces, the same messages come of them and the same error ends
 * them; and a message is a request, or there is a reason in words why it is none. Returns how many
 * were requests; aborts where it does not hold.
 */
size_t control_property(const uint8_t *bytes, size_t size);

#endif
