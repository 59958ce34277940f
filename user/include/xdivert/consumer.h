/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A consumer: where a policy's `=> xsk NAME` sends its packets.
 */
#ifndef XDIVERT_CONSUMER_H
#define XDIVERT_CONSUMER_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>
#include <xdivert/error.h>
#include <xdivert/frame.h>
#include <xdivert/region.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xdv_consumer;

enum xdv_zerocopy {
	XDV_ZEROCOPY_PREFER, /* where the driver has it, otherwise copy */
	XDV_ZEROCOPY_REQUIRE, /* fail without it */
	XDV_ZEROCOPY_NEVER,
};

/* How xdv_recv() waits. */
enum xdv_profile {
	XDV_PROFILE_BALANCED, /* looks again for some microseconds, less than a sleep costs, and
			       * then sleeps: nearly as quick under load, and quiet without */
	XDV_PROFILE_LATENCY, /* looks again until the time is up: the quickest, for a processor
			      * core that has nothing else to do. No signal ends it (-EINTR) */
	XDV_PROFILE_FRUGAL, /* sleeps at once */
};

enum xdv_log_level {
	XDV_LOG_WARNING, /* it works, but less well than you may think */
	XDV_LOG_INFO,
	XDV_LOG_DEBUG,
};

/* `text` is one line without its end, and gone when the callback returns. */
typedef void (*xdv_log_fn)(enum xdv_log_level level, const char *text, void *context);

/*
 * Members that are 0 mean the default. The library keeps nothing of it but log and its context, and
 * the region, which must live longer.
 */
struct xdv_consumer_options {
	size_t size; /* sizeof(struct xdv_consumer_options) */
	uint32_t frame_size; /* 2048 or 4096 bytes, 256 of them headroom; default: from the MTU */
	uint32_t frames; /* for each socket: ring_size, and what xdv_alloc() needs; default 4096 */
	uint32_t ring_size; /* of each of the four rings of a queue: a power of two; default 2048 */
	uint32_t zerocopy; /* enum xdv_zerocopy */
	xdv_log_fn log; /* default: silence */
	void *log_context;
	struct xdv_error *error; /* filled when the call fails */
	uint32_t profile; /* enum xdv_profile */
	/* 1: the application knows `more` of struct xdv_frame, and packets that are longer than a
	 * frame come in several of them, if the MTU lets there be any; otherwise they are lost */
	uint32_t jumbo;
	/* 1: the service (`xdivert run`) opens the consumer and keeps its rings, so that the next
	 * process that opens it so can take it over from this one: no packet is lost, and none is
	 * seen twice, if `ring_size` is room for what comes in between (and `frames` as much and
	 * more). See -ESHUTDOWN at xdv_recv(). */
	uint32_t takeover;
	/* to share with other consumers (xdv_region_create()); frames and frame_size are then its.
	 * Default: a region of its own, which goes with it */
	struct xdv_region *region;
	/* handles that the sockets are dealt out to, for as many threads: see
	 * xdv_consumer_worker(). Not with `takeover` or `region`, nor by the service. Default 1 */
	uint32_t workers;
};

/*
 * Takes the place of consumer `name` of the policy that is live on the interface: one socket for
 * each receive queue, or as many as the policy says: consumer feed { fanout flow 4 }. Where this
 * library speaks of a queue of the handle, it is one of these sockets. When it returns, the packets
 * come. `options` may be NULL.
 *
 * It keeps the place when the policy is replaced. When it is unloaded, the packets stay with the
 * kernel; and when one that has the consumer is loaded again, xdv_recv() takes the place again
 * within about a second.
 *
 * A queue that appears later (ethtool -L) gets a socket, too, by the first xdv_recv() that waits in
 * vain; until then, and where there can't be one, its packets go to the kernel. The log callback is
 * told why. Its rings are as large as the free frames allow: `frames` that are twice as many as
 * usual are enough for twice the queues. Not with `fanout`, and not by the service.
 *
 * A process without the privileges that it takes is given sockets and region by the service, if one
 * runs and the policy allows its user: consumer feed { allow user trader }. The service takes what
 * is not received when the process ends. `frames` and `ring_size` are then those of the first of
 * processes that take each other over, and statistics of losses count from there.
 *
 * -E2BIG   options has members that this library does not know, and they are set
 * -EINVAL  an option or a name is not what it must be; or the region that is to be shared has not
 *          enough free frames for the rings; or there are more workers than sockets
 * -ENODEV  no such interface in this network namespace
 * -ENOENT  no policy on the interface, or no consumer of that name in it
 * -EBUSY   another process serves this consumer, or has AF_XDP sockets on these queues
 * -EPERM, -EACCES  privileges are missing: CAP_NET_RAW for the sockets, CAP_BPF for the maps, and
 *          access to bpffs
 * -EOPNOTSUPP  zero-copy is required, and driver or device have none
 * -ENOBUFS the region is larger than RLIMIT_MEMLOCK allows; -ENOMEM  or than the memory
 */
