// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-count: counts the packets that a policy diverts to a consumer.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <unistd.h>

#include "app.h"

#define APP   "xdv-count"
#define BURST 64

static const char help[] =
	"usage: xdv-count [OPTION...] INTERFACE CONSUMER\n"
	"\n"
	"Counts the packets that the policy on INTERFACE diverts to CONSUMER, and prints a line a\n"
	"second; at the end a total, by rule. Ends with Ctrl-C (SIGINT, SIGTERM).\n"
	"\n"
	"  -n, --packets N   end when N packets have come\n"
	"  -s, --seconds N   end after N seconds\n"
	"  -j, --json        print JSON, an object a line\n"
	"      --copy        do not use zero-copy\n"
	"      --zero-copy   fail if the driver has no zero-copy\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

struct count {
	char *rule;
	unsigned long long packets, bytes;
};

struct counter {
	struct xdv_consumer *consumer;
	const char *ifname, *name;
	enum xdv_zerocopy zerocopy;
	bool json, terminal;
	unsigned long long max_packets, max_seconds;
	double start;
	unsigned long long packets, bytes;
	struct count *counts; /* by name: numbers change when the policy is replaced */
	uint32_t count;
	uint32_t *indexes; /* in counts, plus 1, by the number of the rule in this generation */
	uint32_t indexes_size, generation;
};

static void *must(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, APP ": no memory\n");
	exit(APP_FAILED);
}

static uint32_t find_by_name(struct counter *counter, const char *rule)
{
	uint32_t i;

	for (i = 0; i < counter->count; i++) {
		if (!strcmp(counter->counts[i].rule, rule))
			return i;
	}
	counter->counts = must(reallocarray(counter->counts, i + 1u, sizeof(*counter->counts)));
	counter->counts[i] = (struct count){.rule = must(strdup(rule))};
	counter->count++;
	return i;
}

static struct count *find(struct counter *counter, const struct xdv_frame *frame)
{
	uint32_t rule = frame->rule;

	if (!(frame->valid & XDV_FRAME_RULE))
		return &counter->counts[find_by_name(counter,
						     xdv_rule_name(counter->consumer, frame))];
	if (frame->generation != counter->generation) {
		counter->generation = frame->generation;
		counter->indexes_size = 0;
	}
	if (rule >= counter->indexes_size) {
		uint32_t size = rule + 64;

		counter->indexes = must(
			reallocarray(counter->indexes, size, sizeof(*counter->indexes)));
		memset(counter->indexes + counter->indexes_size, 0,
		       (size - counter->indexes_size) * sizeof(*counter->indexes));
		counter->indexes_size = size;
	}
	if (!counter->indexes[rule])
		counter->indexes[rule] =
			find_by_name(counter, xdv_rule_name(counter->consumer, frame)) + 1;
	return &counter->counts[counter->indexes[rule] - 1];
}

/* Receives once: how many packets, or a negative errno. */
static int receive(struct counter *counter, int timeout_ms)
{
	struct xdv_frame burst[BURST];
	int n = xdv_recv(counter->consumer, burst, BURST, timeout_ms);
	struct count *count = NULL;

	if (n <= 0)
		return n == -EINTR ? 0 : n;
	for (int i = 0; i < n; i++) {
		if (!i || !burst[i - 1].more) {
			count = find(counter, &burst[i]);
			count->packets++;
			counter->packets++;
		}
		count->bytes += burst[i].len;
		counter->bytes += burst[i].len;
	}
	xdv_release(counter->consumer, burst, (unsigned int)n);
	return n;
}

static struct xdv_consumer_stats statistics(const struct counter *counter)
{
	struct xdv_consumer_stats stats = {.size = sizeof(stats)};

	xdv_consumer_stats(counter->consumer, &stats);
	return stats;
}

static void print_json(json_t *object)
{
	json_dumpf(must(object), stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_start(const struct counter *counter)
{
	struct xdv_queue_info info = {.size = sizeof(info)};
	unsigned int queues = xdv_consumer_queues(counter->consumer);
	const char *mode;

	xdv_consumer_queue_info(counter->consumer, 0, &info);
	mode = info.flags & XDV_QUEUE_INFO_ZEROCOPY ? "zero-copy" : "copy";
	if (counter->json)
		print_json(json_pack("{ss ss ss si ss}", "event", "start", "interface",
				     counter->ifname, "consumer", counter->name, "queues",
				     (int)queues, "mode", mode));
	else
		printf("%s: consumer %s receives from %u queue%s (%s)\n", counter->ifname,
		       counter->name, queues, queues == 1 ? "" : "s", mode);
	fflush(stdout);
}

/* What came in the last `seconds`. On a terminal the line is written over by the next. */
static void print_interval(const struct counter *counter, double seconds,
			   unsigned long long packets, unsigned long long bytes)
{
	struct xdv_consumer_stats stats = statistics(counter);
	double rate = (double)packets / seconds, bits = (double)bytes * 8 / seconds;
	time_t now = time(NULL);
	struct tm local;
	char clock[16];

	if (counter->json) {
		print_json(json_pack("{ss sI sf sf sI sI sI}", "event", "interval", "time",
				     (json_int_t)now, "packets_per_second", rate, "bits_per_second",
				     bits, "packets", (json_int_t)counter->packets,
				     "lost_ring_full", (json_int_t)stats.rx_ring_full,
				     "lost_no_frame", (json_int_t)stats.rx_dropped));
	} else {
		strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &local));
		printf("%s%s %12.0f packets/s %10.1f Mbit/s %14llu packets %10llu lost%s",
		       counter->terminal ? "\r" : "", clock, rate, bits / 1e6, counter->packets,
		       (unsigned long long)(stats.rx_ring_full + stats.rx_dropped),
		       counter->terminal ? "\033[K" : "\n");
	}
	fflush(stdout);
}

