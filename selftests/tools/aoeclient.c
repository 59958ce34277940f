// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * An AoE initiator as a program, on a packet socket: for kernels without the driver, and for what
 * the driver does not do.
 *
 *   aoeclient IFACE discover              a line for each disk that answers
 *   aoeclient IFACE SHELF.SLOT read FILE  copies the disk to a file
 *   aoeclient IFACE SHELF.SLOT write FILE and back
 *   aoeclient IFACE raw HEX...            sends each frame, from its AoE header on,
 *                                         to everybody, and prints the answer, or `nothing`
 *
 * In place of the 8 digits of a tag, `-` is a new one, and `=` the first of those again.
 *
 * Requests that are not answered in 200 ms are sent again, with a new tag, as Linux does it.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "storage/aoe.h"
#include "storage/nbd.h"

#define WINDOW	     16
#define RESEND_MS    200
#define ANSWER_MS    3000
#define PATIENCE_MS  15000
#define SECTORS	     2u /* that fit an MTU of 1500 */
#define FRAME_LENGTH (14 + AOE_DATA + SECTORS * AOE_SECTOR)

static int fd;
static uint8_t own[6], everybody[6] = {255, 255, 255, 255, 255, 255};
static uint16_t count;

static void die(const char *what)
{
	fprintf(stderr, "aoeclient: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t new_tag(void)
{
	return (uint32_t)(now_ms() & 0xffff) | (uint32_t)(++count & 0x7fff) << 16;
}

static void open_interface(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htobe16(AOE_ETHERTYPE),
				      .sll_ifindex = (int)if_nametoindex(name)};
	struct ifreq request = {0};

	fd = socket(AF_PACKET, SOCK_RAW, htobe16(AOE_ETHERTYPE));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die(name);
	memcpy(own, request.ifr_hwaddr.sa_data, sizeof(own));
}

/* The Ethernet header; returns what is behind it. */
static uint8_t *address_frame(uint8_t *frame, const uint8_t to[6])
{
	memcpy(frame, to, 6);
	memcpy(frame + 6, own, 6);
	return be16_put(frame + 12, AOE_ETHERTYPE);
}

/* An answer to us, with that tag unless it is 0; its length, 0: none in time. */
static size_t receive(uint8_t *frame, size_t size, uint32_t tag, int ms)
{
	uint64_t end = now_ms() + (uint64_t)ms;

	for (;;) {
		struct pollfd poll_on = {.fd = fd, .events = POLLIN};
		uint64_t now = now_ms();
		ssize_t length;

		if (now > end || poll(&poll_on, 1, (int)(end - now)) <= 0)
			return 0;
		length = recv(fd, frame, size, 0);
		if (length >= 14 + AOE_HEADER && frame[14] & AOE_RESPONSE &&
		    memcmp(frame, own, 6) == 0 && (!tag || be32_get(frame + 14 + 6) == tag))
			return (size_t)length;
	}
}

static int discover(void)
{
	uint8_t frame[1600] = {0}, *header = address_frame(frame, everybody);
	uint32_t tag = new_tag();

	header[0] = 0x10;
	memset(header + 2, 0xff, 3);
	header[5] = AOE_CONFIG;
	be32_put(header + 6, tag);
	if (send(fd, frame, 60, 0) < 0)
		die("send");
	while (receive(frame, sizeof(frame), tag, 1000))
		printf("e%u.%u %u sectors, %u buffers\n", be16_get(header + 2), header[4],
		       header[14], be16_get(header + 10));
	return 0;
}

/* --- copies ------------------------------------------------------------------------------------*/
struct disk {
	uint8_t address[6];
	uint16_t shelf;
	uint8_t slot;
	uint64_t sectors;
};

static struct request {
	uint8_t frame[FRAME_LENGTH];
	size_t length;
	uint64_t sector, sent;
	uint32_t sectors;
	bool busy;
} window[WINDOW];

static uint8_t *start_command(struct request *request, const struct disk *disk, uint8_t command)
{
	uint8_t *header = address_frame(request->frame, disk->address);

	memset(header, 0, AOE_DATA);
	header[0] = 0x10;
	be16_put(header + 2, disk->shelf);
	header[4] = disk->slot;
	header[10] = 0x40; /* sectors of 48 bits */
	header[13] = command;
	request->length = 14 + AOE_DATA;
	return header;
}

static void send_request(struct request *request)
{
	be32_put(request->frame + 14 + 6, new_tag());
	request->sent = now_ms();
	request->busy = true;
	if (send(fd, request->frame, request->length, 0) < 0 && errno != ENOBUFS)
		die("send");
}

static struct request *find_request(uint32_t tag)
{
	for (int i = 0; i < WINDOW; i++)
		if (window[i].busy && be32_get(window[i].frame + 14 + 6) == tag)
			return &window[i];
	return NULL;
}

/* Waits for one of those that are sent, whose answer is in `frame` then. */
static struct request *await_any(uint8_t *frame, size_t size)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (now_ms() < end) {
		struct request *request = NULL;

		if (receive(frame, size, 0, RESEND_MS / 2))
			request = find_request(be32_get(frame + 14 + 6));
		if (request && (frame[14] & AOE_ERROR || frame[14 + 13] & 1)) {
			fprintf(stderr, "aoeclient: sector %llu: error %u, status %#x\n",
				(unsigned long long)request->sector, frame[15], frame[14 + 13]);
			exit(1);
		}
		if (request) {
			request->busy = false;
			return request;
		}
		for (int i = 0; i < WINDOW; i++)
			if (window[i].busy && now_ms() - window[i].sent > RESEND_MS)
				send_request(&window[i]);
	}
	errno = ETIMEDOUT;
	die("no answer");
	return NULL;
}

