// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "handed.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "fail.h"
#include "message.h"

/* In front of the sockets: the region, its ledger, the states of the queues. */
#define FIRST_SOCKET 3

#define ASK_MS	     1000
#define ASK_PAUSE_MS 20

/* What was handed over; descriptors that have been taken are -1. */
struct handed {
	json_t *answer;
	int fds[CONTROL_FDS_MAX];
	size_t count;
};

static uint32_t number(const json_t *object, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(object, name));

	return value > 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static int take_fd(struct handed *handed, size_t index)
{
	int fd = handed->fds[index];

	handed->fds[index] = -1;
	return fd;
}

static int adopt_queue(struct xdv_consumer *consumer, struct handed *handed, size_t index)
{
	const json_t *said = json_array_get(json_object_get(handed->answer, "queues"), index);
	bool transmit = json_is_true(json_object_get(said, "transmit"));
	int err;

	if (number(said, "number") >= consumer->pinned.capacity) /* there is no state of it */
		return -EPROTO;
	err = queue_adopt(&consumer->queues[index], take_fd(handed, FIRST_SOCKET + index),
			  number(said, "number"), number(handed->answer, "ring_size"), transmit,
			  consumer->region);
	if (err)
		return err;
	consumer->count++;
	consumer->transmit_count += transmit;
	return 0;
}

static int adopt_all(struct xdv_consumer *consumer, struct handed *handed)
{
	const json_t *answer = handed->answer;
	size_t queues = json_array_size(json_object_get(answer, "queues"));
	int err;

	if (!queues || handed->count != FIRST_SOCKET + queues)
		return -EPROTO;
	err = region_adopt(&consumer->region, take_fd(handed, 0), take_fd(handed, 1),
			   number(answer, "frames"), number(answer, "frame_size"),
			   number(answer, "page_size"));
	if (err)
		return err;
	consumer->pinned.capacity = number(answer, "capacity");
	err = consumer->pinned.capacity ? pinned_adopt(&consumer->pinned, take_fd(handed, 2))
					: -EPROTO;
	consumer->queues = calloc(queues, sizeof(*consumer->queues));
	if (!consumer->queues)
		return -ENOMEM;
	consumer->limit = (unsigned int)queues;
	for (size_t i = 0; !err && i < queues; i++)
		err = adopt_queue(consumer, handed, i);
	if (err)
		return err;
	consumer->jumbo = json_is_true(json_object_get(answer, "jumbo"));
	region_reclaim(consumer->region);
	consumer_beat_for(consumer, &consumer->pinned);
	for (unsigned int i = 0; i < consumer->count; i++) {
		state_beat(consumer->queues[i].state); /* what the one before left unanswered */
		queue_stock(&consumer->queues[i], consumer->region);
	}
	return 0;
}

static int ask_once(struct xdv_consumer *consumer, struct handed *handed,
		    const struct xdv_consumer_options *options)
{
	json_t *request = json_pack(
		"{s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b}", "version", MESSAGE_VERSION,
		"request", "open", "interface", consumer->ifname, "consumer", consumer->name,
		"frames", (json_int_t)options->frames, "ring_size", (json_int_t)options->ring_size,
		"frame_size", (json_int_t)options->frame_size, "zerocopy",
		(json_int_t)options->zerocopy, "jumbo", (int)options->jumbo, "takeover",
		(int)options->takeover);
	int err = request ? control_send(consumer->service, request, options->error) : -EINVAL;

	if (err)
		return err;
	return control_receive(consumer->service, &handed->answer, handed->fds, &handed->count,
			       2 * MESSAGE_IDLE_S * 1000, options->error);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The service does not wait for sockets that are still being closed, nor for who is dying: we do.
 * That one who has the consumer does not let go of it is an answer that takes longer, and is final.
 */
static int ask(struct xdv_consumer *consumer, struct handed *handed,
	       const struct xdv_consumer_options *options)
{
	const struct timespec pause = {.tv_nsec = ASK_PAUSE_MS * 1000000};
	int64_t end = now_ms() + ASK_MS;
	int err = ask_once(consumer, handed, options);

	while (err == -EBUSY && now_ms() < end) {
		nanosleep(&pause, NULL);
		err = ask_once(consumer, handed, options);
	}
	return err;
}

int handed_open(struct xdv_consumer *consumer, const char *ifname, const char *name,
		struct xdv_consumer_options *options)
{
	struct handed handed = {};
	int err;

	if (strlen(ifname) >= sizeof(consumer->ifname))
		return fail(options->error, -EINVAL, "'%s' is no name of an interface", ifname);
	strcpy(consumer->ifname, ifname);
	strcpy(consumer->name, name); /* fits: it has been checked */
	consumer->service = control_connect(options->error);
	if (consumer->service < 0)
		return consumer->service;
	err = ask(consumer, &handed, options);
	if (err)
		return err;
	err = adopt_all(consumer, &handed);
	for (size_t i = 0; i < handed.count; i++)
		if (handed.fds[i] >= 0)
			close(handed.fds[i]);
	json_decref(handed.answer);
	if (err)
		return fail(options->error, err,
			    "%s: what the service hands over for consumer '%s' is not usable: %s",
			    ifname, name, strerror(-err));
	err = consumer_watch(consumer, options->error);
	if (err)
		return err;
	consumer->joined = true;
	consumer_log(consumer, XDV_LOG_INFO,
		     "%s: consumer %s: %u queues, handed over by the service", ifname, name,
		     consumer->count);
	return 0;
}

int handed_watch(const struct xdv_consumer *consumer, struct xdv_error *error)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = HANDED_EVENT};

	if (consumer->service < 0 ||
	    epoll_ctl(consumer->epoll, EPOLL_CTL_ADD, consumer->service, &event) == 0)
		return 0;
	return fail(error, -errno, "the service cannot be polled: %s", strerror(errno));
}

