// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "memnode.h"

#include "fail.h"
#include "output.h"
#include "stats.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define GATEWAYS_MAX  64
#define GREETING_TIME UINT64_C(5000000000) /* ns */
#define EVENTS	      16

struct gateway {
	struct xdv_rdma *connection; /* NULL: the place is free */
	struct xdv_rdma_memory *memory;
	struct memnode_volume *volume; /* NULL: it has not said its key yet */
	uint64_t number;
	uint64_t came; /* ns */
	bool writes;
	bool leaving; /* once it has got its answer */
};

struct memnode {
	struct memnode_plan *plan; /* borrows */
	struct xdv_rdma_listener *listener;
	struct gateway gateways[GATEWAYS_MAX];
	struct stats_file *stats;
	int signals;
};

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* From here on, no device touches the volume for this gateway. */
static void let_go(struct gateway *gateway, const char *why)
{
	if (why)
		remark("%s: %s", xdv_rdma_peer(gateway->connection), why);
	if (gateway->volume && gateway->writes)
		gateway->volume->unsure = true;
	if (gateway->memory)
		gateway->volume->counters->clients--;
	xdv_rdma_unregister(&gateway->memory);
	xdv_rdma_close(&gateway->connection);
	memset(gateway, 0, sizeof(*gateway));
}

static struct memnode_volume *find_volume(struct memnode *node, const char *name)
{
	for (size_t i = 0; i < node->plan->count; i++)
		if (strcmp(node->plan->volumes[i].name, name) == 0)
			return &node->plan->volumes[i];
	return NULL;
}

/* Why not; NULL: it may have it. */
static const char *judge(struct memnode *node, struct gateway *gateway,
			 const struct memnode_hello *hello, int *err)
{
	struct memnode_volume *volume;

	*err = -EACCES;
	if (hello->key_length > MEMNODE_KEY_MAX ||
	    !memnode_key_equals(&node->plan->key, hello->key, hello->key_length))
		return "its key is not ours: refused";
	*err = -ENOENT;
	volume = memchr(hello->volume, '\0', sizeof(hello->volume))
			 ? find_volume(node, hello->volume)
			 : NULL;
	if (!volume)
		return "it wants a volume that there is not: refused";
	*err = -EROFS;
	if (volume->read_only && !(hello->flags & MEMNODE_READ_ONLY))
		return "it wants to write to a read-only volume: refused";
	gateway->volume = volume;
	gateway->writes = !(hello->flags & MEMNODE_READ_ONLY);
	*err = 0;
	return NULL;
}

/*
 * An earlier connection of the same gateway may still have writes on the way. They must not land on
 * top of what it writes anew.
 */
static void end_earlier(struct memnode *node, const struct gateway *gateway)
{
	for (size_t i = 0; i < GATEWAYS_MAX; i++) {
		struct gateway *other = &node->gateways[i];

		if (other != gateway && other->connection && other->number == gateway->number)
			let_go(other, "it has come again, this connection ends");
	}
}

static int lend(struct gateway *gateway, struct memnode_offer *offer, struct xdv_error *error)
{
	unsigned int access = XDV_RDMA_REMOTE_READ | (gateway->writes ? XDV_RDMA_REMOTE_WRITE : 0);
	struct memnode_volume *volume = gateway->volume;
	int err = xdv_rdma_register(&gateway->memory, gateway->connection, volume->base,
				    volume->size, access, error);

	if (err)
		return err;
	volume->counters->clients++;
	if (gateway->writes)
		volume->unsure = true; /* an earlier one may have left something */
	xdv_rdma_target(gateway->memory, &offer->target);
	offer->incarnation = volume->incarnation;
	offer->flags = (gateway->writes ? 0 : MEMNODE_READ_ONLY) |
		       (volume->path && !volume->shared ? MEMNODE_HAS_FILE : 0);
	return 0;
}

