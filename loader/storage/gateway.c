// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "gateway.h"

#include "disk.h"
#include "fail.h"
#include "live/device.h"
#include "nbd.h"
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utlist.h>

#define ETHERNET_MAX 18u /* with a VLAN tag */
/* One ring's, and those of requests and answers. */
#define REGION_FRAMES 8192
#define RETRY_NS      1000000 /* until answers find room in the transmit ring again */

static int read_interface(struct gateway *gateway, const char *ifname, struct xdv_error *error)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	snprintf(gateway->ifname, sizeof(gateway->ifname), "%s", request.ifr_name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		err = -errno;
	memcpy(gateway->address, request.ifr_hwaddr.sa_data, sizeof(gateway->address));
	if (!err && ioctl(fd, SIOCGIFMTU, &request))
		err = -errno;
	gateway->mtu = (uint32_t)request.ifr_mtu;
	if (fd >= 0)
		close(fd);
	return err ? fail(error, err, "%s: %s", ifname, strerror(-err)) : 0;
}

/*
 * What fits both into a packet of the interface and into frames of the region. Where these are to
 * take a packet whole, so is what the driver has it in.
 */
static uint8_t sectors_max(struct gateway *gateway)
{
	struct xdv_queue_info info = {.size = sizeof(info)};
	uint32_t bytes = gateway->mtu + ETHERNET_MAX, room = 0;
	struct packet packet;

	xdv_consumer_queue_info(gateway->consumer, 0, &info);
	if (packet_alloc(gateway, &packet)) {
		room = packet.frames[0].room;
		packet_release(gateway, &packet);
	}
	if (info.flags & XDV_QUEUE_INFO_JUMBO)
		room *= FRAMES;
	else if (room > DEVICE_PAGE_MTU + ETHERNET_MAX)
		room = DEVICE_PAGE_MTU + ETHERNET_MAX;
	if (room < bytes)
		bytes = room;
	bytes = (bytes - ETHERNET_MAX - AOE_DATA) / AOE_SECTOR;
	return (uint8_t)(bytes > 255 ? 255 : bytes);
}

int gateway_open(struct gateway **out, struct ring *ring, const char *ifname, const char *target,
		 struct xdv_error *error)
{
	struct xdv_consumer_options options = {
		.size = sizeof(options), .frames = REGION_FRAMES, .jumbo = 1, .error = error};
	struct gateway *gateway = calloc(1, sizeof(*gateway));
	int err;

	if (gateway)
		gateway->jobs = calloc(JOBS, sizeof(*gateway->jobs));
	if (!gateway || !gateway->jobs) {
		free(gateway);
		return fail(error, -ENOMEM, "no memory for a gateway");
	}
	gateway->ring = ring;
	for (unsigned int i = 0; i < JOBS; i++)
		LL_PREPEND(gateway->unused, &gateway->jobs[i]);
	err = read_interface(gateway, ifname, error);
	if (!err)
		err = xdv_consumer_open(&gateway->consumer, ifname, target, &options);
	if (err) {
		gateway_close(&gateway);
		return err;
	}
	gateway->sectors_max = sectors_max(gateway);
	*out = gateway;
	return 0;
}

void gateway_close(struct gateway **out)
{
	struct gateway *gateway = *out;

	if (!gateway)
		return;
	for (unsigned int i = 0; i < gateway->disk_count; i++) {
		free(gateway->disks[i]->order);
		free(gateway->disks[i]);
	}
	if (gateway->consumer)
		xdv_consumer_close(&gateway->consumer);
	free(gateway->jobs);
	free(gateway);
	*out = NULL;
}

static int lend_frames(struct gateway *gateway, struct volume *volume, struct xdv_error *error)
{
	struct xdv_region_info info = {.size = sizeof(info)};

	if (!volume->kind->use_memory)
		return 0;
	xdv_region_info(xdv_consumer_region(gateway->consumer), &info);
	return volume->kind->use_memory(volume, info.base, info.length, error);
}

int gateway_add(struct gateway *gateway, struct export *export, uint16_t shelf, uint8_t slot,
		struct xdv_error *error)
{
	struct disk *disk;
	int err;

	if (gateway->disk_count == DISKS_MAX)
		return fail(error, -E2BIG, "%s: more than %d disks", export->name, DISKS_MAX);
	err = lend_frames(gateway, export->volume, error);
	if (err)
		return err;
	disk = calloc(1, sizeof(*disk));
	if (disk)
		disk->order = calloc(1, sizeof(*disk->order));
	if (!disk || !disk->order) {
		free(disk);
		return fail(error, -ENOMEM, "no memory for a disk");
	}
	gateway->disks[gateway->disk_count++] = disk;
	disk->gateway = gateway;
	disk->export = export;
	disk->target = (struct aoe_target){.shelf = shelf,
					   .slot = slot,
					   .sectors_max = gateway->sectors_max,
					   .read_only = export->read_only,
					   .sectors = export->size / AOE_SECTOR,
					   .name = export->name};
	memcpy(disk->target.address, gateway->address, sizeof(gateway->address));
	return 0;
}

/* --- what has come -----------------------------------------------------------------------------*/
static bool is_stale(struct disk *disk, const struct aoe_frame *seen, const struct aoe_work *wanted)
{
	return wanted->verb == VOLUME_WRITE &&
	       !order_take(disk->order, seen->data + 6, aoe_tag(seen), wanted->sector,
			   wanted->count, disk->gateway->ring->now);
}

