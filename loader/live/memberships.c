// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Of which groups an interface is a member, as /proc/net tells; netlink does for IPv4 only since
 * Linux 6.14.
 */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	const char *ifname;
	bool here; /* in the list of IPv4: below the line of the interface */
	struct join *list; /* one group each; malloc'ed */
	size_t count;
};

static int add(struct reading *reading, enum value_type type, const struct value *group)
{
	struct join *grown = reallocarray(reading->list, reading->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	reading->list = grown;
	grown[reading->count++] = (struct join){type, *group, *group};
	return 0;
}

/*
 * "2	eth0      :    21      V3", and below it, indented, a line a group: "010C36E9     1 …", the
 * address as a number of this machine's byte order.
 */
static int read_ipv4(struct reading *reading, const char *line)
{
	struct value group = {};
	char name[IF_NAMESIZE];
	unsigned int address;

	if (*line != '\t') {
		reading->here = sscanf(line, "%*u %15s", name) == 1 &&
				strcmp(name, reading->ifname) == 0;
		return 0;
	}
	if (!reading->here || sscanf(line, "%x", &address) != 1)
		return 0;
	memcpy(group.bytes, &address, sizeof(address));
	return add(reading, TYPE_IPV4, &group);
}

/* "2    eth0            ff150000000000000000000000000077     1 …" */
static int read_ipv6(struct reading *reading, const char *line)
{
	struct value group = {};
	char name[IF_NAMESIZE], address[33];

	if (sscanf(line, "%*u %15s %32s", name, address) != 2 ||
	    strcmp(name, reading->ifname) != 0 || strlen(address) != 32)
		return 0;
	for (size_t i = 0; i < 16; i++)
		if (sscanf(address + 2 * i, "%2hhx", &group.bytes[i]) != 1)
			return 0;
	return add(reading, TYPE_IPV6, &group);
}

/* No such file: the kernel has no IPv6, say. */
static int read_file(struct reading *reading, const char *path,
		     int (*read_line)(struct reading *, const char *))
{
	FILE *file = fopen(path, "re");
	char line[256];
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!err && fgets(line, sizeof(line), file))
		err = read_line(reading, line);
	fclose(file);
	return err;
}

static bool is_member(const struct reading *reading, enum value_type type,
		      const struct value *group)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->list[i].type == type &&
		    value_compare(&reading->list[i].first, group, type) == 0)
			return true;
	return false;
}

static int count_joined(const struct reading *reading, const struct consumer *consumer)
{
	int count = 0;

	for (size_t i = 0; i < consumer->join_count; i++) {
		const struct join *join = &consumer->joins[i];

		for (size_t j = 0; j < join_groups(join); j++) {
			struct value group = join_group(join, j);

			count += is_member(reading, join->type, &group);
		}
	}
	return count;
}

int groups_joined(const struct device *device, const struct consumer *consumer)
{
	struct reading reading = {.ifname = device->name};
	int err = read_file(&reading, "/proc/net/igmp", read_ipv4);

	if (!err)
		err = read_file(&reading, "/proc/net/igmp6", read_ipv6);
	if (!err)
		err = count_joined(&reading, consumer);
	free(reading.list);
	return err;
}
