/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a policy must know of a network interface. Asked of the kernel by netlink and ioctl, in the
 * network namespace of the caller; /sys/class/net may show that of another. Needs no privilege.
 */
#ifndef XDIVERT_DEVICE_H
#define XDIVERT_DEVICE_H

#include "xdivert/error.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* Where on the way of a packet a program is attached. */
enum xdp_place {
	PLACE_NATIVE, /* in the driver */
	PLACE_GENERIC, /* behind it, on socket buffers: any device, slower */
	PLACE_OFFLOAD, /* in the device */
	PLACES
};

extern const char *const place_names[PLACES];

/*
 * A frame of this MTU and its headroom fit in a page; drivers differ by some bytes. Beyond, frames
 * lie in several buffers, and drivers take only programs that say that they know.
 */
#define DEVICE_PAGE_MTU 3498

/* A policy that was loaded while the MTU was `before` does not provide for what it is now. */
static inline bool mtu_asks_for_load(unsigned int before, unsigned int now)
{
	return (before > DEVICE_PAGE_MTU) != (now > DEVICE_PAGE_MTU);
}

struct device {
	char name[IF_NAMESIZE];
	unsigned int index;
	unsigned int flags; /* IFF_* */
	unsigned int mtu;
	unsigned int queues; /* receive queues allocated: what a map by queue must hold */
	unsigned int queues_used; /* of these, in use; the same if the driver does not tell */
	char driver[32]; /* "?" if it does not tell */
	char kind[16]; /* of a device that is made of software: "veth", "bond"; "" for others */
	unsigned int master; /* index of the bond, bridge or team that it is part of; 0 for none */
	bool vlan_offload; /* rx-vlan-offload is on */
	bool lro; /* the device joins what it receives to larger packets */
	uint32_t program[PLACES]; /* ids of what is attached, 0 for nothing */
};

/* -ENODEV: there is no such interface in this network namespace. */
int device_read(struct device *device, const char *name, struct xdv_error *error);

/* The place that has a program; PLACES if none has. */
enum xdp_place device_attached(const struct device *device);

#endif
