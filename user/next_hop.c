// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The next hop of an address: the kernel's routes, neighbours and interfaces, asked by netlink.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <xdivert/packet.h>

#include "fail.h"
#include "sized.h"

/* States in which the kernel would send to that address at once. */
#define USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)

struct question {
	struct mnl_socket *socket;
	int family;
	size_t width; /* of an address */
	const void *address;
	struct xdv_next_hop hop;
	uint8_t type; /* of the route */
	uint16_t state; /* of the neighbour */
	struct xdv_error *error;
};

/* Sends the request, and calls back with the one message that answers it. */
static int ask(struct question *question, struct nlmsghdr *request, mnl_cb_t callback)
{
	static const unsigned int sequence = 1;
	char buffer[8192];
	ssize_t length;

	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = sequence;
	if (mnl_socket_sendto(question->socket, request, request->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(question->socket, buffer, sizeof(buffer));
	if (length < 0)
		return -errno;
	if (mnl_cb_run(buffer, (size_t)length, sequence, mnl_socket_get_portid(question->socket),
		       callback, question) < MNL_CB_STOP)
		return -errno;
	return 0;
}

static int read_metric(const struct nlattr *attribute, void *data)
{
	struct question *question = data;

	if (mnl_attr_get_type(attribute) == RTAX_MTU)
		question->hop.mtu = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int read_route_attribute(const struct nlattr *attribute, void *data)
{
	struct question *question = data;
	size_t length = mnl_attr_get_payload_len(attribute);

	switch (mnl_attr_get_type(attribute)) {
	case RTA_OIF:
		question->hop.ifindex = mnl_attr_get_u32(attribute);
		break;
	case RTA_GATEWAY:
		if (length == question->width)
			memcpy(question->hop.gateway, mnl_attr_get_payload(attribute), length);
		break;
	case RTA_METRICS:
		mnl_attr_parse_nested(attribute, read_metric, question);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int read_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct question *question = data;

	question->type = route->rtm_type;
	return mnl_attr_parse(message, sizeof(*route), read_route_attribute, question);
}

static int ask_route(struct question *question)
{
	char buffer[256] = {0};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof(*route));

	request->nlmsg_type = RTM_GETROUTE;
	route->rtm_family = (unsigned char)question->family;
	route->rtm_dst_len = (unsigned char)(8 * question->width);
	mnl_attr_put(request, RTA_DST, question->width, question->address);
	memcpy(question->hop.gateway, question->address, question->width);
	return ask(question, request, read_route);
}

static int read_link_attribute(const struct nlattr *attribute, void *data)
{
	struct question *question = data;
	size_t length = mnl_attr_get_payload_len(attribute);

	if (mnl_attr_get_type(attribute) == IFLA_ADDRESS && length == sizeof(question->hop.saddr))
		memcpy(question->hop.saddr, mnl_attr_get_payload(attribute), length);
	if (mnl_attr_get_type(attribute) == IFLA_MTU && !question->hop.mtu)
		question->hop.mtu = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct ifinfomsg), read_link_attribute, data);
}

static int ask_link(struct question *question)
{
	char buffer[256] = {0};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof(*link));

	request->nlmsg_type = RTM_GETLINK;
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)question->hop.ifindex;
	return ask(question, request, read_link);
}

static int read_neighbour_attribute(const struct nlattr *attribute, void *data)
{
	struct question *question = data;
	size_t length = mnl_attr_get_payload_len(attribute);

	if (mnl_attr_get_type(attribute) == NDA_LLADDR && length == sizeof(question->hop.daddr))
		memcpy(question->hop.daddr, mnl_attr_get_payload(attribute), length);
	return MNL_CB_OK;
}

static int read_neighbour(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(message);
	struct question *question = data;

	question->state = neighbour->ndm_state;
	return mnl_attr_parse(message, sizeof(*neighbour), read_neighbour_attribute, question);
}

static int ask_neighbour(struct question *question)
{
	char buffer[256] = {0};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ndmsg *neighbour = mnl_nlmsg_put_extra_header(request, sizeof(*neighbour));
	int err;

	request->nlmsg_type = RTM_GETNEIGH;
	neighbour->ndm_family = (unsigned char)question->family;
	neighbour->ndm_ifindex = (int)question->hop.ifindex;
	mnl_attr_put(request, NDA_DST, question->width, question->hop.gateway);
	err = ask(question, request, read_neighbour);
	return err == -ENOENT ? 0 : err; /* nobody has asked for it yet */
}

static const char *text(const struct question *question, const void *address, char *buffer)
{
	return inet_ntop(question->family, address, buffer, INET6_ADDRSTRLEN);
}

static int judge_route(const struct question *question, int err)
{
	char address[INET6_ADDRSTRLEN];

	text(question, question->address, address);
	if (err)
		return fail(question->error, err, "%s: the kernel has no route to it: %s", address,
			    strerror(-err));
	if (question->type == RTN_UNICAST)
		return 0;
	if (question->type == RTN_UNREACHABLE || question->type == RTN_BLACKHOLE ||
	    question->type == RTN_PROHIBIT)
		return fail(question->error, -ENETUNREACH, "%s: its route leads nowhere", address);
	return fail(question->error, -EADDRNOTAVAIL,
		    "%s is an address of this host, or of more than one", address);
}

static int judge_neighbour(const struct question *question)
{
	char address[INET6_ADDRSTRLEN], ifname[IF_NAMESIZE] = "?";

	if (question->state & USABLE)
		return 0;
	text(question, question->hop.gateway, address);
	if_indextoname(question->hop.ifindex, ifname);
	if (question->state & NUD_FAILED)
		return fail(question->error, -EHOSTUNREACH, "%s: does not answer on %s", address,
			    ifname);
	fail(question->error, -EAGAIN, "%s: its Ethernet address on %s is not known yet", address,
	     ifname);
	return fail_hint(question->error, -EAGAIN,
			 "the kernel asks for it when it has a packet for it: leave it this one");
}

static int answer(struct question *question)
{
	int err;

	if (mnl_socket_bind(question->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(question->error, -errno, "netlink: %s", strerror(errno));
	err = judge_route(question, ask_route(question));
	if (err)
		return err;
	err = ask_link(question);
	if (!err)
		err = ask_neighbour(question);
	if (err)
		return fail(question->error, err, "netlink: %s", strerror(-err));
	return judge_neighbour(question);
}

int xdv_next_hop_find(int family, const void *address, struct xdv_next_hop *hop,
		      struct xdv_error *error)
{
	struct question question = {
		.family = family,
		.width = family == AF_INET6 ? 16 : 4,
		.address = address,
		.error = error,
	};
	int err;

	if (family != AF_INET && family != AF_INET6)
		return fail(error, -EAFNOSUPPORT, "family %d is neither IPv4 nor IPv6", family);
	question.socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!question.socket)
		return fail(error, -errno, "no netlink socket: %s", strerror(errno));
	err = answer(&question);
	mnl_socket_close(question.socket);
	return err ? err : sized_write(hop, &question.hop, sizeof(question.hop));
}
