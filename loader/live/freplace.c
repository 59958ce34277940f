// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "freplace.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <unistd.h>

/* int xdv_probe(struct xdp_md *ctx) { return XDP_PASS; } */
static const struct bpf_insn pass[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
	{.code = BPF_JMP | BPF_EXIT},
};

#define INSTRUCTIONS (sizeof(pass) / sizeof(pass[0]))

struct probe {
	struct btf *btf;
	int function; /* its type's id */
	int target;
	int replacement;
	int link;
};

/* The kernel compares the types of the two functions; they must have some. */
static int describe(struct probe *probe)
{
	int number, context, pointer, prototype;

	probe->btf = btf__new_empty();
	if (!probe->btf)
		return -errno;
	number = btf__add_int(probe->btf, "int", 4, BTF_INT_SIGNED);
	context = btf__add_struct(probe->btf, "xdp_md", 4);
	btf__add_field(probe->btf, "data", number, 0, 0);
	pointer = btf__add_ptr(probe->btf, context);
	prototype = btf__add_func_proto(probe->btf, number);
	btf__add_func_param(probe->btf, "ctx", pointer);
	probe->function = btf__add_func(probe->btf, "xdv_probe", BTF_FUNC_GLOBAL, prototype);
	if (probe->function < 0)
		return probe->function;
	return btf__load_into_kernel(probe->btf);
}

static int load(const struct probe *probe, enum bpf_prog_type type, int target)
{
	struct bpf_func_info function = {.type_id = (__u32)probe->function};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = (__u32)btf__fd(probe->btf),
		    .func_info = &function, .func_info_cnt = 1,
		    .func_info_rec_size = sizeof(function));

	if (type == BPF_PROG_TYPE_EXT) {
		options.attach_prog_fd = (__u32)target;
		options.attach_btf_id = (__u32)probe->function;
	}
	return bpf_prog_load(type, "xdv_probe", "GPL", pass, INSTRUCTIONS, &options);
}

static int try_all(struct probe *probe, const char **step)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .target_btf_id = 0);
	int err;

	*step = "loading BTF";
	err = describe(probe);
	if (err)
		return err;
	*step = "loading an XDP program";
	probe->target = load(probe, BPF_PROG_TYPE_XDP, -1);
	if (probe->target < 0)
		return probe->target;
	*step = "loading an EXT program";
	probe->replacement = load(probe, BPF_PROG_TYPE_EXT, probe->target);
	if (probe->replacement < 0)
		return probe->replacement;
	*step = "linking an EXT program";
	options.target_btf_id = (__u32)probe->function;
	probe->link = bpf_link_create(probe->replacement, probe->target, 0, &options);
	if (probe->link == -EINVAL) /* Linux 5.6 to 5.9 have this way only */
		probe->link = bpf_raw_tracepoint_open(NULL, probe->replacement);
	return probe->link < 0 ? probe->link : 0;
}

int freplace_probe(const char **step)
{
	struct probe probe = {.target = -1, .replacement = -1, .link = -1};
	int fds[3], err;

	err = try_all(&probe, step);
	fds[0] = probe.link;
	fds[1] = probe.replacement;
	fds[2] = probe.target;
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	btf__free(probe.btf);
	return err;
}
