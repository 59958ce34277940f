// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "connection.h"
#include "stats.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <utlist.h>

static const enum volume_verb verbs[] = {
	[NBD_CMD_READ] = VOLUME_READ,	      [NBD_CMD_WRITE] = VOLUME_WRITE,
	[NBD_CMD_FLUSH] = VOLUME_FLUSH,	      [NBD_CMD_TRIM] = VOLUME_DISCARD,
	[NBD_CMD_WRITE_ZEROES] = VOLUME_ZERO,
};

struct request *request_begin(struct connection *connection, const struct nbd_request *nbd)
{
	struct clients *clients = connection->clients;
	struct request *request = clients->unused;

	if (connection->requests == REQUESTS_EACH)
		return NULL;
	if (request)
		clients->unused = request->next;
	else
		request = malloc(sizeof(*request));
	if (!request)
		return NULL;
	request->connection = connection;
	request->nbd = *nbd;
	request->start = clients->ring->now;
	request->pending = 0;
	request->error = 0;
	request->data_length = 0;
	request->frame_count = 0;
	connection->requests++;
	connection->export->counters->in_flight++;
	return request;
}

void request_count(const struct request *request)
{
	struct storage_counters *counters = request->connection->export->counters;
	uint64_t time = request->connection->clients->ring->now - request->start;

	counters->latency[latency_bucket(time)]++;
	if (request->error) {
		counters->errors++;
		return;
	}
	counters->requests[verbs[request->nbd.type]]++;
	counters->bytes[verbs[request->nbd.type]] += request->nbd.length;
}

void request_free(struct request *request)
{
	struct connection *connection = request->connection;
	struct clients *clients = connection->clients;

	for (uint32_t i = 0; i < request->frame_count; i++)
		frame_put(&clients->frames, request->frames[i]);
	connection->frames -= request->frame_count;
	connection->requests--;
	connection->export->counters->in_flight--;
	request->next = clients->unused;
	clients->unused = request;
	if (request->frame_count && clients->waiting)
		connection_mark(clients->waiting);
	connection_mark(connection); /* its next one may have waited for this */
}

/* What the client is told, and what is counted, is what became of all of its pieces. */
static void answer(struct request *request)
{
	struct connection *connection = request->connection;

	request->header_length = (uint32_t)nbd_reply_write(request->header, &request->nbd,
							   request->error, connection->structured);
	if (request->nbd.type == NBD_CMD_READ && !request->error)
		request->data_length = request->nbd.length;
	transmit_add(request);
	connection_mark(connection);
}

static void piece_done(struct request *request, int err)
{
	if (err && !request->error)
		request->error = nbd_error(err);
	if (--request->pending == 0)
		answer(request);
}

static void operation_done(struct volume_operation *operation, int err)
{
	piece_done((struct request *)((char *)operation - offsetof(struct request, operation)),
		   err);
}

static void frame_done(struct volume_operation *operation, int err)
{
	struct piece *piece = (struct piece *)operation;
	struct request *request = piece->request;
	struct clients *clients = request->connection->clients;

	if (operation->verb == VOLUME_WRITE) {
		frame_put(&clients->frames, (uint32_t)(piece - clients->frames.pieces));
		request->connection->frames--;
		connection_mark(request->connection);
		if (clients->waiting)
			connection_mark(clients->waiting);
	}
	piece_done(request, err);
}

void request_refuse(struct request *request, uint32_t error)
{
	request->error = error;
	answer(request);
}

static uint32_t frames_of(uint32_t length)
{
	return (length + FRAME_SIZE - 1) / FRAME_SIZE;
}

/*
 * First come, first served. Who has frames already gets no more of them than are left then: however
 * many take all they can get, there are some for the next.
 */
static bool have_frames(struct connection *connection, uint32_t count)
{
	struct clients *clients = connection->clients;
	bool first = !clients->waiting || clients->waiting == connection;
	uint32_t left = frames_free(&clients->frames);
	bool fair = !connection->frames || connection->frames + count <= left;

	if (first && fair && count <= left) {
		if (connection->waiting)
			DL_DELETE2(clients->waiting, connection, previous_waiting, next_waiting);
		connection->waiting = false;
		return true;
	}
	/* one that has its share waits for its own to come back, and not in front of others */
	if (fair && !connection->waiting) {
		DL_APPEND2(clients->waiting, connection, previous_waiting, next_waiting);
		connection->waiting = true;
	}
	return false;
}

