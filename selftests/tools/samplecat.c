// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Prints the samples of the live policy of an interface, one a line: number of the rule, length,
 * captured bytes, and these in hexadecimal; at the end, what was lost.
 */
#include "live/samples.h"
#include "sequence.h"

#include <inttypes.h>

static int print(void *context, const struct xdv_sample *sample)
{
	(void)context;
	printf("%u %u %u ", sample->rule, sample->length, sample->captured);
	for (uint32_t i = 0; i < sample->captured; i++)
		printf("%02x", sample->bytes[i]);
	puts("");
	return 0;
}

int main(int argc, char **argv)
{
	struct xdv_error error = {0};
	struct samples *samples;
	uint64_t lost = 0;
	int n = 0;

	if (argc != 2) {
		fputs("usage: samplecat INTERFACE\n", stderr);
		return 2;
	}
	stop_on_signals();
	if (samples_open_live(&samples, argv[1], print, NULL, &error)) {
		fprintf(stderr, "samplecat: %s\nhint: %s\n", error.message, error.hint);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (!stopped && n >= 0)
		n = samples_read(samples, 100);
	if (n >= 0)
		n = samples_lost(samples, &lost);
	printf("lost %" PRIu64 "\n", lost);
	samples_close(&samples);
	return n < 0;
}
