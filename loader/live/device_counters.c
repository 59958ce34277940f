// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "device_counters.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNTERS_MAX 65536 /* a driver that says more is not believed */

static int ask(int fd, const char *ifname, void *command)
{
	struct ifreq request = {.ifr_data = command};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static int ask_count(int fd, const char *ifname, uint32_t *count)
{
	union {
		struct ethtool_sset_info head;
		uint8_t room[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_STATS}};
	int err = ask(fd, ifname, &info);

	if (err)
		return err;
	memcpy(count, info.room + sizeof(info.head), sizeof(*count));
	return info.head.sset_mask && *count && *count <= COUNTERS_MAX ? 0 : -EOPNOTSUPP;
}

static int fill(struct device_counters *counters, uint32_t count,
		const struct ethtool_gstrings *names, const struct ethtool_stats *values)
{
	counters->list = calloc(count, sizeof(*counters->list));
	if (!counters->list)
		return -ENOMEM;
	counters->count = count;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(counters->list[i].name, names->data + (size_t)i * ETH_GSTRING_LEN,
		       ETH_GSTRING_LEN);
		counters->list[i].value = values->data[i];
	}
	return 0;
}

/* Their number may change between two questions; the kernel then says how many it wrote. */
static int ask_all(struct device_counters *counters, int fd, const char *ifname)
{
	struct ethtool_gstrings *names;
	struct ethtool_stats *values;
	uint32_t count;
	int err = ask_count(fd, ifname, &count);

	if (err)
		return err;
	names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	values = calloc(1, sizeof(*values) + (size_t)count * sizeof(values->data[0]));
	if (names && values) {
		*names = (struct ethtool_gstrings){
			.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
		*values = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = count};
		err = ask(fd, ifname, names);
		if (!err)
			err = ask(fd, ifname, values);
		if (!err && (names->len != count || values->n_stats != count))
			err = -EAGAIN;
		if (!err)
			err = fill(counters, count, names, values);
	} else {
		err = -ENOMEM;
	}
	free(names);
	free(values);
	return err;
}

int device_counters_read(struct device_counters *counters, const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = ask_all(counters, fd, ifname);
	close(fd);
	return err;
}

void device_counters_free(struct device_counters *counters)
{
	free(counters->list);
	*counters = (struct device_counters){};
}

uint64_t device_counter(const struct device_counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->count; i++)
		if (strcmp(counters->list[i].name, name) == 0)
			return counters->list[i].value;
	return 0;
}