/* A policy was loaded anew: from now on the queues beat in its map. */
static void join_anew(struct xdv_consumer *consumer, struct handed *handed)
{
	struct pinned renewed = {.capacity = number(handed->answer, "capacity")};

	if (handed->count != 1 || renewed.capacity < consumer->pinned.capacity ||
	    pinned_adopt(&renewed, take_fd(handed, 0)))
		return;
	consumer_beat_for(consumer, &renewed);
	pinned_close(&consumer->pinned);
	consumer->pinned = renewed;
	for (unsigned int i = 0; i < consumer->count; i++)
		state_beat(consumer->queues[i].state);
	consumer_log(consumer, XDV_LOG_INFO, "%s: consumer %s: joined a new policy",
		     consumer->ifname, consumer->name);
}

/* The sockets are ours as well, and stay: only stopping and taking over need the service. */
static void service_is_gone(struct xdv_consumer *consumer)
{
	epoll_ctl(consumer->epoll, EPOLL_CTL_DEL, consumer->service, NULL);
	close(consumer->service);
	consumer->service = -1;
	consumer_log(consumer, XDV_LOG_WARNING,
		     "%s: consumer %s: the service has ended; packets still come", consumer->ifname,
		     consumer->name);
}

void handed_tend(struct xdv_consumer *consumer)
{
	int err = 0;

	while (!err && consumer->service >= 0) {
		struct handed handed = {};
		const char *event;

		err = control_receive(consumer->service, &handed.answer, handed.fds, &handed.count,
				      0, NULL);
		if (err == -EAGAIN)
			return;
		if (err) {
			service_is_gone(consumer);
			return;
		}
		event = json_string_value(json_object_get(handed.answer, "event"));
		if (event && strcmp(event, "joined") == 0)
			join_anew(consumer, &handed);
		for (size_t i = 0; i < handed.count; i++)
			if (handed.fds[i] >= 0)
				close(handed.fds[i]);
		json_decref(handed.answer);
	}
}

/* Says so, and waits for the word that it is done; events come in between. */
void handed_stop(struct xdv_consumer *consumer)
{
	json_t *message = json_pack("{s:i, s:s}", "version", MESSAGE_VERSION, "request", "stop");
	bool done = false;
	int err = control_send(consumer->service, message, NULL);

	while (!err && !done) {
		err = control_receive(consumer->service, &message, NULL, NULL,
				      MESSAGE_IDLE_S * 1000, NULL);
		if (err)
			break;
		done = json_object_get(message, "stopped") != NULL;
		json_decref(message);
	}
	if (!done)
		handed_fall_silent(consumer);
}

/* It goes on receiving what is in the rings, and the program takes it for one that hangs. */
void handed_fall_silent(struct xdv_consumer *consumer)
{
	for (unsigned int i = 0; i < consumer->count; i++)
		consumer->queues[i].state = NULL;
}

void handed_yield(struct xdv_consumer *consumer)
{
	if (consumer->gone == -ESHUTDOWN)
		return;
	consumer->gone = -ESHUTDOWN;
	consumer->joined = false;
	/* behind all that this process has done to the rings */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	control_send(consumer->service,
		     json_pack("{s:i, s:s}", "version", MESSAGE_VERSION, "request", "yield"), NULL);
	consumer_log(consumer, XDV_LOG_INFO, "%s: consumer %s: taken over by another process",
		     consumer->ifname, consumer->name);
}