XDV_API int xdv_consumer_open(struct xdv_consumer **out, const char *ifname, const char *name,
			      const struct xdv_consumer_options *options);

/*
 * A handle with some of the sockets, for one thread: what it receives, it sends and releases.
 * Worker 0 is the consumer itself, and worker i of n has the sockets i, i + n, i + 2n and so on:
 * those of queue 0 are the first ones, if there are several on a queue. They stop and close with
 * the consumer, when no other thread uses one of them any more. Statistics, queues and region are
 * those of the handle; the log callback is called by any of the threads.
 *
 * A device deals packets out to its queues by flow, and so does the policy with `fanout flow` to
 * the sockets of a queue: the packets of a flow come to one worker, in their order. NULL: there are
 * not so many.
 *
 * Each worker has memory of its own, and waits for no other. Only those that share a queue have it
 * together, and a lock on what is free, once a burst. A worker that hangs has its flows go to the
 * kernel, and no others, as long as it keeps no more than `frames` for each of its sockets.
 */
XDV_API struct xdv_consumer *xdv_consumer_worker(struct xdv_consumer *consumer, unsigned int i);

/*
 * Packets go to the kernel's stack again from now on; those received before can still be read:
 * until xdv_recv() with a timeout of some 20 ms returns 0. For an end without a loss.
 *
 * Of a consumer that the service has handed over, and then was ended, they go there when the
 * policy's `stall` is over; with `stall off`, when it is closed.
 */
XDV_API void xdv_consumer_stop(struct xdv_consumer *consumer);

/* Stops, sends what is in the transmit rings, frees everything and sets *consumer to NULL. */
XDV_API void xdv_consumer_close(struct xdv_consumer **consumer);

#define XDV_WAIT     (-1) /* timeout_ms: as long as it takes */
#define XDV_DONTWAIT 0

/*
 * Receives up to n frames: how many they are, 0 when none came in time. Who does not call it for
 * longer than the policy's `stall`, while there is something to receive or no free frame to receive
 * into, is taken for hung: then the packets go to the kernel, until it is called again.
 *
 * It serves the queues in turn, so that a busy one does not starve the others. With time to wait it
 * looks again for some microseconds before it sleeps. The caller owns the frames until it hands
 * them back.
 *
 * A packet that takes several frames is never split between two calls.
 *
 * -EMSGSIZE  the next packet takes more than n frames: it comes when there is room for it
 * -EINTR   a signal came while it slept. One that comes just before is not noticed until the
 *          next packet: wait with a timeout, or for xdv_consumer_fd() with ppoll().
 * -ENODEV  the interface is gone
 * -ESHUTDOWN  another process has taken the consumer over, with all that was not received yet. What
 *          this one holds it may still read, not send; it is to close the consumer.
 */
XDV_API int xdv_recv(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n,
		     int timeout_ms);

/*
 * Takes frames back, from xdv_recv() or xdv_alloc(). In any order, at any time; but while the
 * application holds nearly all of a queue's frames, the kernel has none to receive into.
 *
 * -EINVAL  one of them is no frame that the application owns (handed back twice, perhaps); it is
 *          skipped, the others are taken.
 */
XDV_API int xdv_release(struct xdv_consumer *consumer, const struct xdv_frame *frames,
			unsigned int n);

/*
 * Takes empty frames for transmit: len is 0, queue 0. Returns how many there were, up to n.
 */
