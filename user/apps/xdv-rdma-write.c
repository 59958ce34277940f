// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-rdma-write: the flow of the textbook. One side offers memory; the other writes into it, reads
 * it back and compares. Then both say what they have in it, and how much processor time it took.
 */
#include <getopt.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <xdivert/rdma.h>

#include "app.h"

#define APP	"xdv-rdma-write"
#define PORT	"7471"
#define PIECE	((size_t)64 << 10)
#define WAIT_MS 10000

static const char help[] =
	"usage: xdv-rdma-write [OPTION...] HOST\n"
	"       xdv-rdma-write [OPTION...] --listen [ADDRESS]\n"
	"\n"
	"One side listens, and offers memory by RDMA. The other writes into it, reads it back and\n"
	"compares; the processor of the first takes no part in it, and shows how little it did.\n"
	"\n"
	"  -l, --listen      offer memory, to one peer\n"
	"  -p, --port N      (" PORT ")\n"
	"  -m, --megabytes N so much memory (16)\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

/* What one side tells the other. */
struct report {
	uint64_t sum; /* of the memory */
	uint64_t processor_us; /* while it was written and read */
};

struct transfer {
	struct xdv_rdma *peer;
	struct xdv_rdma_memory *memory;
	uint8_t *bytes;
	size_t length;
	struct xdv_rdma_target target; /* the peer's */
};

static int fail_at(const struct transfer *transfer, const char *what, int err)
{
	const char *trouble = xdv_rdma_trouble(transfer->peer);

	fprintf(stderr, APP ": %s: %s: %s\n", xdv_rdma_peer(transfer->peer), what,
		*trouble ? trouble : strerror(-err));
	return app_status(err);
}

static uint64_t processor_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* FNV-1a, by words. */
static uint64_t sum_of(const struct transfer *transfer)
{
	const uint64_t *words = (const void *)transfer->bytes;
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < transfer->length / sizeof(*words); i++)
		sum = (sum ^ words[i]) * 0x100000001b3;
	return sum;
}

/* Waits for a message of that length, and copies it; operations of ours that end are good. */
static int receive(struct transfer *transfer, void *message, size_t length)
{
	struct xdv_rdma_event event;

	while (app_running) {
		int n = xdv_rdma_poll(transfer->peer, &event, 1, APP_TICK_MS);

		if (n < 0 && n != -EINTR)
			return n;
		if (n == 1 && event.error)
			return event.error;
		if (n == 1 && event.verb == XDV_RDMA_MESSAGE) {
			memcpy(message, event.data, event.length < length ? event.length : length);
			return event.length == length ? 0 : -EPROTO;
		}
	}
	return -EINTR;
}

/* Moves all of it, in pieces, as many at a time as there may be. */
static int move_all(struct transfer *transfer, enum xdv_rdma_verb verb)
{
	size_t begun = 0, done = 0;

	while (done < transfer->length) {
		struct xdv_rdma_event events[16];
		int err = 0, n;

		for (; begun < transfer->length && !err; begun += err ? 0 : PIECE)
			err = (verb == XDV_RDMA_WRITE
				       ? xdv_rdma_write(transfer->peer, transfer->memory,
							transfer->bytes + begun, PIECE,
							&transfer->target, begun, NULL)
				       : xdv_rdma_read(transfer->peer, transfer->memory,
						       transfer->bytes + begun, PIECE,
						       &transfer->target, begun, NULL));
		if (err && err != -EAGAIN)
			return err;
		n = xdv_rdma_poll(transfer->peer, events, 16, WAIT_MS);
		if (n <= 0)
			return n ? n : -ETIMEDOUT;
		for (int i = 0; i < n; i++) {
			if (events[i].error)
				return events[i].error;
			done += events[i].length;
		}
	}
	return 0;
}

static int offer(struct transfer *transfer)
{
	struct report report = {};
	uint64_t before, asked;
	int err;

	xdv_rdma_target(transfer->memory, &transfer->target);
	before = processor_us();
	err = xdv_rdma_send(transfer->peer, &transfer->target, sizeof(transfer->target), NULL);
	if (!err)
		err = receive(transfer, &asked, sizeof(asked)); /* it has written and read */
	report.processor_us = processor_us() - before;
	report.sum = sum_of(transfer);
	if (!err)
		err = xdv_rdma_send(transfer->peer, &report, sizeof(report), NULL);
	if (err)
		return fail_at(transfer, "the transfer failed", err);
	printf("sum %016llx, %llu us of processor time\n", (unsigned long long)report.sum,
	       (unsigned long long)report.processor_us);
	/* until the peer goes: it has the report then */
	receive(transfer, &asked, sizeof(asked));
	return APP_DONE;
}

