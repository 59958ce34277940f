// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Puts flows in and takes them out, as fast as it can, until SIGTERM or SIGINT, whatever becomes of
 * the policy meanwhile; in the end the flows must be those that it has put in and not taken out.
 */
#include "sequence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <time.h>
#include <xdivert/xdivert.h>

#define KEPT 200 /* flows that are there at a time */

static struct xdv_flow flow_number(uint32_t number)
{
	struct xdv_flow flow = {.family = AF_INET, .protocol = 17, .sport = 7, .dport = 9};

	number = htonl(number);
	memcpy(flow.saddr, &number, sizeof(number));
	return flow;
}

struct check {
	uint32_t first, end; /* the numbers that must be there */
	unsigned int found, wrong;
};

static int check_flow(const struct xdv_flow_info *info, void *context)
{
	struct check *check = context;
	uint32_t number;

	memcpy(&number, info->flow.saddr, sizeof(number));
	number = ntohl(number);
	if (number >= check->first && number < check->end && info->action == number % 2)
		check->found++;
	else
		check->wrong++;
	return 0;
}

/* A reload may come at any moment of it. */
static int churn(struct xdv_flows *flows, uint32_t *number, struct xdv_error *error)
{
	struct xdv_flow_options options = {
		.size = sizeof(options),
		.action = *number % 2 ? XDV_FLOW_DROP : XDV_FLOW_PASS,
		.error = error,
	};
	struct xdv_flow flow = flow_number(*number);
	int err = xdv_flow_add(flows, &flow, &options);

	if (err || ++*number <= KEPT)
		return err;
	flow = flow_number(*number - KEPT - 1);
	return xdv_flow_delete(flows, &flow, error);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct xdv_flows *flows;
	struct check check = {0};
	uint32_t number = 0;
	double start;
	int err;

	if (argc != 2) {
		fputs("usage: flowchurn INTERFACE\n", stderr);
		return 2;
	}
	stop_on_signals();
	err = xdv_flows_open(&flows, argv[1], &error);
	puts("ready");
	fflush(stdout);
	start = seconds();
	while (!err && !stopped)
		err = churn(flows, &number, &error);
	if (!err) {
		printf("%u flows in and out, %.1f us each\n", number,
		       (seconds() - start) * 1e6 / number / 2);
		check.end = number;
		check.first = number > KEPT ? number - KEPT : 0;
		err = xdv_flows_each(flows, check_flow, &check, &error);
		printf("found %u of %u, and %u others\n", check.found, check.end - check.first,
		       check.wrong);
	}
	if (err)
		fprintf(stderr, "flowchurn: %u: %s\n", number, error.message);
	xdv_flows_close(&flows);
	return err || check.wrong || check.found != check.end - check.first;
}
