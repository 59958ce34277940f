// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "connection.h"

#include "output.h"
#include "stats.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#define SECOND	       UINT64_C(1000000000)
#define HANDSHAKE_TIME (10 * SECOND)
#define STUCK_TIME     (60 * SECOND) /* in the middle of a request or of an answer */
#define STARVING_TIME  (5 * SECOND) /* the same, while others wait for the frames of the answer */
#define COMPLAINTS     5 /* a second */

/* Who is gone without a word (powered off, unplugged) is found out in some two minutes. */
static void keep_alive(int fd)
{
	const int on = 1, idle = 60, interval = 10, count = 6;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

int connection_open(struct clients *clients, int fd, const char *peer,
		    const struct exports *exports)
{
	struct connection *connection = NULL;

	if (clients->count < clients->max)
		connection = calloc(1, sizeof(*connection));
	if (connection)
		connection->negotiation = malloc(sizeof(*connection->negotiation));
	if (!connection || !connection->negotiation) {
		free(connection);
		close(fd);
		return clients->count < clients->max ? -ENOMEM : -EMFILE;
	}
	keep_alive(fd);
	connection->clients = clients;
	connection->fd = fd;
	snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
	connection->opened = connection->moved = clients->ring->now;
	connection->answers_end = &connection->answers;
	connection->in_frame = frame_take(&clients->frames);
	clients->frames.reserved--;
	connection->in = frame_data(&clients->frames, connection->in_frame);
	negotiation_start(connection->negotiation, exports);
	DL_APPEND(clients->list, connection);
	clients->count++;
	connection_mark(connection);
	return 0;
}

void connection_mark(struct connection *connection)
{
	if (connection->marked)
		return;
	connection->marked = true;
	DL_APPEND2(connection->clients->marked, connection, previous_marked, next_marked);
}

/* Not of every one of a thousand that knock. */
static void complain(const struct connection *connection, const char *trouble)
{
	struct clients *clients = connection->clients;

	if (clients->ring->now - clients->complained > SECOND) {
		clients->complained = clients->ring->now;
		clients->complaints = 0;
	}
	if (clients->complaints++ < COMPLAINTS)
		remark("%s: %s: the connection is closed", connection->peer, trouble);
}

static void wait_no_more(struct connection *connection)
{
	struct clients *clients = connection->clients;

	if (connection->waiting)
		DL_DELETE2(clients->waiting, connection, previous_waiting, next_waiting);
	connection->waiting = false;
	if (clients->waiting)
		connection_mark(clients->waiting);
}

void connection_break(struct connection *connection, const char *trouble)
{
	if (!connection->broken && trouble)
		complain(connection, trouble);
	if (!connection->broken)
		shutdown(connection->fd, SHUT_RDWR); /* what the kernel is at comes to an end */
	connection->broken = connection->ending = true;
	wait_no_more(connection);
	connection_mark(connection);
}

/* Answers that nobody waits for any more, and a write whose data does not come. */
static void drop(struct connection *connection)
{
	struct request *request;

	if (connection->sending)
		return;
	while ((request = connection->answers)) {
		connection->answers = request->next;
		request_free(request);
	}
	connection->answers_end = &connection->answers;
	request = connection->request;
	if (!request || connection->receiving)
		return;
	connection->request = NULL;
	if (connection->data_room && !connection->export->volume->memory) {
		frame_put(&connection->clients->frames, connection->data_frame);
		connection->frames--;
	}
	request->error = NBD_EIO;
	if (--request->pending == 0)
		request_free(request);
}

static void close_connection(struct connection *connection)
{
	struct clients *clients = connection->clients;

	if (connection->negotiation && connection->negotiation->trouble)
		complain(connection, connection->negotiation->trouble);
	wait_no_more(connection);
	if (connection->export)
		connection->export->counters->clients--;
	if (connection->marked)
		DL_DELETE2(clients->marked, connection, previous_marked, next_marked);
	frame_put(&clients->frames, connection->in_frame);
	clients->frames.reserved++;
	DL_DELETE(clients->list, connection);
	clients->count--;
	close(connection->fd);
	free(connection->negotiation);
	free(connection);
}

static bool is_full(const struct connection *connection)
{
	return connection->in_start == 0 && connection->in_end == FRAME_SIZE;
}

/* While a request waits for room, what follows it stays in the socket. */
static bool may_receive(const struct connection *connection)
{
	if (connection->receiving || connection->ending || is_full(connection))
		return false;
	switch (connection->state) {
	case RECEIVE_HANDSHAKE:
		return transmit_is_empty(connection);
	case RECEIVE_REQUEST:
		return connection->in_end - connection->in_start < NBD_REQUEST_SIZE;
	case RECEIVE_DATA:
		return connection->data_room > 0;
	case RECEIVE_DISCARD:
		break;
	}
	return true;
}

static void serve(struct connection *connection)
{
	if (!connection->receiving)
		receive_parse(connection);
	if (connection->broken) {
		drop(connection);
	} else {
		if (!connection->sending && !transmit_is_empty(connection))
			transmit_start(connection);
		/* marked, because of what was sent: what is here already is parsed first */
		if (!connection->marked && may_receive(connection))
			receive_start(connection);
	}
	if (connection->export && connection->negotiation && transmit_is_empty(connection)) {
		free(connection->negotiation);
		connection->negotiation = NULL;
	}
	if (!connection->ending || connection->sending || connection->requests ||
	    (!connection->broken && !transmit_is_empty(connection)))
		return;
	if (connection->receiving)
		shutdown(connection->fd, SHUT_RD);
	else
		close_connection(connection);
}

void connections_serve(struct clients *clients)
{
	struct connection *connection;

	while ((connection = clients->marked)) {
		DL_DELETE2(clients->marked, connection, previous_marked, next_marked);
		connection->marked = false;
		serve(connection);
	}
}

/* What it holds others may wait for. */
static bool is_stuck(const struct connection *connection)
{
	uint64_t now = connection->clients->ring->now, still = now - connection->moved;

	if (connection->state == RECEIVE_HANDSHAKE)
		return now - connection->opened > HANDSHAKE_TIME;
	if (connection->frames && connection->clients->waiting && connection->sending)
		return still > STARVING_TIME;
	return (connection->sending || connection->state == RECEIVE_DATA ||
		connection->state == RECEIVE_DISCARD ||
		(connection->receiving && connection->in_end > connection->in_start)) &&
	       still > STUCK_TIME;
}

void connections_expire(struct clients *clients)
{
	struct connection *connection;

	DL_FOREACH(clients->list, connection)
	{
		if (!connection->broken && is_stuck(connection))
			connection_break(connection, "nothing more comes, or goes");
	}
}

void connections_end(struct clients *clients)
{
	struct connection *connection;

	DL_FOREACH(clients->list, connection)
	{
		/* a write that is half here can't be told to be done */
		if (connection->state == RECEIVE_DATA)
			connection_break(connection, NULL);
		connection->ending = true;
		connection_mark(connection);
	}
}

static void free_all(struct request *request)
{
	while (request) {
		struct request *next = request->next;

		free(request);
		request = next;
	}
}

/* Requests that are at a volume are lost with the process, which ends. */
void connections_close(struct clients *clients)
{
	struct connection *connection, *next;

	DL_FOREACH_SAFE(clients->list, connection, next)
	{
		free_all(connection->answers);
		connection->answers = NULL;
		close_connection(connection);
	}
	free_all(clients->unused);
	clients->unused = NULL;
}
