/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What gateway and memory node say to each other, in messages over their RDMA connection. Reads and
 * writes of data are not among it: the gateway does these by itself, in the node's memory.
 *
 *   gateway  HELLO   who it is, its key, the volume it wants
 *   node     OFFER   the volume's memory, or why not
 *   gateway  STORE   writes what it has written to these ranges to the volume's file; with
 *                    MEMNODE_SYNC: for good
 *   gateway  ZERO    fills these ranges with zeroes
 *   node     DONE    the answer to the last two; the gateway waits for it before its next request
 *
 * Integers are the host's: one of the other byte order is refused by the magic number.
 */
#ifndef XDIVERT_MEMNODE_WIRE_H
#define XDIVERT_MEMNODE_WIRE_H

#include "export.h"

#include <stdint.h>
#include <xdivert/rdma.h>

#define MEMNODE_MAGIC	     0x31646e78u /* "xnd1" */
#define MEMNODE_PORT	     "7472"
#define MEMNODE_KEY_MIN	     16
#define MEMNODE_KEY_MAX	     64
#define MEMNODE_RANGES	     30
#define MEMNODE_MESSAGE_SIZE 512

enum memnode_type {
	MEMNODE_HELLO = 1,
	MEMNODE_OFFER,
	MEMNODE_STORE,
	MEMNODE_ZERO,
	MEMNODE_DONE,
};

struct memnode_header {
	uint32_t magic;
	uint32_t type;
};

#define MEMNODE_READ_ONLY 0x1u /* wants, or has, no more than to read */
/* Besides its memory: only what is stored there is there for the next incarnation. */
#define MEMNODE_HAS_FILE 0x2u

struct memnode_hello {
	struct memnode_header header;
	uint64_t gateway; /* a random number: its earlier connections end */
	uint32_t flags;
	uint32_t key_length;
	char volume[EXPORT_NAME_MAX + 1];
	uint8_t key[MEMNODE_KEY_MAX];
};

struct memnode_offer {
	struct memnode_header header;
	int32_t error; /* a negative errno */
	uint32_t flags;
	uint64_t incarnation; /* another one: what was not stored is lost */
	struct xdv_rdma_target target;
};

struct memnode_range {
	uint64_t offset, length; /* bytes */
};

#define MEMNODE_SYNC 0x1u

struct memnode_request {
	struct memnode_header header;
	uint32_t flags;
	uint32_t count;
	struct memnode_range ranges[MEMNODE_RANGES];
};

struct memnode_done {
	struct memnode_header header;
	int32_t error;
	uint32_t reserved;
};

_Static_assert(sizeof(struct memnode_request) <= MEMNODE_MESSAGE_SIZE, "it fits a message");

struct memnode_key {
	uint32_t length;
	uint8_t bytes[MEMNODE_KEY_MAX];
};

/* The first line of a file that nobody but its owner may read; `error` says what is wrong. */
int memnode_key_read(struct memnode_key *key, const char *path, struct xdv_error *error);

/* Takes as long for keys that differ early as for those that differ late. */
int memnode_key_equals(const struct memnode_key *key, const uint8_t *bytes, uint32_t length);

/* "HOST:PORT", "[HOST]:PORT" or "HOST" into its parts, in place; -EINVAL. */
int memnode_address_split(char *text, const char **host, const char **port);

#endif
