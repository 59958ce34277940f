/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A region: one block of memory cut into frames of equal size, registered once with each engine
 * that may touch it. The kernel writes received packets into it (it is the UMEM of the AF_XDP
 * sockets) and sends from it; whatever else can take its memory (an RDMA device, a file through
 * io_uring) works on the packet where it lies.
 *
 * A frame of the region is always in one of three hands: free, the kernel's (in a ring), or the
 * application's (from xdv_recv() or xdv_alloc() until xdv_release() or xdv_send()).
 *
 * A consumer makes a region of its own. Several share one, on whatever interfaces, if they are
 * opened with it: then a frame that one has received can be sent, or released, by another. They
 * all, and the region, belong to one thread at a time. One that closes leaves the frames that are
 * in its rings to the others; with zero-copy, not those that the device has.
 *
 *	struct xdv_region_options room = {.size = sizeof(room), .frames = 32768};
 *	struct xdv_consumer_options options = {.size = sizeof(options)};
 *	err = xdv_region_create(&options.region, &room);
 *	err = xdv_consumer_open(&left, "eth0", "feed", &options);
 *	err = xdv_consumer_open(&right, "eth1", "feed", &options);
 *
 * For io_uring it is a fixed buffer, and a packet is written to a file from where it lies:
 *
 *	struct iovec memory;
 *	memory.iov_base = xdv_region_memory(region, &memory.iov_len);
 *	io_uring_register_buffers(&ring, &memory, 1);
 *	io_uring_prep_write_fixed(sqe, fd, frame.data, frame.len, offset, 0);
 *
 * To find out where frames get lost, or are handed back twice, start the application with
 * XDIVERT_CHECK=frames in its environment: it then says so on standard error, and aborts, when it
 * hands back or sends what is not its own, and when the region goes and frames have not come back.
 */
#ifndef XDIVERT_REGION_H
#define XDIVERT_REGION_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>
#include <xdivert/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdv_region;

/* Members that are 0 mean the default. */
struct xdv_region_options {
	size_t size; /* sizeof(struct xdv_region_options) */
	uint32_t frames; /* each queue takes ring_size of them, and more in flight; default 16384 */
	uint32_t frame_size; /* 2048 or 4096 bytes, 256 of them headroom; default 2048 */
	uint32_t huge; /* 1: fail if there are no huge pages; otherwise they are taken if there are
			*/
	struct xdv_error *error; /* filled when the call fails */
};

/*
 * Makes a region for several consumers. `options` may be NULL.
 *
 * -E2BIG   options has members that this library does not know, and they are set
 * -EINVAL  an option is not what it must be
 * -ENOMEM  there is not so much memory, or, with `huge`, not so much of it in huge pages
 */
XDV_API int xdv_region_create(struct xdv_region **out, const struct xdv_region_options *options);

/* Frees it and sets *region to NULL. -EBUSY: a consumer has it still. */
XDV_API int xdv_region_free(struct xdv_region **region);

/* All of it, for who registers it: where it begins, and how many bytes it has. */
XDV_API void *xdv_region_memory(const struct xdv_region *region, size_t *length);

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
