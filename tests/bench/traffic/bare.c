// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The least that an AF_XDP application can be, on libxdp's inline functions: what the library is
 * measured against. One queue, its own program, no statistics, no care.
 */
#include "traffic.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/xsk.h>

#define FRAMES	   4096
#define FRAME_SIZE 2048
#define RING	   2048

static struct {
	char *memory;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, transmit;
	struct xsk_ring_cons completion, received;
	unsigned int in_flight;
} app;

static int open_socket(const char *interface)
{
	const struct xsk_umem_config memory = {
		.fill_size = RING, .comp_size = RING, .frame_size = FRAME_SIZE};
	const struct xsk_socket_config config = {
		.rx_size = RING,
		.tx_size = RING,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};
	const size_t size = (size_t)FRAMES * FRAME_SIZE;
	uint32_t index;
	int err;

	app.memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (app.memory == MAP_FAILED)
		return -errno;
	err = xsk_umem__create(&app.umem, app.memory, size, &app.fill, &app.completion, &memory);
	if (!err)
		err = xsk_socket__create(&app.socket, interface, 0, app.umem, &app.received,
					 &app.transmit, &config);
	if (err)
		return err;
	if (xsk_ring_prod__reserve(&app.fill, RING, &index) != RING)
		return -ENOSPC;
	for (uint32_t i = 0; i < RING; i++)
		*xsk_ring_prod__fill_addr(&app.fill, index + i) = (uint64_t)i * FRAME_SIZE;
	xsk_ring_prod__submit(&app.fill, RING);
	return 0;
}

static void drop(uint32_t index, uint32_t count)
{
	uint32_t free_index;

	while (xsk_ring_prod__reserve(&app.fill, count, &free_index) != count)
		;
	for (uint32_t i = 0; i < count; i++)
		*xsk_ring_prod__fill_addr(&app.fill, free_index + i) =
			xsk_ring_cons__rx_desc(&app.received, index + i)->addr;
	xsk_ring_prod__submit(&app.fill, count);
}

/* What has been sent is free to be received into. */
static void reclaim(void)
{
	uint32_t index, free_index, count;

	if (!app.in_flight)
		return;
	if (xsk_ring_prod__needs_wakeup(&app.transmit))
		sendto(xsk_socket__fd(app.socket), NULL, 0, MSG_DONTWAIT, NULL, 0);
	count = xsk_ring_cons__peek(&app.completion, BURST, &index);
	if (!count)
		return;
	while (xsk_ring_prod__reserve(&app.fill, count, &free_index) != count)
		;
	for (uint32_t i = 0; i < count; i++)
		*xsk_ring_prod__fill_addr(&app.fill, free_index + i) = *xsk_ring_cons__comp_addr(
			&app.completion, index + i);
	xsk_ring_prod__submit(&app.fill, count);
	xsk_ring_cons__release(&app.completion, count);
	app.in_flight -= count;
}

static void reflect(uint32_t index, uint32_t count)
{
	uint32_t send_index;

	while (xsk_ring_prod__reserve(&app.transmit, count, &send_index) != count)
		reclaim();
	for (uint32_t i = 0; i < count; i++) {
		const struct xdp_desc *from = xsk_ring_cons__rx_desc(&app.received, index + i);
		struct xdp_desc *to = xsk_ring_prod__tx_desc(&app.transmit, send_index + i);

		turn_around(xsk_umem__get_data(app.memory, from->addr));
		*to = (struct xdp_desc){.addr = from->addr, .len = from->len};
	}
	xsk_ring_prod__submit(&app.transmit, count);
	app.in_flight += count;
}

int receive_bare(const struct job *job)
{
	struct watch watch;
	uint32_t index, count;
	int err = open_socket(job->interface);

	if (err)
		return failed("an AF_XDP socket", err);
	watch_start(&watch, job);
	do {
		count = xsk_ring_cons__peek(&app.received, BURST, &index);
		if (count && job->work == WORK_DROP)
			drop(index, count);
		else if (count)
			reflect(index, count);
		if (count)
			xsk_ring_cons__release(&app.received, count);
		if (job->work != WORK_DROP)
			reclaim();
		if (!count && xsk_ring_prod__needs_wakeup(&app.fill))
			recvfrom(xsk_socket__fd(app.socket), NULL, 0, MSG_DONTWAIT, NULL, NULL);
	} while (watch_goes_on(&watch, count));
	watch_report(&watch);
	xsk_socket__delete(app.socket);
	xsk_umem__delete(app.umem);
	return 0;
}
