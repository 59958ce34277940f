// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "features.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <time.h>

/* Of <linux/netdev.h>, which the headers of older kernels lack. */
#define NETDEV_FAMILY		"netdev"
#define NETDEV_DEV_GET		1
#define NETDEV_DEV_IFINDEX	1
#define NETDEV_DEV_XDP_FEATURES 3

struct answer {
	uint16_t wanted; /* the attribute */
	uint64_t value;
	int is_there;
};

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct answer *answer = data;

	if (mnl_attr_get_type(attribute) != answer->wanted)
		return MNL_CB_OK;
	answer->is_there = 1;
	if (mnl_attr_get_payload_len(attribute) == sizeof(uint16_t))
		answer->value = mnl_attr_get_u16(attribute);
	else if (mnl_attr_get_payload_len(attribute) == sizeof(uint64_t))
		answer->value = mnl_attr_get_u64(attribute);
	return MNL_CB_OK;
}

static int read_message(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), read_attribute, data);
}

static struct nlmsghdr *put_request(char *buffer, uint16_t type, uint8_t command, uint8_t version)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = (uint32_t)time(NULL);
	generic = mnl_nlmsg_put_extra_header(request, sizeof(*generic));
	generic->cmd = command;
	generic->version = version;
	return request;
}

/* One attribute of what the kernel answers; the acknowledgement comes behind it. */
static int ask(struct mnl_socket *socket, const struct nlmsghdr *request, struct answer *answer)
{
	char buffer[8192];
	int more = 1;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)length, request->nlmsg_seq,
				  mnl_socket_get_portid(socket), read_message, answer);
		if (more < MNL_CB_STOP)
			return -errno;
	}
	return answer->is_there ? 0 : -EOPNOTSUPP;
}

static int ask_all(struct mnl_socket *socket, unsigned int ifindex, uint64_t *features)
{
	struct answer family = {.wanted = CTRL_ATTR_FAMILY_ID};
	struct answer found = {.wanted = NETDEV_DEV_XDP_FEATURES};
	char buffer[256] = {};
	struct nlmsghdr *request;
	int err;

	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	request = put_request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	err = ask(socket, request, &family);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	request = put_request(buffer, (uint16_t)family.value, NETDEV_DEV_GET, 1);
	mnl_attr_put_u32(request, NETDEV_DEV_IFINDEX, ifindex);
	err = ask(socket, request, &found);
	if (!err)
		*features = found.value;
	return err;
}

int xdp_features(unsigned int ifindex, uint64_t *features)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int err;

	if (!socket)
		return -errno;
	err = ask_all(socket, ifindex, features);
	mnl_socket_close(socket);
	return err;
}
