// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The format: draft-ietf-opsawg-pcapng. All is in the byte order of the machine that writes.
 */
#include "pcapng.h"

#include <errno.h>
#include <string.h>

#define BLOCK_SECTION	0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET	6u

#define BYTE_ORDER_MAGIC  0x1a2b3c4du
#define LINKTYPE_ETHERNET 1

#define OPTION_COMMENT		    1
#define OPTION_SECTION_APP	    4
#define OPTION_INTERFACE_NAME	    2
#define OPTION_INTERFACE_RESOLUTION 9
#define OPTION_PACKET_FLAGS	    2

#define RESOLUTION_NANOSECONDS 9 /* 10^-9 s */
#define FLAGS_INBOUND	       1u

/* A comment that is longer than an option may be is cut. */
#define OPTION_MAX 4096u

struct option {
	uint16_t code;
	uint16_t length;
	const void *value;
};

static uint32_t padded(uint32_t length)
{
	return (length + 3u) & ~3u;
}

static struct option text_option(uint16_t code, const char *text)
{
	size_t length = strnlen(text, OPTION_MAX);

	return (struct option){code, (uint16_t)length, text};
}

static int put(FILE *file, const void *data, size_t length)
{
	static const char zeros[4];
	size_t pad = padded((uint32_t)length) - length;

	return fwrite(data, 1, length, file) == length && fwrite(zeros, 1, pad, file) == pad ? 0
											     : -EIO;
}

/* Fixed part, body and options of a block; each but the first may be empty. */
static int put_block(FILE *file, uint32_t type, const void *fixed, uint32_t fixed_length,
		     const void *body, uint32_t body_length, const struct option *options,
		     unsigned int count)
{
	static const struct option end = {};
	uint32_t total = 12 + fixed_length + padded(body_length) + 4;
	uint32_t head[2];
	int err;

	for (unsigned int i = 0; i < count; i++)
		total += 4 + padded(options[i].length);
	head[0] = type;
	head[1] = total;
	err = put(file, head, sizeof(head));
	if (!err)
		err = put(file, fixed, fixed_length);
	if (!err && body_length)
		err = put(file, body, body_length);
	for (unsigned int i = 0; i < count && !err; i++) {
		err = put(file, &options[i], 4);
		if (!err)
			err = put(file, options[i].value, options[i].length);
	}
	if (!err)
		err = put(file, &end, 4);
	return err ? err : put(file, &total, sizeof(total));
}

int pcapng_start(FILE *file, const char *application, const char *ifname)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		int64_t length;
	} section = {BYTE_ORDER_MAGIC, 1, 0, -1 /* not known yet */};
	const struct {
		uint16_t link_type, reserved;
		uint32_t snap_length;
	} interface = {LINKTYPE_ETHERNET, 0, 0 /* no limit */};
	const uint8_t resolution = RESOLUTION_NANOSECONDS;
	const struct option app = text_option(OPTION_SECTION_APP, application);
	const struct option interface_options[] = {
		text_option(OPTION_INTERFACE_NAME, ifname),
		{OPTION_INTERFACE_RESOLUTION, 1, &resolution},
	};
	int err;

	err = put_block(file, BLOCK_SECTION, &section, sizeof(section), NULL, 0, &app, 1);
	if (err)
		return err;
	return put_block(file, BLOCK_INTERFACE, &interface, sizeof(interface), NULL, 0,
			 interface_options, 2);
}

int pcapng_packet(FILE *file, uint64_t time_ns, const void *data, uint32_t length,
		  const char *comment)
{
	return pcapng_packet_cut(file, time_ns, data, length, length, comment);
}

int pcapng_packet_cut(FILE *file, uint64_t time_ns, const void *data, uint32_t captured,
		      uint32_t length, const char *comment)
{
	const uint32_t packet[] = {
		0, /* the interface */
		(uint32_t)(time_ns >> 32),
		(uint32_t)time_ns,
		captured,
		length,
	};
	const uint32_t flags = FLAGS_INBOUND;
	struct option options[2] = {{OPTION_PACKET_FLAGS, sizeof(flags), &flags}};

	if (comment)
		options[1] = text_option(OPTION_COMMENT, comment);
	return put_block(file, BLOCK_PACKET, packet, sizeof(packet), data, captured, options,
			 comment ? 2 : 1);
}

uint32_t pcapng_around(void *head, void *tail, uint64_t time_ns, uint32_t length)
{
	const uint32_t total = PCAPNG_HEAD + padded(length) + 4;
	const uint32_t block[] = {
		BLOCK_PACKET,
		total,
		0, /* the interface */
		(uint32_t)(time_ns >> 32),
		(uint32_t)time_ns,
		length,
		length,
	};
	uint32_t pad = padded(length) - length;

	_Static_assert(sizeof(block) == PCAPNG_HEAD, "the head of a packet's block");
	memcpy(head, block, sizeof(block));
	memset(tail, 0, pad);
	memcpy((char *)tail + pad, &total, sizeof(total));
	return pad + (uint32_t)sizeof(total);
}
