// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "nbd_talk.h"

#include "storage/nbd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct export vol0 = {.name = "vol0", .size = 64 << 20};
static struct export vol1 = {.name = "vol1", .size = 5, .read_only = true};
static struct export *list[] = {&vol0, &vol1};
const struct exports talk_exports = {list, 2};

void talk_start(struct talk *talk)
{
	talk->said_length = 0;
}

static uint8_t *say(struct talk *talk, size_t length)
{
	uint8_t *at = talk->said + talk->said_length;

	assert(talk->said_length + length <= sizeof(talk->said));
	talk->said_length += length;
	return at;
}

void talk_flags(struct talk *talk, uint32_t flags)
{
	be32_put(say(talk, 4), flags);
}

void talk_option(struct talk *talk, uint32_t number, const void *data, uint32_t length)
{
	uint8_t *at = say(talk, 16 + (size_t)length);

	at = be32_put(be32_put(be64_put(at, NBD_OPTION_MAGIC), number), length);
	if (data)
		memcpy(at, data, length);
	else
		memset(at, 0, length);
}

void talk_info(struct talk *talk, uint32_t number, const char *name)
{
	uint8_t data[256];
	uint32_t length = (uint32_t)strlen(name);

	memcpy(be32_put(data, length), name, length);
	be16_put(data + 4 + length, 0);
	talk_option(talk, number, data, 4 + length + 2);
}

static void hear(struct talk *talk)
{
	struct negotiation *negotiation = &talk->negotiation;

	assert(talk->heard_length + negotiation->out_length <= sizeof(talk->heard));
	memcpy(talk->heard + talk->heard_length, negotiation->out, negotiation->out_length);
	talk->heard_length += negotiation->out_length;
	negotiation->out_length = 0;
}

static bool is_over(const struct talk *talk)
{
	return talk->negotiation.state == NEGOTIATE_DONE ||
	       talk->negotiation.state == NEGOTIATE_CLOSE;
}

/* In a copy of just that size, so that a sanitizer sees who reads further. */
static bool step(struct talk *talk, size_t end)
{
	size_t length = end - talk->taken;
	uint8_t *copy = malloc(length + 1), *in = copy + 1;
	size_t taken;

	memcpy(in, talk->said + talk->taken, length);
	taken = negotiate(&talk->negotiation, in, length);
	free(copy);
	assert(taken <= length);
	talk->taken += taken;
	hear(talk);
	return taken > 0 && !is_over(talk);
}

void talk_listen(struct talk *talk, size_t piece)
{
	talk->heard_length = 0;
	talk->taken = 0;
	negotiation_start(&talk->negotiation, &talk_exports);
	hear(talk);
	for (size_t end = piece; !is_over(talk); end += piece) {
		if (end > talk->said_length)
			end = talk->said_length;
		while (step(talk, end))
			;
		if (end == talk->said_length)
			return;
	}
}
