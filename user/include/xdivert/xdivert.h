/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * libxdivert: the packets that a policy diverts off the kernel's stack, in your application.
 *
 *	struct xdv_consumer *feed;
 *	int err = xdv_consumer_open(&feed, "eth0", "feed", NULL);
 *	if (err)
 *		return fail(err);
 *	while (running) {
 *		struct xdv_frame burst[64];
 *		int n = xdv_recv(feed, burst, 64, 1000);
 *		for (int i = 0; i < n; i++)
 *			handle(burst[i].data, burst[i].len);
 *		if (n > 0)
 *			xdv_release(feed, burst, n);
 *	}
 *	xdv_consumer_close(&feed);
 *
 * What holds for all of it:
 *  - A call returns 0 (or a count) when it worked and a negative errno when it did not. errno
 *    itself means nothing. A constructor leaves *out alone when it fails.
 *  - Structs of options and of results begin with their size, which the caller sets to sizeof;
 *    so an application and a library of different age understand each other.
 *  - The library prints nothing, starts no thread, handles no signal and exits for no reason.
 *  - A handle belongs to one thread at a time. Different handles are independent.
 */
#ifndef XDIVERT_H
#define XDIVERT_H

#include <xdivert/api.h>
#include <xdivert/consumer.h>
#include <xdivert/error.h>
#include <xdivert/flow.h>
#include <xdivert/frame.h>
#include <xdivert/packet.h>
#include <xdivert/region.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the library that runs, as "0.1.0". */
XDV_API const char *xdv_version(void);

#ifdef __cplusplus
}
#endif

#endif
