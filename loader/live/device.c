// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "device.h"

#include "diag.h"
#include "fail.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MAX 256

const char *const place_names[PLACES] = {
	[PLACE_NATIVE] = "native",
	[PLACE_GENERIC] = "generic",
	[PLACE_OFFLOAD] = "offload",
};

enum xdp_place device_attached(const struct device *device)
{
	enum xdp_place place = PLACE_NATIVE;

	while (place < PLACES && !device->program[place])
		place++;
	return place;
}

static int read_xdp(const struct nlattr *attribute, void *data)
{
	struct device *device = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_XDP_DRV_PROG_ID:
		device->program[PLACE_NATIVE] = mnl_attr_get_u32(attribute);
		break;
	case IFLA_XDP_SKB_PROG_ID:
		device->program[PLACE_GENERIC] = mnl_attr_get_u32(attribute);
		break;
	case IFLA_XDP_HW_PROG_ID:
		device->program[PLACE_OFFLOAD] = mnl_attr_get_u32(attribute);
		break;
	}
	return MNL_CB_OK;
}

static int read_kind(const struct nlattr *attribute, void *data)
{
	struct device *device = data;

	if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
		snprintf(device->kind, sizeof(device->kind), "%.*s",
			 (int)mnl_attr_get_payload_len(attribute), mnl_attr_get_str(attribute));
	return MNL_CB_OK;
}

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct device *device = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_MTU:
		device->mtu = mnl_attr_get_u32(attribute);
		break;
	case IFLA_NUM_RX_QUEUES:
		device->queues = mnl_attr_get_u32(attribute);
		break;
	case IFLA_MASTER:
		device->master = mnl_attr_get_u32(attribute);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attribute, read_kind, device);
		break;
	case IFLA_XDP:
		mnl_attr_parse_nested(attribute, read_xdp, device);
		break;
	}
	return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct device *device = data;

	device->index = (unsigned int)link->ifi_index;
	device->flags = link->ifi_flags;
	return mnl_attr_parse(message, sizeof(*link), read_attribute, device);
}

static int exchange(struct mnl_socket *socket, struct nlmsghdr *request, struct device *device)
{
	char answer[32 * 1024]; /* one interface, virtual functions and all */
	ssize_t length;

	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (length < 0)
		return -errno;
	if (mnl_cb_run(answer, (size_t)length, request->nlmsg_seq, mnl_socket_get_portid(socket),
		       read_link, device) < 0)
		return -errno;
	return 0;
}

static int ask_netlink(struct device *device)
{
	char buffer[256] = {};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket;
	int err;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = (uint32_t)time(NULL);
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(request, IFLA_IFNAME, device->name);
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket)
		return -errno;
	err = exchange(socket, request, device);
	mnl_socket_close(socket);
	return err;
}

static int ethtool(int fd, const struct device *device, void *command)
{
	struct ifreq request = {.ifr_data = command};

	memcpy(request.ifr_name, device->name, sizeof(request.ifr_name));
	return ioctl(fd, SIOCETHTOOL, &request);
}

static void ask_ethtool(struct device *device)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	device->queues_used = device->queues;
	strcpy(device->driver, "?");
	if (fd < 0)
		return;
	if (ethtool(fd, device, &channels) == 0 && channels.rx_count + channels.combined_count)
		device->queues_used = channels.rx_count + channels.combined_count;
	if (ethtool(fd, device, &driver) == 0 && driver.driver[0])
		snprintf(device->driver, sizeof(device->driver), "%.31s", driver.driver);
	if (ethtool(fd, device, &flags) == 0) {
		device->vlan_offload = flags.data & ETH_FLAG_RXVLAN;
		device->lro = flags.data & ETH_FLAG_LRO;
	}
	close(fd);
}

/* -ENODEV, with a hint that names the interface that was meant, or all there are. */
static int no_such_interface(const char *name, struct xdv_error *error)
{
	struct if_nameindex *interfaces = if_nameindex();
	const char *names[NAMES_MAX], *near;
	size_t count = 0;

	fail(error, -ENODEV, "%s: no such interface in this network namespace", name);
	for (; interfaces && interfaces[count].if_index && count < NAMES_MAX; count++)
		names[count] = interfaces[count].if_name;
	near = nearest_name(name, names, count);
	if (near)
		fail_hint(error, -ENODEV, "did you mean `%s`? `ip link` lists them", near);
	else
		fail_hint(error, -ENODEV, "`ip link` lists the interfaces that there are");
	if (interfaces)
		if_freenameindex(interfaces);
	return -ENODEV;
}

int device_read(struct device *device, const char *name, struct xdv_error *error)
{
	struct device read = {};
	int err;

	if (!*name || strlen(name) >= sizeof(read.name) || strchr(name, '/'))
		return no_such_interface(name, error);
	memcpy(read.name, name, strlen(name));
	err = ask_netlink(&read);
	if (err == -ENODEV)
		return no_such_interface(name, error);
	if (err)
		return fail(error, err, "%s: the kernel does not tell about it: %s", name,
			    strerror(-err));
	if (!read.queues)
		read.queues = 1;
	ask_ethtool(&read);
	*device = read;
	return 0;
}
