// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "aoe.h"

#include "nbd.h" /* be16_get() … */

#include <stdio.h>
#include <string.h>

#define VERSION	 1u
#define FIRMWARE 1u

/* Bits of an ATA command */
#define ATA_LBA48 0x40u
#define ATA_READY 0x40u /* of its status */
#define ATA_FAULT 0x01u
#define ATA_ABORT 0x04u /* of its error */
#define ATA_NO_ID 0x10u /* there is no such sector */

enum ata_command {
	ATA_READ = 0x20,
	ATA_READ_EXT = 0x24,
	ATA_WRITE = 0x30,
	ATA_WRITE_EXT = 0x34,
	ATA_CHECK_POWER = 0xe5,
	ATA_FLUSH = 0xe7,
	ATA_FLUSH_EXT = 0xea,
	ATA_IDENTIFY = 0xec,
};

enum config_verb { CONFIG_READ, CONFIG_TEST, CONFIG_PREFIX, CONFIG_SET, CONFIG_FORCE };

static uint32_t header_offset(const struct aoe_frame *frame)
{
	return frame->here >= 18 && be16_get(frame->data + 12) == 0x8100 ? 18 : 14;
}

uint8_t *aoe_header(const struct aoe_frame *frame)
{
	uint32_t offset = header_offset(frame);

	if (frame->here < offset + AOE_HEADER ||
	    be16_get(frame->data + offset - 2) != AOE_ETHERTYPE)
		return NULL;
	return frame->data + offset;
}

uint32_t aoe_tag(const struct aoe_frame *frame)
{
	return be32_get(frame->data + header_offset(frame) + 6);
}

/* Of `length` bytes from the AoE header on; error 0 is none. */
static void answer(const struct aoe_target *target, struct aoe_frame *frame, uint32_t length,
		   unsigned int error)
{
	uint8_t *header = frame->data + header_offset(frame);

	memcpy(frame->data, frame->data + 6, 6);
	memcpy(frame->data + 6, target->address, 6);
	header[0] = (uint8_t)(VERSION << 4 | AOE_RESPONSE | (error ? AOE_ERROR : 0));
	header[1] = (uint8_t)error;
	be16_put(header + 2, target->shelf);
	header[4] = target->slot;
	frame->length = header_offset(frame) + length;
	if (frame->length < AOE_FRAME_MIN) {
		memset(frame->data + frame->length, 0, AOE_FRAME_MIN - frame->length);
		frame->length = AOE_FRAME_MIN;
	}
}

/* --- ATA ---------------------------------------------------------------------------------------*/
static void identify_text(uint8_t *words, unsigned int first, unsigned int count, const char *text)
{
	/* two characters a word, the first in its upper half */
	for (unsigned int i = 0; i < 2 * count; i++) {
		words[2 * first + (i ^ 1)] = (uint8_t)(*text ? *text : ' ');
		text += *text != '\0';
	}
}

static void identify_word(uint8_t *words, unsigned int word, uint64_t value)
{
	words[2 * word] = (uint8_t)value;
	words[2 * word + 1] = (uint8_t)(value >> 8);
}

static void identify(const struct aoe_target *target, uint8_t *words)
{
	uint64_t short_count = target->sectors < 0x0fffffff ? target->sectors : 0x0fffffff;
	char serial[21];

	memset(words, 0, AOE_SECTOR);
	snprintf(serial, sizeof(serial), "e%u.%u", target->shelf, target->slot);
	identify_text(words, 10, 10, serial);
	identify_text(words, 23, 4, "1");
	identify_text(words, 27, 20, target->name);
	identify_word(words, 49, 0x0200); /* LBA */
	identify_word(words, 60, short_count);
	identify_word(words, 61, short_count >> 16);
	/* flushes, and sectors of 48 bits; no write cache: what is answered is done */
	identify_word(words, 83, 0x7400);
	identify_word(words, 84, 0x4000);
	identify_word(words, 86, 0x3400);
	identify_word(words, 87, 0x4000);
	for (unsigned int i = 0; i < 4; i++)
		identify_word(words, 100 + i, target->sectors >> 16 * i);
}

