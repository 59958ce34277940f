/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the library must know of a network interface. Asked of the kernel by ioctl in the network
 * namespace of the caller; /sys/class/net may show that of another.
 */
#ifndef XDIVERT_IFINFO_H
#define XDIVERT_IFINFO_H

#include <stdint.h>
#include <xdivert/error.h>

struct ifinfo {
	unsigned int ifindex;
	uint32_t mtu; /* bytes, without the Ethernet header */
	uint32_t rx_queues; /* in use; 0 if the driver does not tell */
	uint32_t tx_queues; /* the same */
	char driver[32]; /* "?" if the driver does not tell */
};

/* -ENODEV: no such interface here; -EINVAL: not a name of an interface. */
int ifinfo_read(struct ifinfo *info, const char *ifname, struct xdv_error *error);

#endif
