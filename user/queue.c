// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "queue.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"

/* A closed socket leaves its queue some 30 ms later; give it a second. */
#define BUSY_RETRIES  100
#define BUSY_PAUSE_NS 10000000L

enum step {
	STEP_SOCKET,
	STEP_REGION,
	STEP_RINGS,
	STEP_BIND,
	STEP_READ_BACK,
};

static const char *const step_names[] = {
	[STEP_SOCKET] = "opening an AF_XDP socket",
	[STEP_REGION] = "registering the region",
	[STEP_RINGS] = "creating the rings",
	[STEP_BIND] = "binding the socket",
	[STEP_READ_BACK] = "reading the socket's options",
};

static const struct {
	enum step step;
	int code;
	const char *hint;
} hints[] = {
	{STEP_SOCKET, EPERM, "run it as root, or with the capabilities CAP_NET_RAW and CAP_BPF"},
	{STEP_SOCKET, EACCES, "run it as root, or with the capabilities CAP_NET_RAW and CAP_BPF"},
	{STEP_SOCKET, EAFNOSUPPORT, "this kernel is built without CONFIG_XDP_SOCKETS"},
	{STEP_REGION, ENOBUFS,
	 "raise RLIMIT_MEMLOCK (ulimit -l), have CAP_IPC_LOCK, or ask for fewer frames"},
	{STEP_RINGS, ENOMEM, "ask for smaller rings"},
	{STEP_BIND, EBUSY, "another process has an AF_XDP socket on this queue: end it first"},
	{STEP_BIND, EOPNOTSUPP,
	 "do without zero-copy: the driver, or the device in its state, has none"},
	{STEP_BIND, EINVAL, "the device has no such queue: see ethtool -l"},
	{STEP_BIND, ENETDOWN, "set the interface up: ip link set dev IFACE up"},
	{STEP_BIND, EPERM, "run it as root, or with the capabilities CAP_NET_RAW and CAP_BPF"},
};

static int fail_step(const struct queue_config *config, enum step step, int code,
		     struct xdv_error *error)
{
	fail(error, code, "%s: queue %u (driver %s): %s failed: %s", config->ifname, config->number,
	     config->driver, step_names[step], strerror(-code));
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (hints[i].step == step && hints[i].code == -code)
			return fail_hint(error, code, "%s", hints[i].hint);
	}
	return code;
}

/* The four rings: libxdp's two kinds of struct differ only in their name. */
enum ring {
	RING_FILL,
	RING_COMPLETION,
	RING_RX,
	RING_TX,
};

static const struct {
	int option;
	off_t page_offset;
	size_t entry_size;
	size_t offsets; /* in struct xdp_mmap_offsets */
} rings[] = {
	[RING_FILL] = {XDP_UMEM_FILL_RING, (off_t)XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t),
		       offsetof(struct xdp_mmap_offsets, fr)},
	[RING_COMPLETION] = {XDP_UMEM_COMPLETION_RING, (off_t)XDP_UMEM_PGOFF_COMPLETION_RING,
			     sizeof(uint64_t), offsetof(struct xdp_mmap_offsets, cr)},
	[RING_RX] = {XDP_RX_RING, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc),
		     offsetof(struct xdp_mmap_offsets, rx)},
	[RING_TX] = {XDP_TX_RING, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc),
		     offsetof(struct xdp_mmap_offsets, tx)},
};

static void *map_ring(struct queue *queue, enum ring ring, const struct xdp_ring_offset *offset)
{
	size_t length = offset->desc + queue->ring_size * rings[ring].entry_size;
	void *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			  queue->fd, rings[ring].page_offset);

	if (base == MAP_FAILED)
		return NULL;
	queue->mappings[ring] = (struct queue_mapping){base, length};
	return base;
}

