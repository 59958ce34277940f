/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What an AF_XDP socket has lost, by cause. Only a socket itself tells, so that of the application
 * is asked, through a copy of its descriptor.
 */
#ifndef XDIVERT_LOSSES_H
#define XDIVERT_LOSSES_H

#include "bpf/abi.h"

#include <stdint.h>

/* Packets that the program sent to the socket and that it did not take, since it was opened. */
struct losses {
	uint64_t ring_full; /* the application did not receive for too long */
	uint64_t no_frame; /* likewise, or it holds all frames: it gave the kernel none to fill */
	uint64_t too_long; /* longer than a frame, and the socket takes none in parts */
	uint64_t invalid; /* its fill ring had something that is no frame: a bug of the application
			   */
};

uint64_t losses_total(const struct losses *losses);

/*
 * -ESRCH: the process is gone; -ENOENT: it does not say which its socket is; -EPERM: it may not be
 * asked, which takes CAP_SYS_PTRACE; -EOPNOTSUPP: the kernel is older than 5.6.
 */
int losses_read(struct losses *losses, const struct xdv_queue_state *state);

#endif
