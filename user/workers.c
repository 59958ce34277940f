// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* What the consumer has of the others. */
struct workers {
	pthread_mutex_t lock; /* on the place in the policy */
	struct pinned *retired; /* of policies before; only states are left of them */
	unsigned int retired_count;
	unsigned int count;
	struct xdv_consumer *list[];
};

static struct xdv_consumer *new_worker(struct xdv_consumer *consumer,
				       const struct xdv_consumer_options *options)
{
	struct xdv_consumer *worker = consumer_new(options);

	if (!worker)
		return NULL;
	worker->main = consumer;
	worker->fanout = consumer->fanout;
	worker->jumbo = consumer->jumbo;
	strcpy(worker->ifname, consumer->ifname);
	strcpy(worker->name, consumer->name);
	return worker;
}

/*
 * What one of them has: every n-th socket from the i-th on, and memory of its own. Sockets on one
 * queue have the same memory, and so have all workers then.
 */
static int prepare(struct xdv_consumer *handle, unsigned int i, unsigned int sockets,
		   const struct xdv_consumer_options *options)
{
	handle->first = i;
	handle->stride = options->workers;
	handle->limit = (sockets - i + options->workers - 1) / options->workers;
	if (!handle->queues) /* the first one has room for all */
		handle->queues = calloc(handle->limit, sizeof(*handle->queues));
	if (!handle->queues)
		return fail(options->error, -ENOMEM, "no memory for %u queues", handle->limit);
	if (handle->fanout == 1)
		return sockets_make_region(handle, options);
	if (handle->main)
		handle->region = handle->main->region;
	return 0;
}

static int prepare_all(struct xdv_consumer *consumer, unsigned int sockets,
		       const struct xdv_consumer_options *options)
{
	struct workers *workers = consumer->workers;
	int err = 0;

	if (consumer->fanout > 1) {
		err = sockets_make_region(consumer, options);
		if (!err && region_divide(consumer->region))
			err = fail(options->error, -ENOMEM, "no memory for a lock");
	}
	for (unsigned int i = 0; i < options->workers && !err; i++) {
		struct xdv_consumer *worker = i ? new_worker(consumer, options) : consumer;

		if (!worker)
			return -ENOMEM;
		if (i)
			workers->list[workers->count++] = worker;
		err = prepare(worker, i, sockets, options);
	}
	return err;
}

int workers_open(struct xdv_consumer *consumer, const struct queue_config *config,
		 const struct ifinfo *info, const struct xdv_consumer_options *options)
{
	unsigned int sockets = consumer->limit, n = options->workers;
	struct workers *workers;
	int err;

	if (n > sockets) {
		fail(options->error, -EINVAL,
		     "%s: %u workers are too many: it has %u queues to deal out%s",
		     consumer->ifname, n, sockets / consumer->fanout,
		     consumer->fanout > 1 ? ", each with the sockets of `fanout`" : "");
		return fail_hint(options->error, -EINVAL,
				 "for several workers on a queue: consumer %s { fanout flow %u }",
				 consumer->name, n);
	}
	workers = calloc(1, sizeof(*workers) + (n - 1) * sizeof(workers->list[0]));
	if (!workers)
		return fail(options->error, -ENOMEM, "no memory for %u workers", n);
	pthread_mutex_init(&workers->lock, NULL);
	consumer->workers = workers;
	err = prepare_all(consumer, sockets, options);
	for (unsigned int i = 0; i < sockets && !err; i++)
		err = sockets_open_next(xdv_consumer_worker(consumer, i % n), config, info,
					options->error);
	return err;
}

void workers_close(struct xdv_consumer *consumer)
{
	struct workers *workers = consumer->workers;

	if (!workers)
		return;
	while (workers->count) {
		struct xdv_consumer *worker = workers->list[--workers->count];

		worker->main = NULL; /* it goes as any other does */
		if (worker->region == consumer->region)
			worker->region = NULL;
		xdv_consumer_close(&worker);
	}
	while (workers->retired_count)
		pinned_close(&workers->retired[--workers->retired_count]);
	free(workers->retired);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
	consumer->workers = NULL;
}

struct xdv_consumer *xdv_consumer_worker(struct xdv_consumer *consumer, unsigned int i)
{
	if (i == 0)
		return consumer;
	return consumer->workers && i <= consumer->workers->count ? consumer->workers->list[i - 1]
								  : NULL;
}

bool workers_lock(struct xdv_consumer *consumer)
{
	return !consumer->workers || pthread_mutex_trylock(&consumer->workers->lock) == 0;
}

void workers_unlock(struct xdv_consumer *consumer)
{
	if (consumer->workers)
		pthread_mutex_unlock(&consumer->workers->lock);
}

void workers_retire(struct xdv_consumer *consumer, struct pinned *pinned)
{
	struct workers *workers = consumer->workers;
	struct pinned states = *pinned, *retired;

	if (!workers) {
		pinned_close(pinned);
		return;
	}
	/* the place in the old policy is given up at once */
	pinned->states = NULL;
	pinned_close(pinned);
	retired = reallocarray(workers->retired, workers->retired_count + 1, sizeof(*retired));
	if (!retired) /* the mapping stays for good, and nobody is hurt */
		return;
	states.directory = states.xsks = states.beating = -1;
	workers->retired = retired;
	retired[workers->retired_count++] = states;
}
