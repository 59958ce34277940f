// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "connection.h"

#define HARVEST 32
/* of a work request's number: it is a receive; the rest is the number of the slot or buffer */
#define RECEIVE (1ull << 32)

static const struct {
	enum ibv_wc_status status;
	int error;
	const char *text;
} statuses[] = {
	{IBV_WC_WR_FLUSH_ERR, -ECANCELED, "the connection broke"},
	{IBV_WC_RETRY_EXC_ERR, -ETIMEDOUT, "the peer does not answer"},
	{IBV_WC_RNR_RETRY_EXC_ERR, -ENOBUFS, "the peer has no room for messages"},
	{IBV_WC_REM_ACCESS_ERR, -EACCES, "the peer refuses access to its memory"},
	{IBV_WC_REM_INV_REQ_ERR, -EACCES, "the peer refuses the request"},
};

static int status_error(enum ibv_wc_status status, const char **text)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status) {
			*text = statuses[i].text;
			return statuses[i].error;
		}
	}
	*text = ibv_wc_status_str(status);
	return -EIO;
}

static uint8_t *receive_buffer(const struct xdv_rdma *connection, uint32_t number)
{
	return connection->buffers +
	       ((size_t)connection->options.depth + number) * connection->options.message_size;
}

int rdma_post_receive(struct xdv_rdma *connection, uint32_t number)
{
	struct ibv_sge place = {
		.addr = (uintptr_t)receive_buffer(connection, number),
		.length = connection->options.message_size,
		.lkey = connection->buffers_mr->lkey,
	};
	struct ibv_recv_wr request = {.wr_id = RECEIVE | number, .sg_list = &place, .num_sge = 1};
	struct ibv_recv_wr *bad;

	return -ibv_post_recv(connection->id->qp, &request, &bad);
}

/* The messages that were handed out at the last poll have been read. */
static void take_back_messages(struct xdv_rdma *connection)
{
	for (uint32_t i = 0; i < connection->lent_count && connection->state == RDMA_UP; i++) {
		if (rdma_post_receive(connection, connection->lent[i]))
			rdma_broke(connection, "the device takes no buffer for messages");
	}
	connection->lent_count = 0;
}

static struct xdv_rdma_event hand_out(struct xdv_rdma *connection, uint32_t number)
{
	struct rdma_slot *slot = &connection->slots[number];
	struct xdv_rdma_event event = {
		.verb = slot->verb,
		.error = slot->error,
		.context = slot->context,
		.length = slot->error ? 0 : slot->length,
	};

	slot->state = SLOT_FREE;
	connection->free[connection->free_count++] = number;
	return event;
}

static void end_slot(struct xdv_rdma *connection, uint32_t number, int error)
{
	struct rdma_slot *slot = &connection->slots[number];

	slot->state = SLOT_ENDED;
	slot->error = error;
	connection->ended++;
}

static unsigned int hand_out_ended(struct xdv_rdma *connection, struct xdv_rdma_event *events,
				   unsigned int n)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < connection->options.depth && connection->ended && count < n; i++) {
		if (connection->slots[i].state != SLOT_ENDED)
			continue;
		connection->ended--;
		events[count++] = hand_out(connection, i);
	}
	return count;
}

void rdma_end_all(struct xdv_rdma *connection)
{
	struct ibv_wc done[HARVEST];
	const char *text;
	int n;

	while ((n = ibv_poll_cq(connection->cq, HARVEST, done)) > 0) {
		for (int i = 0; i < n; i++) {
			if (!(done[i].wr_id & RECEIVE))
				end_slot(connection, (uint32_t)done[i].wr_id,
					 status_error(done[i].status, &text) *
						 (done[i].status != IBV_WC_SUCCESS));
		}
	}
	for (uint32_t i = 0; i < connection->options.depth; i++) {
		if (connection->slots[i].state == SLOT_POSTED)
			end_slot(connection, i, -ECANCELED);
	}
	connection->lent_count = 0;
}

