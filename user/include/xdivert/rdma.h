/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * RDMA: data that goes from a frame into another host's memory, or from there into a frame, without
 * that host's processor, and without a copy by this one's. On whatever rdma-core drives:
 *InfiniBand, RoCE, iWARP.
 *
 *	struct xdv_rdma *node;
 *	err = xdv_rdma_open(&node, "10.9.0.2", "7471", NULL);
 *	err = xdv_rdma_connect(node, 5000);
 *	err = xdv_region_register_rdma(&memory, xdv_consumer_region(feed), node, NULL);
 *	...
 *	err = xdv_rdma_write(node, memory, frame.data, frame.len, &target, offset, cookie);
 *	n = xdv_rdma_poll(node, events, 16, 1000);    (only now may the frame be released)
 *
 * These functions are a library of their own, libxdivert-rdma, beside libxdivert: it needs
 * libibverbs and librdmacm, and who receives packets and no more shall need neither.
 */
#ifndef XDIVERT_RDMA_H
#define XDIVERT_RDMA_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>
#include <xdivert/error.h>
#include <xdivert/region.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdv_rdma; /* a connection with one peer */
struct xdv_rdma_listener;
struct xdv_rdma_memory; /* what a connection may move data from and to */

/* Members that are 0 mean the default. The library keeps nothing of it. */
struct xdv_rdma_options {
	size_t size; /* sizeof(struct xdv_rdma_options) */
	uint32_t depth; /* operations under way at the same time; default 128, up to 4096 */
	uint32_t messages; /* that may arrive before they are polled; default 16, up to 4096 */
	uint32_t message_size; /* bytes of the longest one, both ways; default 512, up to 65536 */
	uint32_t patience_ms; /* a peer that is silent so long, up to four times, is gone; default
				 1000 */
	struct xdv_error *error; /* filled when the call fails */
};

/*
 * Prepares a connection to the peer that listens at host and port (names or numbers); the name is
 * looked up here, and only here. Nothing is sent yet.
 *
 * -E2BIG   options has members that this library does not know, and they are set
 * -EINVAL  an option is not what it must be
 * -ENODEV  the kernel has no RDMA, or its modules are not loaded
 * -ENOENT  no such host or port
 */
XDV_API int xdv_rdma_open(struct xdv_rdma **out, const char *host, const char *port,
			  const struct xdv_rdma_options *options);

/*
 * Connects, for the first time or after the connection broke. Tries again and again, with pauses
 * that grow from 50 ms to 2 s, until the time is up. With a timeout of 0 it only goes on with what
 * is to be done: call it when the fd is readable, and some times a second.
 *
 * -EINPROGRESS  not yet; with a timeout of 0
 * -ETIMEDOUT    not in time; xdv_rdma_trouble() says what the last attempt failed of
 * -EINVAL       it is a connection that the peer has begun, or the timeout is negative
 */
XDV_API int xdv_rdma_connect(struct xdv_rdma *connection, int timeout_ms);

/* Why the last attempt failed, or the connection broke; "" if neither. Until the next call. */
XDV_API const char *xdv_rdma_trouble(const struct xdv_rdma *connection);

/* "10.9.0.2:7471". As long as the connection. */
XDV_API const char *xdv_rdma_peer(const struct xdv_rdma *connection);

/*
 * Disconnects, frees everything and sets *connection to NULL. Operations that are under way end: no
 * device touches their memory when it returns. Its memory must have been unregistered.
 */
XDV_API void xdv_rdma_close(struct xdv_rdma **connection);

/* As xdv_rdma_open(); host may be NULL: all addresses. -EADDRINUSE: somebody else listens. */
XDV_API int xdv_rdma_listen(struct xdv_rdma_listener **out, const char *host, const char *port,
			    const struct xdv_rdma_options *options);

/* Readable when somebody wants to connect. */
XDV_API int xdv_rdma_listener_fd(const struct xdv_rdma_listener *listener);

/*
 * Takes the next one who wants to connect, with the listener's options. xdv_rdma_poll() sees the
 * connection come about, or fail. A peer can move nothing but messages until it is told of memory.
 *
 * -EAGAIN  nobody came in time (0: does not wait; -1: waits as long as it takes)
 */
XDV_API int xdv_rdma_accept(struct xdv_rdma **out, struct xdv_rdma_listener *listener,
			    int timeout_ms);
XDV_API void xdv_rdma_listener_close(struct xdv_rdma_listener **listener);