static int take(struct transfer *transfer)
{
	struct report report;
	uint64_t sum, greeting = 1;
	int err;

	for (size_t i = 0; i < transfer->length; i++)
		transfer->bytes[i] = (uint8_t)(i * 2654435761u >> 13);
	sum = sum_of(transfer);
	err = xdv_rdma_send(transfer->peer, &greeting, sizeof(greeting), NULL);
	if (!err)
		err = receive(transfer, &transfer->target, sizeof(transfer->target));
	if (!err)
		err = move_all(transfer, XDV_RDMA_WRITE);
	memset(transfer->bytes, 0, transfer->length);
	if (!err)
		err = move_all(transfer, XDV_RDMA_READ);
	if (!err)
		err = xdv_rdma_send(transfer->peer, &greeting, sizeof(greeting), NULL);
	if (!err)
		err = receive(transfer, &report, sizeof(report));
	if (err)
		return fail_at(transfer, "the transfer failed", err);
	printf("%zu bytes written and read back; sum %016llx, there %016llx; the peer's processor: "
	       "%llu us\n",
	       transfer->length, (unsigned long long)sum_of(transfer),
	       (unsigned long long)report.sum, (unsigned long long)report.processor_us);
	if (sum == report.sum && sum == sum_of(transfer))
		return APP_DONE;
	fprintf(stderr, APP ": what came back is not what was written\n");
	return APP_FAILED;
}

static int accept_peer(struct transfer *transfer, const char *address, const char *port)
{
	struct xdv_error error = {};
	struct xdv_rdma_options options = {.size = sizeof(options), .error = &error};
	struct xdv_rdma_listener *listener;
	uint64_t greeting;
	int err = xdv_rdma_listen(&listener, address, port, &options);

	if (err)
		return app_fail_open(APP, err, &error);
	puts("ready");
	fflush(stdout);
	do {
		err = xdv_rdma_accept(&transfer->peer, listener, APP_TICK_MS);
		/* who does not greet is gone again: another one may come */
		if (!err && (err = receive(transfer, &greeting, sizeof(greeting))))
			xdv_rdma_close(&transfer->peer);
	} while (app_running && err);
	xdv_rdma_listener_close(&listener);
	return err ? APP_FAILED : APP_DONE;
}

static int reach_peer(struct transfer *transfer, const char *host, const char *port)
{
	struct xdv_error error = {};
	struct xdv_rdma_options options = {.size = sizeof(options), .error = &error};
	int err = xdv_rdma_open(&transfer->peer, host, port, &options);

	if (err)
		return app_fail_open(APP, err, &error);
	err = xdv_rdma_connect(transfer->peer, WAIT_MS);
	return err ? fail_at(transfer, "no connection", err) : APP_DONE;
}

static int run(struct transfer *transfer, bool listen, const char *host, const char *port)
{
	struct xdv_error error = {};
	int status = listen ? accept_peer(transfer, host, port) : reach_peer(transfer, host, port);
	int err;

	if (status)
		return status;
	err = xdv_rdma_register(&transfer->memory, transfer->peer, transfer->bytes,
				transfer->length,
				listen ? XDV_RDMA_REMOTE_READ | XDV_RDMA_REMOTE_WRITE : 0, &error);
	if (err)
		return app_fail_open(APP, err, &error);
	return listen ? offer(transfer) : take(transfer);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"listen", no_argument, NULL, 'l'},
		{"port", required_argument, NULL, 'p'},
		{"megabytes", required_argument, NULL, 'm'},
		APP_OPTIONS,
		{},
	};
	struct transfer transfer = {};
	const char *port = PORT;
	size_t megabytes = 16;
	bool listen = false;
	int letter, status;

	while ((letter = getopt_long(argc, argv, "lp:m:hV", options, NULL)) != -1) {
		if (letter == 'l')
			listen = true;
		else if (letter == 'p')
			port = optarg;
		else if (letter == 'm')
			megabytes = app_number(optarg);
		else
			return app_option(APP, help, letter);
	}
	if (argc - optind != 1 && !(listen && argc == optind))
		return app_usage(APP, "it takes the peer's name or address", NULL);
	if (!megabytes || megabytes > 1 << 20)
		return app_usage(APP, "--megabytes is no number from 1 to 1048576", NULL);
	app_catch_signals();
	transfer.length = megabytes << 20;
	transfer.bytes = mmap(NULL, transfer.length, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (transfer.bytes == MAP_FAILED) {
		fprintf(stderr, APP ": no memory\n");
		return APP_FAILED;
	}
	status = run(&transfer, listen, argv[optind], port);
	xdv_rdma_unregister(&transfer.memory);
	xdv_rdma_close(&transfer.peer);
	return app_close_stdout(APP, status);
}
