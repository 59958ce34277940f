/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The numbers of NBD, as the protocol's own document has them (doc/proto.md of the NBD project; the
 * sections are named). All integers are big-endian.
 */
#ifndef XDIVERT_NBD_H
#define XDIVERT_NBD_H

#include <stdint.h>

/* "Fixed newstyle negotiation": what the server begins with, and what the client answers. */
#define NBD_MAGIC	      0x4e42444d41474943ull /* NBDMAGIC */
#define NBD_OPTION_MAGIC      0x49484156454f5054ull /* IHAVEOPT; before each option, too */
#define NBD_GREETING_SIZE     18 /* both, and 16 bits of flags */
#define NBD_FIXED_NEWSTYLE    0x1u /* of server and client alike */
#define NBD_NO_ZEROES	      0x2u
#define NBD_CLIENT_FLAGS      4 /* bytes */
#define NBD_EXPORT_PADDING    124 /* zeroes behind the answer to EXPORT_NAME, without NO_ZEROES */
#define NBD_DEFAULT_PORT      10809
#define NBD_NAME_MAX	      4096
#define NBD_OPTION_HEADER     16 /* magic, option, length */
#define NBD_OPTION_REPLY      0x3e889045565a9ull
#define NBD_OPTION_REPLY_SIZE 20 /* magic, option, type, length */

/* "Option types" */
enum nbd_option {
	NBD_OPT_EXPORT_NAME = 1,
	NBD_OPT_ABORT = 2,
	NBD_OPT_LIST = 3,
	NBD_OPT_INFO = 6,
	NBD_OPT_GO = 7,
	NBD_OPT_STRUCTURED_REPLY = 8,
};

/* "Option reply types"; errors have the highest bit. */
#define NBD_REP_ACK	    1u
#define NBD_REP_SERVER	    2u
#define NBD_REP_INFO	    3u
#define NBD_REP_ERR_UNSUP   0x80000001u
#define NBD_REP_ERR_INVALID 0x80000003u
#define NBD_REP_ERR_UNKNOWN 0x80000006u
#define NBD_REP_ERR_TOO_BIG 0x80000009u

/* What NBD_REP_INFO is about */
#define NBD_INFO_EXPORT	    0
#define NBD_INFO_BLOCK_SIZE 3

/* "Transmission flags", of an export. */
#define NBD_HAS_FLAGS	      0x1u
#define NBD_READ_ONLY	      0x2u
#define NBD_SEND_FLUSH	      0x4u
#define NBD_SEND_FUA	      0x8u
#define NBD_SEND_TRIM	      0x20u
#define NBD_SEND_WRITE_ZEROES 0x40u
#define NBD_SEND_DF	      0x80u
#define NBD_CAN_MULTI_CONN    0x100u

/* "Request message": magic, flags (16 bits), type (16), cookie (64), offset (64), length (32) */
#define NBD_REQUEST_MAGIC 0x25609513u
#define NBD_REQUEST_SIZE  28

enum nbd_command {
	NBD_CMD_READ = 0,
	NBD_CMD_WRITE = 1,
	NBD_CMD_DISC = 2,
	NBD_CMD_FLUSH = 3,
	NBD_CMD_TRIM = 4,
	NBD_CMD_WRITE_ZEROES = 6,
};

/* "Command flags" */
#define NBD_FLAG_FUA	 0x1u
#define NBD_FLAG_NO_HOLE 0x2u
#define NBD_FLAG_DF	 0x4u /* one chunk: all our answers are */

/* "Simple reply message": magic, error (32), cookie (64) */
#define NBD_SIMPLE_MAGIC 0x67446698u
#define NBD_SIMPLE_SIZE	 16

/* "Structured reply chunk message": magic, flags (16), type (16), cookie (64), length (32) */
#define NBD_STRUCTURED_MAGIC 0x668e33efu
#define NBD_STRUCTURED_SIZE  20
#define NBD_REPLY_DONE	     0x1u
#define NBD_REPLY_NONE	     0u
#define NBD_REPLY_DATA	     1u /* its length includes an offset (64) in front of the data */
#define NBD_REPLY_ERROR	     0x8001u /* error (32), length of a message (16) */

/* "Error values" */
#define NBD_EPERM     1u
#define NBD_EIO	      5u
#define NBD_ENOMEM    12u
#define NBD_EINVAL    22u
#define NBD_ENOSPC    28u
#define NBD_ENOTSUP   95u
#define NBD_ESHUTDOWN 108u

/* "Size constraints": what a client may rely on that did not ask; we offer no more. */
#define NBD_PAYLOAD_MAX (32u << 20)

static inline uint16_t be16_get(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static inline uint32_t be32_get(const uint8_t *from)
{
	return (uint32_t)be16_get(from) << 16 | be16_get(from + 2);
}

static inline uint64_t be64_get(const uint8_t *from)
{
	return (uint64_t)be32_get(from) << 32 | be32_get(from + 4);
}

/* The same the other way; they return what is behind it. */
static inline uint8_t *be16_put(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return to + 2;
}

static inline uint8_t *be32_put(uint8_t *to, uint32_t value)
{
	return be16_put(be16_put(to, (uint16_t)(value >> 16)), (uint16_t)value);
}

static inline uint8_t *be64_put(uint8_t *to, uint64_t value)
{
	return be32_put(be32_put(to, (uint32_t)(value >> 32)), (uint32_t)value);
}

#endif
