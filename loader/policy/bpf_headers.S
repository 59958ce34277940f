/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The headers of bpf/, inside the loader: it compiles policies wherever it is installed. */
	.section .rodata
#define HEADER(symbol, file)						\
	.globl	symbol;							\
	.hidden	symbol;							\
symbol:	.incbin	file;							\
	.byte	0

HEADER(bpf_abi_h, "bpf/abi.h")
HEADER(bpf_buffers_h, "bpf/buffers.h")
HEADER(bpf_filter_h, "bpf/filter.h")
HEADER(bpf_dynamic_h, "bpf/dynamic.h")
HEADER(bpf_dynamic_prefix_h, "bpf/dynamic_prefix.h")
HEADER(bpf_index_h, "bpf/index.h")
HEADER(bpf_packet_h, "bpf/packet.h")
HEADER(bpf_program_h, "bpf/program.h")
HEADER(bpf_fanout_h, "bpf/fanout.h")
HEADER(bpf_flows_h, "bpf/flows.h")
HEADER(bpf_limit_h, "bpf/limit.h")
HEADER(bpf_options_h, "bpf/options.h")
HEADER(bpf_redirect_h, "bpf/redirect.h")
HEADER(bpf_sample_h, "bpf/sample.h")
HEADER(bpf_stall_h, "bpf/stall.h")
HEADER(bpf_stride_h, "bpf/stride.h")
HEADER(bpf_trial_h, "bpf/trial.h")
HEADER(bpf_tree_h, "bpf/tree.h")
HEADER(bpf_tunnel_h, "bpf/tunnel.h")
HEADER(bpf_inner_h, "bpf/inner.h")
HEADER(bpf_scratch_h, "bpf/scratch.h")

	.section .note.GNU-stack, "", @progbits
