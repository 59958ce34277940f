/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The counters of what serves storage on this machine, for Prometheus.
 */
#ifndef XDIVERT_METRICS_STORAGE_H
#define XDIVERT_METRICS_STORAGE_H

#include <stdio.h>

/* Nothing, if nothing is served. */
void metrics_write_storage(FILE *out);

#endif
