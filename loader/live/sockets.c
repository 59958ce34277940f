// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sockets.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A test run takes at least an Ethernet header; the queue is in its first four bytes. */
#define FRAME_SIZE 14

/* r0 = bpf_map_lookup_elem(xsks, (__u32 *)frame) != NULL; the frame is known to be long enough */
static int load(int xsks)
{
	const struct bpf_insn program[] = {
		/* r2 = ctx->data; r3 = ctx->data_end */
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_REG_1,
		 .off = offsetof(struct xdp_md, data)},
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_3,
		 .src_reg = BPF_REG_1,
		 .off = offsetof(struct xdp_md, data_end)},
		/* r0 = 0; if (data + 4 > data_end) return r0 */
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_2},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_4, .imm = 4},
		{.code = BPF_JMP | BPF_JGT | BPF_X,
		 .dst_reg = BPF_REG_4,
		 .src_reg = BPF_REG_3,
		 .off = 9},
		/* the key on the stack: *(r10 - 4) = *(__u32 *)data; r2 = r10 - 4 */
		{.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_4, .src_reg = BPF_REG_2},
		{.code = BPF_STX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_10,
		 .src_reg = BPF_REG_4,
		 .off = -4},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4},
		/* r1 = map: an instruction of two words; r0 = bpf_map_lookup_elem(r1, r2) */
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = xsks},
		{.code = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
		/* if (r0) r0 = 1 */
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .imm = 0, .off = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "xdv_sockets", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

static int ask(int program, uint32_t queue, bool *present)
{
	unsigned char frame[FRAME_SIZE] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	int err;

	memcpy(frame, &queue, sizeof(queue));
	err = bpf_prog_test_run_opts(program, &options);
	if (!err)
		*present = options.retval == 1;
	return err;
}

int sockets_present(int xsks, unsigned int queues, bool *present)
{
	int program = load(xsks), err = 0;

	if (program < 0)
		return program;
	for (uint32_t i = 0; !err && i < queues; i++)
		err = ask(program, i, &present[i]);
	close(program);
	return err;
}
