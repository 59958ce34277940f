// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "connection.h"
#include "stats.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static uint32_t minimum(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t available(const struct connection *connection)
{
	return connection->in_end - connection->in_start;
}

/* Goes forward in the data of a write; the socket, or the frame, has put it in its place. */
static void data_came(struct connection *connection, uint32_t count)
{
	connection->data += count;
	connection->data_room -= count;
	connection->data_left -= count;
	if (!connection->data_room)
		request_piece_full(connection);
	if (!connection->data_left)
		connection->state = RECEIVE_REQUEST;
}

static void received(struct ring_operation *operation, int result, unsigned int flags)
{
	struct connection *connection = (struct connection *)((char *)operation -
							      offsetof(struct connection, receive));
	uint32_t direct;

	connection->receiving = false;
	connection->drained = !(flags & IORING_CQE_F_SOCK_NONEMPTY);
	connection_mark(connection);
	if (result == -EAGAIN || result == -EINTR)
		return;
	if (result < 0) {
		connection_break(connection, NULL);
		return;
	}
	if (result == 0) { /* half a request is no request */
		connection->ending = true;
		if (connection->state == RECEIVE_DATA)
			connection_break(connection, NULL);
		return;
	}
	connection->moved = connection->clients->ring->now;
	direct = connection->state == RECEIVE_DATA
			 ? minimum((uint32_t)result, connection->data_room)
			 : 0;
	connection->in_end += (uint32_t)result - direct;
	if (direct)
		data_came(connection, direct);
}

/*
 * Data goes where it is to be, and what follows it into the frame: the next request does not wait
 * for another call.
 */
void receive_start(struct connection *connection)
{
	struct iovec *part = connection->receive_parts;
	struct io_uring_sqe *entry;

	if (connection->in_start) {
		memmove(connection->in, connection->in + connection->in_start,
			available(connection));
		connection->in_end -= connection->in_start;
		connection->in_start = 0;
	}
	entry = ring_entry(connection->clients->ring, &connection->receive);
	connection->receive.done = received;
	connection->receiving = true;
	part[1] = (struct iovec){connection->in + connection->in_end,
				 FRAME_SIZE - connection->in_end};
	if (connection->state != RECEIVE_DATA) {
		io_uring_prep_recv(entry, connection->fd, part[1].iov_base, part[1].iov_len, 0);
	} else {
		part[0] = (struct iovec){connection->data, connection->data_room};
		connection->receive_message = (struct msghdr){.msg_iov = part, .msg_iovlen = 2};
		io_uring_prep_recvmsg(entry, connection->fd, &connection->receive_message, 0);
	}
	if (connection->drained)
		entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
}

/* Returns whether there is more to parse. */
static bool parse_handshake(struct connection *connection)
{
	struct negotiation *negotiation = connection->negotiation;
	size_t taken;

	if (connection->greeting_sent < negotiation->out_length)
		return false;
	negotiation->out_length = 0;
	connection->greeting_sent = 0;
	taken = negotiate(negotiation, connection->in + connection->in_start,
			  available(connection));
	connection->in_start += (uint32_t)taken;
	if (negotiation->state == NEGOTIATE_CLOSE) {
		connection->ending = true;
		return false;
	}
	if (negotiation->state == NEGOTIATE_DONE) {
		connection->export = negotiation->export;
		connection->structured = negotiation->structured;
		connection->export->counters->clients++;
		connection->state = RECEIVE_REQUEST;
		return true;
	}
	return taken > 0;
}

static void refuse(struct connection *connection, struct request *request, uint32_t error)
{
	connection->data_left = nbd_request_payload(&request->nbd);
	if (connection->data_left)
		connection->state = RECEIVE_DISCARD;
	request_refuse(request, error);
}

static void accept_write(struct connection *connection, struct request *request)
{
	connection->request = request;
	connection->data_left = request->nbd.length;
	connection->data_room = 0;
	connection->state = RECEIVE_DATA;
	request->pending = 1;
	if (!request->nbd.length) {
		connection->state = RECEIVE_REQUEST;
		request_piece_full(connection);
	}
}

static bool parse_request(struct connection *connection)
{
	struct request *request;
	struct nbd_request nbd;
	uint32_t error;

	if (available(connection) < NBD_REQUEST_SIZE)
		return false;
	if (nbd_request_read(&nbd, connection->in + connection->in_start)) {
		connection_break(connection, "no request where one has to be");
		return false;
	}
	if (nbd.type == NBD_CMD_DISC) {
		connection->ending = true;
		return false;
	}
	if (nbd_request_payload(&nbd) > NBD_PAYLOAD_MAX) {
		connection_break(connection, "a write of more than 32 MiB");
		return false;
	}
	error = nbd_request_check(&nbd, connection->export);
	if (!error && !request_has_room(connection, &nbd))
		return false;
	request = request_begin(connection, &nbd);
	if (!request && connection->requests < REQUESTS_EACH)
		connection_break(connection, "no memory for a request");
	if (!request)
		return false;
	connection->in_start += NBD_REQUEST_SIZE;
	if (error)
		refuse(connection, request, error);
	else if (nbd.type == NBD_CMD_WRITE)
		accept_write(connection, request);
	else
		request_serve(request);
	return true;
}

static bool parse_data(struct connection *connection)
{
	uint32_t count;

	if (!connection->data_room && !request_next_piece(connection))
		return false;
	count = minimum(available(connection), connection->data_room);
	if (!count)
		return false;
	memcpy(connection->data, connection->in + connection->in_start, count);
	connection->export->counters->copied += count;
	connection->in_start += count;
	data_came(connection, count);
	return true;
}

static bool parse_discard(struct connection *connection)
{
	uint32_t count = minimum(available(connection), connection->data_left);

	connection->in_start += count;
	connection->data_left -= count;
	if (connection->data_left)
		return false;
	connection->state = RECEIVE_REQUEST;
	return true;
}

void receive_parse(struct connection *connection)
{
	static bool (*const parse[])(struct connection * connection) = {
		[RECEIVE_HANDSHAKE] = parse_handshake,
		[RECEIVE_REQUEST] = parse_request,
		[RECEIVE_DATA] = parse_data,
		[RECEIVE_DISCARD] = parse_discard,
	};

	while (!connection->ending && !connection->broken && parse[connection->state](connection))
		;
}
