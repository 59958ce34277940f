// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "groups.h"

#include "fail.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define METRIC	     30840 /* of our addresses; "xx" */
#define LISTINGS_MAX 20 /* in a row that addresses cut short by changing */

/* An address as netlink has it. */
struct group {
	int family;
	struct value address;
};

/* Those of ours on an interface. */
struct listing {
	unsigned int ifindex;
	struct group *list; /* malloc'ed */
	size_t count;
};

static size_t width(int family)
{
	return family == AF_INET ? 4 : 16;
}

static struct group group_of(const struct join *join, size_t number)
{
	return (struct group){join->type == TYPE_IPV4 ? AF_INET : AF_INET6,
			      join_group(join, number)};
}

static int read_attribute(const struct nlattr *attribute, void *data)
{
	const struct nlattr **attributes = data;

	if (mnl_attr_get_type(attribute) <= IFA_MAX)
		attributes[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

static bool is_ours(const struct nlattr *const *attributes)
{
	return attributes[IFA_FLAGS] && attributes[IFA_RT_PRIORITY] && attributes[IFA_ADDRESS] &&
	       mnl_attr_get_u32(attributes[IFA_FLAGS]) & IFA_F_MCAUTOJOIN &&
	       mnl_attr_get_u32(attributes[IFA_RT_PRIORITY]) == METRIC;
}

static int read_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *told = mnl_nlmsg_get_payload(message);
	const struct nlattr *attributes[IFA_MAX + 1] = {};
	struct listing *listing = data;
	struct group group = {.family = told->ifa_family}, *grown;

	mnl_attr_parse(message, sizeof(*told), read_attribute, attributes);
	if (told->ifa_index != listing->ifindex || !is_ours(attributes) ||
	    mnl_attr_get_payload_len(attributes[IFA_ADDRESS]) != width(group.family))
		return MNL_CB_OK;
	memcpy(group.address.bytes, mnl_attr_get_payload(attributes[IFA_ADDRESS]),
	       width(group.family));
	grown = reallocarray(listing->list, listing->count + 1, sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	listing->list = grown;
	listing->list[listing->count++] = group;
	return MNL_CB_OK;
}

static int exchange(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t read, void *data)
{
	static uint32_t sequence;
	char answer[32 * 1024];
	int more = MNL_CB_OK;
	ssize_t length;

	request->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(answer, (size_t)length, request->nlmsg_seq,
				  mnl_socket_get_portid(socket), read, data);
	}
	return more < 0 ? -errno : 0;
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID)) {
		mnl_socket_close(socket);
		socket = NULL;
	}
	return socket;
}

/*
 * On a socket of its own: of a listing that is cut short, the rest would be in the way. Those of
 * other interfaces are left out by the kernel, since Linux 4.20, or else by read_address().
 */
static int list_once(struct listing *listing)
{
	char buffer[MNL_NLMSG_HDRLEN + sizeof(struct ifaddrmsg) + 64] = {};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = open_socket();
	struct ifaddrmsg *wanted;
	int err;

	if (!socket)
		return -errno;
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &(int){1}, sizeof(int));
	request->nlmsg_type = RTM_GETADDR;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	wanted = mnl_nlmsg_put_extra_header(request, sizeof(*wanted));
	wanted->ifa_index = listing->ifindex;
	err = exchange(socket, request, read_address, listing);
	mnl_socket_close(socket);
	return err;
}

/* -EINTR: addresses have changed meanwhile, whosever they are, and some may be missing. */
static int list(struct listing *listing)
{
	int err = -EINTR;

	for (unsigned int i = 0; err == -EINTR && i < LISTINGS_MAX; i++) {
		listing->count = 0;
		err = list_once(listing);
	}
	return err == -ENODEV ? 0 : err; /* it is gone, and has none */
}

