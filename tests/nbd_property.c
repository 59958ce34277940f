// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "nbd_property.h"

#include "nbd_talk.h"
#include "storage/connection.h"
#include "storage/stats.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VOLUME_SIZE (1u << 20)

static struct {
	struct ring ring;
	struct clients clients;
	struct storage_counters counters[2];
	struct export exports[2];
	struct export *list[2];
	struct exports all;
	uint32_t frames_free;
} gateway;

/* In a file that is memory: data goes through frames, as of any other. */
static void open_file(struct volume **volume, const struct volume_options *options)
{
	int fd = memfd_create("nbd-property", MFD_CLOEXEC);
	struct xdv_error error;
	char path[64];

	assert(fd >= 0 && ftruncate(fd, VOLUME_SIZE) == 0);
	snprintf(path, sizeof(path), "file:/proc/self/fd/%d", fd);
	assert(volume_open(volume, path, options, &error) == 0);
	close(fd);
}

static void open_gateway(void)
{
	struct volume_options options = {.ring = &gateway.ring, .cached = true};
	struct xdv_error error;

	assert(ring_open(&gateway.ring, false, &error) == 0);
	assert(volume_open(&gateway.exports[0].volume, "memory:1M", &options, &error) == 0);
	open_file(&gateway.exports[1].volume, &options);
	for (int i = 0; i < 2; i++) {
		struct export *export = gateway.list[i] = &gateway.exports[i];

		snprintf(export->name, sizeof(export->name), "vol%d", i);
		export->size = VOLUME_SIZE;
		export->counters = &gateway.counters[i];
	}
	gateway.all = (struct exports){gateway.list, 2};
	gateway.clients.ring = &gateway.ring;
	gateway.clients.max = 4;
	assert(frames_open(&gateway.clients.frames, 4, true, &gateway.ring, &error) == 0);
	gateway.frames_free = frames_free(&gateway.clients.frames);
}

static void hear(int fd)
{
	static uint8_t heard[256u << 10];

	while (recv(fd, heard, sizeof(heard), MSG_DONTWAIT) > 0)
		;
}

/* Who does not hear is not spoken to any further. */
static void turn(int fd)
{
	connections_serve(&gateway.clients);
	hear(fd);
	if (gateway.clients.count)
		assert(ring_turn(&gateway.ring) == 0);
	hear(fd);
}

/* In pieces, or as a whole; then the client is done talking, or gone. */
static void talk(int fd, const uint8_t *bytes, size_t size, uint8_t how)
{
	size_t piece = how & 0x7f ? (size_t)(how & 0x7f) * 16 : size;

	for (size_t at = 0; at < size; at += piece) {
		size_t length = size - at < piece ? size - at : piece;

		if (send(fd, bytes + at, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
			break;
		turn(fd);
	}
	shutdown(fd, how & 0x80 ? SHUT_RDWR : SHUT_WR);
}

void nbd_property(const uint8_t *bytes, size_t size)
{
	int pair[2];

	if (!gateway.all.count)
		open_gateway();
	if (!size || size > NBD_PROPERTY_MAX)
		return;
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	assert(connection_open(&gateway.clients, pair[0], "test", &gateway.all) == 0);
	talk(pair[1], bytes + 1, size - 1, bytes[0]);
	while (gateway.clients.count)
		turn(pair[1]);
	close(pair[1]);
	assert(frames_free(&gateway.clients.frames) == gateway.frames_free);
	for (int i = 0; i < 2; i++)
		assert(gateway.counters[i].in_flight == 0 && gateway.counters[i].clients == 0);
}

static uint8_t *add_request(uint8_t *out, uint16_t type, uint16_t flags, uint64_t offset,
			    uint32_t length)
{
	out = be32_put(out, NBD_REQUEST_MAGIC);
	out = be16_put(be16_put(out, flags), type);
	out = be32_put(be64_put(be64_put(out, offset), offset), length);
	if (type == NBD_CMD_WRITE) {
		memset(out, 0x5a, length);
		out += length;
	}
	return out;
}

size_t nbd_property_seed(uint8_t *out, size_t size)
{
	static struct talk said;
	uint8_t *end;

	talk_start(&said);
	talk_flags(&said, NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES);
	talk_option(&said, NBD_OPT_LIST, NULL, 0);
	talk_option(&said, NBD_OPT_STRUCTURED_REPLY, NULL, 0);
	talk_info(&said, NBD_OPT_INFO, "vol0");
	talk_info(&said, NBD_OPT_GO, "vol1");
	out[0] = 0;
	memcpy(out + 1, said.said, said.said_length);
	end = out + 1 + said.said_length;
	end = add_request(end, NBD_CMD_WRITE, NBD_FLAG_FUA, 100, 5000);
	end = add_request(end, NBD_CMD_READ, NBD_FLAG_DF, 0, 300000);
	end = add_request(end, NBD_CMD_FLUSH, 0, 0, 0);
	end = add_request(end, NBD_CMD_TRIM, 0, 4096, 8192);
	end = add_request(end, NBD_CMD_WRITE_ZEROES, NBD_FLAG_NO_HOLE, 1, 70000);
	end = add_request(end, NBD_CMD_WRITE, 0, VOLUME_SIZE, 10);
	end = add_request(end, NBD_CMD_READ, 0, 77, 0);
	end = add_request(end, 9, 0, 0, 0);
	end = add_request(end, NBD_CMD_DISC, 0, 0, 0);
	assert((size_t)(end - out) <= size);
	return (size_t)(end - out);
}
