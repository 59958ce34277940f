/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The gateway: volumes that are opened, addresses that are listened on, and the loop that serves
 * their clients.
 */
#ifndef XDIVERT_STORAGE_SERVER_H
#define XDIVERT_STORAGE_SERVER_H

#include "export.h"
#include "xdivert/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What is to be served. Strings are borrowed. */
struct export_plan {
	char name[EXPORT_NAME_MAX + 1];
	char *backend; /* "file:/srv/vol0.img"; malloc'ed */
	bool read_only, cached;
	const char *address; /* where NBD clients have it; NULL: they don't */
	bool aoe; /* a disk for AoE initiators, in this place */
	uint16_t shelf;
	uint8_t slot;
};

struct server_plan {
	struct export_plan exports[EXPORTS_MAX];
	size_t count;
	const char *ifname; /* where AoE initiators are; NULL: nowhere */
	const char *target; /* to which its policy diverts what they say */
	unsigned int clients; /* NBD's, at the same time */
	bool poll; /* see ring_open() */
};

#define SERVER_CLIENTS_DEFAULT 128
#define SERVER_CLIENTS_MAX     4096

struct server;

/* Opens and listens: clients can connect when it returns. */
int server_open(struct server **server, const struct server_plan *plan, struct xdv_error *error);

/* What is served; the counters say of it all that there is to say. */
const struct exports *server_exports(const struct server *server);

/*
 * Serves until SIGINT or SIGTERM. Then what was received is done and answered, and all is flushed;
 * a second signal ends at once. 0, or why it could not go on, or not flush.
 */
int server_run(struct server *server, struct xdv_error *error);
void server_close(struct server **server);

#endif
