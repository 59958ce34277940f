/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The interfaces of this network namespace, as netlink tells of them: those that come, go, get
 * another name, go up and down, or have another program attached.
 */
#ifndef XDIVERT_LINKS_H
#define XDIVERT_LINKS_H

#include "loop.h"
#include "xdivert/error.h"

#include <net/if.h>
#include <stdint.h>

struct mnl_socket;

struct link {
	struct link *next;
	unsigned int index;
	char name[IF_NAMESIZE];
	unsigned int flags; /* IFF_ */
	uint32_t mtu;
	uint32_t program; /* id of what is attached, 0 for nothing */
	unsigned int seen; /* the number of the last list that it was in, or came behind */
};

enum link_event {
	LINK_CAME,
	LINK_WENT,
	LINK_RENAMED, /* `before` has the old name */
	LINK_UP, /* it carries packets */
	LINK_DOWN,
	LINK_MTU,
	LINK_PROGRAM,
};

struct links {
	struct loop *loop;
	struct mnl_socket *socket;
	struct operation read;
	char *buffer;
	unsigned int port, sequence;
	struct link *list;
	bool listed; /* what was there at the start is known; from then on there are events */
	bool again; /* something was lost: list once more */
	bool ending;
	/* `before` is how the link was; NULL if it was not there. */
	void (*event)(void *context, enum link_event event, const struct link *link,
		      const struct link *before);
	void *context;
};

/* `event` and `context` are set by the caller. */
int links_start(struct links *links, struct loop *loop, struct xdv_error *error);
void links_end(struct links *links);
/* When nothing of it is under way any more. */
void links_free(struct links *links);

/* NULL: there is none of that name, or it is not known yet. */
const struct link *links_find(const struct links *links, const char *name);

#endif
