// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-dump: prints the packets that a policy diverts to a consumer, or writes them to a file.
 */
#include <getopt.h>
#include <stdbool.h>
#include <unistd.h>

#include "app.h"
#include "pcapng.h"
#include "summary.h"

#define APP   "xdv-dump"
#define BURST 64

/* IP's longest, and the headers in front of it. */
#define MAX_PACKET (65535 + 64)

static const char help[] =
	"usage: xdv-dump [OPTION...] INTERFACE CONSUMER\n"
	"\n"
	"Prints the packets that the policy on INTERFACE diverts to CONSUMER, one a line: when it\n"
	"came, the rule that took it (and its mark, if it has one: `itch,mark=7`), its length in\n"
	"bytes, and what it is, in words that `xdivert explain` understands. Ends with Ctrl-C\n"
	"(SIGINT, SIGTERM).\n"
	"\n"
	"  -c, --count N     end after N packets\n"
	"  -w, --write FILE  write the packets to FILE (`-`: standard output) as pcapng, each with\n"
	"                    its rule as a comment\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

struct dump {
	struct xdv_consumer *consumer;
	const char *ifname, *name, *path;
	FILE *file; /* pcapng; NULL: text on standard output */
	unsigned long long limit, packets;
};

static bool is_done(const struct dump *dump)
{
	return dump->limit && dump->packets >= dump->limit;
}

static int print_packet(const struct timespec *time, const char *rule,
			const struct xdv_frame *frame)
{
	char clock[16], mark[24] = "", text[SUMMARY_MAX];
	struct tm local;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&time->tv_sec, &local));
	if (frame->valid & XDV_FRAME_MARK)
		snprintf(mark, sizeof(mark), ",mark=%u", frame->mark);
	summary_write(text, sizeof(text), frame->data, frame->len);
	if (printf("%s.%06ld %s%s %u %s\n", clock, time->tv_nsec / 1000, rule, mark, frame->len,
		   text) < 0)
		return -EIO;
	return 0;
}

static int write_packet(FILE *file, const struct timespec *time, const char *rule,
			const struct xdv_frame *frame)
{
	uint64_t ns = (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
	char comment[128];

	if (frame->valid & XDV_FRAME_FLOW)
		snprintf(comment, sizeof(comment), "a flow");
	else if (frame->valid & XDV_FRAME_MARK)
		snprintf(comment, sizeof(comment), "rule %s, mark %u", rule, frame->mark);
	else
		snprintf(comment, sizeof(comment), "rule %s", rule);
	return pcapng_packet(file, ns, frame->data, frame->len, comment);
}

/* A packet of several frames, as if it were one. Gone with the next one. */
static struct xdv_frame joined(const struct xdv_frame *frames, unsigned int count)
{
	static unsigned char bytes[MAX_PACKET];
	struct xdv_frame packet = frames[0];

	packet.data = bytes;
	packet.len = packet.more = 0;
	for (unsigned int i = 0; i < count && packet.len + frames[i].len <= sizeof(bytes); i++) {
		memcpy(bytes + packet.len, frames[i].data, frames[i].len);
		packet.len += frames[i].len;
	}
	return packet;
}

/* One packet, that takes so many frames. */
static int dump_packet(struct dump *dump, const struct timespec *time,
		       const struct xdv_frame *frames, unsigned int count)
{
	struct xdv_frame packet = count > 1 ? joined(frames, count) : frames[0];
	const char *rule = xdv_rule_name(dump->consumer, &packet);

	dump->packets++;
	return dump->file ? write_packet(dump->file, time, rule, &packet)
			  : print_packet(time, rule, &packet);
}

/* Receives once. How many frames, 0 also for a signal, or a negative errno. */
static int dump_burst(struct dump *dump, int timeout_ms)
{
	struct xdv_frame burst[BURST];
	struct timespec time;
	unsigned int count;
	int n, err = 0;

	n = xdv_recv(dump->consumer, burst, BURST, timeout_ms);
	if (n <= 0)
		return n == -EINTR ? 0 : n;
	/* one time for the burst: they came together, or we are behind */
	clock_gettime(CLOCK_REALTIME, &time);
	for (int i = 0; i < n && !err && !is_done(dump); i += (int)count) {
		count = app_packet_frames(&burst[i]);
		err = dump_packet(dump, &time, &burst[i], count);
	}
	xdv_release(dump->consumer, burst, (unsigned int)n);
	if (!err && fflush(dump->file ? dump->file : stdout))
		err = -EIO;
	return err ? err : n;
}

static int run(struct dump *dump)
{
	int n = 0;

	while (app_running && n >= 0 && !is_done(dump))
		n = dump_burst(dump, APP_TICK_MS);
	/* what was already diverted is printed too */
	xdv_consumer_stop(dump->consumer);
	while (n >= 0 && !is_done(dump)) {
		n = dump_burst(dump, 20);
		if (n == 0)
			break;
	}
	return n < 0 ? n : 0;
}

/* The status to exit with, or -1 to go on. */
static int parse(struct dump *dump, int argc, char **argv)
{
	static const struct option options[] = {
		{"count", required_argument, NULL, 'c'},
		{"write", required_argument, NULL, 'w'},
		APP_OPTIONS,
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:w:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			dump->limit = app_number(optarg);
			if (!dump->limit)
				return app_usage(APP, "not a number of packets", optarg);
			break;
		case 'w':
			dump->path = optarg;
			break;
		default:
			return app_option(APP, help, option);
		}
	}
	if (argc - optind != 2)
		return app_usage(APP, "an interface and a consumer are needed", NULL);
	dump->ifname = argv[optind];
	dump->name = argv[optind + 1];
	return -1;
}

static int fail_file(const struct dump *dump)
{
	fprintf(stderr, APP ": %s cannot be written: %s\n", dump->path ? dump->path : "-",
		strerror(errno));
	return APP_FAILED;
}

static int open_file(struct dump *dump)
{
	if (!dump->path)
		return -1;
	if (strcmp(dump->path, "-")) {
		dump->file = fopen(dump->path, "we");
		if (!dump->file)
			return fail_file(dump);
	} else {
		dump->file = stdout;
		if (isatty(STDOUT_FILENO))
			return app_usage(APP, "pcapng is not for a terminal: redirect it", NULL);
	}
	if (pcapng_start(dump->file, APP " " XDIVERT_VERSION, dump->ifname) || fflush(dump->file))
		return fail_file(dump);
	return -1;
}

int main(int argc, char **argv)
{
	struct dump dump = {};
	struct xdv_error error = {};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .error = &error, .jumbo = 1};
	int status, err;

	status = parse(&dump, argc, argv);
	if (status >= 0)
		return status;
	app_catch_signals();
	err = xdv_consumer_open(&dump.consumer, dump.ifname, dump.name, &options);
	if (err)
		return app_fail_open(APP, err, &error);
	status = open_file(&dump);
	if (status < 0) {
		err = run(&dump);
		status = err == -EIO ? fail_file(&dump)
			 : err	     ? app_fail_receive(APP, err, dump.ifname)
				     : APP_DONE;
	}
	xdv_consumer_close(&dump.consumer);
	if (dump.file && fclose(dump.file) && status == APP_DONE)
		status = fail_file(&dump);
	return status;
}
