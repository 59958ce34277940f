// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The sockets of a consumer: one for each receive queue, on one region.
 */
#include <errno.h>
#include <stdlib.h>

#include "consumer.h"
#include "fail.h"
#include "workers.h"

#define MAX_QUEUES 1024u

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
		config.number = consumer->first + consumer->count * consumer->stride;
		config.shared_fd = consumer->count ? consumer->queues[0].fd
						   : region_socket(consumer->region);
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
	}
	return 0;
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
	uint32_t needed = options->ring_size * consumer->limit;
	int err;

	if (region->free_count < needed) {
		fail(options->error, -EINVAL,
		     "%s: the region has %u free frames, and the rings of %u queues take %u",
		     consumer->ifname, region->free_count, consumer->limit, needed);
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

int sockets_open_share(struct xdv_consumer *consumer, const struct queue_config *config,
		       const struct ifinfo *info, const struct xdv_consumer_options *options)
{
	int err;

	if ((uint64_t)options->frames * consumer->limit > UINT32_MAX)
		return fail(options->error, -EINVAL, "%u frames for each of %u queues are too many",
			    options->frames, consumer->limit);
	err = region_create(&consumer->region, options->frames * consumer->limit,
			    options->frame_size, options->error);
	return err ? err : open_queues(consumer, config, info, options->error);
}

int sockets_open(struct xdv_consumer *consumer, const struct queue_config *config,
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
		consumer_log(
			consumer, XDV_LOG_WARNING,
			"%s: the policy's maps have room for %u of %u queues; packets of the others stay with the kernel",
			consumer->ifname, consumer->limit, info->rx_queues);
	if (options->region)
		return open_shared(consumer, config, info, options);
	if (options->workers > 1)
		return workers_open(consumer, config, info, options);
	return sockets_open_share(consumer, config, info, options);
}
