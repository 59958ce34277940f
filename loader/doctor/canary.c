// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "doctor.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xdp/xsk.h>

#define FRAMES	   64
#define FRAME_SIZE 4096
#define LENGTH	   64
#define WAIT_MS	   500

/* The kernel's test runs come in by this queue, whatever the context says. */
#define TEST_RUN_QUEUE 0

/* From nobody to nobody, of a type for experiments (IEEE 802, 0x88b5), and unlike other frames. */
static const uint8_t canary[LENGTH] = {
	0x02, 'x', 'd',	 'i',  'v', 0,	 0x02, 'x', 'd', 'i',
	'v',  1,   0x88, 0xb5, 'c', 'a', 'n',  'a', 'r', 'y',
};

/* What one canary needs; its socket is no other's, and goes with it. */
struct cage {
	void *memory;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill;
	struct xsk_ring_cons completion, received;
	int map, program;
};

enum step {
	STEP_MEMORY,
	STEP_REGISTER,
	STEP_BIND,
	STEP_PROGRAM,
	STEP_SEND,
	STEP_RECEIVE,
};

static int open_socket(struct cage *cage, const struct device *device, uint32_t queue,
		       enum step *step)
{
	const struct xsk_umem_config memory = {
		.fill_size = FRAMES,
		.comp_size = FRAMES,
		.frame_size = FRAME_SIZE,
	};
	const struct xsk_socket_config config = {
		.rx_size = FRAMES,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_COPY, /* zero-copy would have the driver set its queue up anew */
	};
	uint32_t index;
	int err;

	*step = STEP_MEMORY;
	cage->memory = mmap(NULL, FRAMES * FRAME_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (cage->memory == MAP_FAILED)
		return -errno;
	*step = STEP_REGISTER;
	err = xsk_umem__create(&cage->umem, cage->memory, FRAMES * FRAME_SIZE, &cage->fill,
			       &cage->completion, &memory);
	if (err)
		return err;
	*step = STEP_BIND;
	err = xsk_socket__create(&cage->socket, device->name, queue, cage->umem, &cage->received,
				 NULL, &config);
	if (err)
		return err;
	if (xsk_ring_prod__reserve(&cage->fill, FRAMES, &index) != FRAMES)
		return -ENOSPC;
	for (uint32_t i = 0; i < FRAMES; i++)
		*xsk_ring_prod__fill_addr(&cage->fill, index + i) = (uint64_t)i * FRAME_SIZE;
	xsk_ring_prod__submit(&cage->fill, FRAMES);
	return 0;
}

/* return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_DROP); on no device: only we run it */
static int load_program(struct cage *cage)
{
	const uint32_t queue = TEST_RUN_QUEUE;
	const int socket = xsk_socket__fd(cage->socket);
	struct bpf_insn program[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_REG_1,
		 .off = offsetof(struct xdp_md, rx_queue_index)},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD},
		{.code = 0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
		{.code = BPF_JMP | BPF_EXIT},
	};

	cage->map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "xdv_canary", sizeof(uint32_t),
				   sizeof(uint32_t), TEST_RUN_QUEUE + 1, NULL);
	if (cage->map < 0)
		return cage->map;
	program[1].imm = cage->map;
	cage->program = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdv_canary", "GPL", program,
				      sizeof(program) / sizeof(program[0]), NULL);
	if (cage->program < 0)
		return cage->program;
	return bpf_map_update_elem(cage->map, &queue, &socket, BPF_ANY);
}

static int send_canary(const struct cage *cage, const struct device *device)
{
	struct xdp_md arrival = {
		.data_end = LENGTH,
		.ingress_ifindex = device->index,
		.rx_queue_index = TEST_RUN_QUEUE,
	};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = canary, .data_size_in = LENGTH,
		    .ctx_in = &arrival, .ctx_size_in = sizeof(arrival), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 1);

	return bpf_prog_test_run_opts(cage->program, &options);
}

static int receive_canary(struct cage *cage)
{
	struct pollfd pollfd = {.fd = xsk_socket__fd(cage->socket), .events = POLLIN};
	const struct xdp_desc *descriptor;
	uint32_t index;

	if (poll(&pollfd, 1, WAIT_MS) < 0)
		return -errno;
	if (!xsk_ring_cons__peek(&cage->received, 1, &index))
		return -ETIMEDOUT;
	descriptor = xsk_ring_cons__rx_desc(&cage->received, index);
	if (descriptor->len != LENGTH ||
	    memcmp(xsk_umem__get_data(cage->memory, descriptor->addr), canary, LENGTH) != 0)
		return -EBADMSG;
	return 0;
}

