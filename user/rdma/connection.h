/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Inside of an RDMA connection.
 *
 *   options.c     what callers may ask for
 *   connection.c  how it comes about, breaks and ends
 *   device.c      the device's objects
 *   listen.c      those that the peer begins
 *   memory.c      what it may move data from and to
 *   work.c        what it moves
 *
 * The device's objects (protection domain, completion queue, messages' memory) stay from the first
 * time the connection is up until it is closed, so that registered memory does; only the queue pair
 * and the rdma_cm_id are made anew for each attempt.
 */
#ifndef XDIVERT_RDMA_CONNECTION_H
#define XDIVERT_RDMA_CONNECTION_H

#include <rdma/rdma_cma.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <xdivert/rdma.h>

/* How long one attempt to connect may take. */
#define ATTEMPT_MS   3000
#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000
/* Packets that are not answered are sent again so often; 7 is for ever to some devices. */
#define PACKET_RETRIES 6
/* A device that does not notice a dead peer by itself (rxe when its link is taken down) is not
 * waited for longer than so many times its patience. */
#define SILENCE 4

enum rdma_state {
	RDMA_IDLE, /* no id, no queue pair */
	RDMA_ATTEMPT, /* from the address to the connection */
	RDMA_UP,
	RDMA_BROKEN, /* to be taken down: operations are still under way */
};

enum slot_state { SLOT_FREE, SLOT_POSTED, SLOT_ENDED };

/* An operation; it has a place for a message, which others leave alone. */
struct rdma_slot {
	uint8_t state; /* enum slot_state */
	uint8_t verb; /* enum xdv_rdma_verb */
	int32_t error; /* once it has ended */
	uint32_t length;
	void *context;
};

struct xdv_rdma {
	struct xdv_rdma_options options; /* all set */
	enum rdma_state state;
	bool passive; /* the peer has begun it */
	int epoll; /* of both channels */
	struct sockaddr_storage address; /* of the peer */
	char peer[64];
	char trouble[128];
	uint64_t attempt_end, next_attempt; /* ms */
	uint64_t moved; /* ms: when an operation last ended, or the first one under way began */
	uint32_t pause; /* ms */

	struct rdma_event_channel *channel;
	struct rdma_cm_id *id;
	struct ibv_context *verbs; /* of the device; NULL: has not been up yet */
	struct ibv_pd *pd;
	struct ibv_comp_channel *comp;
	struct ibv_cq *cq;
	bool armed; /* the next completion makes the fd readable */
	uint32_t length_max; /* bytes of an operation */

	struct rdma_slot *slots; /* options.depth */
	uint32_t *free; /* a stack of their numbers */
	uint32_t free_count, ended;
	uint8_t *buffers; /* for messages: of the slots, then those that come */
	size_t buffers_length;
	struct ibv_mr *buffers_mr;
	uint32_t *lent; /* numbers of those that came and that the caller has; room for all */
	uint32_t lent_count;
};

struct xdv_rdma_memory {
	struct ibv_mr *mr;
	uint8_t *base;
	size_t length;
};

/* options.c */

/* Reads what the caller wants, which may be NULL, into *ours, and fills in what it left open. */
int rdma_options_read(struct xdv_rdma_options *ours, const struct xdv_rdma_options *theirs);
/* The value for RDMA_OPTION_ID_ACK_TIMEOUT. */
uint8_t rdma_ack_timeout(uint32_t patience_ms);
/* The first address of host and port, and its text. -ENOENT: there is none. */
int rdma_resolve(struct sockaddr_storage *address, const char *host, const char *port, bool passive,
		 struct xdv_error *error);
void rdma_address_text(char *text, size_t size, const struct sockaddr *address);

/* connection.c */

uint64_t rdma_now_ms(void);
int rdma_channel_open(struct rdma_event_channel **channel, struct xdv_error *error);
/* One of the given state, with all that takes no device. */
int rdma_new(struct xdv_rdma **out, const struct xdv_rdma_options *options,
	     struct xdv_error *error);
/* Takes what has happened to the connection. */
void rdma_serve_events(struct xdv_rdma *connection);
void rdma_broke(struct xdv_rdma *connection, const char *trouble);
/* Ends all that is under way, and the queue pair. */
void rdma_take_down(struct xdv_rdma *connection);
/* Waits for the fd. -EINTR. */
int rdma_wait(const struct xdv_rdma *connection, int timeout_ms);

/* The fd is readable when this one is. */
int rdma_watch(const struct xdv_rdma *connection, int fd);

/* device.c */

/* For connection->id, which has a device now: what is missing of its objects. */
int rdma_prepare(struct xdv_rdma *connection);
/* A queue pair for connection->id, ready to receive. */
int rdma_make_queue_pair(struct xdv_rdma *connection);
struct rdma_conn_param rdma_connect_parameters(void);

/* work.c */

/* All that the completion queue still has, after the queue pair is gone: nothing is under way. */
void rdma_end_all(struct xdv_rdma *connection);
int rdma_post_receive(struct xdv_rdma *connection, uint32_t number);

#endif
