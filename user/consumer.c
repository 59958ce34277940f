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
#include "sized.h"

#define DEFAULT_FRAMES	  4096
#define DEFAULT_RING_SIZE 2048
#define SMALL_FRAME	  2048
#define LARGE_FRAME	  4096
#define MAX_FRAMES	  (1u << 20) /* for each queue: 4 GiB of it is more than a mistake */
#define MAX_RING_SIZE	  (1u << 16)
#define MAX_QUEUES	  1024u
#define LOCK_WAIT_MS	  1000 /* as long as for sockets that are being closed */

/* An Ethernet header and two VLAN tags. */
#define LINK_HEADER 22

static void __attribute__((format(printf, 3, 4)))
log_line(const struct xdv_consumer *consumer, enum xdv_log_level level, const char *format, ...)
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

/* Puts the defaults in, and refuses what cannot be. */
static int check_options(struct xdv_consumer_options *options)
{
	struct xdv_error *error = options->error;

	if (!options->frames)
		options->frames = DEFAULT_FRAMES;
	if (!options->ring_size)
		options->ring_size = DEFAULT_RING_SIZE;
	if (options->frame_size && options->frame_size != SMALL_FRAME &&
	    options->frame_size != LARGE_FRAME)
		return fail(error, -EINVAL, "frame_size must be 2048 or 4096, and is %u",
			    options->frame_size);
	if ((options->ring_size & (options->ring_size - 1)) || options->ring_size > MAX_RING_SIZE)
		return fail(error, -EINVAL, "ring_size must be a power of two up to %u, and is %u",
			    MAX_RING_SIZE, options->ring_size);
	if (options->frames < options->ring_size || options->frames > MAX_FRAMES)
		return fail(error, -EINVAL, "frames must be from ring_size (%u) to %u, and is %u",
			    options->ring_size, MAX_FRAMES, options->frames);
	if (options->zerocopy > XDV_ZEROCOPY_NEVER)
		return fail(error, -EINVAL, "zerocopy must be an enum xdv_zerocopy, and is %u",
			    options->zerocopy);
	if (options->profile > XDV_PROFILE_FRUGAL)
		return fail(error, -EINVAL, "profile must be an enum xdv_profile, and is %u",
			    options->profile);
	return 0;
}

static int read_options(struct xdv_consumer_options *own, const struct xdv_consumer_options *theirs)
{
	int err;

	memset(own, 0, sizeof(*own));
	if (theirs) {
		err = sized_read(own, sizeof(*own), theirs);
		if (err == -E2BIG)
			return fail(theirs->error, err,
				    "the options have members that libxdivert %s does not know",
				    XDIVERT_VERSION);
		if (err)
			return err;
	}
	return check_options(own);
}

static int check_name(const char *name, struct xdv_error *error)
{
	if (name && *name && *name != '.' && strlen(name) < CONSUMER_NAME_MAX && !strchr(name, '/'))
		return 0;
	return fail(error, -EINVAL, "'%s' is no name of a consumer", name ? name : "");
}

static void choose_frame_size(const struct xdv_consumer *consumer, const struct ifinfo *info,
			      struct xdv_consumer_options *options)
{
	uint32_t longest = info->mtu + LINK_HEADER, room;

	if (!options->frame_size)
		options->frame_size = longest <= SMALL_FRAME - XDP_PACKET_HEADROOM ? SMALL_FRAME
										   : LARGE_FRAME;
	room = options->frame_size - XDP_PACKET_HEADROOM;
	if (longest > room)
		log_line(
			consumer, XDV_LOG_WARNING,
			"%s: frames longer than %u bytes will be lost; with its MTU of %u they can have %u",
			consumer->ifname, room, info->mtu, longest);
}

/*
 * Opens queues as long as there are any, up to `limit`. A device may have more receive than
 * transmit queues, which is said by info->tx_queues, or, if that is 0, by the kernel's EINVAL.
 */
