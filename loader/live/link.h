/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Attaching alone, by a bpf_link that is pinned: nobody else can replace or detach it.
 */
#ifndef XDIVERT_LINK_H
#define XDIVERT_LINK_H

#include "device.h"
#include "kernel.h"

/* Opens the pinned link of the interface and reads it. A descriptor, or a negative errno. */
int link_open(const char *ifname, struct kernel_link *link);

/* Attaches and pins, or leaves nothing. The errno is the driver's refusal, if it refuses. */
int link_attach(const struct device *device, int program, enum xdp_place place);

/*
 * Puts `program` in the place of the program `old`, in one step: a packet meets one or the other.
 * `old` may be negative: in the place of whichever it is. -EPERM: the link's program is not `old`;
 * -ENOLINK: the device is gone.
 */
int link_replace(const char *ifname, int program, int old);

/* Detaches, and removes the pin. */
int link_detach(const char *ifname);

#endif
