/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The counters that a driver keeps, as `ethtool -S` shows them. Their names are the driver's.
 */
#ifndef XDIVERT_DEVICE_COUNTERS_H
#define XDIVERT_DEVICE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct device_counter {
	char name[33];
	uint64_t value;
};

struct device_counters {
	struct device_counter *list;
	size_t count;
};

/* -EOPNOTSUPP: the driver keeps none. */
int device_counters_read(struct device_counters *counters, const char *ifname);
void device_counters_free(struct device_counters *counters);

/* 0 where there is none of that name. */
uint64_t device_counter(const struct device_counters *counters, const char *name);

#endif
