// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "server.h"

#include "fds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS	 1000
#define PAUSE_MS 200 /* after an accept that failed: for want of descriptors, most likely */

/* What waits to be sent. */
struct outgoing {
	struct outgoing *next;
	size_t size, sent;
	int *fds; /* they go with the first byte */
	size_t fd_count;
	unsigned char bytes[];
};

struct connection {
	struct server *server;
	struct connection *next, **link; /* link: what points to this one */
	int fd;
	struct peer peer;
	struct operation receive, send;
	struct fds_room room; /* only root's */
	int brought; /* a descriptor; -1: none */
	struct outgoing *queue, **queue_end;
	size_t queued;
	struct msghdr msg;
	struct iovec piece;
	void *control;
	int64_t deadline; /* INT64_MAX: it waits for events */
	bool waits, finishing, over;
	max_align_t state[];
};

struct server *connection_server(const struct connection *connection)
{
	return connection->server;
}

struct connection *server_next(const struct server *server, const struct connection *before)
{
	return before ? before->next : server->connections;
}

const struct peer *connection_peer(const struct connection *connection)
{
	return &connection->peer;
}

int connection_take_fd(struct connection *connection)
{
	int fd = connection->brought;

	connection->brought = -1;
	return fd;
}

int connection_fd(const struct connection *connection)
{
	return connection->fd;
}

void *connection_state(struct connection *connection)
{
	return connection->state;
}

bool connection_is_over(const struct connection *connection)
{
	return connection->over;
}

static void set_deadline(struct connection *connection)
{
	connection->deadline = connection->waits && !connection->queue
				       ? INT64_MAX
				       : loop_now() + connection->server->kind->idle_ms;
}

void connection_waits(struct connection *connection)
{
	connection->waits = true;
	set_deadline(connection);
}

static void free_outgoing(struct connection *connection)
{
	struct outgoing *first = connection->queue;

	connection->queue = first->next;
	if (!connection->queue)
		connection->queue_end = &connection->queue;
	connection->queued -= first->size;
	while (first->fd_count)
		close(first->fds[--first->fd_count]);
	free(first->fds);
	free(first);
}

/* All that it refers to can be let go: the kernel has no operation of it any more. */
static void settle(struct connection *connection)
{
	struct server *server = connection->server;

	if (!connection->over || connection->receive.busy || connection->send.busy)
		return;
	if (server->kind->end)
		server->kind->end(connection);
	while (connection->queue)
		free_outgoing(connection);
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	server->count--;
	server->others -= !connection->peer.root;
	close(connection->fd);
	if (connection->brought >= 0)
		close(connection->brought);
	free(connection->control);
	free(connection);
}

void connection_end(struct connection *connection)
{
	if (connection->over)
		return;
	connection->over = true;
	shutdown(connection->fd, SHUT_RDWR); /* ends what is under way */
	loop_cancel(connection->server->loop, &connection->receive);
	loop_cancel(connection->server->loop, &connection->send);
}

void connection_finish(struct connection *connection)
{
	connection->finishing = true;
	if (!connection->queue)
		connection_end(connection);
}

static void receive(struct connection *connection)
{
	if (connection->over || connection->finishing || connection->queue ||
	    connection->receive.busy)
		return;
	if (!connection->peer.root) {
		loop_receive(connection->server->loop, &connection->receive, connection->fd);
		return;
	}
	fds_make_room(&connection->room, LOOP_BUFFER);
	loop_receive_with(connection->server->loop, &connection->receive, connection->fd,
			  &connection->room.msg);
}

static void take_fd(struct connection *connection)
{
	int fd = connection->peer.root ? fds_received(&connection->room) : -1;

	if (fd < 0)
		return;
	if (connection->brought >= 0)
		close(connection->brought);
	connection->brought = fd;
}

static void send_first(struct connection *connection)
{
	struct outgoing *first = connection->queue;

	if (connection->over || !first || connection->send.busy)
		return;
	connection->piece = (struct iovec){first->bytes + first->sent, first->size - first->sent};
	connection->msg = (struct msghdr){.msg_iov = &connection->piece, .msg_iovlen = 1};
	if (first->fd_count && !first->sent &&
	    fds_pack(&connection->msg, &connection->control, first->fds, first->fd_count)) {
		connection_end(connection);
		return;
	}
	loop_send(connection->server->loop, &connection->send, connection->fd, &connection->msg);
}

static void has_sent(struct operation *operation, int result)
{
	struct connection *connection = container(operation, struct connection, send);
	struct outgoing *first = connection->queue;

	if (result <= 0) {
		if (result != -EINTR && result != -EAGAIN)
			connection_end(connection);
	} else {
		first->sent += (size_t)result;
		if (first->sent == first->size)
			free_outgoing(connection);
		set_deadline(connection);
	}
	if (!connection->queue && connection->finishing)
		connection_end(connection);
	send_first(connection);
	receive(connection);
	settle(connection);
}

