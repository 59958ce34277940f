// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "connection.h"

#include <errno.h>
#include <stddef.h>

void transmit_add(struct request *request)
{
	struct connection *connection = request->connection;

	request->next = NULL;
	*connection->answers_end = request;
	connection->answers_end = &request->next;
}

static bool has_greeting(const struct connection *connection)
{
	return connection->negotiation &&
	       connection->greeting_sent < connection->negotiation->out_length;
}

bool transmit_is_empty(const struct connection *connection)
{
	return !has_greeting(connection) && !connection->answers;
}

/* A message under construction: so much of it is sent already. */
struct parts {
	struct iovec *list;
	unsigned int count;
	uint64_t skip;
};

/* Returns whether there is room for one more. */
static bool add_part(struct parts *parts, const void *data, size_t length)
{
	if (parts->skip >= length) {
		parts->skip -= length;
		return true;
	}
	parts->list[parts->count++] = (struct iovec){(char *)data + parts->skip,
						     length - (size_t)parts->skip};
	parts->skip = 0;
	return parts->count < SEND_PARTS;
}

static bool add_data(struct parts *parts, const struct request *request)
{
	const struct connection *connection = request->connection;
	uint32_t left = request->data_length;

	if (!request->frame_count)
		return add_part(parts, connection->export->volume->memory + request->nbd.offset,
				left);
	for (uint32_t i = 0; left; i++) {
		uint32_t length = left < FRAME_SIZE ? left : FRAME_SIZE;

		if (!add_part(parts, frame_data(&connection->clients->frames, request->frames[i]),
			      length))
			return false;
		left -= length;
	}
	return true;
}

static unsigned int gather(struct connection *connection)
{
	struct parts parts = {.list = connection->send_parts, .skip = connection->sent};

	for (struct request *request = connection->answers; request; request = request->next) {
		if (!add_part(&parts, request->header, request->header_length))
			break;
		if (request->data_length && !add_data(&parts, request))
			break;
	}
	return parts.count;
}

/* Those of which all is sent are done with. */
static void answered(struct connection *connection, uint64_t bytes)
{
	connection->sent += bytes;
	while (connection->answers) {
		struct request *request = connection->answers;
		uint64_t length = (uint64_t)request->header_length + request->data_length;

		if (connection->sent < length)
			return;
		connection->sent -= length;
		connection->answers = request->next;
		if (!connection->answers)
			connection->answers_end = &connection->answers;
		request_count(request);
		request_free(request);
	}
}

/* So many bytes are on their way. */
static void moved(struct connection *connection, size_t count)
{
	connection->moved = connection->clients->ring->now;
	connection_mark(connection);
	if (has_greeting(connection))
		connection->greeting_sent += (uint32_t)count;
	else
		answered(connection, count);
}

static void sent(struct ring_operation *operation, int result, unsigned int flags)
{
	struct connection *connection = (struct connection *)((char *)operation -
							      offsetof(struct connection, send));

	(void)flags;
	connection->sending = false;
	connection_mark(connection);
	if (result == -EAGAIN || result == -EINTR)
		return;
	if (result < 0)
		connection_break(connection, NULL);
	else
		moved(connection, (size_t)result);
}

static void make_message(struct connection *connection)
{
	const struct negotiation *negotiation = connection->negotiation;
	unsigned int count = 1;

	if (has_greeting(connection))
		connection->send_parts[0] = (struct iovec){
			(void *)(negotiation->out + connection->greeting_sent),
			negotiation->out_length - connection->greeting_sent};
	else
		count = gather(connection);
	connection->send_message = (struct msghdr){.msg_iov = connection->send_parts,
						   .msg_iovlen = count};
}

/*
 * Nearly always there is room in the socket, and the answer is on its way at once: neither it nor
 * the next request waits for a completion. False: the ring has to see to the rest.
 */
static bool send_at_once(struct connection *connection)
{
	ssize_t count = sendmsg(connection->fd, &connection->send_message,
				MSG_NOSIGNAL | MSG_DONTWAIT);

	if (count < 0)
		return false;
	ring_look_at_clock(connection->clients->ring);
	moved(connection, (size_t)count);
	return transmit_is_empty(connection);
}

void transmit_start(struct connection *connection)
{
	struct ring *ring = connection->clients->ring;
	struct io_uring_sqe *entry;

	make_message(connection);
	if (!ring->polled) {
		if (send_at_once(connection))
			return;
		make_message(connection);
	}
	entry = ring_entry(ring, &connection->send);
	connection->send.done = sent;
	connection->sending = true;
	io_uring_prep_sendmsg(entry, connection->fd, &connection->send_message, MSG_NOSIGNAL);
}
