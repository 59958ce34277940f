// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lend.h"

#include "consumer.h"
#include "control.h"
#include "fail.h"
#include "pins.h"
#include "requests.h"
#include "service.h"
#include "wish.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS	   1000
#define YIELD_MS   2000 /* in which who is to be taken over lets go */
#define FIXED_FDS  3 /* region, ledger, states */
#define QUEUES_MAX (CONTROL_FDS_MAX - FIXED_FDS)

struct lend {
	struct lend *next;
	struct service *service;
	struct xdv_consumer *consumer;
	struct connection *holder; /* who serves it */
	struct connection *heir; /* who wants to; NULL: nobody */
	int64_t deadline; /* by which the holder has to let go for the heir */
	bool hangs; /* as it was seen last */
	bool takeover; /* it was opened so that it can be taken over */
};

static struct service *service_of(const struct connection *connection)
{
	return connection_server(connection)->context;
}

static void note(const struct lend *lend, const char *text, pid_t pid)
{
	char reason[64];

	snprintf(reason, sizeof(reason), "process %d", (int)pid);
	journal_write(&lend->service->journal, JOURNAL_INFO, lend->consumer->ifname, reason,
		      "consumer %s %s", lend->consumer->name, text);
}

/* Closes the sockets: the packets go to the kernel. */
static void lend_free(struct lend *lend)
{
	struct lend **place = &lend->service->lends.list;

	while (*place != lend)
		place = &(*place)->next;
	*place = lend->next;
	if (lend->service->ending) /* who has the sockets keeps its place */
		lend->consumer->joined = false;
	xdv_consumer_close(&lend->consumer);
	free(lend);
}

/* The map of states, once more: whoever has it writes its beats there, and nothing else. */
static int open_states(const struct xdv_consumer *consumer)
{
	char path[XDV_PATH_MAX];
	int err = pins_path(path, sizeof(path), consumer->ifname, "consumers/%s/queues",
			    consumer->name);

	return err ? err : bpf_obj_get(path);
}

static int copy_fds(int *fds, size_t *count, const struct lend *lend)
{
	const struct xdv_consumer *consumer = lend->consumer;
	int err = 0;

	fds[0] = fcntl(consumer->region->fd, F_DUPFD_CLOEXEC, 0);
	fds[1] = fcntl(consumer->region->ledger_fd, F_DUPFD_CLOEXEC, 0);
	fds[2] = open_states(consumer);
	*count = FIXED_FDS;
	for (unsigned int i = 0; i < consumer->count; i++)
		fds[(*count)++] = fcntl(consumer->queues[i].fd, F_DUPFD_CLOEXEC, 0);
	for (size_t i = 0; i < *count; i++)
		err = fds[i] < 0 ? -EMFILE : err;
	for (size_t i = 0; err && i < *count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return err;
}

static json_t *describe(const struct xdv_consumer *consumer)
{
	const struct xdv_region *region = consumer->region;
	json_t *queues = json_array();

	for (unsigned int i = 0; i < consumer->count; i++)
		json_array_append_new(queues, json_pack("{s:I, s:b}", "number",
							(json_int_t)consumer->queues[i].number,
							"transmit", consumer->queues[i].transmit));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "frames",
			 (json_int_t)region->frames, "frame_size", (json_int_t)region->frame_size,
			 "page_size", (json_int_t)region->page_size, "capacity",
			 (json_int_t)consumer->pinned.room, "ring_size",
			 (json_int_t)consumer->queues[0].ring_size, "jumbo", consumer->jumbo,
			 "queues", queues);
}

static int hand_over(struct lend *lend, struct connection *connection, struct xdv_error *error)
{
	int fds[CONTROL_FDS_MAX], err;
	size_t count;

	err = copy_fds(fds, &count, lend);
	if (err)
		return fail(error, err, "%s: consumer '%s' can't be handed over: %s",
			    lend->consumer->ifname, lend->consumer->name, strerror(-err));
	lend->holder = connection;
	*request_lend(connection) = lend;
	note(lend, "is handed over", connection_peer(connection)->pid);
	request_answer_with(connection, describe(lend->consumer), fds, count);
	connection_waits(connection);
	return 0;
}

/* --- opening --- */

static struct lend *find_lend(const struct service *service, const struct wish *wish)
{
	struct lend *lend = service->lends.list;

	while (lend && (strcmp(lend->consumer->ifname, wish->ifname) != 0 ||
			strcmp(lend->consumer->name, wish->name) != 0))
		lend = lend->next;
	return lend;
}

static void set_yield(const struct lend *lend, uint32_t yield)
{
	__atomic_store_n(&lend->consumer->region->ledger->yield, yield, __ATOMIC_RELEASE);
}

static int inherit(struct lend *lend, struct connection *heir, const struct wish *wish,
		   struct xdv_error *error)
{
	int pid = (int)connection_peer(lend->holder)->pid;

	if (lend->heir || !wish->options.takeover || !lend->takeover) {
		fail(error, -EBUSY, "%s: consumer '%s' is in use by process %d", wish->ifname,
		     wish->name, pid);
		return fail_hint(error, -EBUSY,
				 "end that process first; or open it in both with `takeover`");
	}
	lend->heir = heir;
	lend->deadline = loop_now() + YIELD_MS;
	*request_lend(heir) = lend;
	connection_waits(heir);
	set_yield(lend, 1);
	request_answer(lend->holder, json_pack("{s:s}", "event", "yield"));
	return 0;
}

static void give_up_heir(struct lend *lend)
{
	struct connection *heir = lend->heir;
	struct xdv_error error;

	fail(&error, -EBUSY, "%s: process %d does not let go of consumer '%s': it does not receive",
	     lend->consumer->ifname, (int)connection_peer(lend->holder)->pid, lend->consumer->name);
	fail_hint(&error, -EBUSY, "end that process first");
	set_yield(lend, 0);
	lend->heir = NULL;
	*request_lend(heir) = NULL;
	request_fail(heir, &error);
}

