// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"
#include "live/privileges.h"

#include <errno.h>
#include <infiniband/verbs.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MANAGER "/dev/infiniband/rdma_cm"

/* One port may have several: InfiniBand, RoCE v1, RoCE v2, iWARP. */
struct transports {
	bool infiniband, roce_v1, roce_v2, iwarp;
};

static void examine_manager(struct findings *findings)
{
	if (access(MANAGER, R_OK | W_OK) == 0)
		finding_add(findings, FINDING_OK, "RDMA", "the connection manager is there");
	else
		finding_advise(
			finding_add(findings, FINDING_PROBLEM, "RDMA",
				    MANAGER ": %s: nothing can be connected", strerror(errno)),
			errno == ENOENT ? "modprobe rdma_ucm" : "give this user access to it");
}

static void read_transports(struct transports *transports, struct ibv_context *context,
			    uint8_t port, const struct ibv_port_attr *attributes)
{
	struct ibv_gid_entry entry;

	if (context->device->transport_type == IBV_TRANSPORT_IWARP)
		transports->iwarp = true;
	else if (attributes->link_layer != IBV_LINK_LAYER_ETHERNET)
		transports->infiniband = true;
	for (uint32_t i = 0; i < (uint32_t)attributes->gid_tbl_len; i++) {
		if (ibv_query_gid_ex(context, port, i, &entry, 0))
			continue;
		transports->roce_v1 |= entry.gid_type == IBV_GID_TYPE_ROCE_V1;
		transports->roce_v2 |= entry.gid_type == IBV_GID_TYPE_ROCE_V2;
	}
}

static void examine_port(struct findings *findings, struct ibv_context *context, uint8_t port)
{
	const char *name = ibv_get_device_name(context->device);
	struct ibv_port_attr attributes;
	struct transports transports = {};
	struct finding *finding;
	bool up;

	if (ibv_query_port(context, port, &attributes)) {
		finding_add(findings, FINDING_WARNING, "RDMA port", "%s/%u can't be asked", name,
			    port);
		return;
	}
	read_transports(&transports, context, port, &attributes);
	up = attributes.state == IBV_PORT_ACTIVE;
	finding = finding_add(
		findings, up ? FINDING_OK : FINDING_PROBLEM, "RDMA port",
		"%s/%u is %s:%s%s%s%s, packets of %d bytes, operations of up to %u "
		"KiB",
		name, port, up ? "active" : ibv_port_state_str(attributes.state),
		transports.infiniband ? " InfiniBand" : "", transports.iwarp ? " iWARP" : "",
		transports.roce_v1 ? " RoCE v1" : "", transports.roce_v2 ? " RoCE v2" : "",
		128 << attributes.active_mtu, attributes.max_msg_sz >> 10);
	if (!up)
		finding_advise(finding, "rdma link shows the network device behind it: is it up, "
					"and is there a peer?");
}

static void examine_rdma_device(struct findings *findings, struct ibv_device *device)
{
	const char *name = ibv_get_device_name(device);
	struct ibv_context *context = ibv_open_device(device);
	struct ibv_device_attr limits;

	if (!context || ibv_query_device(context, &limits)) {
		finding_advise(finding_add(findings, FINDING_PROBLEM, "RDMA device",
					   "%s can't be opened: %s", name, strerror(errno)),
			       "give this user access to /dev/infiniband/uverbs*");
	} else {
		finding_add(findings, FINDING_OK, "RDMA device",
			    "%s: memory of up to %llu MiB in one piece, %d registrations, %d "
			    "connections, %d operations under way on each",
			    name, (unsigned long long)limits.max_mr_size >> 20, limits.max_mr,
			    limits.max_qp, limits.max_qp_wr);
		for (uint8_t port = 1; port <= limits.phys_port_cnt; port++)
			examine_port(findings, context, port);
	}
	if (context)
		ibv_close_device(context);
}

static void examine_devices(struct findings *findings)
{
	int count = 0;
	struct ibv_device **devices = ibv_get_device_list(&count);

	for (int i = 0; i < count; i++)
		examine_rdma_device(findings, devices[i]);
	if (devices)
		ibv_free_device_list(devices);
	if (!count)
		finding_advise(
			finding_add(findings, FINDING_PROBLEM, "RDMA device", "there is none"),
			"over any network device: modprobe rdma_rxe; rdma link add rxe0 "
			"type rxe netdev IFACE");
}

/* A region's frames are counted twice: once by AF_XDP, once by the device. */
static void examine_locked(struct findings *findings)
{
	struct rlimit limit = {};

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (privileges_has(CAP_IPC_LOCK) || limit.rlim_cur == RLIM_INFINITY)
		finding_add(findings, FINDING_OK, "RDMA memory", "not limited");
	else
		finding_advise(finding_add(findings, FINDING_NOTE, "RDMA memory",
					   "%llu KiB may be registered, beside what AF_XDP locks",
					   (unsigned long long)limit.rlim_cur >> 10),
			       "raise it (ulimit -l unlimited, LimitMEMLOCK=infinity), or give "
			       "CAP_IPC_LOCK");
}

void examine_rdma(struct findings *findings)
{
	examine_manager(findings);
	examine_devices(findings);
	examine_locked(findings);
}
