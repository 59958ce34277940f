// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of <linux/if_xdp.h>, which the headers of kernels before 6.6 lack. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif

int kernel_program(struct kernel_program *program, uint32_t id)
{
	struct kernel_program read = {};
	struct bpf_prog_info info = {
		.map_ids = (uintptr_t)read.map,
		.nr_map_ids = KERNEL_MAPS_MAX,
	};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	if (err)
		return err;
	memcpy(read.name, info.name, sizeof(read.name));
	read.name[sizeof(read.name) - 1] = '\0';
	read.maps = info.nr_map_ids < KERNEL_MAPS_MAX ? info.nr_map_ids : KERNEL_MAPS_MAX;
	*program = read;
	return 0;
}

uint32_t kernel_pinned_map_id(const char *path)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return 0;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	close(fd);
	return err ? 0 : info.id;
}

uint32_t kernel_program_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

uint32_t kernel_pinned_program_id(const char *path)
{
	int fd = bpf_obj_get(path);
	uint32_t id;

	if (fd < 0)
		return 0;
	id = kernel_program_id(fd);
	close(fd);
	return id;
}

int kernel_link(struct kernel_link *link, int fd)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &length);

	if (err)
		return err;
	if (info.type != BPF_LINK_TYPE_XDP)
		return -EINVAL;
	link->id = info.id;
	link->program = info.prog_id;
	link->ifindex = info.xdp.ifindex;
	return 0;
}

uint32_t kernel_link_of_program(uint32_t program)
{
	struct kernel_link link;
	__u32 id = 0;

	while (bpf_link_get_next_id(id, &id) == 0) {
		int fd = bpf_link_get_fd_by_id(id), err;

		if (fd < 0)
			continue;
		err = kernel_link(&link, fd);
		close(fd);
		if (!err && link.program == program)
			return id;
	}
	return 0;
}

bool kernel_has_buffers(void)
{
	/* return XDP_PASS; */
	static const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdv_probe", "GPL", pass,
			       sizeof(pass) / sizeof(pass[0]), &options);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Flags that it does not know are refused before it looks for the device, which there is not. */
bool kernel_sockets_take_buffers(void)
{
	const struct sockaddr_xdp nowhere = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_USE_SG, .sxdp_ifindex = INT_MAX};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool taken;

	if (fd < 0)
		return false;
	taken = bind(fd, (const struct sockaddr *)&nowhere, sizeof(nowhere)) < 0 && errno == ENODEV;
	close(fd);
	return taken;
}
