// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-capture: writes the packets that a policy diverts to a consumer to a pcapng file, from where
 * they lie: the region is a fixed buffer of an io_uring, and what the format has around a packet is
 * put in front of it and behind it, into its frame.
 */
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <unistd.h>

#include "app.h"
#include "pcapng.h"

#define APP   "xdv-capture"
#define BURST 64
#define DEPTH 512 /* writes that are under way; a power of two */

/* The head of a packet's block: draft-ietf-opsawg-pcapng, section 4.3. */
struct block {
	uint32_t type, total, interface, time_high, time_low, captured, length;
};

/* What there may be behind the packet: up to three zeros, and `total` again. */
#define TAIL_MAX 8

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
	struct io_uring ring;
	const char *path;
	int fd, err; /* err: a write failed */
	uint64_t offset; /* in the file, of the next block */
	struct {
		struct xdv_frame frame;
		uint32_t length;
	} writes[DEPTH];
	uint32_t idle[DEPTH], idle_count; /* numbers of writes that are not under way */
	unsigned long long packets;
};

static int fail_file(const struct capture *capture, int err)
{
	fprintf(stderr, APP ": %s cannot be written: %s\n", capture->path, strerror(-err));
	return APP_FAILED;
}

/* Takes back the frames that are written; waits for one if `wait`. */
static void reap(struct capture *capture, bool wait)
{
	struct io_uring_cqe *cqe;

	while (capture->idle_count < DEPTH && !(wait ? io_uring_wait_cqe(&capture->ring, &cqe)
						     : io_uring_peek_cqe(&capture->ring, &cqe))) {
		uint32_t number = (uint32_t)cqe->user_data;

		if (cqe->res < 0)
			capture->err = cqe->res;
		else if ((uint32_t)cqe->res < capture->writes[number].length)
			capture->err = -ENOSPC;
		io_uring_cqe_seen(&capture->ring, cqe);
		xdv_release(capture->consumer, &capture->writes[number].frame, 1);
		capture->idle[capture->idle_count++] = number;
		wait = false;
	}
}

static void write_frame(struct capture *capture, const struct xdv_frame *frame, const void *from,
			uint32_t length)
{
	uint32_t number = capture->idle[--capture->idle_count];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&capture->ring);

	capture->writes[number].frame = *frame;
	capture->writes[number].length = length;
	io_uring_prep_write_fixed(sqe, capture->fd, from, length, capture->offset, 0);
	sqe->user_data = number;
	capture->offset += length;
}

/* A packet of so many frames: the head goes before the first one, the tail behind the last. */
static void write_packet(struct capture *capture, struct xdv_frame *frames, unsigned int count,
			 uint64_t time)
{
	struct block block = {
		.type = 6, .time_high = (uint32_t)(time >> 32), .time_low = (uint32_t)time};
	struct xdv_frame *last = &frames[count - 1];
	unsigned char *from = last->data;
	uint32_t pad;

	for (unsigned int i = 0; i < count; i++)
		block.length += frames[i].len;
	block.captured = block.length;
	pad = -block.length & 3;
	block.total = (uint32_t)sizeof(block) + block.length + pad + 4;
	if (last->room < last->len + TAIL_MAX) { /* full to its end: there is room in front */
		last->data = memmove(from - TAIL_MAX, from, last->len);
		from -= TAIL_MAX;
	}
	memset(from + last->len, 0, pad);
	memcpy(from + last->len + pad, &block.total, sizeof(block.total));
	for (unsigned int i = 0; i < count; i++) {
		uint32_t length = frames[i].len + (i + 1 == count ? pad + 4 : 0);

		from = frames[i].data;
		if (i == 0) {
			from -= sizeof(block);
			memcpy(from, &block, sizeof(block));
			length += (uint32_t)sizeof(block);
		}
		write_frame(capture, &frames[i], from, length);
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

	while (capture->idle_count < BURST)
		reap(capture, true);
	n = xdv_recv(capture->consumer, burst, BURST, timeout_ms);
	clock_gettime(CLOCK_REALTIME, &time);
	for (int i = 0; i < n; i += (int)count) {
		count = app_packet_frames(&burst[i]);
		write_packet(capture, &burst[i], count,
			     (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
	}
	io_uring_submit(&capture->ring);
	reap(capture, false);
	return n == -EINTR ? 0 : n;
}

static int run(struct capture *capture)
{
	int n = 0;

	/* while writes are under way, it looks after them soon */
	while (app_running && n >= 0 && !capture->err)
		n = receive(capture, capture->idle_count < DEPTH ? 1 : APP_TICK_MS);
	xdv_consumer_stop(capture->consumer);
	while (n >= 0 && !capture->err && (n = receive(capture, 20)))
		;
	while (capture->idle_count < DEPTH)
		reap(capture, true);
	return n < 0 ? n : 0;
}

/* The file with its head, and a ring that knows the region. */
static int prepare(struct capture *capture, const char *ifname)
{
	const struct xdv_region *region = xdv_consumer_region(capture->consumer);
	struct iovec memory;
	FILE *file = fopen(capture->path, "we");
	int err = file ? 0 : -errno;

	if (!err && (pcapng_start(file, APP " " XDIVERT_VERSION, ifname) || fflush(file)))
		err = -errno;
	if (err)
		return fail_file(capture, err);
	capture->offset = (uint64_t)ftell(file);
	capture->fd = fileno(file); /* the stream stays open as long as the process */
	memory.iov_base = xdv_region_memory(region, &memory.iov_len);
	err = io_uring_queue_init(DEPTH, &capture->ring, 0);
	if (!err)
		err = io_uring_register_buffers(&capture->ring, &memory, 1);
	for (uint32_t i = 0; i < DEPTH; i++)
		capture->idle[capture->idle_count++] = i;
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
		status = capture.err ? fail_file(&capture, capture.err)
			 : err	     ? app_fail_receive(APP, err, argv[optind])
				     : APP_DONE;
		printf("total %llu packets\n", capture.packets);
	}
	xdv_consumer_close(&capture.consumer);
	return app_close_stdout(APP, status);
}