/* As the program sees it: see struct xdv_queue_state. */
static bool does_hang(const struct xdv_consumer *consumer)
{
	for (unsigned int i = 0; i < consumer->count; i++) {
		const struct xdv_queue_state *state = consumer->queues[i].state;

		if (state->again && state->beat == state->answered)
			return true;
	}
	return false;
}

static void note_hanging(struct lend *lend)
{
	bool hangs = does_hang(lend->consumer);

	if (hangs != lend->hangs)
		note(lend, hangs ? "hangs: the kernel has its packets" : "receives again",
		     connection_peer(lend->holder)->pid);
	lend->hangs = hangs;
}

/* The policy may have been loaded anew: then there is another map to beat in. */
static void look_after(struct lend *lend)
{
	const struct xdv_queue_state *before = lend->consumer->pinned.states;
	int fd;

	if (lend->heir && loop_now() >= lend->deadline)
		give_up_heir(lend);
	note_hanging(lend);
	consumer_rejoin(lend->consumer);
	if (before == lend->consumer->pinned.states)
		return;
	fd = open_states(lend->consumer);
	if (fd >= 0)
		request_answer_with(lend->holder,
				    json_pack("{s:s, s:I}", "event", "joined", "capacity",
					      (json_int_t)lend->consumer->pinned.room),
				    &fd, 1);
}

static void has_ticked(struct operation *operation, int result)
{
	struct service *service = container(container(operation, struct lends, tick),
					    struct service, lends);

	(void)result;
	if (!service->lends.list || service->ending)
		return;
	for (struct lend *lend = service->lends.list; lend; lend = lend->next)
		look_after(lend);
	loop_timer(service->loop, operation, TICK_MS);
}

static int lend_new(struct connection *connection, const struct wish *wish, struct xdv_error *error)
{
	struct service *service = service_of(connection);
	struct xdv_consumer_options options = wish->options;
	struct lend *lend = calloc(1, sizeof(*lend));
	int err;

	if (!lend)
		return fail(error, -ENOMEM, "no memory for a consumer");
	options.takeover = 0; /* with regard to us */
	err = consumer_lend(&lend->consumer, wish->ifname, wish->name, &options,
			    connection_peer(connection)->pid);
	if (err) {
		free(lend);
		return err;
	}
	lend->service = service;
	lend->takeover = wish->options.takeover;
	lend->next = service->lends.list;
	service->lends.list = lend;
	if (lend->consumer->count > QUEUES_MAX)
		err = fail(error, -E2BIG, "%s: more than %d queues can't be handed over",
			   wish->ifname, QUEUES_MAX);
	if (!err)
		err = hand_over(lend, connection, error);
	if (err)
		lend_free(lend);
	service->lends.tick.done = has_ticked;
	if (!err && !service->lends.tick.busy)
		loop_timer(service->loop, &service->lends.tick, TICK_MS);
	return err;
}

void lend_open(struct connection *connection, const json_t *request)
{
	struct xdv_error error = {};
	struct lend *lend;
	struct wish wish;
	int err = wish_read(&wish, request, &error);

	if (!err && *request_lend(connection))
		err = fail(&error, -EEXIST, "this connection has a consumer already");
	if (!err)
		err = wish_check(&wish, connection, &service_of(connection)->lends.known, &error);
	if (!err) {
		lend = find_lend(service_of(connection), &wish);
		err = lend ? inherit(lend, connection, &wish, &error)
			   : lend_new(connection, &wish, &error);
	}
	if (err)
		request_fail(connection, &error);
}

/* --- the end, and the next one --- */

/* The holder has let go, or is gone. */
static void pass_on(struct lend *lend)
{
	struct connection *heir = lend->heir;
	struct xdv_error error = {};
	int err;

	*request_lend(lend->holder) = NULL;
	note(lend, "is let go", connection_peer(lend->holder)->pid);
	lend->holder = lend->heir = NULL;
	if (!heir) {
		lend_free(lend);
		return;
	}
	set_yield(lend, 0);
	err = consumer_lend_to(lend->consumer, connection_peer(heir)->pid);
	if (err)
		fail(&error, err, "%s: consumer '%s' can't be taken over: %s",
		     lend->consumer->ifname, lend->consumer->name, strerror(-err));
	else
		err = hand_over(lend, heir, &error);
	if (!err)
		return;
	*request_lend(heir) = NULL;
	request_fail(heir, &error);
	lend_free(lend);
}

static struct lend *held_by(struct connection *connection)
{
	struct lend *lend = *request_lend(connection);

	return lend && lend->holder == connection ? lend : NULL;
}

static void fail_without(struct connection *connection)
{
	struct xdv_error error;

	fail(&error, -ENOENT, "this connection has no consumer");
	request_fail(connection, &error);
}

void lend_stop(struct connection *connection, const json_t *request)
{
	struct lend *lend = held_by(connection);

	(void)request;
	if (!lend) {
		fail_without(connection);
		return;
	}
	xdv_consumer_stop(lend->consumer);
	request_answer(connection, json_pack("{s:b}", "stopped", true));
}

void lend_yield(struct connection *connection, const json_t *request)
{
	struct lend *lend = held_by(connection);

	(void)request;
	if (lend)
		pass_on(lend);
	else
		fail_without(connection);
}

void lend_end(struct connection *connection)
{
	struct lend *lend = *request_lend(connection);

	if (lend && lend->holder == connection) {
		pass_on(lend);
	} else if (lend) {
		lend->heir = NULL;
		set_yield(lend, 0);
	}
}
