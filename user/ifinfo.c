// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ifinfo.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"

static int request(int fd, const char *ifname, unsigned long code, struct ifreq *ifr)
{
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", ifname);
	return ioctl(fd, code, ifr) < 0 ? -errno : 0;
}

static int read_mtu(int fd, const char *ifname, struct ifinfo *info)
{
	struct ifreq ifr = {};
	int err = request(fd, ifname, SIOCGIFMTU, &ifr);

	if (!err)
		info->mtu = (uint32_t)ifr.ifr_mtu;
	return err;
}

static void read_queues(int fd, const char *ifname, struct ifinfo *info)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq ifr = {.ifr_data = (void *)&channels};

	if (request(fd, ifname, SIOCETHTOOL, &ifr))
		return;
	info->rx_queues = channels.combined_count + channels.rx_count;
	info->tx_queues = channels.combined_count + channels.tx_count;
}

static void read_driver(int fd, const char *ifname, struct ifinfo *info)
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq ifr = {.ifr_data = (void *)&driver};

	strcpy(info->driver, "?");
	if (!request(fd, ifname, SIOCETHTOOL, &ifr) && driver.driver[0])
		snprintf(info->driver, sizeof(info->driver), "%.31s", driver.driver);
}

int ifinfo_read(struct ifinfo *info, const char *ifname, struct xdv_error *error)
{
	int fd, err;

	if (!ifname || !*ifname || strlen(ifname) >= IF_NAMESIZE || strchr(ifname, '/')) {
		fail(error, -EINVAL, "'%s' is no name of an interface: 1 to %d characters, no '/'",
		     ifname ? ifname : "", IF_NAMESIZE - 1);
		return fail_hint(error, -EINVAL, "see them with: ip link");
	}
	memset(info, 0, sizeof(*info));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error, -errno, "%s: no socket to ask about the interface: %s", ifname,
			    strerror(errno));
	info->ifindex = if_nametoindex(ifname);
	err = info->ifindex ? read_mtu(fd, ifname, info) : -ENODEV;
	if (err) {
		close(fd);
		fail(error, err, "%s: no such interface in this network namespace", ifname);
		return fail_hint(error, err, "see them with: ip link");
	}
	read_queues(fd, ifname, info);
	read_driver(fd, ifname, info);
	close(fd);
	return 0;
}
