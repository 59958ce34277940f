// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The consumer of a policy that sends each UDP datagram back to its sender's host, in the frame it
 * came in, and says at the end how many, and whether all frames are there again. Its rings are small,
 * so that they come round often; with -b, as big as usual.
 */
#include "sequence.h"

#include <errno.h>
#include <xdivert/xdivert.h>

#define BURST 64

static unsigned long received, sent;

static void swap(unsigned char *a, unsigned char *b, size_t length)
{
	unsigned char kept[16];

	memcpy(kept, a, length);
	memcpy(a, b, length);
	memcpy(b, kept, length);
}

/* An IPv4 datagram without options: to where it came from, with the same port. */
static void turn_round(unsigned char *frame)
{
	swap(frame, frame + 6, 6);
	swap(frame + 26, frame + 30, 4);
	memset(frame + 40, 0, 2); /* no checksum: what the sender's kernel left there is partial */
}

/* All of it is sent, if it takes a while. */
static int send_all(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	while (n) {
		int taken = xdv_send(consumer, frames, n);

		if (taken < 0)
			return taken;
		for (int i = 0; i < taken; i++)
			sent += !frames[i].more;
		frames += taken;
		n -= (unsigned int)taken;
	}
	return 0;
}

static int run(struct xdv_consumer *consumer)
{
	struct xdv_frame burst[BURST];
	int n, err;

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
			if (i && burst[i - 1].more) /* its headers are in the first frame */
				continue;
			received++;
			turn_round(burst[i].data);
		}
		err = send_all(consumer, burst, (unsigned int)n);
		if (err)
			return err;
	}
}

/* Those that are in no ring and in nobody's hands. */
static unsigned int free_frames(struct xdv_consumer *consumer)
{
	struct xdv_region_info region = {.size = sizeof(region)};
	struct xdv_frame *frames;
	int n;

	xdv_region_info(xdv_consumer_region(consumer), &region);
	frames = calloc(region.frames, sizeof(*frames));
	if (!frames)
		return 0;
	n = xdv_alloc(consumer, frames, region.frames);
	xdv_release(consumer, frames, (unsigned int)n);
	free(frames);
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_consumer_options options = {.size = sizeof(options),
					       .frames = 256,
					       .ring_size = 128,
					       .error = &error,
					       .jumbo = 1};
	struct xdv_consumer *consumer;
	unsigned int before;
	int err;

	if (argc == 4 && strcmp(argv[1], "-b") == 0) {
		options.frames = options.ring_size = 0;
		argc--;
		argv++;
	}
	if (argc != 3) {
		fputs("usage: xskecho [-b] INTERFACE CONSUMER\n", stderr);
		return 2;
	}
	stop_on_signals();
	err = xdv_consumer_open(&consumer, argv[1], argv[2], &options);
	if (err) {
		fprintf(stderr, "xskecho: %s\n", error.message);
		return 1;
	}
	before = free_frames(consumer);
	puts("ready");
	fflush(stdout);
	err = run(consumer);
	if (err)
		fprintf(stderr, "xskecho: %s\n", strerror(-err));
	printf("received %lu sent %lu\n", received, sent);
	printf("free frames %u of %u\n", free_frames(consumer), before);
	xdv_consumer_close(&consumer);
	return err ? 1 : 0;
}
