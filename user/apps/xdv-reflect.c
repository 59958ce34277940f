// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-reflect: sends each packet that a policy diverts to a consumer back to its sender, in the
 * frames it came in.
 */
#include <getopt.h>

#include "app.h"
#include "xdivert/packet.h"

#define APP   "xdv-reflect"
#define BURST 64

static const char help[] =
	"usage: xdv-reflect [OPTION...] INTERFACE CONSUMER\n"
	"\n"
	"Sends the packets that the policy on INTERFACE diverts to CONSUMER back to who sent them:\n"
	"with the addresses and ports exchanged, and with full checksums. Other packets than IP, and\n"
	"those to many hosts, are dropped. Says at the end how many they were.\n"
	"Ends with Ctrl-C (SIGINT, SIGTERM).\n"
	"\n"
	"  -s, --spin        never sleep: the quickest answer, on a core of its own\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

struct reflect {
	struct xdv_consumer *consumer;
	unsigned long long sent, dropped;
};

/* Frames that the transmit ring has no room for are tried again: who is slow is the device. */
static int send_all(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	unsigned int sent = 0;
	int taken = 0;

	while (sent < n && taken >= 0) {
		taken = xdv_send(consumer, frames + sent, n - sent);
		sent += taken > 0 ? (unsigned int)taken : 0;
	}
	return taken < 0 ? taken : 0;
}

/* The packets that can be answered go out in runs; the others between them are given back. */
static int answer(struct reflect *reflect, struct xdv_frame *frames, unsigned int n)
{
	unsigned int run = 0, count;
	int err = 0;

	for (unsigned int i = 0; i < n && !err; i += count) {
		count = app_packet_frames(&frames[i]);
		if (!xdv_packet_turn(&frames[i])) {
			xdv_packet_checksum(&frames[i], count);
			reflect->sent++;
			continue;
		}
		err = send_all(reflect->consumer, frames + run, i - run);
		xdv_release(reflect->consumer, &frames[i], count);
		reflect->dropped++;
		run = i + count;
	}
	return err ? err : send_all(reflect->consumer, frames + run, n - run);
}

static int run(struct reflect *reflect)
{
	struct xdv_frame burst[BURST];
	int n;

	for (;;) {
		if (!app_running)
			xdv_consumer_stop(reflect->consumer);
		n = xdv_recv(reflect->consumer, burst, BURST, app_running ? APP_TICK_MS : 20);
		if (n == 0 && !app_running)
			return 0;
		if (n > 0)
			n = answer(reflect, burst, (unsigned int)n);
		if (n < 0 && n != -EINTR)
			return n;
	}
}

/* The status to exit with, or -1 to go on. */
static int parse(struct xdv_consumer_options *wanted, int argc, char **argv)
{
	static const struct option options[] = {
		{"spin", no_argument, NULL, 's'},
		APP_OPTIONS,
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "shV", options, NULL)) != -1) {
		if (option != 's')
			return app_option(APP, help, option);
		wanted->profile = XDV_PROFILE_LATENCY;
	}
	if (argc - optind != 2)
		return app_usage(APP, "an interface and a consumer are needed", NULL);
	return -1;
}

int main(int argc, char **argv)
{
	struct xdv_error error = {};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .error = &error, .jumbo = 1};
	struct reflect reflect = {};
	const char *ifname;
	int status, err;

	status = parse(&options, argc, argv);
	if (status >= 0)
		return status;
	ifname = argv[optind];
	app_catch_signals();
	err = xdv_consumer_open(&reflect.consumer, ifname, argv[optind + 1], &options);
	if (err)
		return app_fail_open(APP, err, &error);
	printf("%s: consumer %s is answered\n", ifname, argv[optind + 1]);
	fflush(stdout);
	err = run(&reflect);
	status = err ? app_fail_receive(APP, err, ifname) : APP_DONE;
	printf("total %llu packets sent back, %llu dropped\n", reflect.sent, reflect.dropped);
	xdv_consumer_close(&reflect.consumer);
	return app_close_stdout(APP, status);
}
