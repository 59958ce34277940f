/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A consumer as the loader pinned it: the map that takes its sockets, and the array that says who
 * serves its queues. Holding it open is holding its place: nobody else can open it meanwhile.
 */
#ifndef XDIVERT_PINNED_H
#define XDIVERT_PINNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <xdivert/error.h>

#include "bpf/abi.h"

struct pinned {
	int directory; /* locked; the lock goes with the process, however it ends */
	int xsks; /* XSKMAP */
	int beating; /* likewise: the program watches that they are served */
	uint32_t room; /* sockets that all maps have room for */
	uint32_t fanout; /* sockets on each queue, as it was when this was opened */
	uint32_t capacity; /* queues: of a policy without fanout, no less than there are */
	struct xdv_queue_state *states;
	size_t states_length;
	pid_t owner; /* who serves the queues, if it is not this process */
};

/*
 * Errors as documented at xdv_consumer_open(). On failure *pinned needs no closing. If somebody
 * has the place, it tries for wait_ms more: a process that was killed may still be dying.
 */
int pinned_open(struct pinned *pinned, const char *ifname, const char *name, int wait_ms,
		struct xdv_error *error);
void pinned_close(struct pinned *pinned);

/* Has the consumer been pinned anew since, by a policy that was unloaded and loaded again? */
bool pinned_is_replaced(const struct pinned *pinned, const char *ifname, const char *name);

/* Tells the program that the queue is served. There is one writer: the application. */
static inline void state_beat(struct xdv_queue_state *state)
{
	__atomic_store_n(&state->beat, state->beat + 1, __ATOMIC_RELAXED);
}

/* Only the states, of a map that another process has opened; the descriptor is taken. */
int pinned_adopt(struct pinned *pinned, int fd);

/* The place of a queue's socket in the maps, and in `states`. */
static inline uint32_t pinned_place(const struct pinned *pinned, uint32_t queue, uint32_t share)
{
	return XDV_SOCKET(queue, share, pinned->capacity);
}

/* Reads anew how many sockets the policy looks for on each queue. True: other ones than before. */
bool pinned_read_fanout(struct pinned *pinned);

/* Puts the socket where the program sends the packets of that place. flags: XDV_QUEUE_. */
int pinned_join(struct pinned *pinned, uint32_t place, int socket, uint32_t flags);
void pinned_leave(struct pinned *pinned, uint32_t place);

#endif
