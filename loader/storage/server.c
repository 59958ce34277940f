// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "server.h"

#include "address.h"
#include "connection.h"
#include "fail.h"
#include "gateway.h"
#include "output.h"
#include "stats.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define END_SECONDS 10 /* for answers under way, after a signal */

struct listener {
	struct server *server;
	const char *address; /* as it is in the plan */
	int fd;
	bool idle; /* to be started again with the next tick */
	struct ring_operation accept;
	struct export *seen[EXPORTS_MAX];
	struct exports exports; /* those of `seen`, which its clients see */
};

struct server {
	struct ring ring;
	struct clients clients;
	struct export exports[EXPORTS_MAX];
	struct export *list[EXPORTS_MAX];
	struct exports all;
	struct listener listeners[EXPORTS_MAX];
	size_t listener_count;
	struct gateway *gateway; /* NULL: no AoE */
	struct stats_file *stats;
	int signals;
	struct signalfd_siginfo signal;
	struct ring_operation signalled, ticked;
	struct __kernel_timespec tick;
	unsigned int ends; /* signals that there were */
	unsigned int end_ticks; /* since the first */
};

static void accept_start(struct listener *listener);

static void count_refused(struct server *server, const char *peer)
{
	if (server->stats->refused++ == 0)
		remark("%s: is refused, there are %u clients already; --clients allows more", peer,
		       server->clients.max);
}

static void accepted(struct ring_operation *operation, int result, unsigned int flags)
{
	struct listener *listener = (struct listener *)((char *)operation -
							offsetof(struct listener, accept));
	struct server *server = listener->server;
	char peer[ADDRESS_TEXT];

	if (result >= 0) {
		address_format(peer, result, true);
		if (server->ends)
			close(result);
		else if (connection_open(&server->clients, result, peer, &listener->exports))
			count_refused(server, peer);
	}
	/* for want of descriptors, it is of no use to try again at once */
	if (!(flags & IORING_CQE_F_MORE))
		listener->idle = true;
}

static void accept_start(struct listener *listener)
{
	struct io_uring_sqe *entry = ring_entry(&listener->server->ring, &listener->accept);

	listener->idle = false;
	listener->accept.done = accepted;
	io_uring_prep_multishot_accept(entry, listener->fd, NULL, NULL, SOCK_CLOEXEC);
}

static void tick_start(struct server *server)
{
	struct io_uring_sqe *entry = ring_entry(&server->ring, &server->ticked);

	server->tick = (struct __kernel_timespec){.tv_sec = 1};
	io_uring_prep_timeout(entry, &server->tick, 0, 0);
}

static void ticked(struct ring_operation *operation, int result, unsigned int flags)
{
	struct server *server = (struct server *)((char *)operation -
						  offsetof(struct server, ticked));

	(void)result;
	(void)flags;
	connections_expire(&server->clients);
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].idle && !server->ends)
			accept_start(&server->listeners[i]);
	if (server->ends)
		server->end_ticks++;
	tick_start(server);
}

static void signal_start(struct server *server)
{
	struct io_uring_sqe *entry = ring_entry(&server->ring, &server->signalled);

	io_uring_prep_read(entry, server->signals, &server->signal, sizeof(server->signal), 0);
}

static void signalled(struct ring_operation *operation, int result, unsigned int flags)
{
	struct server *server = (struct server *)((char *)operation -
						  offsetof(struct server, signalled));

	(void)flags;
	if (result > 0)
		server->ends++;
	if (server->ends == 1)
		connections_end(&server->clients);
	signal_start(server);
}

static int open_export(struct server *server, const struct export_plan *plan,
		       struct xdv_error *error)
{
	struct export *export = &server->exports[server->all.count];
	struct volume_options options = {
		.read_only = plan->read_only, .cached = plan->cached, .ring = &server->ring};
	int err = volume_open(&export->volume, plan->backend, &options, error);

	if (err)
		return err;
	snprintf(export->name, sizeof(export->name), "%s", plan->name);
	export->size = export->volume->size;
	export->read_only = plan->read_only;
	export->counters = stats_add(server->stats, export->name, export->volume->place,
				     export->size, export->read_only);
	export->volume->copied = &export->counters->copied;
	server->list[server->all.count++] = export;
	return 0;
}

static struct listener *find_listener(struct server *server, const char *address)
{
	struct listener *listener = server->listeners;

	while (listener < server->listeners + server->listener_count &&
	       strcmp(listener->address, address) != 0)
		listener++;
	return listener;
}

/* The address of an export, which others may have, too. */
static int listen_for(struct server *server, struct export *export, const char *address,
		      struct xdv_error *error)
{
	struct listener *listener = find_listener(server, address);

	if (listener == server->listeners + server->listener_count) {
		listener->fd = address_listen(address, error);
		if (listener->fd < 0)
			return listener->fd;
		listener->server = server;
		listener->address = address;
		listener->exports.list = listener->seen;
		server->listener_count++;
	}
	listener->seen[listener->exports.count++] = export;
	address_format(export->counters->address, listener->fd, false);
	return 0;
}

static int open_signals(struct server *server, struct xdv_error *error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	server->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (server->signals < 0)
		return fail(error, -errno, "no signals: %s", strerror(errno));
	return 0;
}

