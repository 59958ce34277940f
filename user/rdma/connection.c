// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"

#define RESOLVE_MS 2000

uint64_t rdma_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int rdma_channel_open(struct rdma_event_channel **channel, struct xdv_error *error)
{
	*channel = rdma_create_event_channel();
	if (!*channel) {
		fail(error, -ENODEV,
		     "no RDMA here: the kernel's connection manager can't be opened");
		return fail_hint(error, -ENODEV,
				 "modprobe rdma_ucm; xdivert doctor --rdma shows the devices");
	}
	fcntl((*channel)->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

int rdma_watch(const struct xdv_rdma *connection, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(connection->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int rdma_new(struct xdv_rdma **out, const struct xdv_rdma_options *options, struct xdv_error *error)
{
	struct xdv_rdma *connection = calloc(1, sizeof(*connection));
	int err = -ENOMEM;

	if (!connection)
		return fail(error, err, "no memory");
	connection->options = *options;
	connection->options.error = NULL;
	connection->epoll = -1;
	connection->slots = calloc(options->depth, sizeof(*connection->slots));
	connection->free = calloc(options->depth, sizeof(*connection->free));
	connection->lent = calloc(options->messages, sizeof(*connection->lent));
	if (!connection->slots || !connection->free || !connection->lent) {
		fail(error, err, "no memory");
		goto fail;
	}
	while (connection->free_count < options->depth) {
		connection->free[connection->free_count] = connection->free_count;
		connection->free_count++;
	}
	err = rdma_channel_open(&connection->channel, error);
	if (err)
		goto fail;
	connection->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = connection->epoll < 0 ? -errno : rdma_watch(connection, connection->channel->fd);
	if (err) {
		fail(error, err, "no epoll: %s", strerror(-err));
		goto fail;
	}
	*out = connection;
	return 0;
fail:
	xdv_rdma_close(&connection);
	return err;
}

int xdv_rdma_open(struct xdv_rdma **out, const char *host, const char *port,
		  const struct xdv_rdma_options *options)
{
	struct xdv_rdma_options own;
	struct sockaddr_storage address;
	int err = rdma_options_read(&own, options);

	if (!err)
		err = rdma_resolve(&address, host, port, false, own.error);
	if (!err)
		err = rdma_new(out, &own, own.error);
	if (err)
		return err;
	(*out)->address = address;
	rdma_address_text((*out)->peer, sizeof((*out)->peer), (struct sockaddr *)&address);
	return 0;
}

static void say(struct xdv_rdma *connection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct xdv_rdma *connection, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(connection->trouble, sizeof(connection->trouble), format, arguments);
	va_end(arguments);
}

void rdma_take_down(struct xdv_rdma *connection)
{
	if (connection->id) {
		if (connection->id->qp) {
			rdma_disconnect(connection->id);
			rdma_destroy_qp(connection->id);
		}
		rdma_destroy_id(connection->id);
		connection->id = NULL;
	}
	if (connection->cq)
		rdma_end_all(connection);
	connection->state = RDMA_IDLE;
}

void rdma_broke(struct xdv_rdma *connection, const char *trouble)
{
	if (connection->state != RDMA_UP)
		return;
	connection->state = RDMA_BROKEN;
	say(connection, "%s", trouble);
}

static void attempt_failed(struct xdv_rdma *connection)
{
	rdma_take_down(connection);
	connection->pause = connection->pause ? connection->pause * 2 : PAUSE_MIN_MS;
	if (connection->pause > PAUSE_MAX_MS)
		connection->pause = PAUSE_MAX_MS;
	connection->next_attempt = rdma_now_ms() + connection->pause;
}

static void attempt_begin(struct xdv_rdma *connection)
{
	int err = 0;

	connection->attempt_end = rdma_now_ms() + ATTEMPT_MS;
	connection->state = RDMA_ATTEMPT;
	if (rdma_create_id(connection->channel, &connection->id, connection, RDMA_PS_TCP)) {
		err = -errno;
		connection->id = NULL;
	} else if (rdma_resolve_addr(connection->id, NULL, (struct sockaddr *)&connection->address,
				     RESOLVE_MS)) {
		err = -errno;
	}
	if (!err)
		return;
	say(connection, "%s: %s", connection->peer,
	    err == -ENODEV ? "no RDMA device leads there" : strerror(-err));
	attempt_failed(connection);
}

/* The next step of an attempt. */
static int attempt_step(struct xdv_rdma *connection, enum rdma_cm_event_type type)
{
	struct rdma_conn_param parameters = rdma_connect_parameters();
	int err;

	switch (type) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
		err = rdma_prepare(connection);
		if (!err && rdma_resolve_route(connection->id, RESOLVE_MS))
			err = -errno;
		return err;
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		err = rdma_make_queue_pair(connection);
		if (!err && rdma_connect(connection->id, &parameters))
			err = -errno;
		return err;
	case RDMA_CM_EVENT_ESTABLISHED:
		connection->state = RDMA_UP;
		connection->pause = 0;
		connection->trouble[0] = '\0';
		return 0;
	default:
		return 0;
	}
}

static bool is_failure(enum rdma_cm_event_type type)
{
	return type == RDMA_CM_EVENT_ADDR_ERROR || type == RDMA_CM_EVENT_ROUTE_ERROR ||
	       type == RDMA_CM_EVENT_CONNECT_ERROR || type == RDMA_CM_EVENT_UNREACHABLE ||
	       type == RDMA_CM_EVENT_REJECTED || type == RDMA_CM_EVENT_DISCONNECTED ||
	       type == RDMA_CM_EVENT_DEVICE_REMOVAL;
}

static const char *failure_text(enum rdma_cm_event_type type)
{
	switch (type) {
	case RDMA_CM_EVENT_REJECTED:
		return "nobody listens there, or the connection was refused";
	case RDMA_CM_EVENT_DISCONNECTED:
		return "the peer has ended the connection";
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		return "the device is gone";
	default:
		return "it can't be reached";
	}
}

void rdma_serve_events(struct xdv_rdma *connection)
{
	struct rdma_cm_event *event;
	int err = 0;

	while (!rdma_get_cm_event(connection->channel, &event)) {
		enum rdma_cm_event_type type = event->event;
		bool ours = event->id == connection->id;

		rdma_ack_cm_event(event);
		if (!ours) /* of an attempt that was given up */
			continue;
		if (is_failure(type)) {
			rdma_broke(connection, failure_text(type));
			if (connection->state == RDMA_ATTEMPT) {
				say(connection, "%s: %s", connection->peer, failure_text(type));
				attempt_failed(connection);
			}
			continue;
		}
		if (connection->state == RDMA_ATTEMPT)
			err = attempt_step(connection, type);
		if (err) {
			say(connection, "%s: %s", connection->peer,
			    err == -EXDEV ? "the way there is by another device now"
					  : strerror(-err));
			attempt_failed(connection);
			err = 0;
		}
	}
	if (connection->state == RDMA_ATTEMPT && rdma_now_ms() >= connection->attempt_end) {
		say(connection, "%s: no answer", connection->peer);
		attempt_failed(connection);
	}
}

int rdma_wait(const struct xdv_rdma *connection, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(connection->epoll, &event, 1, timeout_ms) < 0 ? -errno : 0;
}

int xdv_rdma_connect(struct xdv_rdma *connection, int timeout_ms)
{
	uint64_t end = rdma_now_ms() + (uint64_t)timeout_ms;

	if (connection->passive || timeout_ms < 0)
		return -EINVAL;
	for (;;) {
		uint64_t now, until;
		int err;

		rdma_serve_events(connection);
		if (connection->state == RDMA_UP)
			return 0;
		if (connection->state == RDMA_BROKEN)
			rdma_take_down(connection);
		now = rdma_now_ms();
		if (connection->state == RDMA_IDLE && now >= connection->next_attempt)
			attempt_begin(connection);
		if (!timeout_ms)
			return -EINPROGRESS;
		if (now >= end)
			return -ETIMEDOUT;
		until = connection->state == RDMA_IDLE ? connection->next_attempt
						       : connection->attempt_end;
		if (until > end)
			until = end;
		err = rdma_wait(connection, until > now ? (int)(until - now) : 0);
		if (err)
			return err;
	}
}

const char *xdv_rdma_trouble(const struct xdv_rdma *connection)
{
	return connection->trouble;
}

const char *xdv_rdma_peer(const struct xdv_rdma *connection)
{
	return connection->peer;
}

int xdv_rdma_fd(const struct xdv_rdma *connection)
{
	return connection->epoll;
}

void xdv_rdma_close(struct xdv_rdma **connection)
{
	struct xdv_rdma *c = *connection;

	if (!c)
		return;
	rdma_take_down(c);
	if (c->buffers_mr)
		ibv_dereg_mr(c->buffers_mr);
	if (c->buffers)
		munmap(c->buffers, c->buffers_length);
	if (c->cq)
		ibv_destroy_cq(c->cq);
	if (c->comp)
		ibv_destroy_comp_channel(c->comp);
	if (c->pd)
		ibv_dealloc_pd(c->pd);
	if (c->channel)
		rdma_destroy_event_channel(c->channel);
	if (c->epoll >= 0)
		close(c->epoll);
	free(c->slots);
	free(c->free);
	free(c->lent);
	free(c);
	*connection = NULL;
}
