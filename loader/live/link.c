// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "link.h"

#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

static const uint32_t place_flags[PLACES] = {
	[PLACE_NATIVE] = XDP_FLAGS_DRV_MODE,
	[PLACE_GENERIC] = XDP_FLAGS_SKB_MODE,
	[PLACE_OFFLOAD] = XDP_FLAGS_HW_MODE,
};

int link_open(const char *ifname, struct kernel_link *link)
{
	char path[XDV_PATH_MAX];
	int fd, err;

	err = pins_path(path, sizeof(path), ifname, "link");
	if (err)
		return err;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = kernel_link(link, fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int link_attach(const struct device *device, int program, enum xdp_place place)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = place_flags[place]);
	char path[XDV_PATH_MAX];
	int fd, err;

	err = pins_path(path, sizeof(path), device->name, "link");
	if (err)
		return err;
	fd = bpf_link_create(program, (int)device->index, BPF_XDP, &options);
	if (fd < 0)
		return fd;
	err = bpf_obj_pin(fd, path);
	/* without a pin the link goes with its descriptor, and the program with it */
	close(fd);
	return err;
}

int link_replace(const char *ifname, int program, int old)
{
	LIBBPF_OPTS(bpf_link_update_opts, options);
	struct kernel_link link;
	int fd = link_open(ifname, &link), err;

	if (fd < 0)
		return fd;
	if (old >= 0) {
		options.flags = BPF_F_REPLACE;
		options.old_prog_fd = (__u32)old;
	}
	err = bpf_link_update(fd, program, &options);
	close(fd);
	return err;
}

int link_detach(const char *ifname)
{
	struct kernel_link link;
	char path[XDV_PATH_MAX];
	int fd, err;

	err = pins_path(path, sizeof(path), ifname, "link");
	if (err)
		return err;
	fd = link_open(ifname, &link);
	if (fd >= 0) {
		/* somebody else may hold the link open too: closing ours would not detach it */
		if (link.ifindex)
			err = bpf_link_detach(fd);
		if (err == -EOPNOTSUPP) /* before Linux 5.10 */
			err = 0;
		close(fd);
	}
	if (!err && unlink(path) && errno != ENOENT)
		err = -errno;
	return err;
}
