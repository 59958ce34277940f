// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The consumer of a policy, on libxdivert: receives numbered datagrams off the kernel's stack
 * until SIGTERM or SIGINT, and says which came, on which queues and by which rules.
 */
#include "sequence.h"

#include <errno.h>
#include <xdivert/xdivert.h>

#define BURST	  64
#define QUEUES	  64
#define RULES	  16
#define NAME_SIZE 64

struct tally {
	struct sequence_record *record;
	uint64_t queues[QUEUES];
	struct {
		char name[NAME_SIZE];
		uint64_t frames;
	} rules[RULES];
};

static void tally_rule(struct tally *tally, const char *name)
{
	for (int i = 0; i < RULES; i++) {
		if (!tally->rules[i].frames)
			snprintf(tally->rules[i].name, NAME_SIZE, "%s", name);
		else if (strcmp(tally->rules[i].name, name) != 0)
			continue;
		tally->rules[i].frames++;
		return;
	}
}

static void tally_print(const struct tally *tally, struct xdv_consumer *consumer)
{
	struct xdv_consumer_stats stats = {.size = sizeof(stats)};

	record_print(tally->record);
	for (unsigned int i = 0; i < xdv_consumer_queues(consumer) && i < QUEUES; i++)
		printf("queue %u received %llu\n", i, (unsigned long long)tally->queues[i]);
	for (int i = 0; i < RULES && tally->rules[i].frames; i++)
		printf("rule %s received %llu\n", tally->rules[i].name,
		       (unsigned long long)tally->rules[i].frames);
	if (xdv_consumer_stats(consumer, &stats) == 0)
		printf("ring-full %llu dropped %llu\n", (unsigned long long)stats.rx_ring_full,
		       (unsigned long long)stats.rx_dropped);
	fflush(stdout);
}

/* Until it is told to stop; then what is still in the rings. A negative errno is an error. */
static int receive(struct xdv_consumer *consumer, struct tally *tally)
{
	struct xdv_frame burst[BURST];
	int n;

	for (;;) {
		if (stopped)
			xdv_consumer_stop(consumer);
		n = xdv_recv(consumer, burst, BURST, stopped ? 20 : 100);
		if (n == 0 && stopped)
			return 0;
		if (n < 0 && n != -EINTR)
			return n;
		if (n <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			record_count(tally->record, burst[i].data, burst[i].len);
			if (burst[i].queue < QUEUES)
				tally->queues[burst[i].queue]++;
			tally_rule(tally, xdv_rule_name(consumer, &burst[i]));
		}
		n = xdv_release(consumer, burst, (unsigned int)n);
		if (n)
			return n;
	}
}

static void log_line(enum xdv_log_level level, const char *text, void *context)
{
	(void)context;
	if (level == XDV_LOG_WARNING)
		fprintf(stderr, "seqxsk: %s\n", text);
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .log = log_line, .error = &error};
	struct xdv_consumer *consumer;
	struct tally tally = {0};
	const char *path = NULL;
	int option, err;

	while ((option = getopt(argc, argv, "o:")) != -1) {
		if (option != 'o')
			return 2;
		path = optarg;
	}
	if (argc - optind != 2) {
		fputs("usage: seqxsk [-o RECORD] INTERFACE CONSUMER\n", stderr);
		return 2;
	}
	tally.record = record_open(path);
	stop_on_signals();
	err = xdv_consumer_open(&consumer, argv[optind], argv[optind + 1], &options);
	if (err) {
		fprintf(stderr, "seqxsk: %s\n", error.message);
		if (error.hint[0])
			fprintf(stderr, "hint: %s\n", error.hint);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	err = receive(consumer, &tally);
	if (err)
		fprintf(stderr, "seqxsk: receive: %s\n", strerror(-err));
	tally_print(&tally, consumer);
	xdv_consumer_close(&consumer);
	return err ? 1 : 0;
}
