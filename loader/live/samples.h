/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The copies of packets that rules with `sample 1/N` make.
 */
#ifndef XDIVERT_SAMPLES_H
#define XDIVERT_SAMPLES_H

#include "bpf/abi.h"
#include "xdivert/error.h"

#include <stdint.h>

struct samples;

/* Gets each sample, valid during the call. Non-zero ends the reading, and is what it returns. */
typedef int (*samples_handler)(void *context, const struct xdv_sample *sample);

/* Of the maps `samples` and `rule_samplers`, both borrowed. There is one reader at a time. */
int samples_open(struct samples **samples, int ring, int samplers, samples_handler handler,
		 void *context);
/*
 * Of the live policy of an interface, as long as it is the live one: another load has a ring of
 * its own. -ENOENT: no policy is live on it, or the one that is takes no samples. -EBUSY: another
 * process reads them, and what one reader takes the other does not get; `error` names it.
 */
int samples_open_live(struct samples **samples, const char *ifname, samples_handler handler,
		      void *context, struct xdv_error *error);
void samples_close(struct samples **samples);

/* Readable when there are samples; owned by them. */
int samples_fd(const struct samples *samples);
/*
 * Hands out what there is, waiting for it up to `timeout_ms`, -1 without end. How many samples; 0
 * also for a signal; what a handler returned to end it, if that is negative; or a negative errno.
 */
int samples_read(struct samples *samples, int timeout_ms);
/* How many there may be at most, waiting to be read. */
unsigned int samples_room(const struct samples *samples);
/* Samples that were lost because nobody read; all rules and processors together. */
int samples_lost(const struct samples *samples, uint64_t *lost);

#endif