static int lend_frames(struct server *server, struct volume *volume, struct xdv_error *error)
{
	const struct xdv_region *region = server->clients.frames.region;

	return volume->kind->use_memory
		       ? volume->kind->use_memory(volume, region->base, region->length, error)
		       : 0;
}

static int open_exports(struct server *server, const struct server_plan *plan,
			struct xdv_error *error)
{
	bool data = false;
	int err = 0;

	for (size_t i = 0; !err && i < plan->count; i++)
		err = open_export(server, &plan->exports[i], error);
	for (size_t i = 0; !err && i < plan->count; i++)
		data |= plan->exports[i].address && !server->exports[i].volume->memory;
	if (!err)
		err = frames_open(&server->clients.frames, plan->clients, data, &server->ring,
				  error);
	for (size_t i = 0; !err && i < plan->count; i++) {
		if (!plan->exports[i].address)
			continue;
		err = lend_frames(server, server->exports[i].volume, error);
		if (!err)
			err = listen_for(server, &server->exports[i], plan->exports[i].address,
					 error);
	}
	return err;
}

static int open_disks(struct server *server, const struct server_plan *plan,
		      struct xdv_error *error)
{
	int err = 0;

	if (plan->target)
		err = gateway_open(&server->gateway, &server->ring, plan->ifname, plan->target,
				   error);
	for (size_t i = 0; !err && i < plan->count; i++) {
		const struct export_plan *planned = &plan->exports[i];
		struct storage_counters *counters = server->exports[i].counters;

		if (!planned->aoe)
			continue;
		err = gateway_add(server->gateway, &server->exports[i], planned->shelf,
				  planned->slot, error);
		snprintf(counters->disk, sizeof(counters->disk), "e%u.%u on %s", planned->shelf,
			 planned->slot, plan->ifname);
	}
	return err;
}

int server_open(struct server **out, const struct server_plan *plan, struct xdv_error *error)
{
	struct server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return fail(error, -ENOMEM, "no memory for a server");
	server->signals = -1;
	server->all.list = server->list;
	server->clients.ring = &server->ring;
	server->clients.max = plan->clients;
	server->clients.others = plan->target != NULL;
	server->signalled.done = signalled;
	server->ticked.done = ticked;
	err = ring_open(&server->ring, plan->poll, error);
	if (!err)
		err = stats_open(&server->stats, STATS_GATEWAY, error);
	if (!err)
		err = open_exports(server, plan, error);
	if (!err)
		err = open_disks(server, plan, error);
	if (!err)
		err = open_signals(server, error);
	if (err)
		server_close(&server);
	else
		*out = server;
	return err;
}

const struct exports *server_exports(const struct server *server)
{
	return &server->all;
}

/* What is under way is to come to its end, but not for ever. */
static bool goes_on(struct server *server)
{
	if (!server->ends)
		return true;
	if (server->ends > 1 || server->end_ticks >= END_SECONDS)
		return false;
	return server->clients.count || (server->gateway && gateway_end(server->gateway));
}

struct flush {
	struct volume_operation operation;
	bool done;
	int err;
};

static void flushed(struct volume_operation *operation, int err)
{
	struct flush *flush = (struct flush *)operation;

	flush->done = true;
	flush->err = err;
}

/* Not asked for by a client, but kind: what was written is where it is to be. */
static int flush_all(struct server *server, struct xdv_error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < server->all.count; i++) {
		struct flush flush = {.operation = {.verb = VOLUME_FLUSH, .done = flushed}};

		if (server->exports[i].read_only)
			continue;
		volume_begin(server->exports[i].volume, &flush.operation);
		while (!err && !flush.done)
			err = ring_turn(&server->ring);
		if (!err && flush.err)
			err = fail(error, flush.err, "%s: can't be flushed: %s",
				   server->exports[i].name, strerror(-flush.err));
	}
	return err;
}

int server_run(struct server *server, struct xdv_error *error)
{
	int err = 0;

	signal_start(server);
	tick_start(server);
	for (size_t i = 0; i < server->listener_count; i++)
		accept_start(&server->listeners[i]);
	if (server->gateway)
		gateway_start(server->gateway);
	while (!err && goes_on(server)) {
		err = ring_turn(&server->ring);
		connections_serve(&server->clients);
		if (server->gateway)
			gateway_serve(server->gateway);
	}
	if (err)
		return fail(error, err, "the ring fails: %s", strerror(-err));
	return server->ends == 1 ? flush_all(server, error) : 0;
}

/* First the ring: the kernel may still be at something of a connection's. */
void server_close(struct server **out)
{
	struct server *server = *out;

	if (!server)
		return;
	/* the kernel takes rings down behind our back, and would keep the port until then */
	for (size_t i = 0; i < server->listener_count; i++)
		shutdown(server->listeners[i].fd, SHUT_RDWR);
	ring_close(&server->ring);
	connections_close(&server->clients);
	for (size_t i = 0; i < server->listener_count; i++) {
		close(server->listeners[i].fd);
		address_forget(server->listeners[i].address);
	}
	/* before the frames that were lent to them */
	for (size_t i = 0; i < server->all.count; i++)
		volume_close(&server->exports[i].volume);
	gateway_close(&server->gateway);
	frames_close(&server->clients.frames);
	if (server->signals >= 0)
		close(server->signals);
	stats_close(&server->stats);
	free(server);
	*out = NULL;
}
