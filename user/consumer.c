// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opening and closing a consumer.
 */
#include "consumer.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fail.h"
#include "ifinfo.h"

#define LOCK_WAIT_MS 1000 /* as long as for sockets that are being closed */

/* An Ethernet header and two VLAN tags. */
#define LINK_HEADER 22

void consumer_log(const struct xdv_consumer *consumer, enum xdv_log_level level, const char *format,
	      ...)
{
	char text[256];
	va_list arguments;

	if (!consumer->log)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	consumer->log(level, text, consumer->log_context);
}

static int check_name(const char *name, struct xdv_error *error)
{
	if (name && *name && *name != '.' && strlen(name) < CONSUMER_NAME_MAX && !strchr(name, '/'))
		return 0;
	return fail(error, -EINVAL, "'%s' is no name of a consumer", name ? name : "");
}

static void choose_frame_size(struct xdv_consumer *consumer, const struct ifinfo *info,
			      struct xdv_consumer_options *options)
{
	uint32_t longest = info->mtu + LINK_HEADER, room;

	if (!options->frame_size)
		options->frame_size = longest <= OPTIONS_SMALL_FRAME - XDP_PACKET_HEADROOM
					      ? OPTIONS_SMALL_FRAME
					      : OPTIONS_LARGE_FRAME;
	room = options->frame_size - XDP_PACKET_HEADROOM;
	consumer->jumbo = options->jumbo && longest > room;
	if (longest > room && !options->jumbo)
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: frames longer than %u bytes will be lost; with its MTU of %u they can have %u",
			consumer->ifname, room, info->mtu, longest);
}

static int watch_sockets(struct xdv_consumer *consumer, struct xdv_error *error)
{
	consumer->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (consumer->epoll < 0)
		return fail(error, -errno, "no epoll descriptor: %s", strerror(errno));
	for (unsigned int i = 0; i < consumer->count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		if (epoll_ctl(consumer->epoll, EPOLL_CTL_ADD, consumer->queues[i].fd, &event) < 0)
			return fail(error, -errno, "%s: queue %u cannot be polled: %s",
				    consumer->ifname, i, strerror(errno));
	}
	return 0;
}

static int join(struct xdv_consumer *consumer, struct pinned *pinned, struct xdv_error *error)
{
	for (unsigned int i = 0; i < consumer->count; i++) {
		const struct queue *queue = &consumer->queues[i];
		uint32_t flags = XDV_QUEUE_NEED_WAKEUP;
		int err;

		if (queue->zerocopy)
			flags |= XDV_QUEUE_ZEROCOPY;
		err = pinned_join(pinned, queue->number, queue->fd, flags);
		if (!err)
			continue;
		fail(error, err, "%s: queue %u: the socket cannot be put into the policy's map: %s",
		     consumer->ifname, queue->number, strerror(-err));
		if (err == -EPERM)
			fail_hint(error, err, "it needs the capability CAP_BPF");
		return err;
	}
	return 0;
}

/* From now on the queues beat where the program of that policy looks. Counts go on. */
static void beat_for(struct xdv_consumer *consumer, const struct pinned *pinned)
{
	for (unsigned int i = 0; i < consumer->count; i++) {
		struct queue *queue = &consumer->queues[i];
		struct xdv_queue_state *state = &pinned->states[queue->number];
		uint64_t stalled = queue->state ? queue->state->stalled - queue->stalled_before : 0;

		queue->stalled_before = state->stalled - stalled;
		queue->state = state;
	}
}

static int open_all(struct xdv_consumer *consumer, const char *ifname, const char *name,
		    struct xdv_consumer_options *options)
{
	struct ifinfo info;
	struct queue_config config = {
		.ifname = consumer->ifname,
		.driver = info.driver,
		.ring_size = options->ring_size,
		.zerocopy = (enum xdv_zerocopy)options->zerocopy,
	};
	int err;

