// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xdv-forward: routes the packets that policies divert on two interfaces, from one to the other, in
 * the frames they came in: both consumers have one region.
 */
#include <net/if.h>

#include "app.h"
#include "hops.h"

#define APP    "xdv-forward"
#define BURST  64
#define FRAMES 32768

static const char help[] =
	"usage: xdv-forward [OPTION...] INTERFACE CONSUMER INTERFACE CONSUMER\n"
	"\n"
	"Routes the packets that the policies on the two interfaces divert to the consumers, as the\n"
	"kernel's routes and neighbours say, to the other interface or back. What has no way there\n"
	"is dropped. Says at the end how many they were. Ends with Ctrl-C (SIGINT, SIGTERM).\n"
	"\n"
	"  -h, --help        print this\n"
	"  -V, --version     print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 4 kernel, device or privileges cannot do it.\n";

struct forward {
	struct side {
		struct xdv_consumer *consumer;
		const char *ifname;
		unsigned int ifindex;
	} sides[2];
	struct hops hops;
	unsigned long long sent, dropped;
};

/* The side that the packet leaves by, made ready for it; NULL: there is none. */
static struct side *route(struct forward *forward, struct xdv_frame *frames, unsigned int count)
{
	const struct xdv_next_hop *hop;
	struct xdv_flow flow;

	if (xdv_flow_of_frame(&frames[0], &flow) || !(hop = hops_find(&forward->hops, &flow)))
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (forward->sides[i].ifindex != hop->ifindex)
			continue;
		xdv_packet_checksum(frames, count);
		return xdv_packet_forward(&frames[0], hop) ? NULL : &forward->sides[i];
	}
	return NULL;
}

/* A frame belongs to the region, and either consumer sends or releases it. */
static void pass_on(struct forward *forward, struct xdv_frame *frames, unsigned int n)
{
	unsigned int count;

	for (unsigned int i = 0; i < n; i += count) {
		struct side *to;

		count = app_packet_frames(&frames[i]);
		to = route(forward, &frames[i], count);
		for (unsigned int j = 0; to && j < count; j++)
			frames[i + j].queue %= xdv_consumer_queues(to->consumer);
		if (to && xdv_send(to->consumer, &frames[i], count) == (int)count) {
			forward->sent++;
			continue;
		}
		xdv_release(forward->sides[0].consumer, &frames[i], count);
		forward->dropped++;
	}
}

/* Both in turn; while nothing comes, it sleeps for a moment at one of them. */
static int run(struct forward *forward, const char **ifname)
{
	struct xdv_frame burst[BURST];
	int idle = 0, n;

	for (unsigned int i = 0; app_running; i ^= 1) {
		*ifname = forward->sides[i].ifname;
		n = xdv_recv(forward->sides[i].consumer, burst, BURST, idle > 1);
		if (n < 0 && n != -EINTR)
			return n;
		idle = n > 0 ? 0 : idle + 1;
		if (n > 0)
			pass_on(forward, burst, (unsigned int)n);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct forward forward;
	struct xdv_error error = {};
	struct xdv_region_options room = {.size = sizeof(room), .frames = FRAMES, .error = &error};
	struct xdv_consumer_options options = {
		.size = sizeof(options), .error = &error, .jumbo = 1};
	const char *ifname = NULL;
	int status = app_arguments(APP, help, "two times an interface and a consumer are needed",
				   argc, argv, 4);
	int err;

	if (status >= 0)
		return status;
	if (strcmp(argv[optind], argv[optind + 2]) == 0)
		return app_usage(APP, "it forwards from one interface to another: this is one",
				 argv[optind]);
	app_catch_signals();
	err = xdv_region_create(&options.region, &room);
	for (int i = 0; i < 2 && !err; i++) {
		forward.sides[i].ifname = argv[optind + 2 * i];
		forward.sides[i].ifindex = if_nametoindex(argv[optind + 2 * i]);
		err = xdv_consumer_open(&forward.sides[i].consumer, argv[optind + 2 * i],
					argv[optind + 2 * i + 1], &options);
	}
	if (err) {
		status = app_fail_open(APP, err, &error);
	} else {
		printf("%s and %s are joined\n", forward.sides[0].ifname, forward.sides[1].ifname);
		fflush(stdout);
		err = run(&forward, &ifname);
		status = err ? app_fail_receive(APP, err, ifname) : APP_DONE;
		printf("total %llu packets forwarded, %llu dropped\n", forward.sent,
		       forward.dropped);
	}
	for (int i = 0; i < 2; i++)
		xdv_consumer_close(&forward.sides[i].consumer);
	xdv_region_free(&options.region);
	return app_close_stdout(APP, status);
}