XDV_API int xdv_alloc(struct xdv_consumer *consumer, struct xdv_frame *frames, unsigned int n);

/*
 * Sends packets, in frames from xdv_recv() or xdv_alloc(), each on the queue it names, from where
 * they lie. Returns how many were taken; the rest (the ring was full) still belongs to the caller.
 * They are on their way when it returns, and recycled by the library when they are through.
 *
 * -EINVAL  the first frame is none that the application owns, or data and len are not inside it,
 *          or there is no such queue, or the device has no transmit queue at all; or its packet has
 *          frames that are so, or on another queue, or more than XDV_PACKET_FRAMES, or more than
 *          one without `jumbo`. (If it is a later packet: those before it are taken.)
 * -ENODEV  the interface is gone
 */
XDV_API int xdv_send(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n);

/*
 * Readable when there is something to receive: for an event loop. It is level-triggered, and
 * stays the same until close. Let xdv_recv() return 0 before you sleep on it.
 */
XDV_API int xdv_consumer_fd(const struct xdv_consumer *consumer);

/*
 * Name of the rule that diverted the frame, as in the policy; "default" for its default, "flows"
 * if it was no rule, but a flow, "#N" if the policy's names cannot be read, "-" if the frame does
 * not say. Valid until the next call with this consumer.
 */
XDV_API const char *xdv_rule_name(struct xdv_consumer *consumer, const struct xdv_frame *frame);

/* Since the consumer was opened. Losses are packets that were diverted and never received. */
struct xdv_consumer_stats {
	size_t size; /* sizeof(struct xdv_consumer_stats), set by the caller */
	uint64_t rx_frames; /* Ethernet frames: a packet is one, whatever it takes */
	uint64_t rx_bytes;
	uint64_t tx_frames; /* handed to the kernel */
	uint64_t tx_bytes;
	uint64_t rx_ring_full; /* lost: the application was too slow to receive */
	uint64_t rx_dropped; /* lost: no free frame (see fill_ring_empty), or too long for one */
	uint64_t fill_ring_empty; /* how often the kernel found no free frame */
	uint64_t rx_invalid; /* descriptors of ours that the kernel refused: a bug */
	uint64_t tx_invalid;
	/* not lost: they went to the kernel, because the application did not receive for longer
	 * than the policy's `stall` */
	uint64_t stalled;
};

/* Of all queues together, or of one. -EINVAL: no size, or no such queue. */
XDV_API int xdv_consumer_stats(const struct xdv_consumer *consumer,
			       struct xdv_consumer_stats *stats);
XDV_API int xdv_queue_stats(const struct xdv_consumer *consumer, unsigned int index,
			    struct xdv_consumer_stats *stats);

#define XDV_QUEUE_INFO_ZEROCOPY	   0x1u /* as the kernel says; otherwise it copies each packet */
#define XDV_QUEUE_INFO_NEED_WAKEUP 0x2u /* the driver says when it wants to be kicked */
#define XDV_QUEUE_INFO_TRANSMIT	   0x4u /* the device has a transmit queue of this number */
#define XDV_QUEUE_INFO_JUMBO	   0x8u /* packets may have several frames, as `jumbo` wants it */

struct xdv_queue_info {
	size_t size; /* sizeof(struct xdv_queue_info), set by the caller */
	uint32_t queue; /* its number at the device */
	uint32_t flags; /* XDV_QUEUE_INFO_ */
	uint32_t ring_size;
	uint32_t frame_size;
	uint32_t share; /* which of the sockets on that queue it is: `fanout flow` in the policy */
};

/*
 * How many queues it receives from, and what each of them is. There may be more after an
 * xdv_recv(), and there are never fewer. -EINVAL: no size, or no such queue.
 */
XDV_API unsigned int xdv_consumer_queues(const struct xdv_consumer *consumer);
XDV_API int xdv_consumer_queue_info(const struct xdv_consumer *consumer, unsigned int index,
				    struct xdv_queue_info *info);

/* The memory that its frames lie in. If it is not shared, it lives as long as the consumer. */
XDV_API const struct xdv_region *xdv_consumer_region(const struct xdv_consumer *consumer);

#ifdef __cplusplus
}
#endif

#endif