/*
 * Makes a region's frames memory that the connection moves data from and to: it may be the region
 * of a live consumer. The peer itself can't reach it. It stays registered when the connection
 * breaks and comes back. It counts against RLIMIT_MEMLOCK, beside what AF_XDP counts for it.
 *
 * -ENOTCONN  the connection has not been up yet: there is no device
 * -ENOBUFS   more than RLIMIT_MEMLOCK allows
 */
XDV_API int xdv_region_register_rdma(struct xdv_rdma_memory **out, const struct xdv_region *region,
				     struct xdv_rdma *connection, struct xdv_error *error);

#define XDV_RDMA_REMOTE_READ  0x1u /* the peer of this connection may read it, if it has the key */
#define XDV_RDMA_REMOTE_WRITE 0x2u

/*
 * The same for any memory, which is borrowed. No other connection's peer can reach it, whatever it
 * knows.
 */
XDV_API int xdv_rdma_register(struct xdv_rdma_memory **out, struct xdv_rdma *connection, void *base,
			      size_t length, unsigned int flags, struct xdv_error *error);

/* The peer's access ends, and *memory is NULL. Nothing of ours may be under way in it. */
XDV_API void xdv_rdma_unregister(struct xdv_rdma_memory **memory);

/* What a peer must know of memory to write or read it: a message brings it there. */
struct xdv_rdma_target {
	uint64_t address;
	uint64_t length; /* bytes */
	uint32_t key;
	uint32_t reserved; /* 0 */
};

/* That of memory of ours. */
XDV_API void xdv_rdma_target(const struct xdv_rdma_memory *memory, struct xdv_rdma_target *target);

/*
 * Begins to write `length` bytes at `data`, in `memory`, to `offset` in the peer's target; or to
 * read them from there. The memory belongs to the device until xdv_rdma_poll() returns the
 * operation, with `context`: only then may a frame be released or sent. Operations may end in any
 * order. A write that has ended is in the peer's memory, which need not outlive the peer.
 *
 * -EAGAIN    `depth` operations are under way
 * -EINVAL    not within the memory, or not within the target
 * -EMSGSIZE  longer than this device can do at once
 * -ENOTCONN  there is no connection
 */
XDV_API int xdv_rdma_write(struct xdv_rdma *connection, const struct xdv_rdma_memory *memory,
			   const void *data, size_t length, const struct xdv_rdma_target *target,
			   uint64_t offset, void *context);
XDV_API int xdv_rdma_read(struct xdv_rdma *connection, const struct xdv_rdma_memory *memory,
			  void *data, size_t length, const struct xdv_rdma_target *target,
			  uint64_t offset, void *context);

/*
 * Sends a message, which is copied. It arrives after all that was written before it. The peer must
 * have room: see `messages`. -EMSGSIZE: longer than message_size; others as above.
 */
XDV_API int xdv_rdma_send(struct xdv_rdma *connection, const void *message, size_t length,
			  void *context);

enum xdv_rdma_verb {
	XDV_RDMA_WRITE,
	XDV_RDMA_READ,
	XDV_RDMA_SEND,
	XDV_RDMA_MESSAGE, /* one that came */
};

struct xdv_rdma_event {
	uint32_t verb; /* enum xdv_rdma_verb */
	int32_t error; /* 0, or a negative errno, see below */
	void *context; /* of the operation */
	const void *data; /* of a message: until the next xdv_rdma_poll() */
	size_t length; /* bytes: of a message; of what else has gone well */
};

/*
 * Up to n operations that have ended and messages that have come: how many they are, 0 when there
 * was none in time (-1 waits as long as it takes, for which -EINTR is possible).
 *
 * The error of an operation is -EACCES (the peer's memory is not there, or not for us), -ETIMEDOUT
 * (the peer is silent), -ENOBUFS (it had no room for a message), -EIO; or -ECANCELED, if it was
 * under way when the connection broke: a write may then have happened or not. Any error breaks the
 * connection.
 *
 * -ENOTCONN  the connection is broken, and all of its operations have been returned
 */
XDV_API int xdv_rdma_poll(struct xdv_rdma *connection, struct xdv_rdma_event *events,
			  unsigned int n, int timeout_ms);

/*
 * Readable when xdv_rdma_poll() or xdv_rdma_connect() has something to do: for an event loop.
 * The same until close. Let xdv_rdma_poll() return 0 before you sleep on it; and while operations
 * are under way call it once a second, too: not every device notices that its peer is silent.
 */
XDV_API int xdv_rdma_fd(const struct xdv_rdma *connection);

#ifdef __cplusplus
}
#endif

#endif
