// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The sender that outruns every receiver: the kernel itself, by test runs of a program that
 * redirects live frames out of an interface (Linux 5.18). And, for what comes back, a program that
 * counts and drops.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH	  64
#define PER_RUN	  (1 << 18) /* frames; a run has a cost of its own of some 25 ms */
#define SOURCE	  5000
#define HOP_LIMIT 64

struct frame {
	struct ether_header ether;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t data[LENGTH - sizeof(struct ether_header) - sizeof(struct iphdr) -
		     sizeof(struct udphdr)];
} __attribute__((packed));

static uint16_t header_checksum(const void *header)
{
	const uint8_t *bytes = header;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(struct iphdr); i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static int build(struct frame *frame, const struct job *job, const char *ethernet,
		 const char *source)
{
	const struct ether_addr *address = ether_aton(ethernet);

	*frame = (struct frame){
		.ether = {.ether_shost = {2, 0, 0, 0, 0, 1}, .ether_type = htons(ETH_P_IP)},
		.ip = {.version = 4,
		       .ihl = 5,
		       .tot_len = htons(LENGTH - sizeof(struct ether_header)),
		       .ttl = HOP_LIMIT,
		       .protocol = IPPROTO_UDP},
		.udp = {.source = htons(SOURCE),
			.dest = htons(PORT),
			.len = htons(LENGTH - sizeof(struct ether_header) - sizeof(struct iphdr))},
	};
	if (!address || inet_pton(AF_INET, job->address, &frame->ip.daddr) != 1 ||
	    inet_pton(AF_INET, source, &frame->ip.saddr) != 1)
		return -EINVAL;
	memcpy(frame->ether.ether_dhost, address, ETH_ALEN);
	frame->ip.check = header_checksum(&frame->ip);
	return 0;
}

/* return bpf_redirect(interface, 0); */
static int load_redirect(unsigned int interface)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = (int)interface},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_flood", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

int flood(const struct job *job, const char *ethernet, const char *source)
{
	struct frame frame;
	int program = load_redirect(if_nametoindex(job->interface));
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &frame, .data_size_in = sizeof(frame),
		    .repeat = PER_RUN, .batch_size = BURST, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	struct watch watch;
	int err = 0;

	if (program < 0)
		return failed("the program that sends", program);
	if (build(&frame, job, ethernet, source))
		return failed("the addresses of the flood", -EINVAL);
	watch_start(&watch, job);
	while (watch_goes_on(&watch, PER_RUN) && !err)
		err = bpf_prog_test_run_opts(program, &options);
	close(program);
	if (err && err != -EINTR)
		return failed("sending live frames", err);
	watch_report(&watch);
	return 0;
}

/* key 0 of an array: + 1; return XDP_DROP */
static int load_count(int map)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{.code = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1},
		{.code = BPF_STX | BPF_ATOMIC | BPF_DW,
		 .dst_reg = BPF_REG_0,
		 .src_reg = BPF_REG_1,
		 .imm = BPF_ADD},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench_count", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

static uint64_t counted(int map)
{
	uint32_t key = 0;
	uint64_t value = 0;

	bpf_map_lookup_elem(map, &key, &value);
	return value;
}

int count(const struct job *job)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bench_count", sizeof(uint32_t),
				 sizeof(uint64_t), 1, NULL);
	int program = map < 0 ? map : load_count(map), err;
	LIBBPF_OPTS(bpf_link_create_opts, options);
	uint64_t before = 0;
	struct watch watch;
	int link;

	if (program < 0)
		return failed("the program that counts", program);
	link = bpf_link_create(program, (int)if_nametoindex(job->interface), BPF_XDP, &options);
	if (link < 0)
		return failed("attaching the program that counts", link);
	watch_start(&watch, job);
	do {
		usleep(1000);
		err = (int)(counted(map) - before);
		before += (uint64_t)err;
	} while (watch_goes_on(&watch, (unsigned int)err));
	watch_report(&watch);
	close(link);
	close(program);
	close(map);
	return 0;
}