bool request_has_room(struct connection *connection, const struct nbd_request *nbd)
{
	if (nbd->type != NBD_CMD_READ || connection->export->volume->memory || !nbd->length)
		return true;
	return connection->requests < REQUESTS_EACH &&
	       have_frames(connection, frames_of(nbd->length));
}

/* Whether nobody waits, if the whole gateway does, but who has asked for it. */
static bool is_alone(const struct connection *connection)
{
	const struct clients *clients = connection->clients;

	return clients->count == 1 && connection->requests == 1 && !clients->others;
}

static void begin_piece(struct request *request, uint32_t frame, uint64_t offset, uint32_t length)
{
	struct clients *clients = request->connection->clients;
	struct piece *piece = &clients->frames.pieces[frame];

	piece->request = request;
	piece->operation.verb = verbs[request->nbd.type];
	piece->operation.durable = request->nbd.flags & NBD_FLAG_FUA;
	piece->operation.registered = true;
	piece->operation.alone = is_alone(request->connection);
	piece->operation.offset = offset;
	piece->operation.length = length;
	piece->operation.data = frame_data(&clients->frames, frame);
	piece->operation.done = frame_done;
	request->pending++;
	volume_begin(request->connection->export->volume, &piece->operation);
}

static void read_frames(struct request *request)
{
	struct frames *frames = &request->connection->clients->frames;
	uint32_t count = frames_of(request->nbd.length), left = request->nbd.length;

	request->pending = 1;
	request->frame_count = count;
	request->connection->frames += count;
	for (uint32_t i = 0; i < count; i++)
		request->frames[i] = frame_take(frames);
	for (uint32_t i = 0; i < count; i++, left -= FRAME_SIZE)
		begin_piece(request, request->frames[i],
			    request->nbd.offset + (uint64_t)i * FRAME_SIZE,
			    left < FRAME_SIZE ? left : FRAME_SIZE);
	piece_done(request, 0);
}

void request_serve(struct request *request)
{
	struct volume *volume = request->connection->export->volume;

	if (request->nbd.type == NBD_CMD_READ && volume->memory) {
		answer(request);
		return;
	}
	if (request->nbd.type == NBD_CMD_READ) {
		read_frames(request);
		return;
	}
	request->operation = (struct volume_operation){
		.verb = verbs[request->nbd.type],
		.durable = request->nbd.flags & NBD_FLAG_FUA,
		.allocate = request->nbd.flags & NBD_FLAG_NO_HOLE,
		.offset = request->nbd.offset,
		.length = request->nbd.length,
		.done = operation_done,
	};
	request->pending = 1;
	volume_begin(volume, &request->operation);
}

bool request_next_piece(struct connection *connection)
{
	struct request *request = connection->request;
	struct clients *clients = connection->clients;
	uint64_t offset = request->nbd.offset + request->nbd.length - connection->data_left;

	connection->data_room = connection->data_left;
	if (connection->export->volume->memory) {
		connection->data = connection->export->volume->memory + offset;
		return true;
	}
	if (!have_frames(connection, 1)) {
		connection->data_room = 0;
		return false;
	}
	connection->data_frame = frame_take(&clients->frames);
	connection->frames++;
	connection->data = frame_data(&clients->frames, connection->data_frame);
	if (connection->data_room > FRAME_SIZE)
		connection->data_room = FRAME_SIZE;
	return true;
}

void request_piece_full(struct connection *connection)
{
	struct request *request = connection->request;
	uint8_t *start;
	uint32_t length;

	if (request->nbd.length && !connection->export->volume->memory) {
		start = frame_data(&connection->clients->frames, connection->data_frame);
		length = (uint32_t)(connection->data - start);
		begin_piece(request, connection->data_frame,
			    request->nbd.offset + request->nbd.length - connection->data_left -
				    length,
			    length);
	}
	if (!connection->data_left) {
		connection->request = NULL;
		piece_done(request, 0);
	}
}
