/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Consumers that hang. A redirect into the ring of a stopped process succeeds until the ring is
 * full, and is a silent drop from then on. So the application's library beats when it has taken
 * packets (struct xdv_queue_state), and packets that stay unanswered for too long turn the queue to
 * the kernel, until it beats again. A consumer that has nothing to receive is not judged: the time
 * runs from the first packet that it was given and has not answered.
 */
#ifndef XDIVERT_STALL_H
#define XDIVERT_STALL_H

#include "program.h"

/* Of the kernel's tick, in nanoseconds: what bpf_jiffies64() counts. The loader sets it. */
const volatile __u64 xdv_tick = 1000000;

/*
 * Is it time to pass? Not if the application does not beat at all: then it is never judged. And
 * now and then with a packet that goes to it all the same: a packet that was lost on the way (no
 * free frame, perhaps) leaves an idle application asleep, and only another wakes it. That is after
 * as long again each time, so that few are spent on one that hangs indeed.
 */
static __always_inline bool xdv_give_up(struct xdv_queue_state *queue, void *beating, __u32 number,
					__u64 now)
{
	if (!bpf_map_lookup_elem(beating, &number)) {
		queue->asked = now;
		queue->again = 0;
		return false;
	}
	if (now >= queue->again) {
		queue->again = now + (now - queue->asked);
		return false;
	}
	queue->stalled++;
	return true;
}

/* `stall` is in nanoseconds: it is never less, and up to two ticks more. */
static __always_inline bool xdv_hangs(__u32 number, void *queues, void *beating, __u64 stall)
{
	struct xdv_queue_state *queue = bpf_map_lookup_elem(queues, &number);
	__u64 now = bpf_jiffies64(), beat; /* a load; bpf_ktime_get_ns() would cost 20 ns more */

	if (!queue)
		return false;
	beat = *(volatile __u64 *)&queue->beat;
	if (beat != queue->answered) {
		queue->asked = now;
		queue->again = 0;
		queue->answered = beat;
		return false;
	}
	/* signed: where several processors serve a queue, another may have asked a tick later */
	if ((__s64)(now - queue->asked) * (__s64)xdv_tick < (__s64)(stall + xdv_tick))
		return false;
	return xdv_give_up(queue, beating, number, now);
}

/*
 * Of the consumer with that number: the states of its queues, its sockets of applications that
 * beat (the kernel takes out those that are closed), and whether it hangs: is it, for as many
 * milliseconds, without an answer?
 */
#define XDV_WATCH(number, milliseconds)                                                            \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                 \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, struct xdv_queue_state);                                             \
	} queues_##number SEC(".maps");                                                            \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_XSKMAP);                                                 \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, __u32);                                                              \
	} beating_##number SEC(".maps");                                                           \
	static __always_inline bool xdv_hangs_##number##_at(__u32 socket)                          \
	{                                                                                          \
		return xdv_hangs(socket, &queues_##number, &beating_##number,                      \
				 (milliseconds)*1000000ull);                                       \
	}                                                                                          \
	static __always_inline bool xdv_hangs_##number(const struct xdp_md *ctx)                   \
	{                                                                                          \
		return xdv_hangs_##number##_at(xdv_rx_queue(ctx));                                 \
	}

#endif
