/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What gateways and memory nodes serve on this machine, and what they have counted, as text and as
 * JSON.
 */
#ifndef XDIVERT_STORAGE_SHOW_H
#define XDIVERT_STORAGE_SHOW_H

#include "storage/stats.h"

struct json_t;

/* One volume: what and where it is, without what is counted. A line, and an object. */
void volume_text(const struct storage_counters *counters);
struct json_t *volume_json(const struct storage_counters *counters);

/*
 * All that runs, each with its volumes and their counters: as text to standard output, each with an
 * empty line in front of it but for the first if nothing is `above`; or as lists "gateways" and
 * "memnodes" of the object `into`. Returns how many there are, or a negative errno.
 */
int storage_text(bool above);
int storage_json(struct json_t *into);

#endif
