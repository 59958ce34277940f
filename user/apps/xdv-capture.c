// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-capture: writes the packets that a policy diverts to a consumer to a pcapng file, from where
 * they lie: the region is a fixed buffer of an io_uring, and what the format has around a packet is
 * put in front of it and behind it, into its frame.
 */
#include "app.h"
#include "pcapng.h"
#include "writes.h"

#define APP   "xdv-capture"
#define BURST 64

static const char help[] =
	"usage: xdv-capture INTERFACE CONSUMER FILE\n"
	"\n"
	"Writes the packets that the policy on INTERFACE diverts to CONSUMER to FILE, as pcapng: by\n"
	"io_uring, without a copy of them in the process. Says at the end how many they were.\n"
	"Ends with Ctrl-C (SIGINT, SIGTERM).\n"
	"\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

struct capture {
	struct xdv_consumer *consumer;
	const char *path;
	struct writes writes;
	unsigned long long packets;
};

static int fail_file(const struct capture *capture, int err)
{
	fprintf(stderr, APP ": %s cannot be written: %s\n", capture->path, strerror(-err));
	return APP_FAILED;
}

/* A packet of so many frames: the head goes before the first one, the tail behind the last. */
static void write_packet(struct capture *capture, struct xdv_frame *frames, unsigned int count,
			 uint64_t time)
{
	struct xdv_frame *last = &frames[count - 1];
	unsigned char *end = last->data;
	uint32_t length = 0, tail;

	for (unsigned int i = 0; i < count; i++)
		length += frames[i].len;
	if (last->room < last->len + PCAPNG_TAIL_MAX) /* full to its end: there is room in front */
		last->data = end = memmove(end - PCAPNG_TAIL_MAX, end, last->len);
	end += last->len;
	tail = pcapng_around((unsigned char *)frames[0].data - PCAPNG_HEAD, end, time, length);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t head = i == 0 ? PCAPNG_HEAD : 0;

		writes_add(&capture->writes, &frames[i], (unsigned char *)frames[i].data - head,
			   head + frames[i].len + (i + 1 == count ? tail : 0));
	}
	capture->packets++;
}

/* How many frames came, 0 also for a signal, or a negative errno. */
static int receive(struct capture *capture, int timeout_ms)
{
	struct xdv_frame burst[BURST];
	struct timespec time;
	unsigned int count;
	int n;

	writes_wait(&capture->writes, BURST);
	n = xdv_recv(capture->consumer, burst, BURST, timeout_ms);
	clock_gettime(CLOCK_REALTIME, &time);
	for (int i = 0; i < n; i += (int)count) {
		count = app_packet_frames(&burst[i]);
		write_packet(capture, &burst[i], count,
			     (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
	}
	writes_submit(&capture->writes);
	return n == -EINTR ? 0 : n;
}

static int run(struct capture *capture)
{
	int n = 0;

	/* while writes are under way, it looks after them soon */
	while (app_running && n >= 0 && !capture->writes.err)
		n = receive(capture, writes_under_way(&capture->writes) ? 1 : APP_TICK_MS);
	xdv_consumer_stop(capture->consumer);
	while (n >= 0 && !capture->writes.err && (n = receive(capture, 20)))
		;
	writes_wait(&capture->writes, WRITES);
	return n < 0 ? n : 0;
}

/* The file with its head, and a ring that knows the region. */
static int prepare(struct capture *capture, const char *ifname)
{
	FILE *file = fopen(capture->path, "we");
	int err = file ? 0 : -errno;

	if (!err && (pcapng_start(file, APP " " XDIVERT_VERSION, ifname) || fflush(file)))
		err = -errno;
	if (err)
		return fail_file(capture, err);
	/* the stream stays open as long as the process */
	err = writes_start(&capture->writes, capture->consumer, fileno(file),
			   (uint64_t)ftell(file));
	if (!err)
		return -1;
	fprintf(stderr, APP ": the region is no buffer for io_uring: %s\n", strerror(-err));
	return app_status(err);
}

int main(int argc, char **argv)
{
	static struct capture capture;
	struct xdv_error error = {};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .error = &error, .jumbo = 1};
	int status = app_arguments(APP, help, "an interface, a consumer and a file are needed",
				   argc, argv, 3);
	int err;

	if (status >= 0)
		return status;
	capture.path = argv[optind + 2];
	app_catch_signals();
	err = xdv_consumer_open(&capture.consumer, argv[optind], argv[optind + 1], &options);
	if (err)
		return app_fail_open(APP, err, &error);
	status = prepare(&capture, argv[optind]);
	if (status < 0) {
		printf("%s: consumer %s is written to %s\n", argv[optind], argv[optind + 1],
		       capture.path);
		fflush(stdout);
		err = run(&capture);
		status = capture.writes.err ? fail_file(&capture, capture.writes.err)
			 : err		    ? app_fail_receive(APP, err, argv[optind])
					    : APP_DONE;
		printf("total %llu packets\n", capture.packets);
	}
	xdv_consumer_close(&capture.consumer);
	return app_close_stdout(APP, status);
}
