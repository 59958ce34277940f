// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "remote.h"

#include "fail.h"
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define EVENTS	     32
#define DEPTH	     256
#define TICK_UP_NS   1000000000 /* for a node that falls silent */
#define TICK_DOWN_NS 50000000

static void finish(struct remote *remote, struct volume_operation *operation)
{
	if (operation->verb == VOLUME_WRITE)
		remote_mark_dirty(remote, operation->offset, operation->length);
	if (operation->durable && operation->verb == VOLUME_WRITE && remote->has_file) {
		operation->syncing = true;
		operations_add(&remote->requests, operation);
		remote_request(remote);
		return;
	}
	operation->done(operation, 0);
}

static bool is_out(const struct remote *remote)
{
	return remote->state != REMOTE_UP &&
	       remote->ring->now - remote->down_since > OUTAGE_SECONDS * 1000000000ull;
}

/* There is always one: begin() is never called with data elsewhere. */
static const struct xdv_rdma_memory *memory_of(const struct remote *remote, const void *data)
{
	unsigned int i = 0;

	while (i + 1 < remote->lent_count &&
	       (uintptr_t)data - (uintptr_t)remote->lent[i].base >= remote->lent[i].length)
		i++;
	return remote->lent[i].memory;
}

static int post(struct remote *remote, struct volume_operation *operation)
{
	const struct xdv_rdma_memory *memory = memory_of(remote, operation->data);

	if (remote->state != REMOTE_UP)
		return -ENOTCONN;
	if (operation->verb == VOLUME_READ)
		return xdv_rdma_read(remote->node, memory, operation->data, operation->length,
				     &remote->target, operation->offset, operation);
	return xdv_rdma_write(remote->node, memory, operation->data, operation->length,
			      &remote->target, operation->offset, operation);
}

void remote_begin(struct remote *remote, struct volume_operation *operation)
{
	bool moves = operation->verb == VOLUME_READ || operation->verb == VOLUME_WRITE;
	int err = 0;

	if (remote->empty || is_out(remote))
		err = -EIO;
	else if (operation->verb == VOLUME_DISCARD)
		operation->done(operation, 0);
	else if (moves)
		err = post(remote, operation);
	else
		operations_add(&remote->requests, operation);
	if (err == -EAGAIN || err == -ENOTCONN)
		operations_add(&remote->waiting, operation);
	else if (err)
		operation->done(operation, err);
	else if (moves)
		remote->under_way++;
	else
		remote_request(remote);
}

void remote_begin_waiting(struct remote *remote)
{
	struct operations list = remote->waiting;
	struct volume_operation *operation;

	if (!list.first)
		return;
	operations_init(&remote->waiting);
	while ((operation = operations_take(&list)))
		remote_begin(remote, operation);
}

/* Too long: all that waits fails. */
static void give_up(struct remote *remote)
{
	struct volume_operation *operation;

	if (!remote->waiting.first && !remote->requests.first)
		return;
	if (!remote->empty)
		remark("%s: %s: out of reach for %d s: requests fail. %s",
		       xdv_rdma_peer(remote->node), remote->name, OUTAGE_SECONDS,
		       xdv_rdma_trouble(remote->node));
	while ((operation = operations_take(&remote->waiting)))
		operation->done(operation, -EIO);
	while ((operation = operations_take(&remote->requests)))
		operation->done(operation, -EIO);
}

static void went_down(struct remote *remote)
{
	if (remote->state == REMOTE_UP)
		remark("%s: %s: the connection is lost, and looked for again: %s",
		       xdv_rdma_peer(remote->node), remote->name, xdv_rdma_trouble(remote->node));
	if (remote->state == REMOTE_UP)
		remote->down_since = remote->ring->now;
	remote->state = REMOTE_DOWN;
	remote_request_again(remote);
}

static void take_message(struct remote *remote, const struct xdv_rdma_event *event)
{
	const struct memnode_header *header = event->data;
	struct xdv_error error = {};

	if (event->length < sizeof(*header) || header->magic != MEMNODE_MAGIC)
		return;
	if (header->type == MEMNODE_DONE && event->length == sizeof(struct memnode_done)) {
		remote_requested(remote, ((const struct memnode_done *)event->data)->error);
	} else if (header->type == MEMNODE_OFFER && remote->state == REMOTE_GREETING &&
		   event->length == sizeof(struct memnode_offer)) {
		if (remote_take_offer(remote, event->data, &error)) {
			remote->refused = remote->ring->now;
			remark("%s", error.message);
		} else {
			remark("%s: %s: is there again", xdv_rdma_peer(remote->node), remote->name);
		}
	}
}

static void take_event(struct remote *remote, const struct xdv_rdma_event *event)
{
	struct volume_operation *operation = event->context;

	if (event->verb == XDV_RDMA_MESSAGE) {
		take_message(remote, event);
		return;
	}
	if (!operation) /* a message of ours */
		return;
	remote->under_way--;
	if (!event->error)
		finish(remote, operation);
	else if (event->error == -ECANCELED || ++operation->progress < TRIES_MAX)
		operations_add(&remote->waiting, operation);
	else
		operation->done(operation, -EIO);
}

