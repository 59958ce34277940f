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
#include "handed.h"
#include "ifinfo.h"
#include "workers.h"

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
	const struct xdv_region *region = options->region;
	uint32_t longest = info->mtu + LINK_HEADER, room;

	if (region)
		options->frame_size = region->frame_size;
	if (!options->frame_size)
		options->frame_size = longest <= OPTIONS_SMALL_FRAME - XDP_PACKET_HEADROOM
					      ? OPTIONS_SMALL_FRAME
					      : OPTIONS_LARGE_FRAME;
	room = options->frame_size - XDP_PACKET_HEADROOM;
	consumer->jumbo = options->jumbo && longest > room;
	if (region && region->users) /* as the first one has it */
		consumer->jumbo &= region->jumbo;
	if (longest > room && !consumer->jumbo)
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: frames longer than %u bytes will be lost; with its MTU of %u they can have %u",
			consumer->ifname, room, info->mtu, longest);
}

int consumer_watch_queue(struct xdv_consumer *consumer, unsigned int i, struct xdv_error *error)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

	if (epoll_ctl(consumer->epoll, EPOLL_CTL_ADD, consumer->queues[i].fd, &event) < 0)
		return fail(error, -errno, "%s: queue %u cannot be polled: %s", consumer->ifname,
			    consumer->queues[i].number, strerror(errno));
	return 0;
}

int consumer_watch(struct xdv_consumer *consumer, struct xdv_error *error)
{
	int err = 0;

	consumer->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (consumer->epoll < 0)
		return fail(error, -errno, "no epoll descriptor: %s", strerror(errno));
	for (unsigned int i = 0; i < consumer->count && !err; i++)
		err = consumer_watch_queue(consumer, i, error);
	return err ? err : handed_watch(consumer, error);
}

int consumer_join_queue(struct xdv_consumer *consumer, const struct queue *queue,
			struct pinned *pinned, struct xdv_error *error)
{
	uint32_t flags = XDV_QUEUE_NEED_WAKEUP;
	int err;

	if (queue->share >= pinned->fanout) /* nothing is for it */
		return 0;
	if (queue->zerocopy)
		flags |= XDV_QUEUE_ZEROCOPY;
	err = pinned_join(pinned, pinned_place(pinned, queue->number, queue->share), queue->fd,
			  flags);
	if (!err)
		return 0;
	fail(error, err, "%s: queue %u: the socket cannot be put into the policy's map: %s",
	     consumer->ifname, queue->number, strerror(-err));
	if (err == -EPERM)
		fail_hint(error, err, "it needs the capability CAP_BPF");
	return err;
}

int consumer_join(struct xdv_consumer *consumer, struct pinned *pinned, struct xdv_error *error)
{
	int err = 0;

	for (unsigned int i = 0; i < consumer->count && !err; i++)
		err = consumer_join_queue(consumer, &consumer->queues[i], pinned, error);
	return err;
}

void consumer_beat_for(struct xdv_consumer *consumer, const struct pinned *pinned)
{
	for (unsigned int i = 0; i < consumer->count; i++) {
		struct queue *queue = &consumer->queues[i];
		struct xdv_queue_state *state = NULL;
		uint64_t stalled = queue->state ? queue->state->stalled - queue->stalled_before : 0;

		if (queue->share < pinned->fanout) {
			state = &pinned->states[pinned_place(pinned, queue->number, queue->share)];
			queue->stalled_before = state->stalled - stalled;
		}
		__atomic_store_n(&queue->state, state, __ATOMIC_RELAXED);
	}
}

/* With all its workers. */
static int watch_and_join(struct xdv_consumer *consumer, const struct ifinfo *info,
			  struct xdv_error *error)
{
	struct xdv_consumer *handle;
	int err;

	for (unsigned int i = 0; (handle = xdv_consumer_worker(consumer, i)); i++) {
		err = consumer_watch(handle, error);
		if (!err && handle->main)
			err = flows_new(&handle->flows, handle->ifname, handle->name, error);
		if (!err)
			err = consumer_join(handle, &consumer->pinned, error);
		if (err)
			return err;
		consumer_beat_for(handle, &consumer->pinned);
		handle->ifindex = info->ifindex;
		handle->device_queues = info->rx_queues;
	}
	return 0;
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
		.hurried = consumer->lent_to != 0,
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
	err = pinned_open(&consumer->pinned, consumer->ifname, name,
			  consumer->lent_to ? 0 : LOCK_WAIT_MS, options->error);
	if (err)
		return err;
	consumer->pinned.owner = consumer->lent_to;
	err = sockets_open(consumer, &config, &info, options);
	if (err)
		return err;
	consumer->joined = true;
	err = watch_and_join(consumer, &info, options->error);
	if (err)
		return err;
	consumer_log(consumer, XDV_LOG_INFO,
		     "%s: consumer %s: %u sockets, %s, %u frames of %u bytes, in pages of %zu kB",
		     consumer->ifname, name, consumer->count,
		     consumer->queues[0].zerocopy ? "zero-copy" : "copy", consumer->region->frames,
		     consumer->region->frame_size, consumer->region->page_size >> 10);
	return 0;
}

