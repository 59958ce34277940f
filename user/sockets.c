// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The sockets of a consumer, on one region: one for each receive queue, or as many as the policy
 * spreads flows over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumer.h"
#include "fail.h"
#include "workers.h"

#define MAX_QUEUES 1024u
#define LEAST_RING 64u /* of a queue that appears later */

/*
 * The first socket says for all whether there are packets in several frames. A kernel that has none
 * answers as if there were no such queue.
 */
static int open_queue(struct xdv_consumer *consumer, struct queue *queue,
		      struct queue_config *config, struct xdv_error *error)
{
	int err = queue_open(queue, config, consumer->region, error);

	if (err != -EINVAL || !config->jumbo || consumer->count)
		return err;
	config->jumbo = false;
	err = queue_open(queue, config, consumer->region, error);
	if (err)
		return err;
	consumer->jumbo = false;
	consumer_log(
		consumer, XDV_LOG_WARNING,
		"%s: this kernel has no AF_XDP packets of several frames (Linux 6.6): packets longer than one will be lost",
		consumer->ifname);
	return 0;
}

/* The first socket on the queue of one that is not, which has their fill and completion rings. */
static struct queue *first_of_queue(struct xdv_consumer *consumer, unsigned int socket)
{
	struct xdv_consumer *main = consumer->main ? consumer->main : consumer;
	unsigned int first = socket - socket % consumer->fanout;

	if (first == socket)
		return NULL;
	return &xdv_consumer_worker(main, first % main->stride)->queues[first / main->stride];
}

/* A socket on the same region; -1: there is none. */
static int sharing_socket(const struct xdv_consumer *consumer)
{
	const struct xdv_consumer *main = consumer->main;

	if (consumer->count)
		return consumer->queues[0].fd;
	return main && main->region == consumer->region ? main->queues[0].fd
							: region_socket(consumer->region);
}

/*
 * A device may have more receive than transmit queues, which is said by info->tx_queues, or, if
 * that is 0, by the kernel's EINVAL.
 */
int sockets_open_next(struct xdv_consumer *consumer, const struct queue_config *common,
		      const struct ifinfo *info, struct xdv_error *error)
{
	unsigned int socket = consumer->first + consumer->count * consumer->stride;
	struct queue *queue = &consumer->queues[consumer->count];
	struct queue_config config = *common;
	int err;

	config.number = socket / consumer->fanout;
	config.share = socket % consumer->fanout;
	config.first = first_of_queue(consumer, socket);
	config.shared_fd = config.first ? config.first->fd : sharing_socket(consumer);
	config.transmit = consumer->transmit_count == consumer->count &&
			  (!info->tx_queues || config.number < info->tx_queues);
	err = open_queue(consumer, queue, &config, error);
	if (err == -EINVAL && config.transmit && !info->tx_queues) {
		config.transmit = false;
		err = open_queue(consumer, queue, &config, error);
	}
	if (err)
		return err;
	consumer->transmit_count += config.transmit;
	consumer->count++;
	return 0;
}

int sockets_open_another(struct xdv_consumer *consumer, const struct ifinfo *info,
			 unsigned int missing, struct xdv_error *error)
{
	uint32_t share = consumer->region->free_count / (missing + 1);
	struct queue_config config = {
		.ifname = consumer->ifname,
		.driver = info->driver,
		.ifindex = info->ifindex,
		.ring_size = consumer->queues[0].ring_size,
		.jumbo = consumer->jumbo,
		.hurried = true,
	};
	struct queue *queues;

	while (config.ring_size > share)
		config.ring_size /= 2;
	if (config.ring_size < LEAST_RING)
		return fail(error, -ENOBUFS, "%s: of the region's frames only %u are free",
			    consumer->ifname, consumer->region->free_count);
	if (consumer->count == consumer->limit) {
		queues = reallocarray(consumer->queues, consumer->limit + 1, sizeof(*queues));
		if (!queues)
			return fail(error, -ENOMEM, "no memory for %u queues", consumer->limit + 1);
		consumer->queues = queues;
		consumer->limit++;
	}
	memset(&consumer->queues[consumer->count], 0, sizeof(*queues));
	return sockets_open_next(consumer, &config, info, error);
}