static void open_cage(struct cage *cage)
{
	*cage = (struct cage){.memory = MAP_FAILED, .map = -1, .program = -1};
}

static void close_cage(struct cage *cage)
{
	if (cage->program >= 0)
		close(cage->program);
	if (cage->map >= 0)
		close(cage->map);
	if (cage->socket)
		xsk_socket__delete(cage->socket);
	if (cage->umem)
		xsk_umem__delete(cage->umem);
	if (cage->memory != MAP_FAILED)
		munmap(cage->memory, FRAMES * FRAME_SIZE);
}

/* Once through the socket that is there. */
static int fly(struct cage *cage, const struct device *device, enum step *step)
{
	int err;

	*step = STEP_PROGRAM;
	err = load_program(cage);
	if (err)
		return err;
	*step = STEP_SEND;
	err = send_canary(cage, device);
	if (err)
		return err;
	*step = STEP_RECEIVE;
	return receive_canary(cage);
}

static int try_queue(const struct device *device, uint32_t queue, enum step *step)
{
	struct cage cage;
	int err;

	open_cage(&cage);
	err = open_socket(&cage, device, queue, step);
	if (!err && queue == TEST_RUN_QUEUE)
		err = fly(&cage, device, step);
	close_cage(&cage);
	return err;
}

static void report(struct findings *findings, uint32_t queue, enum step step, int err)
{
	static const char *const steps[] = {
		[STEP_MEMORY] = "there is no memory for frames",
		[STEP_REGISTER] = "its frames can't be registered",
		[STEP_BIND] = "no socket can be bound",
		[STEP_PROGRAM] = "no program can be loaded",
		[STEP_SEND] = "it can't be sent",
		[STEP_RECEIVE] = "it did not arrive",
	};
	struct finding *finding;

	/* the kernel has no such test runs; or no program ever ran on the device, so that its
	 * queues are not set up for one */
	if (step == STEP_SEND && (err == -EINVAL || err == -EOPNOTSUPP)) {
		finding = finding_add(
			findings, FINDING_NOTE, "canary",
			"queue %u: a socket could be bound, but no frame can be sent through it",
			queue);
		finding_advise(
			finding,
			"it takes Linux 5.18, and with some drivers a program on the device: try again with a policy loaded");
		return;
	}
	if (step == STEP_BIND && err == -EBUSY) {
		finding_add(findings, FINDING_NOTE, "canary", "queue %u: a socket is on it", queue);
		return;
	}
	finding_advise(
		finding_add(findings,
			    err == -EPERM || err == -ENOBUFS ? FINDING_WARNING : FINDING_PROBLEM,
			    "canary", "queue %u: %s: %s", queue, steps[step], strerror(-err)),
		"%s",
		err == -EPERM	  ? "run it as root"
		: err == -ENOBUFS ? "raise RLIMIT_MEMLOCK (ulimit -l), or have CAP_IPC_LOCK"
				  : "AF_XDP does not work on this queue as it is");
}

/* Somebody's socket is on it: the kernel has one a queue. */
static bool is_served(const struct view *view, uint32_t queue)
{
	for (size_t i = 0; view && i < view->consumer_count; i++) {
		const struct consumer_view *consumer = &view->consumers[i];

		for (size_t j = 0; j < consumer->count; j++)
			if (consumer->queues[j].number == queue &&
			    consumer->queues[j].use != QUEUE_EMPTY)
				return true;
	}
	return false;
}

static void examine_one(struct findings *findings, const struct device *device, uint32_t queue,
			unsigned int *bound)
{
	enum step step;
	int err = try_queue(device, queue, &step);

	*bound += !err || step > STEP_BIND;
	if (err)
		report(findings, queue, step, err);
	else if (queue == TEST_RUN_QUEUE)
		finding_add(findings, FINDING_OK, "canary",
			    "a frame came through queue %u into an AF_XDP socket", queue);
}

void examine_by_canary(struct findings *findings, const struct device *device,
		       const struct view *view)
{
	unsigned int bound = 0, tried = 0;

	for (uint32_t queue = 0; queue < device->queues_used; queue++) {
		if (is_served(view, queue))
			continue;
		tried++;
		examine_one(findings, device, queue, &bound);
	}
	if (!tried)
		finding_add(findings, FINDING_OK, "sockets", "not tried: all queues are served");
	else if (bound)
		finding_add(findings, FINDING_OK, "sockets",
			    "one could be bound to %u of the %u queue%s that nobody serves", bound,
			    tried, tried == 1 ? "" : "s");
}
