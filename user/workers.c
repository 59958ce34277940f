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
	worker->jumbo = consumer->jumbo;
	strcpy(worker->ifname, consumer->ifname);
	strcpy(worker->name, consumer->name);
	return worker;
}

/* Its queues: every n-th from the i-th on. */
static int open_share(struct xdv_consumer *handle, unsigned int i, unsigned int queues,
		      const struct queue_config *config, const struct ifinfo *info,
		      const struct xdv_consumer_options *options)
{
	handle->first = i;
	handle->stride = options->workers;
	handle->limit = (queues - i + options->workers - 1) / options->workers;
	if (!handle->queues) /* the first one has room for all */
		handle->queues = calloc(handle->limit, sizeof(*handle->queues));
	if (!handle->queues)
		return fail(options->error, -ENOMEM, "no memory for %u queues", handle->limit);
	return sockets_open_share(handle, config, info, options);
}

int workers_open(struct xdv_consumer *consumer, const struct queue_config *config,
		 const struct ifinfo *info, const struct xdv_consumer_options *options)
{
	unsigned int queues = consumer->limit, n = options->workers;
	struct workers *workers;
	int err;

	if (n > queues)
		return fail(options->error, -EINVAL,
			    "%s: %u workers are too many: it has %u queues to deal out",
			    consumer->ifname, n, queues);
	workers = calloc(1, sizeof(*workers) + (n - 1) * sizeof(workers->list[0]));
	if (!workers)
		return fail(options->error, -ENOMEM, "no memory for %u workers", n);
	pthread_mutex_init(&workers->lock, NULL);
	consumer->workers = workers;
	err = open_share(consumer, 0, queues, config, info, options);
	for (unsigned int i = 1; i < n && !err; i++) {
		struct xdv_consumer *worker = new_worker(consumer, options);

		if (!worker)
			return -ENOMEM;
		workers->list[workers->count++] = worker;
		err = open_share(worker, i, queues, config, info, options);
	}
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
