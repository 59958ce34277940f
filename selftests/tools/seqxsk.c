// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The consumer of a policy, on libxdivert: receives numbered datagrams off the kernel's stack
 * until SIGTERM or SIGINT, and says which came, on which queues and by which rules.
 *
 * From SIGUSR1 to SIGUSR2 it is ill, in the way that it was told: it is busy with something else
 * and receives nothing, or it receives and keeps all frames to itself.
 */
#include "sequence.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <xdivert/xdivert.h>

#define BURST	  64
#define QUEUES	  64
#define RULES	  16
#define NAME_SIZE 64
#define KEPT_MAX  (64 * 4096)

static const char usage[] =
	"usage: seqxsk [-o RECORD] [-i busy|keep] [-e] [-p PROFILE] [-J] [-T] INTERFACE CONSUMER\n"
	"  -i  what it is from SIGUSR1 to SIGUSR2\n"
	"  -e  sleeps in a loop of its own, on the consumer's descriptor, without a time-out\n"
	"  -p  balanced, latency or frugal\n"
	"  -J  takes packets of several frames\n"
	"  -T  takes the consumer over, and lets itself be taken over\n";

enum illness { BUSY, KEEP };

static volatile sig_atomic_t ill;

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
		printf("ring-full %llu dropped %llu stalled %llu\n",
		       (unsigned long long)stats.rx_ring_full, (unsigned long long)stats.rx_dropped,
		       (unsigned long long)stats.stalled);
	fflush(stdout);
}

/* Frames that are given back when it is well again. */
static struct {
	struct xdv_frame frames[KEPT_MAX];
	unsigned int count;
} kept;

static int give_back(struct xdv_consumer *consumer, const struct xdv_frame *burst, unsigned int n,
		     enum illness illness)
{
	unsigned int count = kept.count;

	if (ill && illness == KEEP && kept.count + n <= KEPT_MAX) {
		memcpy(kept.frames + kept.count, burst, n * sizeof(*burst));
		kept.count += n;
		return 0;
	}
	kept.count = 0;
	if (count && xdv_release(consumer, kept.frames, count))
		return -EINVAL;
	return n ? xdv_release(consumer, burst, n) : 0;
}

/* In an event loop of its own it looks first, and sleeps when there is nothing. */
static int wait_and_receive(struct xdv_consumer *consumer, struct xdv_frame *burst, bool own_loop)
{
	struct pollfd fd = {.fd = xdv_consumer_fd(consumer), .events = POLLIN};
	int n;

	if (stopped)
		return xdv_recv(consumer, burst, BURST, 20);
	if (!own_loop)
		return xdv_recv(consumer, burst, BURST, 100);
	n = xdv_recv(consumer, burst, BURST, XDV_DONTWAIT);
	if (n)
		return n;
	return poll(&fd, 1, -1) < 0 ? -errno : 0;
}

/* Until it is told to stop; then what is still in the rings. A negative errno is an error. */
static int receive(struct xdv_consumer *consumer, struct tally *tally, enum illness illness,
		   bool own_loop)
{
	struct xdv_frame burst[BURST];
	int n;

	for (;;) {
		while (ill && illness == BUSY && !stopped)
			usleep(1000);
		if (stopped)
			xdv_consumer_stop(consumer);
		n = wait_and_receive(consumer, burst, own_loop);
		if (n == 0 && stopped)
			return give_back(consumer, NULL, 0, illness);
		if (n < 0 && n != -EINTR)
			return n;
		for (int i = 0; i < n; i++) {
			if (i && burst[i - 1].more)
				continue;
			record_count(tally->record, burst[i].data, burst[i].len);
			if (burst[i].queue < QUEUES)
				tally->queues[burst[i].queue]++;
			tally_rule(tally, xdv_rule_name(consumer, &burst[i]));
		}
		n = give_back(consumer, burst, n > 0 ? (unsigned int)n : 0, illness);
		if (n)
			return n;
	}
}

static void fall_ill(int signal_number)
{
	ill = signal_number == SIGUSR1;
}

static void be_ill_on_signals(void)
{
	struct sigaction action = {.sa_handler = fall_ill};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
}

static void log_line(enum xdv_log_level level, const char *text, void *context)
{
	(void)context;
	if (level == XDV_LOG_WARNING)
		fprintf(stderr, "seqxsk: %s\n", text);
}

static uint32_t profile_named(const char *name)
{
	static const char *const names[] = {
		[XDV_PROFILE_BALANCED] = "balanced",
		[XDV_PROFILE_LATENCY] = "latency",
		[XDV_PROFILE_FRUGAL] = "frugal",
	};

	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return i;
	fprintf(stderr, "%s: no such profile\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .log = log_line, .error = &error};
	struct xdv_consumer *consumer;
	struct tally tally = {0};
	enum illness illness = BUSY;
	const char *path = NULL;
	bool own_loop = false;
	int option, err;

	while ((option = getopt(argc, argv, "o:i:ep:JT")) != -1) {
		if (option == 'o')
			path = optarg;
		else if (option == 'i')
			illness = strcmp(optarg, "keep") == 0 ? KEEP : BUSY;
		else if (option == 'e')
			own_loop = true;
		else if (option == 'p')
			options.profile = profile_named(optarg);
		else if (option == 'J')
			options.jumbo = 1;
		else if (option == 'T')
			options.takeover = 1;
		else
			return 2;
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return 2;
	}
	tally.record = record_open(path);
	stop_on_signals();
	be_ill_on_signals();
	err = xdv_consumer_open(&consumer, argv[optind], argv[optind + 1], &options);
	if (err) {
		fprintf(stderr, "seqxsk: %s\n", error.message);
		if (error.hint[0])
			fprintf(stderr, "hint: %s\n", error.hint);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	err = receive(consumer, &tally, illness, own_loop);
	if (err == -ESHUTDOWN) {
		puts("taken over");
		err = 0;
	}
	if (err)
		fprintf(stderr, "seqxsk: receive: %s\n", strerror(-err));
	tally_print(&tally, consumer);
	xdv_consumer_close(&consumer);
	return err ? 1 : 0;
}
