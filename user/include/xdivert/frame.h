/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A frame: one packet in the region, with what is known about it.
 */
#ifndef XDIVERT_FRAME_H
#define XDIVERT_FRAME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Filled by xdv_recv() and xdv_alloc(), handed back to xdv_release() or xdv_send(). It is a
 * description: copying the struct does not copy the packet, and the copy is as good as the
 * original until one of the two is handed back.
 *
 * Before xdv_send() the application may move `data` within its frame, so as to prepend or strip a
 * header, change `len`, and choose another `queue`. `address` and `rule` .. stay as they were.
 *
 * A packet that is longer than a frame (see `jumbo` in struct xdv_consumer_options) is several in a
 * row: all but the last have `more`. What is known of it is in the first one.
 */
struct xdv_frame {
	void *data; /* first byte of the Ethernet header */
	uint64_t address; /* which frame: offset of `data`, as first handed out, in the region */
	uint32_t len; /* bytes of the packet that lie here */
	uint32_t room; /* bytes from `data`, as first handed out, to the end of the frame */
	uint32_t queue; /* index of the queue it came from: 0 .. xdv_consumer_queues() - 1 */
	uint32_t valid; /* XDV_FRAME_ bits: which of the following are known */
	uint32_t rule; /* that diverted it: n is the n-th of the policy, 0 the default */
	uint32_t generation; /* of the policy that `rule` counts in */
	uint32_t mark; /* that the rule gave it: `mark N` in front of its action */
	uint32_t more; /* not 0: the packet goes on in the next frame of the array */
	uint64_t reserved[2];
};

/* Frames that a packet has at the most, to be sent; a longer one may come in. */
#define XDV_PACKET_FRAMES 18

/* `rule` and `generation` are known: the consumer has metadata, and the driver leaves it alone. */
#define XDV_FRAME_RULE 0x1u
/* `mark` is known: likewise, and the rule has one. */
#define XDV_FRAME_MARK 0x2u
/* A flow diverted it (xdivert/flow.h), and no rule: `rule` is not known. */
#define XDV_FRAME_FLOW 0x4u

#ifdef __cplusplus
}
#endif

#endif
