// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "remote.h"

#include "fail.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MS 5000

int remote_greet(struct remote *remote)
{
	struct memnode_hello hello = {
		.header = {MEMNODE_MAGIC, MEMNODE_HELLO},
		.gateway = remote->gateway,
		.flags = remote->read_only ? MEMNODE_READ_ONLY : 0,
		.key_length = remote->key.length,
	};

	memcpy(hello.volume, remote->name, sizeof(hello.volume));
	memcpy(hello.key, remote->key.bytes, sizeof(hello.key));
	return xdv_rdma_send(remote->node, &hello, sizeof(hello), NULL);
}

/* A node that is another one than before has only what was stored. */
static void compare_incarnation(struct remote *remote, const struct memnode_offer *offer)
{
	const char *peer = xdv_rdma_peer(remote->node);

	if (!remote->incarnation || offer->incarnation == remote->incarnation)
		return;
	if (!(offer->flags & MEMNODE_HAS_FILE)) {
		remote->empty = true;
		remark("%s: %s: the node's memory is a new one, and there is no file: what was in "
		       "it is lost",
		       peer, remote->name);
	} else if (remote_is_dirty(remote)) {
		remote->lost = true;
		remark("%s: %s: the node was started anew: what was written since the last flush is "
		       "lost. Flushes fail from now on",
		       peer, remote->name);
	}
}

int remote_take_offer(struct remote *remote, const struct memnode_offer *offer,
		      struct xdv_error *error)
{
	const char *peer = xdv_rdma_peer(remote->node);

	if (offer->error)
		return fail(error, offer->error, "%s: %s: the node refuses it: %s", peer,
			    remote->name,
			    offer->error == -EACCES   ? "the key is not its own"
			    : offer->error == -ENOENT ? "there is no such volume"
			    : offer->error == -EROFS  ? "it is read-only"
						      : strerror(-offer->error));
	if (remote->volume.size && offer->target.length != remote->volume.size)
		return fail(error, -ESTALE, "%s: %s: has another size than before", peer,
			    remote->name);
	compare_incarnation(remote, offer);
	remote->incarnation = offer->incarnation;
	remote->has_file = offer->flags & MEMNODE_HAS_FILE;
	remote->target = offer->target;
	remote->state = REMOTE_UP;
	return 0;
}

static int wait_for_offer(struct remote *remote, struct xdv_error *error)
{
	struct xdv_rdma_event event;
	int n;

	do {
		n = xdv_rdma_poll(remote->node, &event, 1, OPEN_MS);
		if (n == 1 && event.error)
			n = event.error;
	} while (n == -EINTR || (n == 1 && event.verb != XDV_RDMA_MESSAGE));
	if (n <= 0)
		return fail(error, n ? n : -ETIMEDOUT, "%s: the node says nothing: %s",
			    xdv_rdma_peer(remote->node), xdv_rdma_trouble(remote->node));
	if (event.length != sizeof(struct memnode_offer))
		return fail(error, -EPROTO, "%s: is no memory node", xdv_rdma_peer(remote->node));
	return remote_take_offer(remote, event.data, error);
}

int remote_open(struct remote *remote, struct xdv_error *error)
{
	int err = xdv_rdma_connect(remote->node, OPEN_MS);

	if (err)
		return fail(error, err, "%s: the memory node can't be reached: %s",
			    xdv_rdma_peer(remote->node), xdv_rdma_trouble(remote->node));
	err = remote_greet(remote);
	return err ? fail(error, err, "%s: %s", xdv_rdma_peer(remote->node), strerror(-err))
		   : wait_for_offer(remote, error);
}

void remote_connect(struct remote *remote)
{
	if (remote->refused &&
	    remote->ring->now - remote->refused < REFUSED_SECONDS * 1000000000ull)
		return;
	remote->refused = 0;
	if (remote->state != REMOTE_DOWN || xdv_rdma_connect(remote->node, 0))
		return;
	remote->state = REMOTE_GREETING;
	if (remote_greet(remote))
		remote->state = REMOTE_DOWN;
}
