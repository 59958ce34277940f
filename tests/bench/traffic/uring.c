// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * io_uring at its best for datagrams: one multishot receive into provided buffers.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER	     256
#define BUFFERS	     4096
#define GROUP	     1
#define ENTRIES	     8192
#define RECEIVE_ROOM (8 << 20)

static struct {
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
	char *memory;
	int fd;
} app;

static int open_socket(const struct job *job)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int room = RECEIVE_ROOM;

	app.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(app.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (inet_pton(AF_INET, job->address, &address.sin_addr) != 1 ||
	    bind(app.fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

static int provide_buffers(void)
{
	struct io_uring_buf_reg registration = {.ring_entries = BUFFERS, .bgid = GROUP};
	size_t size = BUFFERS * sizeof(struct io_uring_buf);

	app.buffers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	app.memory = malloc((size_t)BUFFERS * BUFFER);
	if (app.buffers == MAP_FAILED || !app.memory)
		return -ENOMEM;
	registration.ring_addr = (uint64_t)(uintptr_t)app.buffers;
	io_uring_buf_ring_init(app.buffers);
	for (int i = 0; i < BUFFERS; i++)
		io_uring_buf_ring_add(app.buffers, app.memory + (size_t)i * BUFFER, BUFFER,
				      (unsigned short)i, io_uring_buf_ring_mask(BUFFERS), i);
	io_uring_buf_ring_advance(app.buffers, BUFFERS);
	return io_uring_register_buf_ring(&app.ring, &registration, 0);
}

static void arm(void)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&app.ring);

	io_uring_prep_recv_multishot(entry, app.fd, NULL, 0, 0);
	entry->flags |= IOSQE_BUFFER_SELECT;
	entry->buf_group = GROUP;
	io_uring_submit(&app.ring);
}

/* Takes what is there; how many packets. */
static unsigned int reap(void)
{
	struct io_uring_cqe *completion;
	unsigned int head, seen = 0, packets = 0;
	bool ended = false;

	io_uring_for_each_cqe(&app.ring, head, completion)
	{
		seen++;
		ended |= !(completion->flags & IORING_CQE_F_MORE);
		if (completion->res < 0 || !(completion->flags & IORING_CQE_F_BUFFER))
			continue;
		io_uring_buf_ring_add(
			app.buffers,
			app.memory +
				(size_t)(completion->flags >> IORING_CQE_BUFFER_SHIFT) * BUFFER,
			BUFFER, (unsigned short)(completion->flags >> IORING_CQE_BUFFER_SHIFT),
			io_uring_buf_ring_mask(BUFFERS), (int)packets++);
	}
	if (seen)
		io_uring_buf_ring_cq_advance(&app.ring, app.buffers, (int)packets);
	if (seen > packets)
		io_uring_cq_advance(&app.ring, seen - packets);
	if (ended)
		arm();
	return packets;
}

int receive_uring(const struct job *job)
{
	struct io_uring_params parameters = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		.cq_entries = ENTRIES,
	};
	struct watch watch;
	unsigned int packets;
	int err = io_uring_queue_init_params(64, &app.ring, &parameters);

	if (!err)
		err = open_socket(job);
	if (!err)
		err = provide_buffers();
	if (err)
		return failed("io_uring", err);
	arm();
	watch_start(&watch, job);
	do {
		io_uring_get_events(&app.ring);
		packets = reap();
	} while (watch_goes_on(&watch, packets));
	watch_report(&watch);
	io_uring_queue_exit(&app.ring);
	return 0;
}