static void greet(struct memnode *node, struct gateway *gateway, const struct memnode_hello *hello)
{
	struct memnode_offer offer = {.header = {MEMNODE_MAGIC, MEMNODE_OFFER}};
	const char *peer = xdv_rdma_peer(gateway->connection);
	struct xdv_error error = {};
	int err;
	const char *why = judge(node, gateway, hello, &err);

	if (!err) {
		gateway->number = hello->gateway;
		end_earlier(node, gateway);
		err = lend(gateway, &offer, &error);
		why = error.message;
	}
	node->stats->refused += err != 0;
	if (err)
		remark("%s: %s", peer, why);
	else
		remark("%s: has %s%s", peer, gateway->volume->name,
		       gateway->writes ? "" : ", to read");
	offer.error = err;
	gateway->leaving = err != 0;
	if (xdv_rdma_send(gateway->connection, &offer, sizeof(offer), gateway))
		gateway->leaving = true;
}

static bool is_inside(const struct memnode_volume *volume, const struct memnode_range *range)
{
	return range->offset <= volume->size && range->length <= volume->size - range->offset;
}

static int carry_out(struct gateway *gateway, const struct memnode_request *request)
{
	struct memnode_volume *volume = gateway->volume;
	int err = 0;

	if (request->count > MEMNODE_RANGES)
		return -EINVAL;
	if (request->header.type == MEMNODE_ZERO && !gateway->writes)
		return -EROFS;
	for (uint32_t i = 0; !err && i < request->count; i++) {
		const struct memnode_range *range = &request->ranges[i];

		if (!is_inside(volume, range))
			return -EINVAL;
		if (request->header.type == MEMNODE_ZERO)
			memset(volume->base + range->offset, 0, range->length);
		else
			err = memnode_volume_store(volume, range);
	}
	if (!err && request->header.type == MEMNODE_STORE && request->flags & MEMNODE_SYNC)
		err = memnode_volume_sync(volume);
	return err;
}

/* What has been carried out, since `start`. */
static void count(struct storage_counters *counters, const struct memnode_request *request,
		  uint64_t start, int err)
{
	enum volume_verb verb = request->header.type == MEMNODE_ZERO ? VOLUME_ZERO : VOLUME_FLUSH;

	counters->latency[latency_bucket(nanoseconds() - start)]++;
	if (err) {
		counters->errors++;
		return;
	}
	counters->requests[verb]++;
	for (uint32_t i = 0; i < request->count; i++)
		counters->bytes[verb] += request->ranges[i].length;
}

static void serve_request(struct gateway *gateway, const struct memnode_request *request)
{
	struct memnode_done done = {.header = {MEMNODE_MAGIC, MEMNODE_DONE}};
	struct storage_counters *counters = gateway->volume->counters;
	uint64_t start = nanoseconds();

	counters->in_flight++;
	done.error = carry_out(gateway, request);
	counters->in_flight--;
	count(counters, request, start, done.error);
	if (done.error)
		remark("%s: %s: %s", xdv_rdma_peer(gateway->connection), gateway->volume->name,
		       done.error == -EINVAL ? "asks for what is outside of the volume: refused"
					     : strerror(-done.error));
	xdv_rdma_send(gateway->connection, &done, sizeof(done), NULL);
}

/* False: what it says makes no sense. */
static bool take_message(struct memnode *node, struct gateway *gateway, const void *data,
			 size_t length)
{
	const struct memnode_header *header = data;

	if (length < sizeof(*header) || header->magic != MEMNODE_MAGIC)
		return false;
	if (header->type == MEMNODE_HELLO && length == sizeof(struct memnode_hello) &&
	    !gateway->volume) {
		greet(node, gateway, data);
		return true;
	}
	if ((header->type == MEMNODE_STORE || header->type == MEMNODE_ZERO) &&
	    length == sizeof(struct memnode_request) && gateway->memory) {
		serve_request(gateway, data);
		return true;
	}
	return false;
}

