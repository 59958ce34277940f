// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	struct local_socket *list;
	size_t count;
	uint8_t protocol; /* of what is being asked for; answers do not say */
};

static bool is_v4_mapped(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

static bool is_any(const __be32 address[4])
{
	return !(address[0] | address[1] | address[2] | address[3]);
}

static int read_v6only(const struct nlattr *attribute, void *data)
{
	struct local_socket *socket = data;

	if (mnl_attr_get_type(attribute) == INET_DIAG_SKV6ONLY)
		socket->both = socket->any && !mnl_attr_get_u8(attribute);
	return MNL_CB_OK;
}

static int read_socket(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *told = mnl_nlmsg_get_payload(message);
	const __be32 *address = told->id.idiag_src, *peer = told->id.idiag_dst;
	struct listing *listing = data;
	struct local_socket socket = {
		.family = told->idiag_family,
		.protocol = listing->protocol,
		.any = is_any(address),
		.port = ntohs(told->id.idiag_sport),
		.peer_port = ntohs(told->id.idiag_dport),
		.inode = told->idiag_inode,
	};
	struct local_socket *grown;

	if (told->idiag_family == AF_INET6 && is_v4_mapped(address)) {
		socket.family = AF_INET;
		address += 3;
		peer += 3;
	}
	memcpy(socket.address, address, socket.family == AF_INET ? 4 : 16);
	memcpy(socket.peer, peer, socket.family == AF_INET ? 4 : 16);
	if (socket.family == AF_INET6)
		mnl_attr_parse(message, sizeof(*told), read_v6only, &socket);
	grown = reallocarray(listing->list, listing->count + 1, sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	listing->list = grown;
	listing->list[listing->count++] = socket;
	return MNL_CB_OK;
}

static int receive(struct mnl_socket *socket, struct listing *listing, uint32_t sequence)
{
	char answer[32 * 1024];
	ssize_t length;
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(answer, (size_t)length, sequence, mnl_socket_get_portid(socket),
				  read_socket, listing);
	}
	return more < 0 ? -errno : 0;
}

static int ask(struct mnl_socket *socket, struct listing *listing, uint8_t family, uint32_t states)
{
	char buffer[MNL_NLMSG_HDRLEN + sizeof(struct inet_diag_req_v2)] = {};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *wanted;

	request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = family;
	wanted = mnl_nlmsg_put_extra_header(request, sizeof(*wanted));
	wanted->sdiag_family = family;
	wanted->sdiag_protocol = listing->protocol;
	wanted->idiag_states = states;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	return receive(socket, listing, family);
}

int local_sockets(struct local_socket **list, size_t *count, enum local_sockets which)
{
	static const struct {
		uint8_t protocol;
		uint32_t states[2]; /* as enum local_sockets */
	} kinds[] = {
		{IPPROTO_TCP, {1 << TCP_LISTEN, 1 << TCP_ESTABLISHED}},
		{IPPROTO_UDP, {1 << TCP_CLOSE, 1 << TCP_ESTABLISHED}},
	};
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	struct listing listing = {};
	int err = 0;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		err = -errno;
	for (size_t i = 0; !err && i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		listing.protocol = kinds[i / 2].protocol;
		err = ask(socket, &listing, families[i % 2], kinds[i / 2].states[which]);
	}
	mnl_socket_close(socket);
	if (err) {
		free(listing.list);
		return err;
	}
	*list = listing.list;
	*count = listing.count;
	return 0;
}
