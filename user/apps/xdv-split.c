// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-split: several threads receive what a policy diverts to a consumer, each from its share of
 * the queues, and count it.
 */
#include <pthread.h>

#include "app.h"

#define APP   "xdv-split"
#define BURST 64

static const char help[] =
	"usage: xdv-split INTERFACE CONSUMER WORKERS\n"
	"\n"
	"Counts the packets that the policy on INTERFACE diverts to CONSUMER, in as many threads as\n"
	"WORKERS says, each with a share of the queues. Says at the end how many each one had.\n"
	"Ends with Ctrl-C (SIGINT, SIGTERM).\n"
	"\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

/* What one thread has for itself: nothing is shared, and so there is no lock. */
struct worker {
	pthread_t thread;
	struct xdv_consumer *consumer;
	unsigned long long packets, bytes;
	int err;
};

/* How many frames came, 0 also for a signal, or a negative errno. */
static int receive(struct worker *worker, int timeout_ms)
{
	struct xdv_frame burst[BURST];
	int n = xdv_recv(worker->consumer, burst, BURST, timeout_ms);

	for (int i = 0; i < n; i++) {
		worker->packets += !burst[i].more;
		worker->bytes += burst[i].len;
	}
	if (n > 0)
		xdv_release(worker->consumer, burst, (unsigned int)n);
	return n == -EINTR ? 0 : n;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	int n = 0;

	while (app_running && n >= 0)
		n = receive(worker, APP_TICK_MS);
	worker->err = n < 0 ? n : 0;
	return NULL;
}

/* Until all threads have ended: then they are one again, and the rest is read by it. */
static int run(struct worker *workers, unsigned int count)
{
	unsigned int started = 0;
	int err = 0;

	while (started < count && !err) {
		err = -pthread_create(&workers[started].thread, NULL, work, &workers[started]);
		started += !err;
	}
	if (err)
		app_running = 0;
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		err = err ? err : workers[i].err;
	}
	xdv_consumer_stop(workers[0].consumer);
	for (unsigned int i = 0; i < count && !err; i++) {
		int n = 1;

		while (n > 0)
			n = receive(&workers[i], 20);
		err = n;
	}
	return err;
}

static void print_totals(const struct worker *workers, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		printf("worker %u of %u queues: %llu packets, %llu bytes\n", i,
		       xdv_consumer_queues(workers[i].consumer), workers[i].packets,
		       workers[i].bytes);
}

int main(int argc, char **argv)
{
	struct xdv_error error = {};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .error = &error, .jumbo = 1};
	struct xdv_consumer *consumer;
	struct worker *workers;
	int status = app_arguments(APP, help, "an interface, a consumer and a number are needed",
				   argc, argv, 3);
	int err;

	if (status >= 0)
		return status;
	options.workers = (uint32_t)app_number(argv[optind + 2]);
	if (!options.workers)
		return app_usage(APP, "not a number of workers", argv[optind + 2]);
	workers = calloc(options.workers, sizeof(*workers));
	app_catch_signals();
	err = workers ? xdv_consumer_open(&consumer, argv[optind], argv[optind + 1], &options)
		      : -ENOMEM;
	if (err)
		return app_fail_open(APP, err, &error);
	for (unsigned int i = 0; i < options.workers; i++)
		workers[i].consumer = xdv_consumer_worker(consumer, i);
	printf("%s: consumer %s receives in %u threads\n", argv[optind], argv[optind + 1],
	       options.workers);
	fflush(stdout);
	err = run(workers, options.workers);
	print_totals(workers, options.workers);
	status = err ? app_fail_receive(APP, err, argv[optind]) : APP_DONE;
	xdv_consumer_close(&consumer);
	free(workers);
	return app_close_stdout(APP, status);
}
