// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "fail.h"

#define BACKLOG 64

struct xdv_rdma_listener {
	struct xdv_rdma_options options;
	struct rdma_event_channel *channel;
	struct rdma_cm_id *id;
};

static int begin(struct xdv_rdma_listener *listener, struct sockaddr_storage *address,
		 struct xdv_error *error)
{
	char text[64];
	int err;

	rdma_address_text(text, sizeof(text), (struct sockaddr *)address);
	if (rdma_create_id(listener->channel, &listener->id, listener, RDMA_PS_TCP) ||
	    rdma_bind_addr(listener->id, (struct sockaddr *)address) ||
	    rdma_listen(listener->id, BACKLOG)) {
		err = -errno;
		fail(error, err, "%s: can't be listened on: %s", text,
		     err == -ENODEV ? "no RDMA device has this address" : strerror(-err));
		return fail_hint(error, err, "xdivert doctor --rdma shows the devices");
	}
	return 0;
}

int xdv_rdma_listen(struct xdv_rdma_listener **out, const char *host, const char *port,
		    const struct xdv_rdma_options *options)
{
	struct xdv_rdma_options own;
	struct xdv_rdma_listener *listener;
	struct sockaddr_storage address;
	int err = rdma_options_read(&own, options);

	if (err)
		return err;
	err = rdma_resolve(&address, host, port, true, own.error);
	if (err)
		return err;
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return fail(own.error, -ENOMEM, "no memory");
	listener->options = own;
	listener->options.error = NULL;
	err = rdma_channel_open(&listener->channel, own.error);
	if (!err)
		err = begin(listener, &address, own.error);
	if (err)
		xdv_rdma_listener_close(&listener);
	else
		*out = listener;
	return err;
}

int xdv_rdma_listener_fd(const struct xdv_rdma_listener *listener)
{
	return listener->channel->fd;
}

/* Takes the id, also on failure: then whoever wants to connect is refused. */
static int accept_one(struct xdv_rdma **out, const struct xdv_rdma_options *options,
		      struct rdma_cm_id *id)
{
	struct rdma_conn_param parameters = rdma_connect_parameters();
	struct xdv_rdma *connection;
	int err = rdma_new(&connection, options, NULL);

	if (err)
		goto refuse;
	connection->passive = true;
	rdma_address_text(connection->peer, sizeof(connection->peer), rdma_get_peer_addr(id));
	err = rdma_migrate_id(id, connection->channel) ? -errno : 0;
	if (err) {
		xdv_rdma_close(&connection);
		goto refuse;
	}
	connection->id = id;
	id->context = connection;
	connection->state = RDMA_ATTEMPT;
	connection->attempt_end = rdma_now_ms() + ATTEMPT_MS;
	err = rdma_prepare(connection);
	if (!err)
		err = rdma_make_queue_pair(connection);
	if (!err && rdma_accept(id, &parameters))
		err = -errno;
	if (!err) {
		*out = connection;
		return 0;
	}
	rdma_reject(id, NULL, 0);
	xdv_rdma_close(&connection);
	return err;
refuse:
	rdma_reject(id, NULL, 0);
	rdma_destroy_id(id);
	return err;
}

int xdv_rdma_accept(struct xdv_rdma **out, struct xdv_rdma_listener *listener, int timeout_ms)
{
	struct pollfd fd = {.fd = listener->channel->fd, .events = POLLIN};
	enum rdma_cm_event_type type;
	struct rdma_cm_event *event;
	struct rdma_cm_id *id;

	while (rdma_get_cm_event(listener->channel, &event)) {
		int ready;

		if (errno != EAGAIN)
			return -errno;
		ready = poll(&fd, 1, timeout_ms);
		if (ready <= 0)
			return ready ? -errno : -EAGAIN;
	}
	type = event->event;
	id = event->id;
	rdma_ack_cm_event(event);
	/* such as a device that is removed: others of its kind may come */
	if (type != RDMA_CM_EVENT_CONNECT_REQUEST)
		return -EAGAIN;
	return accept_one(out, &listener->options, id);
}

void xdv_rdma_listener_close(struct xdv_rdma_listener **listener)
{
	struct xdv_rdma_listener *l = *listener;

	if (!l)
		return;
	if (l->id)
		rdma_destroy_id(l->id);
	if (l->channel)
		rdma_destroy_event_channel(l->channel);
	free(l);
	*listener = NULL;
}