static int open_queues(struct xdv_consumer *consumer, const struct queue_config *common,
		       const struct ifinfo *info, struct xdv_error *error)
{
	struct queue_config config = *common;
	struct queue *queue;
	int err;

	for (consumer->count = 0; consumer->count < consumer->limit; consumer->count++) {
		queue = &consumer->queues[consumer->count];
		config.number = consumer->count;
		config.shared_fd = consumer->count ? consumer->queues[0].fd : -1;
		config.transmit = consumer->transmit_count == consumer->count &&
				  (!info->tx_queues || consumer->count < info->tx_queues);
		err = queue_open(queue, &config, consumer->region, error);
		if (err == -EINVAL && config.transmit && !info->tx_queues) {
			config.transmit = false;
			err = queue_open(queue, &config, consumer->region, error);
		}
		if (err)
			return err;
		consumer->transmit_count += config.transmit;
	}
	return 0;
}

static void close_queues(struct xdv_consumer *consumer)
{
	while (consumer->count)
		queue_close(&consumer->queues[--consumer->count]);
	consumer->transmit_count = 0;
	region_free(&consumer->region);
}

/*
 * For drivers that do not tell how many queues they have: tries, with next to no memory, until
 * the kernel says that there is no such queue.
 */
static int count_queues(struct xdv_consumer *consumer, const struct queue_config *config,
			struct ifinfo *info, struct xdv_error *error)
{
	struct queue_config trial = *config;
	int err;

	trial.ring_size = 64;
	trial.zerocopy = XDV_ZEROCOPY_NEVER;
	err = region_create(&consumer->region, 64, SMALL_FRAME, error);
	if (err)
		return err;
	err = open_queues(consumer, &trial, info, error);
	if (!err || (err == -EINVAL && consumer->count)) {
		info->rx_queues = consumer->count;
		info->tx_queues = consumer->transmit_count;
		err = 0;
	}
	close_queues(consumer);
	return err;
}

static int open_sockets(struct xdv_consumer *consumer, const struct queue_config *config,
			struct ifinfo *info, const struct xdv_consumer_options *options)
{
	int err;

	consumer->limit = info->rx_queues ? info->rx_queues : MAX_QUEUES;
	if (consumer->limit > consumer->pinned.capacity)
		consumer->limit = consumer->pinned.capacity;
	consumer->queues = calloc(consumer->limit, sizeof(*consumer->queues));
	if (!consumer->queues)
		return fail(options->error, -ENOMEM, "no memory for %u queues", consumer->limit);
	if (!info->rx_queues) {
		err = count_queues(consumer, config, info, options->error);
		if (err)
			return err;
		consumer->limit = info->rx_queues;
	}
	if (consumer->limit < info->rx_queues)
		log_line(
			consumer, XDV_LOG_WARNING,
			"%s: the policy's maps have room for %u of %u queues; packets of the others stay with the kernel",
			consumer->ifname, consumer->limit, info->rx_queues);
	if ((uint64_t)options->frames * consumer->limit > UINT32_MAX)
		return fail(options->error, -EINVAL, "%u frames for each of %u queues are too many",
			    options->frames, consumer->limit);
	err = region_create(&consumer->region, options->frames * consumer->limit,
			    options->frame_size, options->error);
	if (err)
		return err;
	return open_queues(consumer, config, info, options->error);
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
	err = pinned_open(&consumer->pinned, consumer->ifname, name, LOCK_WAIT_MS, options->error);
	if (err)
		return err;
	err = open_sockets(consumer, &config, &info, options);
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
	log_line(consumer, XDV_LOG_INFO,
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

	err = read_options(&own, options);
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
	log_line(consumer, XDV_LOG_INFO, "%s: consumer %s: joined a new policy", consumer->ifname,
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
	close_queues(c);
	free(c->queues);
	pinned_close(&c->pinned);
	rulenames_free(&c->names);
	xdv_flows_close(&c->flows);
	free(c);
	*consumer = NULL;
}