void connection_send(struct connection *connection, const void *bytes, size_t count, const int *fds,
		     size_t fd_count)
{
	struct outgoing *outgoing = NULL;
	int *copies = NULL;

	if (!connection->over && connection->queued + count <= SERVER_QUEUE_MAX) {
		outgoing = malloc(sizeof(*outgoing) + count);
		copies = calloc(fd_count + 1, sizeof(*copies));
	}
	if (!outgoing || !copies) {
		while (fd_count)
			close(fds[--fd_count]);
		free(outgoing);
		free(copies);
		connection_end(connection);
		return;
	}
	*outgoing = (struct outgoing){.size = count, .fds = copies, .fd_count = fd_count};
	memcpy(outgoing->bytes, bytes, count);
	if (fd_count)
		memcpy(copies, fds, fd_count * sizeof(*fds));
	*connection->queue_end = outgoing;
	connection->queue_end = &outgoing->next;
	connection->queued += count;
	if (connection->queue == outgoing) /* else the time runs for what is before it */
		set_deadline(connection);
	send_first(connection);
}

static void has_received(struct operation *operation, int result)
{
	struct connection *connection = container(operation, struct connection, receive);
	const struct server *server = connection->server;

	if (result > 0)
		take_fd(connection);
	if (result > 0 && !connection->over)
		server->kind->input(connection, loop_received(server->loop, operation),
				    (size_t)result);
	else if (result != -ENOBUFS && result != -EINTR && result != -EAGAIN)
		connection_end(connection); /* also a client that only stopped to send */
	receive(connection);
	settle(connection);
}

static void read_peer(struct peer *peer, int fd)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	*peer = (struct peer){.uid = (uid_t)-1, .gid = (gid_t)-1};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) || credentials.pid <= 0)
		return;
	*peer = (struct peer){.pid = credentials.pid,
			      .uid = credentials.uid,
			      .gid = credentials.gid,
			      .root = credentials.uid == 0 || credentials.uid == geteuid()};
}

static bool has_room(const struct server *server, const struct peer *peer)
{
	const struct server_kind *kind = server->kind;
	unsigned int same = 0;

	if (server->ending || server->count >= kind->clients)
		return false;
	if (peer->root)
		return true;
	for (const struct connection *c = server->connections; c; c = c->next)
		same += c->peer.uid == peer->uid;
	return server->others < kind->others && same < kind->user_clients;
}

static struct connection *connection_new(struct server *server, int fd, const struct peer *peer)
{
	struct connection *connection = calloc(1, sizeof(*connection) + server->kind->state_size);

	if (!connection)
		return NULL;
	connection->server = server;
	connection->fd = fd;
	connection->peer = *peer;
	connection->brought = -1;
	connection->receive.done = has_received;
	connection->send.done = has_sent;
	connection->queue_end = &connection->queue;
	connection->next = server->connections;
	connection->link = &server->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->count++;
	server->others += !peer->root;
	set_deadline(connection);
	return connection;
}

static void welcome(struct server *server, int fd)
{
	struct connection *connection = NULL;
	struct peer peer;

	read_peer(&peer, fd);
	if (has_room(server, &peer))
		connection = connection_new(server, fd, &peer);
	if (connection) {
		receive(connection);
		if (!server->tick.busy)
			loop_timer(server->loop, &server->tick, TICK_MS);
		return;
	}
	if (server->kind->refuse)
		server->kind->refuse(fd);
	close(fd);
}

static void accept_again(struct operation *operation, int result)
{
	struct server *server = container(operation, struct server, pause);

	(void)result;
	if (!server->ending)
		loop_accept(server->loop, &server->accept, server->fd);
}

static void has_accepted(struct operation *operation, int result)
{
	struct server *server = container(operation, struct server, accept);

	if (result >= 0)
		welcome(server, result);
	if (operation->more || server->ending)
		return;
	if (result >= 0)
		loop_accept(server->loop, &server->accept, server->fd);
	else
		loop_timer(server->loop, &server->pause, PAUSE_MS);
}

/* As long as there are connections: who has had his time? */
static void has_ticked(struct operation *operation, int result)
{
	struct server *server = container(operation, struct server, tick);
	struct connection *next;
	int64_t now = loop_now();

	(void)result;
	for (struct connection *c = server->connections; c; c = next) {
		next = c->next;
		if (c->deadline <= now)
			connection_end(c);
		settle(c);
	}
	if (server->connections && !server->ending)
		loop_timer(server->loop, &server->tick, TICK_MS);
}

void server_start(struct server *server, struct loop *loop, const struct server_kind *kind, int fd,
		  void *context)
{
	*server = (struct server){.kind = kind,
				  .loop = loop,
				  .context = context,
				  .fd = fd,
				  .accept.done = has_accepted,
				  .tick.done = has_ticked,
				  .pause.done = accept_again};
	loop_accept(loop, &server->accept, fd);
}

void server_end(struct server *server)
{
	struct connection *next;

	server->ending = true;
	loop_cancel(server->loop, &server->accept);
	loop_cancel(server->loop, &server->pause);
	loop_cancel(server->loop, &server->tick);
	for (struct connection *c = server->connections; c; c = next) {
		next = c->next;
		connection_finish(c); /* what it is to be told it is told, if it takes it */
		settle(c);
	}
}
