/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * NBD's handshake, "fixed newstyle" only: bytes in, bytes out, an export at the end. It knows
 * nothing of sockets. What a client can make it do is bounded: by the room for an answer, the
 * length of an option and their number.
 */
#ifndef XDIVERT_NEGOTIATE_H
#define XDIVERT_NEGOTIATE_H

#include "export.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEGOTIATE_OPTIONS_MAX 128 /* more of them is no honest client */
#define NEGOTIATE_DATA_MAX    8192 /* of one option; longer ones are refused and skipped */
#define NEGOTIATE_SKIP_MAX    (64u << 10) /* and beyond this, the connection ends */
#define NEGOTIATE_OUT_MAX     8192

enum negotiate_state {
	NEGOTIATE_FLAGS, /* the client's flags are next */
	NEGOTIATE_OPTION,
	NEGOTIATE_DONE, /* the export is chosen: requests follow */
	NEGOTIATE_CLOSE, /* send what there is, and close */
};

struct negotiation {
	const struct exports *exports; /* borrows */
	enum negotiate_state state;
	uint32_t client_flags;
	unsigned int options; /* that there were */
	uint32_t skip; /* bytes of an option that is refused already */
	bool structured; /* replies */
	struct export *export; /* of NEGOTIATE_DONE */
	const char *trouble; /* why the connection is closed; NULL: the client wants it so */
	uint8_t out[NEGOTIATE_OUT_MAX]; /* to be sent; the caller empties it */
	size_t out_length;
};

/* Begins with the server's greeting in `out`. */
void negotiation_start(struct negotiation *negotiation, const struct exports *exports);

/*
 * Takes one step, if there is enough for it: returns how many bytes it took, 0 if it wants more of
 * them. `in` of NBD_OPTION_HEADER + NEGOTIATE_DATA_MAX bytes is always enough. To be called again
 * once `out` is sent and empty, until the state is DONE or CLOSE.
 */
size_t negotiate(struct negotiation *negotiation, const uint8_t *in, size_t length);

#endif
