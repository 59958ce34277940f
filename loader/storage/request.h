/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * NBD's requests and replies in bytes, and which requests an export takes.
 */
#ifndef XDIVERT_REQUEST_H
#define XDIVERT_REQUEST_H

#include "export.h"
#include "nbd.h"

struct nbd_request {
	uint16_t flags, type;
	uint64_t cookie, offset;
	uint32_t length;
};

/* -EBADMSG: that is no request, and where the next one begins is not known. */
int nbd_request_read(struct nbd_request *request, const uint8_t in[NBD_REQUEST_SIZE]);

/* How many bytes of payload follow the request, also one that is refused. */
uint32_t nbd_request_payload(const struct nbd_request *request);

/* 0, or the NBD_E… that it is answered with: nothing is done. */
uint32_t nbd_request_check(const struct nbd_request *request, const struct export *export);

/* What a negative errno of a volume is to the client. */
uint32_t nbd_error(int err);

#define NBD_REPLY_HEADER_MAX (NBD_STRUCTURED_SIZE + 8)

/*
 * Writes the header of the reply; returns its length. The data of a read that went well follows;
 * nothing follows anything else.
 */
size_t nbd_reply_write(uint8_t out[NBD_REPLY_HEADER_MAX], const struct nbd_request *request,
		       uint32_t error, bool structured);

#endif