static void print_end_json(const struct counter *counter, double seconds)
{
	struct xdv_consumer_stats stats = statistics(counter);
	json_t *rules = json_array();

	for (uint32_t i = 0; i < counter->count; i++)
		json_array_append_new(rules,
				      json_pack("{ss sI sI}", "rule", counter->counts[i].rule,
						"packets", (json_int_t)counter->counts[i].packets,
						"bytes", (json_int_t)counter->counts[i].bytes));
	print_json(json_pack(
		"{ss sf sI sI sI sI sI so}", "event", "end", "seconds", seconds, "packets",
		(json_int_t)counter->packets, "bytes", (json_int_t)counter->bytes, "lost_ring_full",
		(json_int_t)stats.rx_ring_full, "lost_no_frame", (json_int_t)stats.rx_dropped,
		"stalled", (json_int_t)stats.stalled, "rules", rules));
}

static void print_end(const struct counter *counter, double seconds)
{
	struct xdv_consumer_stats stats = statistics(counter);

	if (counter->json) {
		print_end_json(counter, seconds);
		return;
	}
	printf("%stotal %llu packets, %llu bytes in %.1f s\n", counter->terminal ? "\n" : "",
	       counter->packets, counter->bytes, seconds);
	for (uint32_t i = 0; i < counter->count; i++)
		printf("  rule %-24s %14llu packets %16llu bytes\n", counter->counts[i].rule,
		       counter->counts[i].packets, counter->counts[i].bytes);
	if (stats.rx_ring_full)
		printf("  lost, ring full: this program was too slow  %llu\n",
		       (unsigned long long)stats.rx_ring_full);
	if (stats.rx_dropped)
		printf("  lost, no free frame, or packet too long     %llu\n",
		       (unsigned long long)stats.rx_dropped);
	if (stats.stalled)
		printf("  to the kernel, while this program hung      %llu\n",
		       (unsigned long long)stats.stalled);
}

static int run(struct counter *counter)
{
	double next = counter->start + 1, last = counter->start, now;
	unsigned long long packets = 0, bytes = 0;
	int n = 0;

	while (app_running && n >= 0) {
		n = receive(counter, APP_TICK_MS);
		now = app_seconds();
		if (now >= next) {
			print_interval(counter, now - last, counter->packets - packets,
				       counter->bytes - bytes);
			packets = counter->packets;
			bytes = counter->bytes;
			last = now;
			next += counter->terminal ? 0.25 : 1;
		}
		if ((counter->max_packets && counter->packets >= counter->max_packets) ||
		    (counter->max_seconds && now - counter->start >= (double)counter->max_seconds))
			break;
	}
	/* nothing of what was already diverted is to be lost */
	xdv_consumer_stop(counter->consumer);
	while (n >= 0 && receive(counter, 20) > 0)
		;
	print_end(counter, app_seconds() - counter->start);
	return n < 0 ? n : 0;
}

/* The status to exit with, or -1 to go on. */
static int parse(struct counter *counter, int argc, char **argv)
{
	static const struct option options[] = {
		{"packets", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"copy", no_argument, NULL, 'c'},
		{"zero-copy", no_argument, NULL, 'z'},
		APP_OPTIONS,
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "n:s:jhV", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			counter->max_packets = app_number(optarg);
			if (!counter->max_packets)
				return app_usage(APP, "not a number of packets", optarg);
			break;
		case 's':
			counter->max_seconds = app_number(optarg);
			if (!counter->max_seconds)
				return app_usage(APP, "not a number of seconds", optarg);
			break;
		case 'j':
			counter->json = true;
			break;
		case 'c':
			counter->zerocopy = XDV_ZEROCOPY_NEVER;
			break;
		case 'z':
			counter->zerocopy = XDV_ZEROCOPY_REQUIRE;
			break;
		default:
			return app_option(APP, help, option);
		}
	}
	if (argc - optind != 2)
		return app_usage(APP, "an interface and a consumer are needed", NULL);
	counter->ifname = argv[optind];
	counter->name = argv[optind + 1];
	return -1;
}

int main(int argc, char **argv)
{
	struct counter counter = {};
	struct xdv_error error = {};
	struct xdv_consumer_options options = {.size = sizeof(options), .error = &error};
	int status, err;

	status = parse(&counter, argc, argv);
	if (status >= 0)
		return status;
	options.zerocopy = counter.zerocopy;
	options.jumbo = 1;
	counter.terminal = !counter.json && isatty(STDOUT_FILENO);
	app_catch_signals();
	err = xdv_consumer_open(&counter.consumer, counter.ifname, counter.name, &options);
	if (err)
		return app_fail_open(APP, err, &error);
	print_start(&counter);
	counter.start = app_seconds();
	err = run(&counter);
	xdv_consumer_close(&counter.consumer);
	for (uint32_t i = 0; i < counter.count; i++)
		free(counter.counts[i].rule);
	free(counter.counts);
	free(counter.indexes);
	return app_close_stdout(APP, err ? app_fail_receive(APP, err, counter.ifname) : APP_DONE);
}
