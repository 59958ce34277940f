/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Flows: what is done with the packets of one conversation, in one direction, before any rule of
 * the policy is asked. They are put in and taken out while the policy is live, if it declares room
 * for them: `flows { size 65536 }`. So a consumer that has seen enough of a conversation gives the
 * rest of it back to the kernel, or drops it, or passes it on to another consumer:
 *
 *	struct xdv_flow flow;
 *	struct xdv_flow_options back = {.size = sizeof(back), .action = XDV_FLOW_PASS,
 *					.timeout_ms = 30000};
 *	if (xdv_flow_of_frame(&frame, &flow) == 0)
 *		xdv_flow_add(xdv_consumer_flows(feed), &flow, &back);
 *
 * A flow is TCP, UDP or SCTP over IPv4 or IPv6, with whatever VLAN tags, and consists of whole
 * datagrams: fragments are the rules' business. Its packets are not counted under any rule.
 *
 * Each call is a few system calls (some ten microseconds), and takes no lock: processes may change
 * the flows of an interface at the same time, each change being atomic for the packets. Flows stay
 * when the policy is replaced by another one with flows, also while a call runs: it is then done
 * in the tables of both.
 */
#ifndef XDIVERT_FLOW_H
#define XDIVERT_FLOW_H

#include <stddef.h>
#include <stdint.h>
#include <xdivert/api.h>
#include <xdivert/consumer.h>
#include <xdivert/error.h>
#include <xdivert/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The flows of an interface. */
struct xdv_flows;

struct xdv_flow {
	uint8_t saddr[16]; /* in network byte order; of IPv4, the first four bytes count */
	uint8_t daddr[16];
	uint16_t sport; /* in host byte order */
	uint16_t dport;
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP */
	uint16_t reserved;
};

enum xdv_flow_action {
	XDV_FLOW_PASS, /* to the kernel */
	XDV_FLOW_DROP,
	XDV_FLOW_XSK, /* to a consumer; while nobody serves it, to the kernel */
	XDV_FLOW_TX, /* out of the interface, as it is */
	XDV_FLOW_TX_SWAP, /* likewise, with the Ethernet addresses exchanged: to who sent it */
};

/* Members that are 0 mean the default. */
struct xdv_flow_options {
	size_t size; /* sizeof(struct xdv_flow_options) */
	uint32_t action; /* enum xdv_flow_action; default: pass */
	/* without a packet for so long, it ends (within a tick of the kernel's clock, 1 to 10 ms);
	 * default: it stays */
	uint32_t timeout_ms;
	const char *consumer; /* of XDV_FLOW_XSK; default: that of xdv_consumer_flows() */
	struct xdv_error *error; /* filled when the call fails */
};

struct xdv_flow_info {
	size_t size; /* sizeof(struct xdv_flow_info), set by the caller */
	struct xdv_flow flow;
	uint32_t action; /* enum xdv_flow_action */
	uint32_t timeout_ms; /* 0: it stays */
	uint64_t idle_ms; /* since its last packet, or since it was added */
	uint64_t packets;
	uint64_t bytes;
	uint64_t fallback; /* of these packets, those that the kernel got for want of a socket */
	char consumer[32]; /* of XDV_FLOW_XSK; "" if the policy has it no more: rules decide */
};

/*
 * Opens the flows of an interface. It works with whatever policy is live there when it is used,
 * so there need not be one now. `error` may be NULL, here and below.
 *
 * -EINVAL  that is no name of an interface
 */
XDV_API int xdv_flows_open(struct xdv_flows **out, const char *ifname, struct xdv_error *error);
XDV_API void xdv_flows_close(struct xdv_flows **flows);

/* Those of the interface that the consumer is on. They are closed with it, and by nobody else. */
XDV_API struct xdv_flows *xdv_consumer_flows(struct xdv_consumer *consumer);

/*
 * Puts a flow in, with all counts 0, in place of what there was about it. It holds from the next
 * packet on. `options` may be NULL.
 *
 * In a full table, those that have timed out make room: that call has to look at them all, which
 * takes milliseconds where there are many.
 *
 * -E2BIG   options has members that this library does not know, and they are set
 * -EINVAL  an option, or a member of the flow, is not what it must be
 * -ENOENT  no policy is loaded on the interface, or it has no `flows`, or no such consumer
 * -ENOSPC  the table is full
 * -EPROTO  the policy was loaded by another version, whose flows are not like ours
 * -EPERM, -EACCES  privileges are missing: CAP_BPF, and access to bpffs
 */
XDV_API int xdv_flow_add(struct xdv_flows *flows, const struct xdv_flow *flow,
			 const struct xdv_flow_options *options);

/* Takes a flow out. -ESRCH: there is no such flow. Otherwise as xdv_flow_add(). */
XDV_API int xdv_flow_delete(struct xdv_flows *flows, const struct xdv_flow *flow,
			    struct xdv_error *error);

/* What there is about one flow. -EINVAL: no size. Otherwise as xdv_flow_delete(). */
XDV_API int xdv_flow_get(struct xdv_flows *flows, const struct xdv_flow *flow,
			 struct xdv_flow_info *info, struct xdv_error *error);

/* Not 0: no more. `info` is gone when the callback returns. */
typedef int (*xdv_flow_fn)(const struct xdv_flow_info *info, void *context);

/*
 * Calls back for each flow, in no order; those that have timed out are removed instead. Returns
 * 0, what the callback returned if that is not 0, or an error as xdv_flow_delete().
 */
XDV_API int xdv_flows_each(struct xdv_flows *flows, xdv_flow_fn callback, void *context,
			   struct xdv_error *error);

/* Takes all flows out. Returns how many they were, timed-out ones not counted, or an error. */
XDV_API int xdv_flows_flush(struct xdv_flows *flows, struct xdv_error *error);

/*
 * The flow that a received packet belongs to. -ENOMSG: it belongs to none: it is not TCP, UDP or
 * SCTP, or a fragment, or not well-formed.
 */
XDV_API int xdv_flow_of_frame(const struct xdv_frame *frame, struct xdv_flow *flow);

/* Makes it the other direction. */
XDV_API void xdv_flow_reverse(struct xdv_flow *flow);

/* "udp 10.0.0.1:5000 > 10.0.0.2:53", "tcp [fd00::1]:80 > [fd00::2]:4000". Returns `text`. */
#define XDV_FLOW_TEXT 128
XDV_API char *xdv_flow_format(const struct xdv_flow *flow, char text[XDV_FLOW_TEXT]);

#ifdef __cplusplus
}
#endif

#endif