/* Opens queues as long as there are any, up to `limit`. */
static int open_queues(struct xdv_consumer *consumer, const struct queue_config *config,
		       const struct ifinfo *info, struct xdv_error *error)
{
	int err = 0;

	while (!err && consumer->count < consumer->limit)
		err = sockets_open_next(consumer, config, info, error);
	return err;
}

void sockets_close_last(struct xdv_consumer *consumer)
{
	struct queue *queue = &consumer->queues[--consumer->count];

	if (consumer->transmit_count > consumer->count)
		consumer->transmit_count = consumer->count;
	queue_recover(queue, consumer->region);
	queue_close(queue);
}

void sockets_close(struct xdv_consumer *consumer)
{
	struct xdv_region *region = consumer->region;
	bool shared = region && region->shared;

	if (shared && consumer->count)
		region_leave(region, consumer->queues[0].fd);
	while (consumer->count) {
		struct queue *queue = &consumer->queues[--consumer->count];

		if (shared)
			queue_recover(queue, region);
		queue_close(queue);
	}
	consumer->transmit_count = 0;
	if (shared)
		consumer->region = NULL;
	else
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
	err = region_create(&consumer->region, 64, OPTIONS_SMALL_FRAME, error);
	if (err)
		return err;
	err = open_queues(consumer, &trial, info, error);
	if (!err || (err == -EINVAL && consumer->count)) {
		info->rx_queues = consumer->count;
		info->tx_queues = consumer->transmit_count;
		err = 0;
	}
	sockets_close(consumer);
	return err;
}

/* On a region that others have, too, or will have: zero-copy is then as it is for the first. */
static int open_shared(struct xdv_consumer *consumer, const struct queue_config *config,
		       const struct ifinfo *info, const struct xdv_consumer_options *options)
{
	struct xdv_region *region = options->region;
	uint32_t queues = consumer->limit / consumer->fanout, needed = options->ring_size * queues;
	int err;

	if (region->free_count < needed) {
		fail(options->error, -EINVAL,
		     "%s: the region has %u free frames, and the rings of %u queues take %u",
		     consumer->ifname, region->free_count, queues, needed);
		return fail_hint(options->error, -EINVAL,
				 "make it of more frames, or ask for smaller rings");
	}
	consumer->region = region;
	err = open_queues(consumer, config, info, options->error);
	if (err)
		return err;
	if (options->zerocopy == XDV_ZEROCOPY_REQUIRE && !consumer->queues[0].zerocopy)
		return fail(options->error, -EOPNOTSUPP,
			    "%s: zero-copy is required, and the region is shared without",
			    consumer->ifname);
	return region_join(region, consumer->queues[0].fd, consumer->jumbo);
}

int sockets_make_region(struct xdv_consumer *consumer, const struct xdv_consumer_options *options)
{
	if ((uint64_t)options->frames * consumer->limit > UINT32_MAX)
		return fail(options->error, -EINVAL,
			    "%u frames for each of %u sockets are too many", options->frames,
			    consumer->limit);
	return region_create(&consumer->region, options->frames * consumer->limit,
			     options->frame_size, options->error);
}

int sockets_open(struct xdv_consumer *consumer, const struct queue_config *config,
		 struct ifinfo *info, const struct xdv_consumer_options *options)
{
	unsigned int fanout;
	int err;

	consumer->limit = info->rx_queues ? info->rx_queues : MAX_QUEUES;
	if (consumer->limit > consumer->pinned.capacity)
		consumer->limit = consumer->pinned.capacity;
	fanout = consumer->pinned.fanout;
	consumer->queues = calloc((size_t)consumer->limit * fanout, sizeof(*consumer->queues));
	if (!consumer->queues)
		return fail(options->error, -ENOMEM, "no memory for %u queues", consumer->limit);
	if (!info->rx_queues) {
		err = count_queues(consumer, config, info, options->error);
		if (err)
			return err;
		consumer->limit = info->rx_queues;
	}
	if (consumer->limit < info->rx_queues)
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: the policy's maps have room for %u of %u queues; packets of the others stay with the kernel",
			consumer->ifname, consumer->limit, info->rx_queues);
	consumer->fanout = fanout;
	consumer->limit *= fanout;
	if (options->region)
		return open_shared(consumer, config, info, options);
	if (options->workers > 1)
		return workers_open(consumer, config, info, options);
	err = sockets_make_region(consumer, options);
	return err ? err : open_queues(consumer, config, info, options->error);
}
