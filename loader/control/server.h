/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Connections of clients who may be slow, broken, hostile and many. What they say is read a buffer
 * at a time, and no more while they have not taken the answer; what they are to be told waits in a
 * queue that is limited; who is silent, or does not take what he asked for, is ended.
 */
#ifndef XDIVERT_SERVER_H
#define XDIVERT_SERVER_H

#include "loop.h"
#include "xdivert/error.h"

#include <sys/socket.h>
#include <sys/types.h>

struct connection;
struct server;

/* Bytes that may wait for a client. */
#define SERVER_QUEUE_MAX (2u << 20)

/* What is spoken on a server's connections, and how many there may be. */
struct server_kind {
	unsigned int clients; /* at once */
	unsigned int others; /* of them, of users other than root and ours */
	unsigned int user_clients; /* of them, of one such user */
	unsigned int idle_ms; /* for each request, and to take each answer */
	size_t state_size; /* what connection_state() has room for */
	/* Bytes came, as they are. */
	void (*input)(struct connection *connection, const void *bytes, size_t count);
	/* The connection ends: frees what its state refers to. May be NULL. */
	void (*end)(struct connection *connection);
	/* Says on `fd` that there are too many; the descriptor is closed behind it. May be NULL. */
	void (*refuse)(int fd);
};

struct server {
	const struct server_kind *kind;
	struct loop *loop;
	void *context; /* the owner's */
	int fd;
	struct operation accept, tick, pause;
	struct connection *connections;
	unsigned int count, others;
	bool ending;
};

/* Who is at the other end, as the kernel knows. Unknown over TCP: then pid is 0, and root false. */
struct peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	bool root; /* user 0, or the one that we run as */
};

/* Serves a socket that listens; takes it. */
void server_start(struct server *server, struct loop *loop, const struct server_kind *kind, int fd,
		  void *context);
/* Begins to end: the loop is to be drained then. */
void server_end(struct server *server);

struct server *connection_server(const struct connection *connection);
struct connection *server_next(const struct server *server, const struct connection *before);
const struct peer *connection_peer(const struct connection *connection);
int connection_fd(const struct connection *connection);
/*
 * The descriptor that came last, which is the caller's now; -1: none. Only root may bring any: to
 * close one may take as long as whoever made the file likes.
 */
int connection_take_fd(struct connection *connection);
/* Zeroed at the start; the kind's own. */
void *connection_state(struct connection *connection);
bool connection_is_over(const struct connection *connection);

/*
 * Sends bytes (copied) and descriptors (taken: closed when they are sent, or cannot be). A client
 * for whom too much waits is ended.
 */
void connection_send(struct connection *connection, const void *bytes, size_t count, const int *fds,
		     size_t fd_count);
/* No more is read, and it ends when all is sent. */
void connection_finish(struct connection *connection);
void connection_end(struct connection *connection);
/* It waits for events: silence is no fault. */
void connection_waits(struct connection *connection);

#endif
