/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A region: one block of memory cut into frames of equal size, registered once with each engine
 * that may touch it. The kernel writes received packets into it (it is the UMEM of the AF_XDP
 * sockets) and sends from it; whatever else can take its memory (an RDMA device, a file through
 * io_uring) works on the packet where it lies.
 *
 * A frame of the region is always in one of three hands: free, the kernel's (in a ring), or the
 * application's (from xdv_recv() or xdv_alloc() until xdv_release() or xdv_send()).
 */
#ifndef XDIVERT_REGION_H
#define XDIVERT_REGION_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdv_region;

struct xdv_region_info {
	size_t size; /* sizeof(struct xdv_region_info), set by the caller */
	void *base; /* page-aligned; a frame that was just handed out is at base + address */
	size_t length; /* bytes, a multiple of page_size */
	size_t page_size; /* of the memory behind it, bytes: of huge pages where there were some */
	int fd; /* the memfd behind it; the region keeps it */
	uint32_t frame_size; /* bytes, a power of two */
	uint32_t frames;
};

/* -EINVAL: info is NULL or its size is 0. */
XDV_API int xdv_region_info(const struct xdv_region *region, struct xdv_region_info *info);

#ifdef __cplusplus
}
#endif

#endif
