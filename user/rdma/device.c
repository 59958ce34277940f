// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "connection.h"

/* Anonymous: a child after fork() would take it from under the device if it were not shared. */
static int make_buffers(struct xdv_rdma *connection)
{
	const struct xdv_rdma_options *options = &connection->options;
	size_t length = ((size_t)options->depth + options->messages) * options->message_size;
	void *buffers = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			     0);

	if (buffers == MAP_FAILED)
		return -errno;
	connection->buffers = buffers;
	connection->buffers_length = length;
	connection->buffers_mr = ibv_reg_mr(connection->pd, buffers, length,
					    IBV_ACCESS_LOCAL_WRITE);
	return connection->buffers_mr ? 0 : -errno;
}

int rdma_prepare(struct xdv_rdma *connection)
{
	const struct xdv_rdma_options *options = &connection->options;
	struct ibv_port_attr port;
	int err;

	if (connection->verbs)
		return connection->verbs == connection->id->verbs ? 0 : -EXDEV;
	connection->verbs = connection->id->verbs;
	err = ibv_query_port(connection->verbs, connection->id->port_num, &port);
	if (err)
		return -err;
	connection->length_max = port.max_msg_sz;
	connection->pd = ibv_alloc_pd(connection->verbs);
	if (!connection->pd)
		return -errno;
	connection->comp = ibv_create_comp_channel(connection->verbs);
	if (!connection->comp)
		return -errno;
	fcntl(connection->comp->fd, F_SETFL, O_NONBLOCK);
	connection->cq = ibv_create_cq(connection->verbs, (int)(options->depth + options->messages),
				       NULL, connection->comp, 0);
	if (!connection->cq)
		return -errno;
	err = rdma_watch(connection, connection->comp->fd);
	return err ? err : make_buffers(connection);
}

/* Both ends allow as many READs at a time as they can. */
struct rdma_conn_param rdma_connect_parameters(void)
{
	return (struct rdma_conn_param){
		.responder_resources = RDMA_MAX_RESP_RES,
		.initiator_depth = RDMA_MAX_INIT_DEPTH,
		.retry_count = PACKET_RETRIES,
		.rnr_retry_count = PACKET_RETRIES,
	};
}

int rdma_make_queue_pair(struct xdv_rdma *connection)
{
	const struct xdv_rdma_options *options = &connection->options;
	uint8_t timeout = rdma_ack_timeout(options->patience_ms);
	struct ibv_qp_init_attr attributes = {
		.send_cq = connection->cq,
		.recv_cq = connection->cq,
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
		.cap = {.max_send_wr = options->depth,
			.max_recv_wr = options->messages,
			.max_send_sge = 1,
			.max_recv_sge = 1},
	};
	int err;

	/* not all devices can be told; then it is as long as theirs */
	rdma_set_option(connection->id, RDMA_OPTION_ID, RDMA_OPTION_ID_ACK_TIMEOUT, &timeout,
			sizeof(timeout));
	if (rdma_create_qp(connection->id, connection->pd, &attributes))
		return -errno;
	connection->lent_count = 0;
	for (uint32_t i = 0; i < options->messages; i++) {
		err = rdma_post_receive(connection, i);
		if (err)
			return err;
	}
	return 0;
}