static int open_ring(struct queue *queue, enum ring ring, const struct xdp_mmap_offsets *offsets,
		     bool adopted)
{
	const struct xdp_ring_offset *offset = (const void *)((const char *)offsets +
							      rings[ring].offsets);
	struct xsk_ring_cons *cons = ring == RING_RX ? &queue->rx : &queue->completion;
	struct xsk_ring_prod *prod = ring == RING_TX ? &queue->tx : &queue->fill;
	uint32_t size = queue->ring_size;
	char *base;

	if (!adopted && setsockopt(queue->fd, SOL_XDP, rings[ring].option, &size, sizeof(size)) < 0)
		return -errno;
	base = map_ring(queue, ring, offset);
	if (!base)
		return -errno;
	if (ring == RING_RX || ring == RING_COMPLETION) {
		*cons = (struct xsk_ring_cons){
			.mask = size - 1,
			.size = size,
			.producer = (__u32 *)(base + offset->producer),
			.consumer = (__u32 *)(base + offset->consumer),
			.ring = base + offset->desc,
			.flags = (__u32 *)(base + offset->flags),
		};
		cons->cached_prod = cons->cached_cons = *cons->consumer;
		return 0;
	}
	*prod = (struct xsk_ring_prod){
		.mask = size - 1,
		.size = size,
		.producer = (__u32 *)(base + offset->producer),
		.consumer = (__u32 *)(base + offset->consumer),
		.ring = base + offset->desc,
		.flags = (__u32 *)(base + offset->flags),
	};
	prod->cached_prod = *prod->producer;
	prod->cached_cons = *prod->consumer + size; /* libxdp keeps it a ring ahead */
	return 0;
}

static int open_rings(struct queue *queue, bool adopted)
{
	struct xdp_mmap_offsets offsets;
	socklen_t length = sizeof(offsets);
	int err = 0;

	if (getsockopt(queue->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0)
		return -errno;
	/* a queue without transmit still needs the completion ring: the kernel insists */
	for (enum ring ring = queue->first ? RING_RX : RING_FILL; ring <= RING_TX && !err; ring++)
		if (ring != RING_TX || queue->transmit)
			err = open_ring(queue, ring, &offsets, adopted);
	return err;
}

static int register_region(int fd, const struct xdv_region *region)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)region->base,
		.len = (uint64_t)region->frames << region->frame_shift,
		.chunk_size = region->frame_size,
	};

	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) < 0 ? -errno : 0;
}

static int bind_queue(const struct queue *queue, const struct queue_config *config)
{
	static const uint16_t zerocopy_flags[] = {
		[XDV_ZEROCOPY_PREFER] = 0,
		[XDV_ZEROCOPY_REQUIRE] = XDP_ZEROCOPY,
		[XDV_ZEROCOPY_NEVER] = XDP_COPY,
	};
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = config->ifindex,
		.sxdp_queue_id = config->number,
	};

	/* a socket that shares takes the flags of the one that it shares with */
	if (config->shared_fd >= 0) {
		address.sxdp_flags = XDP_SHARED_UMEM;
		address.sxdp_shared_umem_fd = (uint32_t)config->shared_fd;
	} else {
		address.sxdp_flags = XDP_USE_NEED_WAKEUP | zerocopy_flags[config->zerocopy] |
				     (config->jumbo ? XDP_USE_SG : 0);
	}
	for (int i = 0; bind(queue->fd, (struct sockaddr *)&address, sizeof(address)) < 0; i++) {
		const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};

		if (errno != EBUSY || i == BUSY_RETRIES || config->hurried)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int read_back(struct queue *queue)
{
	struct xdp_options options;
	socklen_t length = sizeof(options);

	if (getsockopt(queue->fd, SOL_XDP, XDP_OPTIONS, &options, &length) < 0)
		return -errno;
	queue->zerocopy = options.flags & XDP_OPTIONS_ZEROCOPY;
	return 0;
}

static int set_up(struct queue *queue, const struct queue_config *config, struct xdv_region *region,
		  struct xdv_error *error)
{
	int err = 0;

	if (config->shared_fd < 0)
		err = register_region(queue->fd, region);
	if (err)
		return fail_step(config, STEP_REGION, err, error);
	err = open_rings(queue, false);
	if (err)
		return fail_step(config, STEP_RINGS, err, error);
	err = bind_queue(queue, config);
	if (err)
		return fail_step(config, STEP_BIND, err, error);
	err = read_back(queue);
	if (err)
		return fail_step(config, STEP_READ_BACK, err, error);
	if (!queue->first)
		queue_stock(queue, region);
	return 0;
}

int queue_try(const struct queue_config *config, struct xdv_error *error)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_step(config, STEP_SOCKET, -errno, error);
	close(fd);
	return 0;
}

