/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What `xdivert show` shows: the live policy of an interface, as it is at this moment. Changes
 * nothing and takes no lock.
 */
#ifndef XDIVERT_OBSERVE_H
#define XDIVERT_OBSERVE_H

#include "ast.h"
#include "bpf/abi.h"
#include "device.h"
#include "losses.h"
#include "record.h"
#include "sets.h"
#include "state.h"
#include "steering.h"

enum queue_use {
	QUEUE_EMPTY, /* no socket: the packets go to the kernel */
	QUEUE_SERVED, /* a socket, of a process that says so */
	QUEUE_STALLED, /* the same, but it does not receive: the packets go to the kernel */
	QUEUE_FOREIGN, /* a socket, of a process that says nothing: not on libxdivert */
};

struct queue_view {
	uint32_t number; /* at the device */
	uint32_t share; /* which of the queue's sockets this is */
	char name[24]; /* "0", or "0/1" if each queue has several */
	enum queue_use use;
	uint32_t pid;
	char command[32];
	bool zero_copy;
	bool need_wakeup;
	bool beats; /* says that it receives; else it is exempt from `stall` */
	bool losses_known; /* its socket could be asked */
	struct losses losses;
	uint64_t stalled; /* packets that went to the kernel while it did not; of whoever served it
			   */
};

struct consumer_view {
	const char *name; /* the policy's */
	enum consumer_kind kind;
	uint32_t stall; /* likewise, in milliseconds; 0: off */
	int groups; /* multicast groups, as the policy says */
	int joined; /* of how many the interface is a member; negative: the kernel does not tell */
	uint32_t fanout; /* likewise: sockets on each queue */
	struct queue_view *queues; /* one for each socket: those of a queue side by side */
	size_t count;
};

struct flows_view {
	uint32_t count, size; /* how many there are, and may be; size 0: the policy has no flows */
	struct xdv_counter counter; /* what they took; those too that are gone */
};

struct view {
	char ifname[IF_NAMESIZE];
	struct device device;
	struct live live;
	struct record record;
	struct policy *policy; /* as it was loaded */
	struct xdv_counter *counters; /* [0] the default, [n] the n-th rule */
	struct consumer_view *consumers;
	size_t consumer_count;
	struct live_sets sets; /* the dynamic ones */
	struct flows_view flows;
	struct steering_view steering;
};

/* -ENOENT: no policy is live on it. */
int view_read(struct view *view, const char *ifname, struct xdv_error *error);
void view_free(struct view *view);

/* Names of the interfaces of this network namespace of which something is kept; malloc'ed. */
int interfaces_list(char (**names)[IF_NAMESIZE], size_t *count);

#endif