static void handle(struct disk *disk, struct packet *packet)
{
	struct aoe_work wanted = {0};
	struct aoe_frame seen;

	packet_view(packet, &seen);
	switch (aoe_take(&disk->target, &seen, &wanted)) {
	case AOE_WORK:
		if (is_stale(disk, &seen, &wanted))
			break;
		disk_work(disk, packet, &wanted);
		return;
	case AOE_ANSWERED:
		packet_answer(disk->gateway, packet, seen.length);
		return;
	case AOE_IGNORE:
		break;
	}
	packet_release(disk->gateway, packet);
}

/* A question to several disks: each has a copy of its own, but for the last. Questions are short.
 */
static void ask(struct disk *disk, const struct packet *packet)
{
	struct gateway *gateway = disk->gateway;
	struct packet copy;

	if (packet->count > 1 || gateway->busy + 1 > JOBS || !packet_alloc(gateway, &copy))
		return; /* it will be asked again */
	if (copy.frames[0].room < packet->frames[0].len) {
		packet_release(gateway, &copy);
		return;
	}
	copy.frames[0].len = packet->frames[0].len;
	memcpy(copy.frames[0].data, packet->frames[0].data, copy.frames[0].len);
	handle(disk, &copy);
}

static bool is_for(const struct disk *disk, const uint8_t *header)
{
	unsigned int shelf = be16_get(header + 2);

	return (shelf == disk->target.shelf || shelf == AOE_SHELF_ALL) &&
	       (header[4] == disk->target.slot || header[4] == AOE_SLOT_ALL);
}

static void receive_one(struct gateway *gateway, struct packet *packet)
{
	struct disk *last = NULL;
	struct aoe_frame seen;
	uint8_t *header;

	packet_view(packet, &seen);
	header = aoe_header(&seen);
	for (unsigned int i = 0; header && i < gateway->disk_count; i++) {
		if (!is_for(gateway->disks[i], header))
			continue;
		if (last)
			ask(last, packet);
		last = gateway->disks[i];
	}
	if (last)
		handle(last, packet);
	else
		packet_release(gateway, packet);
}

/* The next packet; returns how many frames it has. What is too long for any is cut off. */
static unsigned int receive_packet(struct gateway *gateway, const struct xdv_frame *frames)
{
	struct packet packet = {.count = 0};
	unsigned int count = 0;

	do {
		if (packet.count < FRAMES)
			packet.frames[packet.count++] = frames[count];
		else
			xdv_release(gateway->consumer, &frames[count], 1);
	} while (frames[count++].more);
	receive_one(gateway, &packet);
	return count;
}

static void readable(struct ring_operation *operation, int result, unsigned int flags)
{
	(void)result;
	(void)flags;
	((struct gateway *)((char *)operation - offsetof(struct gateway, readable)))->polling =
		false;
}

static void poll_start(struct gateway *gateway)
{
	struct io_uring_sqe *entry = ring_entry(gateway->ring, &gateway->readable);

	gateway->polling = true;
	gateway->readable.done = readable;
	io_uring_prep_poll_add(entry, xdv_consumer_fd(gateway->consumer), POLLIN);
}

static void lose(struct gateway *gateway, int err)
{
	gateway->gone = true;
	remark("%s: no more requests can be received: %s", gateway->ifname, strerror(-err));
}

/*
 * Each request that may come has a job, and its answer a place to wait in: twice, because one may
 * be for several disks.
 */
static bool may_receive(const struct gateway *gateway)
{
	return !gateway->ending && !gateway->polling && !gateway->gone &&
	       gateway->busy + 2 * BURST <= JOBS && gateway->answer_count + 2 * BURST <= ANSWERS;
}

static void receive(struct gateway *gateway)
{
	struct xdv_frame burst[BURST];
	int count;

	while (may_receive(gateway)) {
		count = xdv_recv(gateway->consumer, burst, BURST, XDV_DONTWAIT);
		if (count == 0)
			poll_start(gateway);
		else if (count < 0 && count != -EINTR)
			lose(gateway, count);
		for (int i = 0; i < count;)
			i += (int)receive_packet(gateway, burst + i);
	}
}

static void retried(struct ring_operation *operation, int result, unsigned int flags)
{
	(void)result;
	(void)flags;
	((struct gateway *)((char *)operation - offsetof(struct gateway, retry)))->retrying = false;
}

static void retry_soon(struct gateway *gateway)
{
	struct io_uring_sqe *entry = ring_entry(gateway->ring, &gateway->retry);

	gateway->retrying = true;
	gateway->retry.done = retried;
	gateway->retry_time = (struct __kernel_timespec){.tv_nsec = RETRY_NS};
	io_uring_prep_timeout(entry, &gateway->retry_time, 0, 0);
}

/* There may be more than is received in one turn: the poll returns at once then. */
void gateway_serve(struct gateway *gateway)
{
	receive(gateway);
	gateway_send_answers(gateway);
	if (may_receive(gateway))
		poll_start(gateway);
	if (gateway->answer_count && !gateway->retrying)
		retry_soon(gateway);
}

void gateway_start(struct gateway *gateway)
{
	struct packet packet;
	struct aoe_frame seen;

	for (unsigned int i = 0; i < gateway->disk_count; i++) {
		if (!packet_alloc(gateway, &packet))
			continue;
		packet_view(&packet, &seen);
		aoe_announce(&gateway->disks[i]->target, &seen);
		packet_answer(gateway, &packet, seen.length);
	}
	gateway_serve(gateway);
}

unsigned int gateway_end(struct gateway *gateway)
{
	gateway->ending = true;
	return gateway->busy + gateway->answer_count;
}
