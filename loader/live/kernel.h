/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the kernel tells of its BPF objects by number or by pin.
 */
#ifndef XDIVERT_KERNEL_H
#define XDIVERT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_MAPS_MAX 64

struct kernel_program {
	char name[16];
	uint32_t map[KERNEL_MAPS_MAX]; /* ids of the maps it uses */
	size_t maps;
};

/* By id; needs CAP_SYS_ADMIN. */
int kernel_program(struct kernel_program *program, uint32_t id);

/* The id of the map, or of the program, that is pinned there; 0 if there is none. */
uint32_t kernel_pinned_map_id(const char *path);
uint32_t kernel_pinned_program_id(const char *path);
uint32_t kernel_program_id(int fd);

struct kernel_link {
	uint32_t id;
	uint32_t program; /* id */
	uint32_t ifindex; /* 0: the device is gone */
};

/* Of an XDP link, by descriptor. */
int kernel_link(struct kernel_link *link, int fd);

/* May XDP programs say that they know of frames in several buffers? Linux 5.18; needs CAP_BPF. */
bool kernel_has_buffers(void);
/* And do AF_XDP sockets take such frames? Linux 6.6; needs CAP_NET_RAW, without it nobody knows. */
bool kernel_sockets_take_buffers(void);

/* The id of the XDP link that holds the program on a device; 0 if none does. */
uint32_t kernel_link_of_program(uint32_t program);

#endif