/* RTM_NEWADDR joins, RTM_DELADDR leaves. */
static int change(struct mnl_socket *socket, unsigned int ifindex, const struct group *group,
		  uint16_t type)
{
	char buffer[MNL_NLMSG_HDRLEN + 256] = {};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	size_t size = width(group->family);
	struct ifaddrmsg *address;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (type == RTM_NEWADDR)
		request->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	address = mnl_nlmsg_put_extra_header(request, sizeof(*address));
	address->ifa_family = (uint8_t)group->family;
	address->ifa_prefixlen = (uint8_t)(size * 8);
	address->ifa_scope = RT_SCOPE_HOST;
	address->ifa_index = ifindex;
	mnl_attr_put(request, IFA_LOCAL, size, group->address.bytes);
	mnl_attr_put(request, IFA_ADDRESS, size, group->address.bytes);
	mnl_attr_put_u32(request, IFA_FLAGS, IFA_F_MCAUTOJOIN | IFA_F_NOPREFIXROUTE | IFA_F_NODAD);
	mnl_attr_put_u32(request, IFA_RT_PRIORITY, METRIC);
	return exchange(socket, request, NULL, NULL);
}

static int refused(const struct device *device, const struct group *group, int err,
		   struct xdv_error *error)
{
	enum value_type type = group->family == AF_INET ? TYPE_IPV4 : TYPE_IPV6;
	char text[VALUE_TEXT];

	value_format(text, sizeof(text), &group->address, type);
	fail(error, err, "%s: multicast group %s can't be joined: %s", device->name, text,
	     strerror(-err));
	if (err == -ENOBUFS && type == TYPE_IPV4)
		return fail_hint(
			error, err,
			"the kernel allows so many groups: sysctl net.ipv4.igmp_max_memberships; more: sysctl -w net.ipv4.igmp_max_memberships=%d",
			2 * GROUPS_MAX);
	if (err == -ENOBUFS || err == -ENOMEM)
		return fail_hint(error, err, "more room for them: sysctl net.core.optmem_max");
	return err;
}

/* Somebody has joined it in the same way, or IPv6 has lost the address and kept the membership. */
static bool is_joined_already(int err)
{
	return err == -EEXIST || err == -EADDRINUSE;
}

static int join_all(struct mnl_socket *socket, const struct device *device, const struct join *join,
		    struct xdv_error *error)
{
	for (size_t i = 0; i < join_groups(join); i++) {
		struct group group = group_of(join, i);
		int err = change(socket, device->index, &group, RTM_NEWADDR);

		if (err && !is_joined_already(err))
			return refused(device, &group, err, error);
	}
	return 0;
}

int groups_join(const struct device *device, const struct policy *policy, struct xdv_error *error)
{
	struct mnl_socket *socket;
	int err = 0;

	if (!policy_groups(policy))
		return 0;
	socket = open_socket();
	if (!socket)
		return fail(error, -errno, "netlink: %s", strerror(errno));
	for (size_t i = 0; i < policy->consumer_count; i++) {
		const struct consumer *consumer = policy->consumers[i];

		for (size_t j = 0; !err && j < consumer->join_count; j++)
			err = join_all(socket, device, &consumer->joins[j], error);
	}
	mnl_socket_close(socket);
	return err;
}

static bool is_in(const struct consumer *consumer, const struct group *group)
{
	enum value_type type = group->family == AF_INET ? TYPE_IPV4 : TYPE_IPV6;

	for (size_t i = 0; i < consumer->join_count; i++) {
		const struct join *join = &consumer->joins[i];

		if (join->type == type && value_compare(&join->first, &group->address, type) <= 0 &&
		    value_compare(&group->address, &join->last, type) <= 0)
			return true;
	}
	return false;
}

static bool is_wanted(const struct policy *policy, const struct group *group)
{
	for (size_t i = 0; policy && i < policy->consumer_count; i++)
		if (is_in(policy->consumers[i], group))
			return true;
	return false;
}

int groups_keep(unsigned int ifindex, const struct policy *policy)
{
	struct mnl_socket *socket = open_socket();
	struct listing listing = {.ifindex = ifindex};
	int err, failed;

	if (!socket)
		return -errno;
	err = list(&listing);
	for (size_t i = 0; i < listing.count; i++) {
		if (is_wanted(policy, &listing.list[i]))
			continue;
		failed = change(socket, ifindex, &listing.list[i], RTM_DELADDR);
		/* somebody else has taken it off meanwhile */
		if (failed && failed != -EADDRNOTAVAIL && failed != -ENODEV)
			err = failed;
	}
	free(listing.list);
	mnl_socket_close(socket);
	return err;
}
