// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * libxdivert, as an application uses it.
 */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <xdivert/xdivert.h>

#define WAIT_MS 100

static uint32_t profile_from(const char *wait)
{
	if (!wait)
		return XDV_PROFILE_LATENCY;
	return strcmp(wait, "frugal") == 0     ? XDV_PROFILE_FRUGAL
	       : strcmp(wait, "balanced") == 0 ? XDV_PROFILE_BALANCED
					       : XDV_PROFILE_LATENCY;
}

static void send_back(struct xdv_consumer *consumer, const struct xdv_frame *frames, unsigned int n)
{
	int sent;

	for (unsigned int i = 0; i < n; i++)
		turn_around(frames[i].data);
	sent = xdv_send(consumer, frames, n);
	if (sent < 0)
		sent = 0;
	xdv_release(consumer, frames + sent, n - (unsigned int)sent);
}

int receive_library(const struct job *job)
{
	struct xdv_error error = {};
	struct xdv_consumer_options options = {
		.size = sizeof(options),
		.profile = profile_from(job->wait),
		.error = &error,
	};
	struct xdv_consumer *consumer;
	struct xdv_frame frames[BURST];
	struct watch watch;
	int n;

	if (xdv_consumer_open(&consumer, job->interface, "feed", &options)) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	watch_start(&watch, job);
	do {
		n = xdv_recv(consumer, frames, BURST, WAIT_MS);
		if (n <= 0)
			n = 0;
		else if (job->work == WORK_DROP)
			xdv_release(consumer, frames, (unsigned int)n);
		else
			send_back(consumer, frames, (unsigned int)n);
	} while (watch_goes_on(&watch, (unsigned int)n));
	watch_report(&watch);
	xdv_consumer_close(&consumer);
	return 0;
}
