/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The examinations of `xdivert doctor`. They change nothing: no setting, no program, no socket of
 * anybody's.
 */
#ifndef XDIVERT_DOCTOR_H
#define XDIVERT_DOCTOR_H

#include "findings.h"
#include "live/device.h"
#include "live/observe.h"

/* The kernel, this process's rights and limits, and the compiler. */
void examine_system(struct findings *findings);

/* RDMA devices: their transport, link and limits, and how much memory may be registered. */
void examine_rdma(struct findings *findings);

/* What a device and its driver can do, as they say. */
void examine_device(struct findings *findings, const struct device *device);

/* The program that is on the device, and who serves it. `view`: NULL if no policy is live. */
void examine_policy(struct findings *findings, const struct device *device,
		    const struct view *view);

/*
 * What is lost in `seconds`, by cause: the device's own counters joined with those of the sockets,
 * because each knows what the other does not. `view` as above.
 */
void examine_losses(struct findings *findings, const struct device *device, const struct view *view,
		    unsigned int seconds);

/*
 * Does AF_XDP work on this device? Not as its features say, but by sockets that are bound, in copy
 * mode, to the queues that have none; and by a frame that goes through the first queue into such a
 * socket, by a program that is on no device and so sees no other packet.
 */
void examine_by_canary(struct findings *findings, const struct device *device,
		       const struct view *view);

#endif
