/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One NBD client. What arrives is read into its own frame and parsed there; data of a write goes on
 * to where it is kept, or into the frame that goes there, from the socket if it can. Requests are
 * begun as they come and answered as they end, whatever their order.
 *
 *   receive.c     what has come: handshake, requests, data
 *   serve.c       requests to the volume, and back
 *   transmit.c    answers
 *   connection.c  when which of them is due, and the end
 *
 * Whatever the kernel or a volume has finished only marks the connection; once a turn of the ring,
 * connection_serve() does for each of them what there is to do. So one send carries many answers.
 */
#ifndef XDIVERT_CONNECTION_H
#define XDIVERT_CONNECTION_H

#include "export.h"
#include "frames.h"
#include "negotiate.h"
#include "request.h"
#include "ring.h"

#include <sys/socket.h>

#define REQUESTS_EACH 256 /* of a connection at the same time; the next ones wait in the socket */
#define SEND_PARTS    128

/* A request between its arrival and the end of its answer. */
struct request {
	struct connection *connection;
	struct request *next; /* to be answered, or in no use */
	struct nbd_request nbd;
	struct volume_operation operation; /* of what is done in one piece */
	uint64_t start; /* ns */
	uint32_t pending; /* pieces at the volume, and 1 while there are more to come */
	uint32_t error; /* NBD_E… */
	uint8_t header[NBD_REPLY_HEADER_MAX];
	uint32_t header_length, data_length; /* of the answer */
	uint32_t frame_count;
	uint32_t frames[FRAMES_REQUEST]; /* of a read; data in memory has none */
};

enum receive_state {
	RECEIVE_HANDSHAKE,
	RECEIVE_REQUEST,
	RECEIVE_DATA, /* of connection->request */
	RECEIVE_DISCARD, /* data of a request that is refused */
};

/* What all connections share. */
struct clients {
	struct ring *ring;
	struct frames frames;
	struct connection *list; /* all of them */
	struct connection *marked; /* with something to do */
	struct connection *waiting; /* for frames, in the order in which they get them */
	struct request *unused;
	unsigned int count, max;
	bool others; /* are served by the same ring, too: AoE initiators */
	uint64_t complained; /* ns: the second in which it was last said what clients do wrong */
	unsigned int complaints; /* of that second */
};

struct connection {
	struct clients *clients;
	struct connection *prev, *next; /* as utlist.h calls them */
	struct connection *previous_marked, *next_marked;
	struct connection *previous_waiting, *next_waiting;
	char peer[64]; /* for people */
	int fd;
	bool marked, waiting;
	bool ending; /* nothing more is received; what there is is answered */
	bool broken; /* nothing more is sent, either */
	bool receiving, sending; /* the kernel is at it */
	bool drained; /* nothing was left in the socket when it was last read */
	uint64_t opened, moved; /* ns: when it came, when its last bytes moved */

	enum receive_state state;
	struct negotiation *negotiation;
	struct export *export;
	bool structured;
	uint32_t in_frame;
	uint8_t *in; /* FRAME_SIZE bytes, the frame's */
	uint32_t in_start, in_end; /* what is not parsed yet */
	struct request *request; /* whose data is coming */
	uint32_t data_frame; /* unless it goes into memory */
	uint8_t *data; /* where the next of it goes */
	uint32_t data_room; /* there */
	uint32_t data_left; /* that is still to come in all */
	struct ring_operation receive;
	struct msghdr receive_message;
	struct iovec receive_parts[2];

	unsigned int requests; /* struct request of it that are in use */
	uint32_t frames; /* that they hold */
	struct request *answers, **answers_end; /* first to last to be sent */
	uint32_t greeting_sent; /* bytes of negotiation->out */
	uint64_t sent; /* bytes of the first answer */
	struct ring_operation send;
	struct msghdr send_message;
	struct iovec send_parts[SEND_PARTS];
};

/* connection.c */

/* Takes the socket, also on failure. -ENOMEM, and -EMFILE: there are clients->max already. */
int connection_open(struct clients *clients, int fd, const char *peer,
		    const struct exports *exports);
/* Marks it: it gets its turn with the next connections_serve(). */
void connection_mark(struct connection *connection);
/* For a fault of the client's, or the network's, which is said unless it is NULL. */
void connection_break(struct connection *connection, const char *trouble);
/* Does what there is to do for those that are marked; some may be gone afterwards. */
void connections_serve(struct clients *clients);
/* Ends those that have not moved for too long. */
void connections_expire(struct clients *clients);
/* All are to end: what has been received is answered. */
void connections_end(struct clients *clients);
/* Frees what there still is; the ring is closed. */
void connections_close(struct clients *clients);

/* receive.c */
void receive_start(struct connection *connection);
void receive_parse(struct connection *connection);

/* serve.c */

/* NULL: there are too many of them, or too little memory; later there may be. */
struct request *request_begin(struct connection *connection, const struct nbd_request *nbd);
/* Whether there are frames for it; if not, the connection waits for them, and is marked then. */
bool request_has_room(struct connection *connection, const struct nbd_request *nbd);
void request_refuse(struct request *request, uint32_t error);
/* Of all but writes. */
void request_serve(struct request *request);
/* Of writes: where the next piece of its data goes. False: for want of a frame, nowhere yet. */
bool request_next_piece(struct connection *connection);
/* All of the piece is there. */
void request_piece_full(struct connection *connection);
/* Its answer is on the way. */
void request_count(const struct request *request);
void request_free(struct request *request);

/* transmit.c */
void transmit_add(struct request *request);
void transmit_start(struct connection *connection);
bool transmit_is_empty(const struct connection *connection);

#endif
