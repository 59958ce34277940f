// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "losses.h"

#include "process.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SOL_XDP
#define SOL_XDP 283
#endif

uint64_t losses_total(const struct losses *losses)
{
	return losses->ring_full + losses->no_frame + losses->too_long + losses->invalid;
}

static int ask_socket(struct losses *losses, int socket)
{
	struct xdp_statistics found = {};
	socklen_t length = sizeof(found);

	if (getsockopt(socket, SOL_XDP, XDP_STATISTICS, &found, &length))
		return -errno;
	losses->ring_full = found.rx_ring_full;
	losses->invalid = found.rx_invalid_descs;
	/*
	 * rx_dropped counts packets without a frame and those that are too long for one; each of
	 * the former found the fill ring empty. (In zero-copy mode the driver looks into that ring
	 * ahead of packets: then it is empty more often than something is dropped.)
	 */
	losses->no_frame = found.rx_fill_ring_empty_descs < found.rx_dropped
				   ? found.rx_fill_ring_empty_descs
				   : found.rx_dropped;
	losses->too_long = found.rx_dropped - losses->no_frame;
	return 0;
}

static int ask_process(struct losses *losses, int process, const struct xdv_queue_state *state)
{
	int socket, err;

	/* held by now, so that its number is not given to another */
	if (process_start((pid_t)state->pid, NULL, 0) != state->since)
		return -ESRCH;
	socket = (int)syscall(SYS_pidfd_getfd, process, state->socket, 0);
	if (socket < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	err = ask_socket(losses, socket);
	close(socket);
	return err;
}

int losses_read(struct losses *losses, const struct xdv_queue_state *state)
{
	int process, err;

	if (!(state->flags & XDV_QUEUE_SOCKET))
		return -ENOENT;
	process = (int)syscall(SYS_pidfd_open, state->pid, 0);
	if (process < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	err = ask_process(losses, process, state);
	close(process);
	return err;
}
