// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What xdv-rdma-write does not show of libxdivert-rdma; the other side is `xdv-rdma-write
 * --listen`.
 *
 *   rdmaframes HOST PORT frames IFACE CONSUMER N   writes N received frames from where they lie,
 *                                                  reads them back into themselves, and compares
 *   rdmaframes HOST PORT key                       writes with a wrong key
 *   rdmaframes HOST PORT outside                   writes beyond the target, and beyond the memory
 *   rdmaframes HOST PORT flow                      writes until that fails, says so, connects again
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdivert/rdma.h>
#include <xdivert/xdivert.h>

#define FRAME	2048
#define WAIT_MS 20000

struct peer {
	struct xdv_rdma *connection;
	struct xdv_rdma_memory *memory;
	struct xdv_rdma_target target;
};

static int give_up(const char *what, int err)
{
	fprintf(stderr, "rdmaframes: %s: %s\n", what, strerror(-err));
	return 1;
}

/* The next event: its error. */
static int wait_for(struct peer *peer, struct xdv_rdma_event *event)
{
	int n;

	do
		n = xdv_rdma_poll(peer->connection, event, 1, WAIT_MS);
	while (n == -EINTR);
	return n < 0 ? n : n ? event->error : -ETIMEDOUT;
}

/* Greets, and learns of the peer's memory. */
static int connect_to(struct peer *peer)
{
	struct xdv_rdma_event event = {};
	uint64_t greeting = 1;
	int err = xdv_rdma_connect(peer->connection, WAIT_MS);

	if (!err)
		err = xdv_rdma_send(peer->connection, &greeting, sizeof(greeting), NULL);
	while (!err && event.verb != XDV_RDMA_MESSAGE)
		err = wait_for(peer, &event);
	if (!err && event.length != sizeof(peer->target))
		err = -EPROTO;
	if (!err)
		memcpy(&peer->target, event.data, sizeof(peer->target));
	return err;
}

/* Writes a frame, and reads it back into itself, which was cleared. */
static int there_and_back(struct peer *peer, const struct xdv_frame *frame, uint64_t offset)
{
	struct xdv_rdma_event event;
	uint8_t copy[FRAME];
	int err;

	memcpy(copy, frame->data, frame->len);
	err = xdv_rdma_write(peer->connection, peer->memory, frame->data, frame->len, &peer->target,
			     offset, NULL);
	if (!err)
		err = wait_for(peer, &event);
	memset(frame->data, 0, frame->len);
	if (!err)
		err = xdv_rdma_read(peer->connection, peer->memory, frame->data, frame->len,
				    &peer->target, offset, NULL);
	if (!err)
		err = wait_for(peer, &event);
	if (!err && memcmp(copy, frame->data, frame->len) != 0)
		err = -EILSEQ;
	return err;
}

static int frames(struct peer *peer, const char *ifname, const char *name, unsigned int wanted)
{
	struct xdv_consumer *consumer;
	unsigned int count = 0;
	int err = xdv_consumer_open(&consumer, ifname, name, NULL);

	if (err)
		return give_up(ifname, err);
	err = xdv_region_register_rdma(&peer->memory, xdv_consumer_region(consumer),
				       peer->connection, NULL);
	if (err)
		return give_up("the region", err);
	puts("ready");
	fflush(stdout);
	while (count < wanted && !err) {
		struct xdv_frame frame;

		err = xdv_recv(consumer, &frame, 1, WAIT_MS);
		if (err == 1)
			err = there_and_back(peer, &frame, (uint64_t)count++ * FRAME);
		else if (!err)
			err = -ETIMEDOUT;
		xdv_release(consumer, &frame, 1);
	}
	if (err)
		return give_up("a frame", err);
	printf("%u frames came back\n", count);
	xdv_rdma_unregister(&peer->memory);
	xdv_consumer_close(&consumer);
	return 0;
}

static int refused(struct peer *peer, void *bytes)
{
	struct xdv_rdma_event event;
	int err;

	peer->target.key ^= 0x100;
	err = xdv_rdma_write(peer->connection, peer->memory, bytes, FRAME, &peer->target, 0, &peer);
	if (!err)
		err = wait_for(peer, &event);
	printf("a wrong key: %s\n", strerror(-err));
	err = xdv_rdma_poll(peer->connection, &event, 1, WAIT_MS);
	printf("then: %s; %s\n", strerror(-err), xdv_rdma_trouble(peer->connection));
	return 0;
}

static int outside(struct peer *peer, uint8_t *bytes)
{
	uint64_t length = peer->target.length;
	int beyond = xdv_rdma_write(peer->connection, peer->memory, bytes, FRAME, &peer->target,
				    length - FRAME + 1, NULL);
	int wrapped = xdv_rdma_write(peer->connection, peer->memory, bytes, FRAME, &peer->target,
				     UINT64_MAX - 1, NULL);
	int memory = xdv_rdma_write(peer->connection, peer->memory, bytes + 1, FRAME, &peer->target,
				    0, NULL);
	int before = xdv_rdma_read(peer->connection, peer->memory, bytes - 1, FRAME, &peer->target,
				   0, NULL);

	printf("outside: %d of 4 refused\n", (beyond == -EINVAL) + (wrapped == -EINVAL) +
						     (memory == -EINVAL) + (before == -EINVAL));
	return 0;
}

/* Many at a time: all are handed back, whatever becomes of the connection. */
static int flow(struct peer *peer, uint8_t *bytes)
{
	unsigned long long begun = 0, ended = 0;
	int first = 0, err = 0;

	puts("ready");
	fflush(stdout);
	while (err != -ENOTCONN) {
		struct xdv_rdma_event events[8];

		while (!first && !xdv_rdma_write(peer->connection, peer->memory, bytes, FRAME,
						 &peer->target, begun % 64 * FRAME, NULL))
			begun++;
		err = xdv_rdma_poll(peer->connection, events, 8, WAIT_MS);
		for (int i = 0; i < err; i++) {
			ended++;
			if (!first)
				first = events[i].error;
		}
	}
	printf("broken: %s; %lld under way\n", strerror(-first), (long long)(begun - ended));
	fflush(stdout);
	err = connect_to(peer);
	if (!err)
		err = xdv_rdma_write(peer->connection, peer->memory, bytes, FRAME, &peer->target, 0,
				     NULL);
	if (!err)
		err = wait_for(peer, &(struct xdv_rdma_event){});
	printf("again: %s %s\n", err ? strerror(-err) : "written",
	       xdv_rdma_trouble(peer->connection));
	return 0;
}

int main(int argc, char **argv)
{
	struct peer peer = {};
	uint8_t *bytes;
	int err, status;

	if (argc < 4)
		return 2;
	err = xdv_rdma_open(&peer.connection, argv[1], argv[2], NULL);
	if (!err)
		err = connect_to(&peer);
	if (err)
		return give_up(argv[1], err);
	if (strcmp(argv[3], "frames") == 0 && argc == 7) {
		status = frames(&peer, argv[4], argv[5], (unsigned int)atoi(argv[6]));
	} else {
		bytes = aligned_alloc(4096, FRAME);
		err = xdv_rdma_register(&peer.memory, peer.connection, bytes, FRAME, 0, NULL);
		if (err)
			return give_up("memory", err);
		status = strcmp(argv[3], "key") == 0	   ? refused(&peer, bytes)
			 : strcmp(argv[3], "outside") == 0 ? outside(&peer, bytes)
							   : flow(&peer, bytes);
		xdv_rdma_unregister(&peer.memory);
		free(bytes);
	}
	xdv_rdma_close(&peer.connection);
	return status;
}
