/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What AoE initiators of ours share: a packet socket, and the frames on it.
 */
#ifndef XDIVERT_TOOL_AOERAW_H
#define XDIVERT_TOOL_AOERAW_H

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "storage/aoe.h"
#include "storage/nbd.h"

#define RAW_HEADER  14u /* of Ethernet */
#define RAW_FRAME   9100u
#define RAW_TIMEOUT 3000 /* ms */

struct raw_disk {
	uint8_t address[6];
	uint16_t shelf;
	uint8_t slot;
	uint32_t frame_sectors; /* that it takes in one frame */
	uint64_t sectors;
};

struct raw_interface {
	int fd;
	uint8_t address[6];
	uint16_t count; /* of tags */
};

static const uint8_t raw_everybody[6] = {255, 255, 255, 255, 255, 255};

static inline __attribute__((noreturn)) void raw_die(const char *program, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
	exit(1);
}

static inline uint64_t raw_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* As Linux makes them: a clock in the lower half, a count in the upper one. */
static inline uint32_t raw_tag(struct raw_interface *interface)
{
	return (uint32_t)(raw_now_ms() & 0xffff) | (uint32_t)(++interface->count & 0x7fff) << 16;
}

static inline bool raw_open(struct raw_interface *interface, const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htobe16(AOE_ETHERTYPE),
				      .sll_ifindex = (int)if_nametoindex(name)};
	struct ifreq request = {0};

	interface->fd = socket(AF_PACKET, SOCK_RAW, htobe16(AOE_ETHERTYPE));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (interface->fd < 0 || ioctl(interface->fd, SIOCGIFHWADDR, &request) ||
	    bind(interface->fd, (struct sockaddr *)&address, sizeof(address)))
		return false;
	memcpy(interface->address, request.ifr_hwaddr.sa_data, sizeof(interface->address));
	return true;
}

/* The Ethernet header; returns what is behind it. */
static inline uint8_t *raw_address(const struct raw_interface *interface, uint8_t *frame,
				   const uint8_t to[6])
{
	memcpy(frame, to, 6);
	memcpy(frame + 6, interface->address, 6);
	return be16_put(frame + 12, AOE_ETHERTYPE);
}

/* An answer to us, with that tag unless it is 0; its length, 0: none in time. */
static inline size_t raw_receive(const struct raw_interface *interface, uint8_t *frame, size_t size,
				 uint32_t tag, int ms)
{
	uint64_t end = raw_now_ms() + (uint64_t)ms;

	for (;;) {
		struct pollfd poll_on = {.fd = interface->fd, .events = POLLIN};
		uint64_t now = raw_now_ms();
		ssize_t length;

		if (now > end || poll(&poll_on, 1, (int)(end - now)) <= 0)
			return 0;
		length = recv(interface->fd, frame, size, 0);
		if (length >= (ssize_t)(RAW_HEADER + AOE_HEADER) &&
		    frame[RAW_HEADER] & AOE_RESPONSE && memcmp(frame, interface->address, 6) == 0 &&
		    (!tag || be32_get(frame + RAW_HEADER + 6) == tag))
			return (size_t)length;
	}
}

/* An ATA command to sectors of the disk, without a tag; returns the AoE header. */
static inline uint8_t *raw_command(const struct raw_interface *interface, uint8_t *frame,
				   const struct raw_disk *disk, uint8_t command, uint64_t sector,
				   uint32_t sectors)
{
	uint8_t *header = raw_address(interface, frame, disk->address);

	memset(header, 0, AOE_DATA);
	header[0] = 0x10;
	be16_put(header + 2, disk->shelf);
	header[4] = disk->slot;
	header[10] = 0x40; /* sectors of 48 bits */
	if (command == 0x34)
		header[10] |= 1;
	header[12] = (uint8_t)sectors;
	header[13] = command;
	for (int i = 0; i < 6; i++)
		header[14 + i] = (uint8_t)(sector >> 8 * i);
	return header;
}

/* Sends it until it is answered, in place; false: never. */
static inline bool raw_ask(struct raw_interface *interface, uint8_t *frame, size_t length)
{
	uint8_t question[RAW_FRAME];

	memcpy(question, frame, length);
	for (int i = 0; i < 10; i++) {
		uint32_t tag = raw_tag(interface);

		be32_put(question + RAW_HEADER + 6, tag);
		if (send(interface->fd, question, length, 0) < 0 && errno != ENOBUFS)
			return false;
		if (raw_receive(interface, frame, RAW_FRAME, tag, RAW_TIMEOUT / 2))
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

/* "SHELF.SLOT", by asking everybody. */
static inline bool raw_find(struct raw_interface *interface, struct raw_disk *disk,
			    const char *name)
{
	uint8_t frame[RAW_FRAME] = {0}, *header;
	unsigned int shelf, slot;

	errno = EINVAL;
	if (sscanf(name, "%u.%u", &shelf, &slot) != 2)
		return false;
	memcpy(disk->address, raw_everybody, 6);
	disk->shelf = (uint16_t)shelf;
	disk->slot = (uint8_t)slot;
	header = raw_command(interface, frame, disk, 0, 0, 0);
	header[5] = AOE_CONFIG;
	header[10] = 0;
	if (!raw_ask(interface, frame, AOE_FRAME_MIN))
		return false;
	memcpy(disk->address, frame + 6, 6);
	disk->frame_sectors = header[14];
	raw_command(interface, frame, disk, 0xec, 0, 1);
	if (!raw_ask(interface, frame, RAW_HEADER + AOE_DATA))
		return false;
	for (int i = 7; i >= 0; i--)
		disk->sectors = disk->sectors << 8 | frame[RAW_HEADER + AOE_DATA + 200 + i];
	return true;
}

#endif
