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
#include "aoeraw.h"

#define WINDOW	    16
#define RESEND_MS   200
#define PATIENCE_MS 15000

static struct raw_interface interface;

static void die(const char *what)
{
	raw_die("aoeclient", what);
}

static int discover(void)
{
	uint8_t frame[RAW_FRAME] = {0}, *header = raw_address(&interface, frame, raw_everybody);
	uint32_t tag = raw_tag(&interface);

	header[0] = 0x10;
	memset(header + 2, 0xff, 3);
	header[5] = AOE_CONFIG;
	be32_put(header + 6, tag);
	if (send(interface.fd, frame, AOE_FRAME_MIN, 0) < 0)
		die("send");
	while (raw_receive(&interface, frame, sizeof(frame), tag, 1000))
		printf("e%u.%u %u sectors, %u buffers\n", be16_get(header + 2), header[4],
		       header[14], be16_get(header + 10));
	return 0;
}

/* --- copies ------------------------------------------------------------------------------------*/
static struct request {
	uint8_t frame[RAW_FRAME];
	size_t length;
	uint64_t sector, sent;
	uint32_t sectors;
	bool busy;
} window[WINDOW];

static void send_request(struct request *request)
{
	be32_put(request->frame + RAW_HEADER + 6, raw_tag(&interface));
	request->sent = raw_now_ms();
	request->busy = true;
	if (send(interface.fd, request->frame, request->length, 0) < 0 && errno != ENOBUFS)
		die("send");
}

static struct request *find_request(uint32_t tag)
{
	for (int i = 0; i < WINDOW; i++)
		if (window[i].busy && be32_get(window[i].frame + RAW_HEADER + 6) == tag)
			return &window[i];
	return NULL;
}

/* Waits for one of those that are sent, whose answer is in `frame` then. */
static struct request *await_any(uint8_t *frame, size_t size)
{
	uint64_t end = raw_now_ms() + PATIENCE_MS;

	while (raw_now_ms() < end) {
		struct request *request = NULL;

		if (raw_receive(&interface, frame, size, 0, RESEND_MS / 2))
			request = find_request(be32_get(frame + RAW_HEADER + 6));
		if (request && (frame[RAW_HEADER] & AOE_ERROR || frame[RAW_HEADER + 13] & 1)) {
			fprintf(stderr, "aoeclient: sector %llu: error %u, status %#x\n",
				(unsigned long long)request->sector, frame[RAW_HEADER + 1],
				frame[RAW_HEADER + 13]);
			exit(1);
		}
		if (request) {
			request->busy = false;
			return request;
		}
		for (int i = 0; i < WINDOW; i++)
			if (window[i].busy && raw_now_ms() - window[i].sent > RESEND_MS)
				send_request(&window[i]);
	}
	errno = ETIMEDOUT;
	die("no answer");
	return NULL;
}

static void begin(struct request *request, const struct raw_disk *disk, uint64_t sector, FILE *file,
		  bool writes)
{
	uint64_t left = disk->sectors - sector;
	uint32_t count = (uint32_t)(left < disk->frame_sectors ? left : disk->frame_sectors);
	uint8_t *header = raw_command(&interface, request->frame, disk, writes ? 0x34 : 0x24,
				      sector, count);
	size_t bytes = count * AOE_SECTOR;

	request->sector = sector;
	request->sectors = count;
	request->length = RAW_HEADER + AOE_DATA;
	if (writes) {
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
	struct raw_disk disk = {0};
	uint8_t frame[RAW_FRAME];

	if (!file)
		die(path);
	if (!raw_find(&interface, &disk, name))
		die(name);
	for (int i = 0; i < WINDOW && next < disk.sectors; i++, next += disk.frame_sectors)
		begin(&window[i], &disk, next, file, writes);
	while (finished < disk.sectors) {
		struct request *request = await_any(frame, sizeof(frame));
		size_t bytes = request->sectors * AOE_SECTOR;

		finished += request->sectors;
		if (!writes && (fseeko(file, (off_t)(request->sector * AOE_SECTOR), SEEK_SET) ||
				fwrite(frame + RAW_HEADER + AOE_DATA, 1, bytes, file) != bytes))
			die(path);
		if (next < disk.sectors)
			begin(request, &disk, next, file, writes);
		next += disk.frame_sectors;
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
			uint32_t tag = *text == '=' ? first_tag : raw_tag(&interface);

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
	uint8_t frame[RAW_FRAME];

	for (; *frames; frames++) {
		uint8_t *header = raw_address(&interface, frame, raw_everybody);
		size_t length = RAW_HEADER + read_hex(header, sizeof(frame) - RAW_HEADER, *frames);
		uint32_t tag = length >= RAW_HEADER + AOE_HEADER ? be32_get(header + 6) : 0;

		if (send(interface.fd, frame, length, 0) < 0)
			die("send");
		length = raw_receive(&interface, frame, sizeof(frame), tag, RAW_TIMEOUT);
		for (size_t i = RAW_HEADER; i < length; i++)
			printf("%02x", frame[i]);
		puts(length ? "" : "nothing");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !raw_open(&interface, argv[1]))
		die(argv[1]);
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