static void find_disk(struct disk *disk, const char *name)
{
	unsigned int shelf, slot;
	uint8_t frame[1600];

	if (sscanf(name, "%u.%u", &shelf, &slot) != 2) {
		errno = EINVAL;
		die(name);
	}
	memcpy(disk->address, everybody, 6);
	disk->shelf = (uint16_t)shelf;
	disk->slot = (uint8_t)slot;
	start_command(&window[0], disk, 0xec)[12] = 1;
	send_request(&window[0]);
	await_any(frame, sizeof(frame));
	memcpy(disk->address, frame + 6, 6);
	for (int i = 7; i >= 0; i--)
		disk->sectors = disk->sectors << 8 | frame[14 + AOE_DATA + 200 + i];
}

static void begin(struct request *request, const struct disk *disk, uint64_t sector, FILE *file,
		  bool writes)
{
	uint64_t left = disk->sectors - sector;
	uint8_t *header = start_command(request, disk, writes ? 0x34 : 0x24);
	size_t bytes;

	request->sector = sector;
	request->sectors = (uint32_t)(left < SECTORS ? left : SECTORS);
	bytes = request->sectors * AOE_SECTOR;
	header[12] = (uint8_t)request->sectors;
	for (int i = 0; i < 6; i++)
		header[14 + i] = (uint8_t)(sector >> 8 * i);
	if (writes) {
		header[10] |= 1;
		request->length += bytes;
		if (fseeko(file, (off_t)(sector * AOE_SECTOR), SEEK_SET) ||
		    fread(header + AOE_DATA, 1, bytes, file) != bytes)
			die("the file is shorter than the disk");
	}
	send_request(request);
}

static int copy(const char *name, const char *path, bool writes)
{
	FILE *file = fopen(path, writes ? "r" : "w");
	uint64_t next = 0, finished = 0;
	struct disk disk = {0};
	uint8_t frame[1600];

	if (!file)
		die(path);
	find_disk(&disk, name);
	for (int i = 0; i < WINDOW && next < disk.sectors; i++, next += SECTORS)
		begin(&window[i], &disk, next, file, writes);
	while (finished < disk.sectors) {
		struct request *request = await_any(frame, sizeof(frame));
		size_t bytes = request->sectors * AOE_SECTOR;

		finished += request->sectors;
		if (!writes && (fseeko(file, (off_t)(request->sector * AOE_SECTOR), SEEK_SET) ||
				fwrite(frame + 14 + AOE_DATA, 1, bytes, file) != bytes))
			die(path);
		if (next < disk.sectors)
			begin(request, &disk, next, file, writes);
		next += SECTORS;
	}
	if (fclose(file))
		die(path);
	printf("%llu sectors\n", (unsigned long long)finished);
	return 0;
}

/* --- by hand -----------------------------------------------------------------------------------*/
static size_t read_hex(uint8_t *out, size_t size, const char *text)
{
	static uint32_t first_tag;
	size_t length = 0;
	unsigned int byte;

	while (*text && length + 4 < size) {
		if (*text == '-' || *text == '=') {
			uint32_t tag = *text == '=' ? first_tag : new_tag();

			if (!first_tag)
				first_tag = tag;
			be32_put(out + length, tag);
			length += 4;
			text++;
		} else if (sscanf(text, "%2x", &byte) == 1 && text[1]) {
			out[length++] = (uint8_t)byte;
			text += 2;
		} else {
			errno = EINVAL;
			die(text);
		}
	}
	return length;
}

static int raw(char **frames)
{
	uint8_t frame[9000];

	for (; *frames; frames++) {
		uint8_t *header = address_frame(frame, everybody);
		size_t length = 14 + read_hex(header, sizeof(frame) - 14, *frames);
		uint32_t tag = length >= 14 + AOE_HEADER ? be32_get(header + 6) : 0;

		if (send(fd, frame, length, 0) < 0)
			die("send");
		length = receive(frame, sizeof(frame), tag, ANSWER_MS);
		for (size_t i = 14; i < length; i++)
			printf("%02x", frame[i]);
		puts(length ? "" : "nothing");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3)
		open_interface(argv[1]);
	if (argc == 3 && strcmp(argv[2], "discover") == 0)
		return discover();
	if (argc > 3 && strcmp(argv[2], "raw") == 0)
		return raw(argv + 3);
	if (argc == 5 && (strcmp(argv[3], "read") == 0 || strcmp(argv[3], "write") == 0))
		return copy(argv[2], argv[4], argv[3][0] == 'w');
	fputs("usage: aoeclient IFACE discover | SHELF.SLOT read|write FILE | raw HEX...\n",
	      stderr);
	return 2;
}
