// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An application on bare libxdp, that knows nothing of xdivert: it opens a socket on queue 0, with
 * libxdp's defaults, and so joins the program that is attached. Receives numbered datagrams until
 * SIGTERM or SIGINT, and says which came. From SIGUSR1 to SIGUSR2 it receives nothing.
 *
 * With -q it only occupies a queue: no program has packets for it.
 */
#include "sequence.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <unistd.h>
#include <xdp/xsk.h>

#define FRAMES 4096
#define RING   2048
#define BURST  64

static volatile sig_atomic_t busy;

static struct {
	char *memory;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, transmit;
	struct xsk_ring_cons completion, received;
} app;

static void be_busy(int signal_number)
{
	busy = signal_number == SIGUSR1;
}

static int open_socket(const char *interface, int queue)
{
	const struct xsk_umem_config memory = {
		.fill_size = RING,
		.comp_size = RING,
		.frame_size = XSK_UMEM__DEFAULT_FRAME_SIZE,
	};
	const struct xsk_socket_config config = {
		.rx_size = RING,
		.tx_size = RING,
		.bind_flags = XDP_COPY,
		.libxdp_flags = queue < 0 ? 0 : XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	};
	const size_t size = (size_t)FRAMES * XSK_UMEM__DEFAULT_FRAME_SIZE;
	uint32_t index;
	int err;

	app.memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (app.memory == MAP_FAILED)
		return -1;
	/* somebody's socket that was closed leaves its queue only some 30 ms later */
	for (int tries = 0; tries < 100; tries++) {
		err = xsk_umem__create(&app.umem, app.memory, size, &app.fill, &app.completion,
				       &memory);
		if (!err)
			err = xsk_socket__create(&app.socket, interface,
						 queue < 0 ? 0 : (uint32_t)queue, app.umem,
						 &app.received, &app.transmit, &config);
		if (err != -EBUSY)
			break;
		xsk_umem__delete(app.umem);
		usleep(20000);
	}
	if (err || xsk_ring_prod__reserve(&app.fill, RING, &index) != RING)
		return err ? err : -1;
	for (uint32_t i = 0; i < RING; i++)
		*xsk_ring_prod__fill_addr(&app.fill, index + i) = i * XSK_UMEM__DEFAULT_FRAME_SIZE;
	xsk_ring_prod__submit(&app.fill, RING);
	return 0;
}

static void receive(struct sequence_record *record)
{
	uint32_t n, from, to;

	n = xsk_ring_cons__peek(&app.received, BURST, &from);
	if (!n || xsk_ring_prod__reserve(&app.fill, n, &to) != n)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *packet = xsk_ring_cons__rx_desc(&app.received, from + i);

		record_count(record, xsk_umem__get_data(app.memory, packet->addr), packet->len);
		*xsk_ring_prod__fill_addr(&app.fill, to + i) = xsk_umem__extract_addr(packet->addr);
	}
	xsk_ring_cons__release(&app.received, n);
	xsk_ring_prod__submit(&app.fill, n);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = be_busy};
	struct sequence_record *record;
	const char *path = NULL;
	struct pollfd fd;
	int queue = -1, option, err;

	while ((option = getopt(argc, argv, "o:q:")) != -1) {
		if (option == 'o')
			path = optarg;
		else if (option == 'q')
			queue = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 1) {
		fputs("usage: seqbare [-o RECORD] [-q QUEUE] INTERFACE\n", stderr);
		return 2;
	}
	record = record_open(path);
	stop_on_signals();
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	err = open_socket(argv[optind], queue);
	if (err) {
		fprintf(stderr, "seqbare: %s: %s\n", argv[optind], strerror(-err));
		return 1;
	}
	fd = (struct pollfd){.fd = xsk_socket__fd(app.socket), .events = POLLIN};
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		if (busy)
			usleep(1000);
		else if (poll(&fd, 1, 100) > 0)
			receive(record);
	}
	record_print(record);
	xsk_socket__delete(app.socket);
	xsk_umem__delete(app.umem);
	return 0;
}
