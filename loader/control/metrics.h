/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What there is to count, for Prometheus: HTTP, of which just so much as it takes.
 */
#ifndef XDIVERT_METRICS_H
#define XDIVERT_METRICS_H

#include "server.h"

#include <stddef.h>
#include <stdio.h>

struct view;

struct metrics {
	struct server server;
	const char *address; /* NULL: nobody listens */
	char *text; /* the last answer, malloc'ed; given again for a second */
	size_t length;
	int64_t made;
};

/* `address` as in loader/storage/address.h. `context` is the service. */
int metrics_start(struct metrics *metrics, struct loop *loop, const char *address, void *context,
		  struct xdv_error *error);
void metrics_end(struct metrics *metrics);
/* When nothing of it is under way any more. */
void metrics_free(struct metrics *metrics);

/* The text format, version 0.0.4, of these views. */
void metrics_write(const struct view *views, size_t count, FILE *out);

#endif
