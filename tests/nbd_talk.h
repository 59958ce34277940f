/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A client's side of NBD's handshake, for tests: what it says, and what it hears.
 */
#ifndef XDIVERT_TEST_NBD_TALK_H
#define XDIVERT_TEST_NBD_TALK_H

#include "storage/export.h"
#include "storage/negotiate.h"

#define TALK_MAX (256u << 10)

struct talk {
	struct negotiation negotiation;
	uint8_t said[TALK_MAX], heard[TALK_MAX];
	size_t said_length, heard_length;
	size_t taken; /* of what was said, once it was heard */
};

void talk_start(struct talk *talk);
void talk_flags(struct talk *talk, uint32_t flags);
void talk_option(struct talk *talk, uint32_t number, const void *data, uint32_t length);
/* INFO or GO: a name, and that nothing special is asked for. */
void talk_info(struct talk *talk, uint32_t number, const char *name);

/*
 * Hands over what was said in pieces of `piece` bytes, from the beginning, and takes what there is
 * to hear at once. `exports` are a 64 MiB "vol0" and a read-only "vol1" of 5 bytes.
 */
void talk_listen(struct talk *talk, size_t piece);

extern const struct exports talk_exports;

#endif