/* What one completion tells. False: nothing that the caller wants to know. */
static bool read_completion(struct xdv_rdma *connection, const struct ibv_wc *done,
			    struct xdv_rdma_event *event)
{
	uint32_t number = (uint32_t)done->wr_id;
	const char *text;
	int error = 0;

	if (done->status != IBV_WC_SUCCESS) {
		error = status_error(done->status, &text);
		rdma_broke(connection, text);
	}
	if (!(done->wr_id & RECEIVE)) {
		connection->slots[number].error = error;
		*event = hand_out(connection, number);
		return true;
	}
	if (error)
		return false;
	if (connection->state == RDMA_ATTEMPT) /* what says so may come later than the message */
		connection->state = RDMA_UP;
	connection->lent[connection->lent_count++] = number;
	*event = (struct xdv_rdma_event){
		.verb = XDV_RDMA_MESSAGE,
		.data = receive_buffer(connection, number),
		.length = done->byte_len,
	};
	return true;
}

static unsigned int harvest(struct xdv_rdma *connection, struct xdv_rdma_event *events,
			    unsigned int n)
{
	struct ibv_wc done[HARVEST];
	unsigned int count = 0;

	if (!connection->cq)
		return 0;
	while (count < n) {
		unsigned int room = n - count;
		int got = ibv_poll_cq(connection->cq, (int)(room < HARVEST ? room : HARVEST), done);

		if (got < 0)
			rdma_broke(connection, "the device's completions can't be read");
		if (got <= 0)
			break;
		connection->moved = rdma_now_ms();
		for (int i = 0; i < got; i++)
			count += read_completion(connection, &done[i], &events[count]);
	}
	return count;
}

/* The next completion makes the fd readable. */
static void arm(struct xdv_rdma *connection)
{
	if (!connection->cq || connection->armed)
		return;
	connection->armed = !ibv_req_notify_cq(connection->cq, 0);
}

static void disarm(struct xdv_rdma *connection)
{
	struct ibv_cq *cq;
	void *context;

	while (connection->armed && !ibv_get_cq_event(connection->comp, &cq, &context)) {
		ibv_ack_cq_events(cq, 1);
		connection->armed = false;
	}
}

static bool is_silent(const struct xdv_rdma *connection)
{
	return connection->state == RDMA_UP && !connection->ended &&
	       connection->free_count < connection->options.depth &&
	       rdma_now_ms() - connection->moved >
		       (uint64_t)connection->options.patience_ms * SILENCE;
}

/* One look at all there is: a count, or -ENOTCONN. */
static int look(struct xdv_rdma *connection, struct xdv_rdma_event *events, unsigned int n)
{
	unsigned int count = harvest(connection, events, n);

	if (count)
		return (int)count;
	disarm(connection);
	rdma_serve_events(connection);
	if (is_silent(connection))
		rdma_broke(connection, "the peer is silent");
	if (connection->state == RDMA_BROKEN) {
		/* messages that came before it broke are still read */
		count = harvest(connection, events, n);
		if (count)
			return (int)count;
		rdma_take_down(connection);
	}
	if (connection->ended)
		return (int)hand_out_ended(connection, events, n);
	if (connection->state == RDMA_IDLE)
		return -ENOTCONN;
	/* what came before it was armed is no reason for the fd to be readable: look again */
	if (connection->armed)
		return 0;
	arm(connection);
	return (int)harvest(connection, events, n);
}

int xdv_rdma_poll(struct xdv_rdma *connection, struct xdv_rdma_event *events, unsigned int n,
		  int timeout_ms)
{
	uint64_t end = rdma_now_ms() + (timeout_ms > 0 ? (uint64_t)timeout_ms : 0);

	take_back_messages(connection);
	for (;;) {
		uint64_t now, until;
		int count = look(connection, events, n), err;

		if (count || !timeout_ms)
			return count;
		now = rdma_now_ms();
		if (timeout_ms > 0 && now >= end)
			return 0;
		until = now + (connection->state == RDMA_UP ? connection->options.patience_ms
							    : ATTEMPT_MS);
		if (timeout_ms > 0 && end < until)
			until = end;
		if (connection->state == RDMA_ATTEMPT && connection->attempt_end < until)
			until = connection->attempt_end;
		err = rdma_wait(connection, until > now ? (int)(until - now) : 0);
		if (err)
			return err;
	}
}

