/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ATA over Ethernet: frames in, answers out in the same frame. It knows nothing of sockets or
 * volumes; what has to be read or written is told to the caller. Data of a long frame may lie in
 * several buffers; all else of it, which is 2100 bytes at the most, is in the first.
 *
 * A frame is an Ethernet header, with one VLAN tag or none, and from there on (AoE's specification
 * of 2009, revision 11, sections 2 and 3):
 *
 *    0  version (1) and flags, 4 bits each      10  ATA: flags, feature, sectors, command,
 *    1  error                                        LBA (6, little-endian), 2 of nothing,
 *    2  shelf (be16)                                 and at 22 the data
 *    4  slot                                    10  config: buffers (be16), firmware (be16),
 *    5  command                                      sectors, version and verb, length (be16), text
 *    6  tag (be32), repeated in the answer      10  mask, reserve: see aoe_lists.c
 */
#ifndef XDIVERT_AOE_H
#define XDIVERT_AOE_H

#include "volume.h"

#include <stdbool.h>
#include <stdint.h>

#define AOE_ETHERTYPE  0x88a2
#define AOE_HEADER     10
#define AOE_DATA       22 /* where an ATA command's begin */
#define AOE_SECTOR     512u
#define AOE_BUFFERS    64 /* requests that an initiator may have under way */
#define AOE_CONFIG_MAX 1024
#define AOE_LIST_MAX   255 /* addresses, as their count is a byte */
#define AOE_FRAME_MIN  60
#define AOE_SHELF_ALL  0xffff
#define AOE_SLOT_ALL   0xff

#define AOE_RESPONSE 0x8u
#define AOE_ERROR    0x4u

/* "Error" */
enum aoe_error {
	AOE_BAD_COMMAND = 1,
	AOE_BAD_ARGUMENT = 2,
	AOE_CONFIG_PRESENT = 4,
	AOE_BAD_VERSION = 5,
	AOE_RESERVED = 6,
};

enum aoe_command { AOE_ATA, AOE_CONFIG, AOE_MASK, AOE_RESERVE, AOE_COMMANDS };

struct aoe_list {
	uint8_t addresses[AOE_LIST_MAX][6];
	unsigned int count;
};

/* What an initiator sees: a disk in a slot of a shelf. */
struct aoe_target {
	uint16_t shelf;
	uint8_t slot;
	uint8_t address[6]; /* of the interface */
	uint8_t sectors_max; /* in a frame */
	bool read_only;
	uint64_t sectors;
	const char *name;
	uint8_t config[AOE_CONFIG_MAX];
	uint16_t config_length;
	struct aoe_list mask; /* who is listened to; empty: everybody */
	struct aoe_list reserved; /* who may use the disk; empty: everybody */
};

struct aoe_frame {
	uint8_t *data; /* from the Ethernet header on */
	uint32_t length; /* bytes of all of it */
	uint32_t here; /* bytes of it at `data`: all, or the rest is in further buffers */
	uint32_t room; /* bytes that an answer may have, with further buffers */
};

/* What an answer waits for. */
struct aoe_work {
	enum volume_verb verb; /* of VOLUME_READ, _WRITE and _FLUSH */
	uint64_t sector;
	uint32_t count; /* of sectors */
	uint32_t offset; /* of the data in the frame */
};

enum aoe_verdict {
	AOE_IGNORE, /* it is not for this target, or from nobody that it listens to */
	AOE_ANSWERED, /* the frame is the answer now: send it */
	AOE_WORK, /* do that, and then aoe_finish() it */
};

enum aoe_verdict aoe_take(struct aoe_target *target, struct aoe_frame *frame,
			  struct aoe_work *work);
/* Makes the frame the answer, for good or bad. */
void aoe_finish(struct aoe_target *target, struct aoe_frame *frame, const struct aoe_work *work,
		int err);

/* Makes a frame that tells all initiators of the target: an answer nobody has asked for. */
void aoe_announce(const struct aoe_target *target, struct aoe_frame *frame);

/* The AoE header of a frame; NULL if it has none. */
uint8_t *aoe_header(const struct aoe_frame *frame);
uint32_t aoe_tag(const struct aoe_frame *frame);

/* aoe_lists.c: the commands of the two lists; an enum aoe_error, or 0 with *length of the answer */
unsigned int aoe_mask(struct aoe_target *target, uint8_t *header, uint32_t *length, uint32_t room);
unsigned int aoe_reserve(struct aoe_target *target, const uint8_t *source, uint8_t *header,
			 uint32_t *length, uint32_t room);
bool aoe_lists(const struct aoe_list *list, const uint8_t address[6]);

#endif
