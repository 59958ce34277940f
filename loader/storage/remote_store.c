// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "remote.h"

#include <errno.h>
#include <string.h>

static uint64_t bits(const struct remote *remote)
{
	return (remote->volume.size + (1u << DIRTY_SHIFT) - 1) >> DIRTY_SHIFT;
}

static uint64_t words(const struct remote *remote)
{
	return (bits(remote) + 63) / 64;
}

static bool test_bit(const uint64_t *map, uint64_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

void remote_mark_dirty(struct remote *remote, uint64_t offset, uint64_t length)
{
	if (!remote->has_file || !length)
		return;
	for (uint64_t bit = offset >> DIRTY_SHIFT; bit <= (offset + length - 1) >> DIRTY_SHIFT;
	     bit++)
		remote->dirty[bit / 64] |= 1ull << (bit % 64);
}

bool remote_is_dirty(const struct remote *remote)
{
	for (uint64_t i = 0; i < words(remote); i++)
		if (remote->dirty[i] | remote->storing[i])
			return true;
	return false;
}

/* Each run of bits is a range; as many as a message has room for. */
static void next_ranges(struct remote *remote, struct memnode_request *request)
{
	uint64_t count = bits(remote);

	while (remote->cursor < count && request->count < MEMNODE_RANGES) {
		uint64_t first, end;

		while (remote->cursor < count && !test_bit(remote->storing, remote->cursor))
			remote->cursor++;
		first = remote->cursor;
		while (remote->cursor < count && test_bit(remote->storing, remote->cursor))
			remote->cursor++;
		if (first == remote->cursor)
			break;
		end = remote->cursor << DIRTY_SHIFT;
		if (end > remote->volume.size)
			end = remote->volume.size;
		request->ranges[request->count++] = (struct memnode_range){
			.offset = first << DIRTY_SHIFT, .length = end - (first << DIRTY_SHIFT)};
	}
	if (remote->cursor >= count)
		request->flags |= MEMNODE_SYNC;
}

static bool wants_zeroes(const struct volume_operation *operation)
{
	return operation->verb == VOLUME_ZERO && !operation->syncing;
}

/*
 * What was written up to here is stored by this request, for all who wait for that by now; what is
 * written meanwhile, by the next.
 */
static void begin_storing(struct remote *remote)
{
	const struct volume_operation *operation = remote->requests.first;

	for (remote->together = 0; operation && !wants_zeroes(operation);
	     operation = operation->next)
		remote->together++;
	for (uint64_t i = 0; i < words(remote); i++) {
		remote->storing[i] |= remote->dirty[i];
		remote->dirty[i] = 0;
	}
}

void remote_request_again(struct remote *remote)
{
	for (uint64_t i = 0; i < words(remote); i++) {
		remote->dirty[i] |= remote->storing[i];
		remote->storing[i] = 0;
	}
	remote->requested = false;
	remote->cursor = 0;
}

void remote_request(struct remote *remote)
{
	struct memnode_request request = {.header = {MEMNODE_MAGIC, MEMNODE_STORE}};
	struct volume_operation *operation = remote->requests.first;

	if (!operation || remote->requested || remote->state != REMOTE_UP)
		return;
	if (wants_zeroes(operation)) {
		remote->together = 1;
		request.header.type = MEMNODE_ZERO;
		request.count = 1;
		request.ranges[0] = (struct memnode_range){operation->offset, operation->length};
	} else {
		if (!remote->cursor)
			begin_storing(remote);
		next_ranges(remote, &request);
		operation->side = request.flags & MEMNODE_SYNC;
	}
	/* refused only if there is no room, or no node: it is asked again when that changes */
	if (xdv_rdma_send(remote->node, &request, sizeof(request), NULL))
		remote_request_again(remote);
	else
		remote->requested = true;
}

/* Taken off the list first: who is told may come with the next request. */
static void finish(struct remote *remote, int err)
{
	struct volume_operation *operation;
	struct operations list;

	remote->cursor = 0;
	operations_init(&list);
	for (; remote->together; remote->together--)
		operations_add(&list, operations_take(&remote->requests));
	while ((operation = operations_take(&list)))
		operation->done(operation, err);
}

void remote_requested(struct remote *remote, int err)
{
	struct volume_operation *operation = remote->requests.first;

	if (!remote->requested)
		return;
	remote->requested = false;
	if (!operation) /* given up meanwhile */
		return;
	if (wants_zeroes(operation)) {
		remote_mark_dirty(remote, operation->offset, operation->length);
		if (err || !operation->durable)
			finish(remote, err);
		else
			operation->syncing = true;
	} else if (err) {
		remote_request_again(remote);
		finish(remote, err);
	} else if (operation->side & MEMNODE_SYNC) {
		memset(remote->storing, 0, words(remote) * sizeof(*remote->storing));
		finish(remote, remote->lost ? -EIO : 0);
	}
	remote_request(remote);
}