/* A slot for an operation; -EAGAIN, -ENOTCONN. */
static int take_slot(struct xdv_rdma *connection, uint32_t *number)
{
	if (connection->state != RDMA_UP)
		return -ENOTCONN;
	if (!connection->free_count)
		return -EAGAIN;
	if (connection->free_count == connection->options.depth)
		connection->moved = rdma_now_ms();
	*number = connection->free[--connection->free_count];
	return 0;
}

static int post(struct xdv_rdma *connection, uint32_t number, struct rdma_slot slot,
		struct ibv_send_wr *request)
{
	struct ibv_send_wr *bad;
	int err;

	request->wr_id = number;
	request->num_sge = 1;
	err = ibv_post_send(connection->id->qp, request, &bad);
	if (err) {
		connection->free[connection->free_count++] = number;
		return -err;
	}
	slot.state = SLOT_POSTED;
	slot.length = request->sg_list->length;
	connection->slots[number] = slot;
	return 0;
}

static int move(struct xdv_rdma *connection, const struct xdv_rdma_memory *memory, const void *data,
		size_t length, const struct xdv_rdma_target *target, uint64_t offset,
		struct rdma_slot slot)
{
	size_t place = (size_t)((const uint8_t *)data - memory->base);
	struct ibv_sge piece = {
		.addr = (uintptr_t)data,
		.length = (uint32_t)length,
		.lkey = memory->mr->lkey,
	};
	struct ibv_send_wr request = {
		.sg_list = &piece,
		.opcode = slot.verb == XDV_RDMA_WRITE ? IBV_WR_RDMA_WRITE : IBV_WR_RDMA_READ,
		.wr.rdma = {.remote_addr = target->address + offset, .rkey = target->key},
	};
	uint32_t number;
	int err;

	if (!length || place > memory->length || length > memory->length - place ||
	    offset > target->length || length > target->length - offset)
		return -EINVAL;
	if (connection->verbs && length > connection->length_max)
		return -EMSGSIZE;
	err = take_slot(connection, &number);
	return err ? err : post(connection, number, slot, &request);
}

int xdv_rdma_write(struct xdv_rdma *connection, const struct xdv_rdma_memory *memory,
		   const void *data, size_t length, const struct xdv_rdma_target *target,
		   uint64_t offset, void *context)
{
	return move(connection, memory, data, length, target, offset,
		    (struct rdma_slot){.verb = XDV_RDMA_WRITE, .context = context});
}

int xdv_rdma_read(struct xdv_rdma *connection, const struct xdv_rdma_memory *memory, void *data,
		  size_t length, const struct xdv_rdma_target *target, uint64_t offset,
		  void *context)
{
	return move(connection, memory, data, length, target, offset,
		    (struct rdma_slot){.verb = XDV_RDMA_READ, .context = context});
}

int xdv_rdma_send(struct xdv_rdma *connection, const void *message, size_t length, void *context)
{
	struct ibv_sge piece = {.length = (uint32_t)length};
	struct ibv_send_wr request = {.sg_list = &piece, .opcode = IBV_WR_SEND};
	uint32_t number;
	uint8_t *buffer;
	int err;

	if (!length)
		return -EINVAL;
	if (length > connection->options.message_size)
		return -EMSGSIZE;
	err = take_slot(connection, &number);
	if (err)
		return err;
	buffer = connection->buffers + (size_t)number * connection->options.message_size;
	memcpy(buffer, message, length);
	piece.addr = (uintptr_t)buffer;
	piece.lkey = connection->buffers_mr->lkey;
	return post(connection, number,
		    (struct rdma_slot){.verb = XDV_RDMA_SEND, .context = context}, &request);
}
