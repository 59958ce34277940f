/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * rdma://NODE[:PORT]/VOLUME[?key=FILE], a volume in the memory of another host (xdivert memnode).
 * Data goes by RDMA between the frames of the gateway and that memory.
 *
 *   remote_name.c     how it is written
 *   remote_session.c  the connection: how it comes about, and comes back
 *   remote_store.c    what the node has to do: store, and zero
 *   backend_rdma.c    operations
 *
 * While the node can't be reached, operations wait: those that were under way and new ones alike
 * are begun anew once it is back, whole, which does no harm as nobody has been told that they are
 * done. After OUTAGE_SECONDS they fail, and so do new ones, until it is back.
 */
#ifndef XDIVERT_STORAGE_REMOTE_H
#define XDIVERT_STORAGE_REMOTE_H

#include "memnode_wire.h"
#include "volume.h"

#include <stdbool.h>
#include <stdint.h>
#include <xdivert/rdma.h>

#define OUTAGE_SECONDS	30
#define REFUSED_SECONDS 2 /* until a node that has refused us is asked again */
#define TRIES_MAX	5 /* of one operation, on a node that is there */
#define DIRTY_SHIFT	16 /* what is to be stored is known by 64 KiB */

struct operations {
	struct volume_operation *first, **last;
};

enum remote_state {
	REMOTE_DOWN, /* connecting */
	REMOTE_GREETING, /* the node is to make its offer */
	REMOTE_UP,
};

struct remote {
	struct volume volume;
	struct ring *ring;
	struct xdv_rdma *node;
	struct {
		const unsigned char *base;
		size_t length;
		struct xdv_rdma_memory *memory;
	} lent[VOLUME_MEMORIES]; /* the gateway's frames */
	unsigned int lent_count;

	enum remote_state state;
	char name[EXPORT_NAME_MAX + 1];
	struct memnode_key key;
	uint64_t gateway; /* our number */
	bool read_only;
	bool has_file; /* else what is written needs no storing */
	bool lost; /* something that was not stored yet: nothing can be promised any more */
	bool empty; /* the node's memory is not the one that it was, and stored nowhere else */
	uint64_t incarnation;
	struct xdv_rdma_target target;
	uint64_t down_since; /* ns */
	uint64_t refused; /* ns: when it was, since the connection is looked for slowly */

	struct operations waiting; /* for the node, or for room */
	struct operations requests; /* that the node has to do: the first is at it */
	bool requested; /* it was asked */
	unsigned int together; /* of the requests, from the first on, are done when that is */
	uint64_t *dirty, *storing; /* a bit for each 64 KiB that is written, and not stored */
	uint64_t cursor; /* of the first request: how far it has come, in bits or bytes */
	uint32_t under_way; /* READs and WRITEs */

	struct ring_operation readable, ticked;
	struct __kernel_timespec tick;
};

static inline void operations_init(struct operations *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static inline void operations_add(struct operations *list, struct volume_operation *operation)
{
	operation->next = NULL;
	*list->last = operation;
	list->last = &operation->next;
}

static inline struct volume_operation *operations_take(struct operations *list)
{
	struct volume_operation *operation = list->first;

	if (!operation)
		return NULL;
	list->first = operation->next;
	if (!list->first)
		list->last = &list->first;
	return operation;
}

/* remote_name.c */

struct remote_name {
	char text[256];
	const char *host, *port, *volume, *key;
};

/* "//NODE:PORT/VOLUME?key=FILE"; -EINVAL: `error` says what is wrong with it. */
int remote_name_read(struct remote_name *name, const char *text, struct xdv_error *error);

/* remote_session.c */

/* The first time: waits for the node, and learns the size. */
int remote_open(struct remote *remote, struct xdv_error *error);
/* Goes on with the connection. */
void remote_connect(struct remote *remote);
int remote_greet(struct remote *remote);
int remote_take_offer(struct remote *remote, const struct memnode_offer *offer,
		      struct xdv_error *error);

/* remote_store.c */

void remote_mark_dirty(struct remote *remote, uint64_t offset, uint64_t length);
bool remote_is_dirty(const struct remote *remote);
/* Asks the node for the next piece of the first request, if there is one and it is not at it. */
void remote_request(struct remote *remote);
/* The node's answer. */
void remote_requested(struct remote *remote, int err);
/* The node is gone: its request begins anew when it is back. */
void remote_request_again(struct remote *remote);

/* backend_rdma.c */

/* To be done, or to be done anew. */
void remote_begin(struct remote *remote, struct volume_operation *operation);
void remote_begin_waiting(struct remote *remote);

#endif