static enum aoe_verdict ata_answer(struct aoe_target *target, struct aoe_frame *frame,
				   uint32_t length, unsigned int fault)
{
	uint8_t *header = frame->data + header_offset(frame);

	header[11] = (uint8_t)fault;
	header[13] = (uint8_t)(ATA_READY | (fault ? ATA_FAULT : 0));
	answer(target, frame, length, 0);
	return AOE_ANSWERED;
}

static enum aoe_verdict refuse(struct aoe_target *target, struct aoe_frame *frame,
			       enum aoe_error error)
{
	answer(target, frame, AOE_HEADER, error);
	return AOE_ANSWERED;
}

static uint64_t sector_of(const uint8_t *header)
{
	uint64_t sector = 0;
	bool extended = header[10] & ATA_LBA48;

	for (int i = extended ? 5 : 3; i >= 0; i--)
		sector = sector << 8 | header[14 + i];
	return extended ? sector : sector & 0x0fffffff;
}

static enum aoe_verdict ata_transfer(struct aoe_target *target, struct aoe_frame *frame,
				     struct aoe_work *work)
{
	uint32_t offset = header_offset(frame);
	uint8_t *header = frame->data + offset;
	uint32_t bytes;

	work->sector = sector_of(header);
	work->count = header[12];
	work->offset = offset + AOE_DATA;
	bytes = work->count * AOE_SECTOR;
	if (!work->count || work->count > target->sectors_max ||
	    offset + AOE_DATA + bytes > frame->room ||
	    (work->verb == VOLUME_WRITE && offset + AOE_DATA + bytes > frame->length))
		return refuse(target, frame, AOE_BAD_ARGUMENT);
	if (work->verb == VOLUME_WRITE && target->read_only)
		return ata_answer(target, frame, AOE_DATA, ATA_ABORT);
	if (work->sector > target->sectors || work->count > target->sectors - work->sector)
		return ata_answer(target, frame, AOE_DATA, ATA_NO_ID);
	return AOE_WORK;
}

static enum aoe_verdict ata(struct aoe_target *target, struct aoe_frame *frame,
			    struct aoe_work *work)
{
	uint32_t offset = header_offset(frame);
	uint8_t *header = frame->data + offset;

	if (frame->here < offset + AOE_DATA)
		return refuse(target, frame, AOE_BAD_ARGUMENT);
	if (target->reserved.count && !aoe_lists(&target->reserved, frame->data + 6))
		return refuse(target, frame, AOE_RESERVED);
	switch (header[13]) {
	case ATA_READ:
	case ATA_READ_EXT:
		work->verb = VOLUME_READ;
		return ata_transfer(target, frame, work);
	case ATA_WRITE:
	case ATA_WRITE_EXT:
		work->verb = VOLUME_WRITE;
		return ata_transfer(target, frame, work);
	case ATA_FLUSH:
	case ATA_FLUSH_EXT:
		*work = (struct aoe_work){.verb = VOLUME_FLUSH};
		return AOE_WORK;
	case ATA_IDENTIFY:
		if (offset + AOE_DATA + AOE_SECTOR > frame->room)
			return refuse(target, frame, AOE_BAD_ARGUMENT);
		identify(target, header + AOE_DATA);
		return ata_answer(target, frame, AOE_DATA + AOE_SECTOR, 0);
	case ATA_CHECK_POWER:
		header[12] = 0xff; /* it is awake */
		return ata_answer(target, frame, AOE_DATA, 0);
	default:
		return ata_answer(target, frame, AOE_DATA, ATA_ABORT);
	}
}

void aoe_finish(struct aoe_target *target, struct aoe_frame *frame, const struct aoe_work *work,
		int err)
{
	uint32_t length = AOE_DATA;

	if (!err && work->verb == VOLUME_READ)
		length += work->count * AOE_SECTOR;
	ata_answer(target, frame, length, err ? ATA_ABORT : 0);
}

/* --- config ------------------------------------------------------------------------------------*/
static uint32_t put_config(const struct aoe_target *target, uint8_t *header, unsigned int verb)
{
	be16_put(header + 10, AOE_BUFFERS);
	be16_put(header + 12, FIRMWARE);
	header[14] = target->sectors_max;
	header[15] = (uint8_t)(VERSION << 4 | verb);
	be16_put(header + 16, target->config_length);
	memcpy(header + 18, target->config, target->config_length);
	return 18u + target->config_length;
}