int queue_open(struct queue *queue, const struct queue_config *config, struct xdv_region *region,
	       struct xdv_error *error)
{
	int err;

	queue->number = config->number;
	queue->share = config->share;
	queue->first = config->first;
	queue->transmit = config->transmit;
	queue->ring_size = config->ring_size;
	queue->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (queue->fd < 0) {
		err = fail_step(config, STEP_SOCKET, -errno, error);
		memset(queue, 0, sizeof(*queue));
		return err;
	}
	err = set_up(queue, config, region, error);
	if (err)
		queue_close(queue);
	return err;
}

static void belongs_to_kernel(struct xdv_region *region, uint64_t address)
{
	uint32_t frame = region_frame(region, address);

	if (frame < region->frames)
		region->owner[frame] = REGION_KERNEL;
}

static void sort_out(struct queue *queue, struct xdv_region *region)
{
	uint32_t end = *queue->rx.producer;

	for (uint32_t i = *queue->rx.consumer; i != end; i++)
		belongs_to_kernel(region, xsk_ring_cons__rx_desc(&queue->rx, i)->addr);
	end = *queue->completion.producer;
	for (uint32_t i = *queue->completion.consumer; i != end; i++)
		belongs_to_kernel(region, *xsk_ring_cons__comp_addr(&queue->completion, i));
	end = *queue->fill.producer;
	for (uint32_t i = *queue->fill.consumer; i != end; i++)
		belongs_to_kernel(region, *xsk_ring_prod__fill_addr(&queue->fill, i));
	if (!queue->transmit)
		return;
	end = *queue->tx.producer;
	for (uint32_t i = *queue->tx.consumer; i != end; i++)
		belongs_to_kernel(region, xsk_ring_prod__tx_desc(&queue->tx, i)->addr);
	/* both count from the start: what went in and has not come out */
	queue->in_flight = end - *queue->completion.consumer;
}

int queue_adopt(struct queue *queue, int fd, uint32_t number, uint32_t ring_size, bool transmit,
		struct xdv_region *region)
{
	int err;

	queue->fd = fd;
	queue->number = number;
	queue->ring_size = ring_size;
	queue->transmit = transmit;
	err = ring_size && !(ring_size & (ring_size - 1)) ? open_rings(queue, true) : -EINVAL;
	if (!err)
		err = read_back(queue);
	if (err)
		queue_close(queue);
	else
		sort_out(queue, region);
	return err;
}

void queue_close(struct queue *queue)
{
	for (size_t i = 0; i < sizeof(queue->mappings) / sizeof(queue->mappings[0]); i++) {
		if (queue->mappings[i].base)
			munmap(queue->mappings[i].base, queue->mappings[i].length);
	}
	close(queue->fd);
	memset(queue, 0, sizeof(*queue));
}

int queue_check(const struct queue *queue)
{
	int code = 0;
	socklen_t length = sizeof(code);

	/* when the device goes, the kernel leaves ENETDOWN and unbinds the socket: ENXIO */
	if (getsockopt(queue->fd, SOL_SOCKET, SO_ERROR, &code, &length) == 0 && code)
		return -ENODEV;
	if (recvfrom(queue->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0 && errno == ENXIO)
		return -ENODEV;
	return 0;
}

void queue_stats_add(const struct queue *queue, struct xdv_consumer_stats *stats)
{
	struct xdp_statistics kernel = {};
	socklen_t length = sizeof(kernel);

	stats->rx_frames += queue->rx_frames;
	stats->rx_bytes += queue->rx_bytes;
	stats->tx_frames += queue->tx_frames;
	stats->tx_bytes += queue->tx_bytes;
	if (queue->state)
		stats->stalled += queue->state->stalled - queue->stalled_before;
	if (getsockopt(queue->fd, SOL_XDP, XDP_STATISTICS, &kernel, &length) < 0)
		return;
	stats->rx_ring_full += kernel.rx_ring_full;
	stats->rx_dropped += kernel.rx_dropped;
	stats->fill_ring_empty += kernel.rx_fill_ring_empty_descs;
	stats->rx_invalid += kernel.rx_invalid_descs;
	stats->tx_invalid += kernel.tx_invalid_descs;
}
