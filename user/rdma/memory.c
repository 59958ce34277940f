// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "fail.h"

int xdv_rdma_register(struct xdv_rdma_memory **out, struct xdv_rdma *connection, void *base,
		      size_t length, unsigned int flags, struct xdv_error *error)
{
	int access = IBV_ACCESS_LOCAL_WRITE;
	struct xdv_rdma_memory *memory;
	int err;

	if (!length || flags & ~(XDV_RDMA_REMOTE_READ | XDV_RDMA_REMOTE_WRITE))
		return fail(error, -EINVAL, "memory of %zu bytes with flags %#x is not possible",
			    length, flags);
	if (!connection->pd)
		return fail(error, -ENOTCONN, "%s: there is no device before the connection is up",
			    connection->peer);
	if (flags & XDV_RDMA_REMOTE_READ)
		access |= IBV_ACCESS_REMOTE_READ;
	if (flags & XDV_RDMA_REMOTE_WRITE)
		access |= IBV_ACCESS_REMOTE_WRITE;
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return fail(error, -ENOMEM, "no memory");
	memory->base = base;
	memory->length = length;
	memory->mr = ibv_reg_mr(connection->pd, base, length, access);
	if (memory->mr) {
		*out = memory;
		return 0;
	}
	err = errno == ENOMEM ? -ENOBUFS : -errno;
	free(memory);
	fail(error, err, "%s: the device does not take %zu KiB of memory: %s",
	     ibv_get_device_name(connection->verbs->device), length >> 10,
	     err == -ENOBUFS ? "more than may be locked" : strerror(-err));
	return fail_hint(error, err,
			 "ulimit -l unlimited (LimitMEMLOCK=infinity), or the capability "
			 "CAP_IPC_LOCK");
}

int xdv_region_register_rdma(struct xdv_rdma_memory **out, const struct xdv_region *region,
			     struct xdv_rdma *connection, struct xdv_error *error)
{
	struct xdv_region_info info = {.size = sizeof(info)};
	int err = xdv_region_info(region, &info);

	if (err)
		return fail(error, err, "the region says nothing of itself");
	return xdv_rdma_register(out, connection, info.base, info.length, 0, error);
}

void xdv_rdma_unregister(struct xdv_rdma_memory **memory)
{
	if (!*memory)
		return;
	ibv_dereg_mr((*memory)->mr);
	free(*memory);
	*memory = NULL;
}

void xdv_rdma_target(const struct xdv_rdma_memory *memory, struct xdv_rdma_target *target)
{
	*target = (struct xdv_rdma_target){
		.address = (uint64_t)(uintptr_t)memory->base,
		.length = memory->length,
		.key = memory->mr->rkey,
	};
}
