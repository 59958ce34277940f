// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The workers of a consumer, a thread each: receives numbered datagrams until SIGTERM or SIGINT,
 * and says how many each worker had, and which flows (UDP source ports) came to more than one of
 * them.
 *
 * From SIGUSR1 to SIGUSR2 the last worker is stuck, and the others are not.
 */
#include "sequence.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <xdivert/xdivert.h>

#define BURST	    64
#define WORKERS_MAX 32
#define SPORT_AT    34 /* in a frame with an IPv4 header without options */

static const char usage[] =
	"usage: seqsplit [-o RECORDS] [-s] INTERFACE CONSUMER WORKERS\n"
	"  -o  each worker has a file of that name, with its number behind a dot\n"
	"  -s  sends back what it receives\n";

struct worker {
	pthread_t thread;
	struct xdv_consumer *consumer;
	struct sequence_record *record;
	bool last, echoes;
	bool flows[65536];
	int err;
};

static volatile sig_atomic_t stuck;

static struct worker workers[WORKERS_MAX];

static void note(struct worker *worker, const struct xdv_frame *frame)
{
	const unsigned char *data = frame->data;

	record_count(worker->record, data, frame->len);
	if (frame->len > SPORT_AT + 2)
		worker->flows[data[SPORT_AT] << 8 | data[SPORT_AT + 1]] = true;
}

/* What the transmit ring does not take goes back unsent. */
static int give_back(struct worker *worker, struct xdv_frame *burst, unsigned int n)
{
	int sent = 0;

	for (unsigned int i = 0; worker->echoes && i < n; i++)
		xdv_packet_turn(&burst[i]);
	if (worker->echoes)
		sent = xdv_send(worker->consumer, burst, n);
	return sent < 0 ? sent
			: xdv_release(worker->consumer, burst + sent, n - (unsigned int)sent);
}

static int receive(struct worker *worker, int timeout_ms)
{
	struct xdv_frame burst[BURST];
	int n = xdv_recv(worker->consumer, burst, BURST, timeout_ms);

	for (int i = 0; i < n; i++)
		note(worker, &burst[i]);
	if (n > 0 && give_back(worker, burst, (unsigned int)n))
		return -EINVAL;
	return n == -EINTR ? 0 : n;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	int n = 0;

	while (!stopped && n >= 0) {
		while (worker->last && stuck && !stopped)
			usleep(1000);
		n = receive(worker, 50);
	}
	worker->err = n < 0 ? n : 0;
	return NULL;
}

static int run(unsigned int count)
{
	int err = 0, n;

	for (unsigned int i = 0; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			exit(1);
	puts("ready");
	fflush(stdout);
	for (unsigned int i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	xdv_consumer_stop(workers[0].consumer);
	for (unsigned int i = 0; i < count; i++) {
		do
			n = receive(&workers[i], 20);
		while (n > 0);
		err = err ? err : workers[i].err ? workers[i].err : n;
	}
	return err;
}

static void print(unsigned int count)
{
	unsigned int flows = 0, torn = 0;

	for (size_t port = 0; port < sizeof(workers[0].flows); port++) {
		unsigned int had = 0;

		for (unsigned int i = 0; i < count; i++)
			had += workers[i].flows[port];
		flows += had > 0;
		torn += had > 1;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct xdv_consumer_stats stats = {.size = sizeof(stats)};

		xdv_consumer_stats(workers[i].consumer, &stats);
		printf("worker %u sockets %u received %llu lost %llu stalled %llu\n", i,
		       xdv_consumer_queues(workers[i].consumer),
		       (unsigned long long)workers[i].record->received,
		       (unsigned long long)(stats.rx_ring_full + stats.rx_dropped),
		       (unsigned long long)stats.stalled);
	}
	printf("flows %u torn %u\n", flows, torn);
	fflush(stdout);
}

static void get_stuck(int signal_number)
{
	stuck = signal_number == SIGUSR1;
}

static void get_stuck_on_signals(void)
{
	struct sigaction action = {.sa_handler = get_stuck};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
}

static void prepare(struct xdv_consumer *consumer, unsigned int count, const char *records,
		    bool echoes)
{
	char path[4096];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s.%u", records ? records : "", i);
		workers[i].consumer = xdv_consumer_worker(consumer, i);
		workers[i].record = record_open(records ? path : NULL);
		workers[i].last = i + 1 == count;
		workers[i].echoes = echoes;
	}
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_consumer_options options = {.size = sizeof(options), .error = &error};
	struct xdv_consumer *consumer;
	const char *records = NULL;
	bool echoes = false;
	int option, err;

	while ((option = getopt(argc, argv, "o:s")) != -1) {
		if (option == 'o')
			records = optarg;
		else if (option == 's')
			echoes = true;
		else
			return 2;
	}
	if (argc - optind != 3) {
		fputs(usage, stderr);
		return 2;
	}
	options.workers = (uint32_t)argument(argv[optind + 2], 1, WORKERS_MAX);
	stop_on_signals();
	get_stuck_on_signals();
	err = xdv_consumer_open(&consumer, argv[optind], argv[optind + 1], &options);
	if (err) {
		fprintf(stderr, "seqsplit: %s\n", error.message);
		return 1;
	}
	prepare(consumer, options.workers, records, echoes);
	err = run(options.workers);
	if (err)
		fprintf(stderr, "seqsplit: receive: %s\n", strerror(-err));
	print(options.workers);
	xdv_consumer_close(&consumer);
	return err ? 1 : 0;
}