/* Whether it is answered at all: a test that fails is not. */
static bool config_matches(const struct aoe_target *target, unsigned int verb, const uint8_t *text,
			   uint32_t length)
{
	if (verb == CONFIG_TEST && length != target->config_length)
		return false;
	if (verb == CONFIG_TEST || verb == CONFIG_PREFIX)
		return length <= target->config_length && memcmp(target->config, text, length) == 0;
	return true;
}

static enum aoe_verdict config(struct aoe_target *target, struct aoe_frame *frame,
			       struct aoe_work *work)
{
	uint32_t offset = header_offset(frame), length;
	uint8_t *header = frame->data + offset;
	unsigned int verb;

	(void)work;
	if (frame->here < offset + 18)
		return refuse(target, frame, AOE_BAD_ARGUMENT);
	verb = header[15] & 0xf;
	length = be16_get(header + 16);
	if (verb > CONFIG_FORCE || length > AOE_CONFIG_MAX ||
	    (verb != CONFIG_READ && offset + 18 + length > frame->here))
		return refuse(target, frame, AOE_BAD_ARGUMENT);
	if (!config_matches(target, verb, header + 18, length))
		return AOE_IGNORE;
	if (verb >= CONFIG_SET) {
		if (target->reserved.count && !aoe_lists(&target->reserved, frame->data + 6))
			return refuse(target, frame, AOE_RESERVED);
		if (verb == CONFIG_SET && target->config_length)
			return refuse(target, frame, AOE_CONFIG_PRESENT);
		memcpy(target->config, header + 18, length);
		target->config_length = (uint16_t)length;
	}
	if (offset + 18 + target->config_length > frame->room)
		return refuse(target, frame, AOE_BAD_ARGUMENT);
	answer(target, frame, put_config(target, header, verb), 0);
	return AOE_ANSWERED;
}

void aoe_announce(const struct aoe_target *target, struct aoe_frame *frame)
{
	uint8_t *header = frame->data + 14;

	memset(frame->data, 0xff, 12); /* `answer` sends it to whom it is from: everybody */
	be16_put(frame->data + 12, AOE_ETHERTYPE);
	memset(header, 0, AOE_HEADER);
	header[5] = AOE_CONFIG;
	answer(target, frame, put_config(target, header, CONFIG_READ), 0);
}

/* --- lists -------------------------------------------------------------------------------------*/
static enum aoe_verdict lists(struct aoe_target *target, struct aoe_frame *frame,
			      struct aoe_work *work)
{
	uint32_t offset = header_offset(frame), length = frame->here - offset;
	uint8_t *header = frame->data + offset;
	unsigned int error;

	(void)work;
	if (header[5] == AOE_MASK)
		error = aoe_mask(target, header, &length, frame->room - offset);
	else
		error = aoe_reserve(target, frame->data + 6, header, &length, frame->room - offset);
	answer(target, frame, error ? AOE_HEADER : length, error);
	return AOE_ANSWERED;
}

enum aoe_verdict aoe_take(struct aoe_target *target, struct aoe_frame *frame, struct aoe_work *work)
{
	static enum aoe_verdict (*const commands[AOE_COMMANDS])(
		struct aoe_target *, struct aoe_frame *, struct aoe_work *) = {
		[AOE_ATA] = ata,
		[AOE_CONFIG] = config,
		[AOE_MASK] = lists,
		[AOE_RESERVE] = lists,
	};
	uint8_t *header = aoe_header(frame);

	if (!header || header[0] & AOE_RESPONSE || frame->room < AOE_FRAME_MIN ||
	    frame->data[6] & 1)
		return AOE_IGNORE;
	if ((be16_get(header + 2) != target->shelf && be16_get(header + 2) != AOE_SHELF_ALL) ||
	    (header[4] != target->slot && header[4] != AOE_SLOT_ALL))
		return AOE_IGNORE;
	if (target->mask.count && !aoe_lists(&target->mask, frame->data + 6))
		return AOE_IGNORE;
	if (header[0] >> 4 != VERSION)
		return refuse(target, frame, AOE_BAD_VERSION);
	if (header[5] >= AOE_COMMANDS)
		return refuse(target, frame, AOE_BAD_COMMAND);
	return commands[header[5]](target, frame, work);
}