struct xdv_consumer *consumer_new(const struct xdv_consumer_options *options)
{
	struct xdv_consumer *consumer = calloc(1, sizeof(*consumer));

	if (!consumer) {
		fail(options->error, -ENOMEM, "no memory for a consumer");
		return NULL;
	}
	consumer->stride = consumer->fanout = 1;
	consumer->epoll = consumer->service = -1;
	consumer->pinned = (struct pinned){.directory = -1, .xsks = -1, .beating = -1};
	consumer->profile = (enum xdv_profile)options->profile;
	consumer->log = options->log;
	consumer->log_context = options->log_context;
	return consumer;
}

static int open_with(struct xdv_consumer **out, const char *ifname, const char *name,
		     struct xdv_consumer_options *options, pid_t lent_to,
		     int (*open)(struct xdv_consumer *consumer, const char *ifname,
				 const char *name, struct xdv_consumer_options *options))
{
	struct xdv_consumer *consumer = consumer_new(options);
	int err;

	if (!consumer)
		return -ENOMEM;
	consumer->lent_to = lent_to;
	err = open(consumer, ifname, name, options);
	if (!err)
		err = flows_new(&consumer->flows, consumer->ifname, consumer->name, options->error);
	if (err)
		xdv_consumer_close(&consumer);
	else
		*out = consumer;
	return err;
}

/* The error that is told is that of the way that was meant, not of the way around it. */
static int open_by_service(struct xdv_consumer **out, const char *ifname, const char *name,
			   struct xdv_consumer_options *options, int denied)
{
	struct xdv_consumer_options quiet = *options;
	struct xdv_error error = {};
	int err;

	quiet.error = &error;
	err = open_with(out, ifname, name, &quiet, 0, handed_open);
	if (!denied || (err && err != -ECONNREFUSED)) {
		if (err && options->error)
			*options->error = error;
		return err;
	}
	if (!err)
		return 0;
	return fail_hint(
		options->error, denied,
		"run it as root, or with CAP_NET_RAW, CAP_BPF and access to bpffs; or as a user that the policy allows, while `xdivert run` runs");
}

int xdv_consumer_open(struct xdv_consumer **out, const char *ifname, const char *name,
		      const struct xdv_consumer_options *options)
{
	struct xdv_consumer_options own;
	int err;

	err = options_read(&own, options);
	if (!err)
		err = check_name(name, own.error);
	if (err)
		return err;
	if (own.takeover)
		return open_by_service(out, ifname, name, &own, 0);
	err = open_with(out, ifname, name, &own, 0, open_all);
	if ((err == -EPERM || err == -EACCES) && !own.region && own.workers == 1)
		err = open_by_service(out, ifname, name, &own, err);
	return err;
}

int consumer_lend(struct xdv_consumer **out, const char *ifname, const char *name,
		  const struct xdv_consumer_options *options, pid_t pid)
{
	struct xdv_consumer_options own;
	int err;

	err = options_read(&own, options);
	if (!err)
		err = check_name(name, own.error);
	return err ? err : open_with(out, ifname, name, &own, pid, open_all);
}

int consumer_lend_to(struct xdv_consumer *consumer, pid_t pid)
{
	consumer->lent_to = consumer->pinned.owner = pid;
	consumer->joined = true;
	return consumer_join(consumer, &consumer->pinned, NULL);
}

void xdv_consumer_stop(struct xdv_consumer *consumer)
{
	struct xdv_consumer *handle;

	if (!consumer->joined)
		return;
	consumer->joined = false;
	if (consumer->service >= 0) {
		handed_stop(consumer);
		return;
	}
	if (consumer->pinned.xsks < 0) {
		handed_fall_silent(consumer);
		return;
	}
	for (unsigned int i = 0; (handle = xdv_consumer_worker(consumer, i)); i++)
		for (unsigned int j = 0; j < handle->count; j++)
			pinned_leave(&consumer->pinned,
				     pinned_place(&consumer->pinned, handle->queues[j].number,
						  handle->queues[j].share));
}

void xdv_consumer_close(struct xdv_consumer **consumer)
{
	struct xdv_consumer *c = *consumer;

	if (!c || c->main) /* a worker goes with its consumer */
		return;
	xdv_consumer_stop(c);
	workers_close(c);
	for (unsigned int i = 0; i < c->count && !c->lent_to && c->gone != -ESHUTDOWN; i++)
		(void)queue_kick_transmit(&c->queues[i]);
	if (c->epoll >= 0)
		close(c->epoll);
	if (c->region && !c->region->shared && !c->lent_to && c->gone != -ESHUTDOWN)
		region_blame_leaks(c->region);
	sockets_close(c);
	free(c->queues);
	pinned_close(&c->pinned);
	if (c->service >= 0)
		close(c->service);
	rulenames_free(&c->names);
	xdv_flows_close(&c->flows);
	free(c);
	*consumer = NULL;
}