static void serve_gateway(struct memnode *node, struct gateway *gateway)
{
	struct xdv_rdma_event events[EVENTS];
	int n = xdv_rdma_poll(gateway->connection, events, EVENTS, 0);

	if (n < 0) {
		let_go(gateway, xdv_rdma_trouble(gateway->connection));
		return;
	}
	for (int i = 0; i < n; i++) {
		const struct xdv_rdma_event *event = &events[i];

		if (event->verb != XDV_RDMA_MESSAGE && gateway->leaving) {
			let_go(gateway, NULL);
			return;
		}
		if (event->verb == XDV_RDMA_MESSAGE &&
		    !take_message(node, gateway, event->data, event->length)) {
			let_go(gateway, "says what makes no sense: refused");
			return;
		}
	}
	if (!gateway->volume && !gateway->leaving && nanoseconds() - gateway->came > GREETING_TIME)
		let_go(gateway, "does not say who it is: refused");
}

static void take_gateway(struct memnode *node)
{
	const struct xdv_rdma *connection;
	struct gateway *gateway = node->gateways;
	struct xdv_rdma *taken;

	if (xdv_rdma_accept(&taken, node->listener, 0))
		return;
	connection = taken;
	while (gateway < node->gateways + GATEWAYS_MAX && gateway->connection)
		gateway++;
	if (gateway == node->gateways + GATEWAYS_MAX) {
		node->stats->refused++;
		remark("%s: refused, there are %d gateways already", xdv_rdma_peer(connection),
		       GATEWAYS_MAX);
		xdv_rdma_close(&taken);
		return;
	}
	gateway->connection = taken;
	gateway->came = nanoseconds();
}

static void add_counters(struct memnode *node)
{
	for (size_t i = 0; i < node->plan->count; i++) {
		struct memnode_volume *volume = &node->plan->volumes[i];

		volume->counters = stats_add(node->stats, volume->name,
					     volume->path ? volume->path : "memory", volume->size,
					     volume->read_only);
	}
}

int memnode_open(struct memnode **out, struct memnode_plan *plan, struct xdv_error *error)
{
	const struct xdv_rdma_options options = {
		.size = sizeof(options),
		.depth = 16,
		.message_size = MEMNODE_MESSAGE_SIZE,
		.error = error,
	};
	struct memnode *node = calloc(1, sizeof(*node));
	sigset_t set;
	int err;

	if (!node)
		return fail(error, -ENOMEM, "no memory");
	node->plan = plan;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	node->signals = signalfd(-1, &set, SFD_CLOEXEC);
	err = stats_open(&node->stats, STATS_MEMNODE, error);
	if (!err)
		add_counters(node);
	if (!err)
		err = xdv_rdma_listen(&node->listener, plan->host, plan->port, &options);
	if (err)
		memnode_close(&node);
	else
		*out = node;
	return err;
}

int memnode_run(struct memnode *node, struct xdv_error *error)
{
	struct pollfd fds[GATEWAYS_MAX + 2];

	fds[0] = (struct pollfd){.fd = node->signals, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = xdv_rdma_listener_fd(node->listener), .events = POLLIN};
	for (;;) {
		for (size_t i = 0; i < GATEWAYS_MAX; i++) {
			struct gateway *gateway = &node->gateways[i];

			if (gateway->connection)
				serve_gateway(node, gateway);
			fds[2 + i] = (struct pollfd){
				.fd = gateway->connection ? xdv_rdma_fd(gateway->connection) : -1,
				.events = POLLIN,
			};
		}
		/* at most a second: those who do not say who they are must go */
		if (poll(fds, GATEWAYS_MAX + 2, 1000) < 0 && errno != EINTR)
			return fail(error, -errno, "no events: %s", strerror(errno));
		if (fds[0].revents & POLLIN)
			return 0;
		if (fds[1].revents & POLLIN)
			take_gateway(node);
	}
}

void memnode_close(struct memnode **node)
{
	struct memnode *n = *node;

	if (!n)
		return;
	for (size_t i = 0; i < GATEWAYS_MAX; i++)
		if (n->gateways[i].connection)
			let_go(&n->gateways[i], NULL);
	xdv_rdma_listener_close(&n->listener);
	if (n->signals >= 0)
		close(n->signals);
	stats_close(&n->stats);
	free(n);
	*node = NULL;
}
