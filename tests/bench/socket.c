// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "socket.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/xsk.h>

#define FRAMES 64

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err = 0;

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* A test run's packets arrive on queue 0 of the loopback device: the socket is bound to just that.
 */
int socket_open(void)
{
	static struct xsk_ring_prod fill;
	static struct xsk_ring_cons completion, received;
	const struct xsk_umem_config memory_config = {
		.fill_size = FRAMES,
		.comp_size = FRAMES,
		.frame_size = XSK_UMEM__DEFAULT_FRAME_SIZE,
	};
	const struct xsk_socket_config config = {
		.rx_size = FRAMES,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.xdp_flags = XDP_FLAGS_SKB_MODE,
		.bind_flags = XDP_COPY,
	};
	size_t size = (size_t)FRAMES * XSK_UMEM__DEFAULT_FRAME_SIZE;
	struct xsk_umem *memory;
	struct xsk_socket *xsk;
	void *area;
	int err;

	if (unshare(CLONE_NEWNET))
		return -errno;
	err = loopback_up();
	if (err)
		return err;
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return -errno;
	err = xsk_umem__create(&memory, area, size, &fill, &completion, &memory_config);
	if (!err)
		err = xsk_socket__create(&xsk, "lo", 0, memory, &received, NULL, &config);
	return err ? err : xsk_socket__fd(xsk);
}
