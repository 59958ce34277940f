// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A consumer that gives flows back to the kernel: receives numbered datagrams, and once it has so
 * many, sends the flow of each that still comes past itself. Until SIGTERM or SIGINT.
 */
#include "sequence.h"

#include <errno.h>
#include <xdivert/xdivert.h>

#define BURST 64

/* The packets that were in the ring already ask again: a flow is given back once. */
static int give_back(struct xdv_flows *flows, const struct xdv_frame *frame,
		     struct xdv_error *error)
{
	struct xdv_flow_info there = {.size = sizeof(there)};
	const struct xdv_flow_options pass = {
		.size = sizeof(pass), .action = XDV_FLOW_PASS, .error = error};
	struct xdv_flow flow;
	char text[XDV_FLOW_TEXT];
	int err;

	if (xdv_flow_of_frame(frame, &flow) == -ENOMSG ||
	    xdv_flow_get(flows, &flow, &there, error) == 0)
		return 0;
	err = xdv_flow_add(flows, &flow, &pass);
	if (!err)
		printf("gave back %s\n", xdv_flow_format(&flow, text));
	return err;
}

static int receive(struct xdv_consumer *consumer, struct sequence_record *record, uint64_t after,
		   struct xdv_error *error)
{
	struct xdv_frame burst[BURST];
	int n, err = 0;

	while (!stopped && !err) {
		n = xdv_recv(consumer, burst, BURST, 100);
		if (n < 0 && n != -EINTR)
			return n;
		for (int i = 0; i < n; i++) {
			record_count(record, burst[i].data, burst[i].len);
			if (!err && record->received >= after)
				err = give_back(xdv_consumer_flows(consumer), &burst[i], error);
		}
		if (n > 0 && !err)
			err = xdv_release(consumer, burst, (unsigned int)n);
	}
	return err;
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_consumer_options options = {.size = sizeof(options), .error = &error};
	struct xdv_consumer *consumer;
	int err;

	if (argc != 5) {
		fputs("usage: flowback RECORD DATAGRAMS INTERFACE CONSUMER\n", stderr);
		return 2;
	}
	stop_on_signals();
	err = xdv_consumer_open(&consumer, argv[3], argv[4], &options);
	if (!err) {
		puts("ready");
		fflush(stdout);
		err = receive(consumer, record_open(argv[1]), argument(argv[2], 1, SEQUENCE_MAX),
			      &error);
		xdv_consumer_close(&consumer);
	}
	if (err)
		fprintf(stderr, "flowback: %s: %s\n", strerror(-err), error.message);
	return err ? 1 : 0;
}
