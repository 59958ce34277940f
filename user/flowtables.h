/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where the flows of an interface are: in the table of the generation that is live. While a policy
 * is replaced there are two generations, whose tables may be one or two; and one more may be left
 * of a load that was cut short. A change is made in all of them, so that nobody needs to know which
 * is going to live on.
 */
#ifndef XDIVERT_FLOWTABLES_H
#define XDIVERT_FLOWTABLES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xdivert/error.h>

#include "flowmap.h"
#include "pins.h"

#define FLOWTABLES_MAX 64

struct flowtable {
	uint32_t generation;
	ino_t pin; /* the inode of its pin, by which it is known again */
	int fd;
	struct flowmap_info info;
	/* the same map as an earlier one's */
	bool shared;
	/* when it was swept it was full of flows of which none expires before: ns */
	uint64_t full_until;
};

struct flowtables {
	const char *ifname; /* borrowed */
	char directory[XDV_PATH_MAX]; /* of the interface; "" if it is to be found again */
	struct flowtable list[FLOWTABLES_MAX]; /* by generation, oldest first */
	unsigned int count;
};

/*
 * Looks which there are. 1: others than before; 0: the same. -ENOENT: none, -EPROTO: one of another
 * version; others are the kernel's.
 */
int flowtables_refresh(struct flowtables *tables, struct xdv_error *error);
void flowtables_close(struct flowtables *tables);

/* That of the live policy: the newest whose program is there. */
const struct flowtable *flowtables_live(const struct flowtables *tables);

#endif