/* All there is to do, until there is nothing more. */
static void serve(struct remote *remote)
{
	struct xdv_rdma_event events[EVENTS];
	int n = 1;

	if (remote->state == REMOTE_DOWN)
		remote_connect(remote);
	while (remote->state != REMOTE_DOWN && n) {
		n = xdv_rdma_poll(remote->node, events, EVENTS, 0);
		for (int i = 0; i < n; i++)
			take_event(remote, &events[i]);
		if (n < 0)
			went_down(remote);
		if (remote->state == REMOTE_UP) {
			remote_begin_waiting(remote);
			remote_request(remote);
		}
	}
	if (remote->empty || is_out(remote))
		give_up(remote);
}

static void watch(struct remote *remote)
{
	struct io_uring_sqe *entry = ring_entry(remote->ring, &remote->readable);

	io_uring_prep_poll_add(entry, xdv_rdma_fd(remote->node), POLLIN);
}

static void tick(struct remote *remote)
{
	struct io_uring_sqe *entry = ring_entry(remote->ring, &remote->ticked);

	remote->tick = remote->state == REMOTE_UP
			       ? (struct __kernel_timespec){.tv_sec = TICK_UP_NS / 1000000000}
			       : (struct __kernel_timespec){.tv_nsec = TICK_DOWN_NS};
	io_uring_prep_timeout(entry, &remote->tick, 0, 0);
}

static void readable(struct ring_operation *operation, int result, unsigned int flags)
{
	struct remote *remote = (struct remote *)((char *)operation -
						  offsetof(struct remote, readable));

	(void)result;
	(void)flags;
	serve(remote);
	watch(remote);
}

static void ticked(struct ring_operation *operation, int result, unsigned int flags)
{
	struct remote *remote = (struct remote *)((char *)operation -
						  offsetof(struct remote, ticked));

	(void)result;
	(void)flags;
	serve(remote);
	tick(remote);
}

static void rdma_close(struct volume *volume)
{
	struct remote *remote = (struct remote *)volume;

	for (unsigned int i = 0; i < remote->lent_count; i++)
		xdv_rdma_unregister(&remote->lent[i].memory);
	xdv_rdma_close(&remote->node);
	free(remote->dirty);
	free(remote->storing);
	free(remote);
}

static int open_node(struct remote *remote, const struct remote_name *name, struct xdv_error *error)
{
	const struct xdv_rdma_options options = {
		.size = sizeof(options),
		.depth = DEPTH,
		.message_size = MEMNODE_MESSAGE_SIZE,
		.error = error,
	};
	int err = memnode_key_read(&remote->key, name->key, error);

	if (!err)
		err = xdv_rdma_open(&remote->node, name->host, name->port, &options);
	if (!err)
		err = remote_open(remote, error);
	if (err)
		return err;
	remote->volume.size = remote->target.length;
	remote->dirty = calloc((remote->volume.size >> DIRTY_SHIFT) / 64 + 1, sizeof(uint64_t));
	remote->storing = calloc((remote->volume.size >> DIRTY_SHIFT) / 64 + 1, sizeof(uint64_t));
	if (!remote->dirty || !remote->storing)
		return fail(error, -ENOMEM, "no memory");
	return 0;
}

static int rdma_check(const char *argument, struct xdv_error *error)
{
	struct remote_name name;

	return remote_name_read(&name, argument, error);
}

static int rdma_open(struct volume **out, const char *argument,
		     const struct volume_options *options, struct xdv_error *error)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	struct remote_name name;
	int err;

	if (!remote)
		return fail(error, -ENOMEM, "no memory");
	remote->volume.kind = &volume_rdma;
	remote->ring = options->ring;
	remote->read_only = options->read_only;
	remote->readable.done = readable;
	remote->ticked.done = ticked;
	operations_init(&remote->waiting);
	operations_init(&remote->requests);
	err = remote_name_read(&name, argument, error);
	if (!err && getrandom(&remote->gateway, sizeof(remote->gateway), 0) < 0)
		err = fail(error, -errno, "no random numbers: %s", strerror(errno));
	if (!err) {
		snprintf(remote->name, sizeof(remote->name), "%s", name.volume);
		err = open_node(remote, &name, error);
	}
	if (err) {
		rdma_close(&remote->volume);
		return err;
	}
	snprintf(remote->volume.place, sizeof(remote->volume.place), "rdma://%s/%s",
		 xdv_rdma_peer(remote->node), remote->name);
	*out = &remote->volume;
	return 0;
}

static int rdma_use_memory(struct volume *volume, void *base, size_t length,
			   struct xdv_error *error)
{
	struct remote *remote = (struct remote *)volume;
	unsigned int i = remote->lent_count;
	int err = xdv_rdma_register(&remote->lent[i].memory, remote->node, base, length, 0, error);

	if (err)
		return err;
	remote->lent[i].base = base;
	remote->lent[i].length = length;
	if (remote->lent_count++ == 0) {
		watch(remote);
		tick(remote);
	}
	return 0;
}

static void rdma_begin(struct volume *volume, struct volume_operation *operation)
{
	operation->progress = 0;
	operation->syncing = false;
	remote_begin((struct remote *)volume, operation);
}

const struct volume_kind volume_rdma = {
	.name = "rdma",
	.check = rdma_check,
	.open = rdma_open,
	.use_memory = rdma_use_memory,
	.begin = rdma_begin,
	.close = rdma_close,
};