	err = ifinfo_read(&info, ifname, options->error);
	if (err)
		return err;
	strcpy(consumer->ifname, ifname); /* both fit: they have been checked */
	strcpy(consumer->name, name);
	config.ifindex = info.ifindex;
	err = queue_try(&config, options->error);
	if (err)
		return err;
	choose_frame_size(consumer, &info, options);
	config.jumbo = consumer->jumbo;
	err = pinned_open(&consumer->pinned, consumer->ifname, name, LOCK_WAIT_MS, options->error);
	if (err)
		return err;
	err = sockets_open(consumer, &config, &info, options);
	if (err)
		return err;
	err = watch_sockets(consumer, options->error);
	if (err)
		return err;
	consumer->joined = true;
	err = join(consumer, &consumer->pinned, options->error);
	if (err)
		return err;
	beat_for(consumer, &consumer->pinned);
	consumer_log(consumer, XDV_LOG_INFO,
		 "%s: consumer %s: %u queues, %s, %u frames of %u bytes, in pages of %zu kB",
		 consumer->ifname, name, consumer->count,
		 consumer->queues[0].zerocopy ? "zero-copy" : "copy", consumer->region->frames,
		 consumer->region->frame_size, consumer->region->page_size >> 10);
	return 0;
}

int xdv_consumer_open(struct xdv_consumer **out, const char *ifname, const char *name,
		      const struct xdv_consumer_options *options)
{
	struct xdv_consumer_options own;
	struct xdv_consumer *consumer;
	int err;

	err = options_read(&own, options);
	if (!err)
		err = check_name(name, own.error);
	if (err)
		return err;
	consumer = calloc(1, sizeof(*consumer));
	if (!consumer)
		return fail(own.error, -ENOMEM, "no memory for a consumer");
	consumer->epoll = -1;
	consumer->pinned = (struct pinned){.directory = -1, .xsks = -1, .beating = -1};
	consumer->profile = (enum xdv_profile)own.profile;
	consumer->log = own.log;
	consumer->log_context = own.log_context;
	err = open_all(consumer, ifname, name, &own);
	if (!err)
		err = flows_new(&consumer->flows, consumer->ifname, consumer->name, own.error);
	if (err)
		xdv_consumer_close(&consumer);
	else
		*out = consumer;
	return err;
}

/*
 * Sockets outlive a policy: a new one that has this consumer takes them as they are. It is not an
 * error if that does not work; it is tried again.
 */
void consumer_rejoin(struct xdv_consumer *consumer)
{
	struct pinned renewed;

	if (!consumer->joined ||
	    !pinned_is_replaced(&consumer->pinned, consumer->ifname, consumer->name) ||
	    pinned_open(&renewed, consumer->ifname, consumer->name, 0, NULL))
		return;
	if (renewed.capacity < consumer->count || join(consumer, &renewed, NULL)) {
		pinned_close(&renewed);
		return;
	}
	beat_for(consumer, &renewed);
	pinned_close(&consumer->pinned);
	consumer->pinned = renewed;
	consumer_log(consumer, XDV_LOG_INFO, "%s: consumer %s: joined a new policy", consumer->ifname,
		 consumer->name);
}

void xdv_consumer_stop(struct xdv_consumer *consumer)
{
	if (!consumer->joined)
		return;
	consumer->joined = false;
	for (unsigned int i = 0; i < consumer->count; i++)
		pinned_leave(&consumer->pinned, consumer->queues[i].number);
}

void xdv_consumer_close(struct xdv_consumer **consumer)
{
	struct xdv_consumer *c = *consumer;

	if (!c)
		return;
	xdv_consumer_stop(c);
	for (unsigned int i = 0; i < c->count; i++)
		(void)queue_kick_transmit(&c->queues[i]);
	if (c->epoll >= 0)
		close(c->epoll);
	sockets_close(c);
	free(c->queues);
	pinned_close(&c->pinned);
	rulenames_free(&c->names);
	xdv_flows_close(&c->flows);
	free(c);
	*consumer = NULL;
}
