// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "request.h"

#include <errno.h>

int nbd_request_read(struct nbd_request *request, const uint8_t in[NBD_REQUEST_SIZE])
{
	if (be32_get(in) != NBD_REQUEST_MAGIC)
		return -EBADMSG;
	request->flags = be16_get(in + 4);
	request->type = be16_get(in + 6);
	request->cookie = be64_get(in + 8);
	request->offset = be64_get(in + 16);
	request->length = be32_get(in + 24);
	return 0;
}

uint32_t nbd_request_payload(const struct nbd_request *request)
{
	return request->type == NBD_CMD_WRITE ? request->length : 0;
}

/* What there is to know of a command: which flags it takes, and what it does. */
static const struct rule {
	bool known, writes, has_range, has_payload;
	uint16_t flags;
} rules[] = {
	/* clients set FUA on whatever they like, once the export has it */
	[NBD_CMD_READ] = {true, false, true, true, NBD_FLAG_FUA | NBD_FLAG_DF},
	[NBD_CMD_WRITE] = {true, true, true, true, NBD_FLAG_FUA},
	[NBD_CMD_DISC] = {.known = true, .flags = NBD_FLAG_FUA},
	[NBD_CMD_FLUSH] = {.known = true, .flags = NBD_FLAG_FUA},
	[NBD_CMD_TRIM] = {true, true, true, false, NBD_FLAG_FUA},
	[NBD_CMD_WRITE_ZEROES] = {true, true, true, false, NBD_FLAG_FUA | NBD_FLAG_NO_HOLE},
};

uint32_t nbd_request_check(const struct nbd_request *request, const struct export *export)
{
	const struct rule *rule;

	if (request->type >= sizeof(rules) / sizeof(rules[0]))
		return NBD_EINVAL;
	rule = &rules[request->type];
	if (!rule->known || request->flags & ~rule->flags)
		return NBD_EINVAL;
	if (rule->writes && export->read_only)
		return NBD_EPERM;
	if (!rule->has_range)
		return 0;
	if (rule->has_payload && request->length > NBD_PAYLOAD_MAX)
		return NBD_EINVAL;
	if (request->offset > export->size || request->length > export->size - request->offset)
		return request->type == NBD_CMD_READ || request->type == NBD_CMD_TRIM ? NBD_EINVAL
										      : NBD_ENOSPC;
	return 0;
}

uint32_t nbd_error(int err)
{
	static const struct {
		int err;
		uint32_t error;
	} table[] = {
		{EPERM, NBD_EPERM},   {EROFS, NBD_EPERM},	 {ENOMEM, NBD_ENOMEM},
		{EINVAL, NBD_EINVAL}, {ENOSPC, NBD_ENOSPC},	 {EDQUOT, NBD_ENOSPC},
		{EFBIG, NBD_ENOSPC},  {EOPNOTSUPP, NBD_ENOTSUP}, {ESHUTDOWN, NBD_ESHUTDOWN},
	};

	if (!err)
		return 0;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == -err)
			return table[i].error;
	return NBD_EIO;
}

static uint8_t *structured_header(uint8_t *out, const struct nbd_request *request, uint16_t type,
				  uint32_t length)
{
	out = be32_put(out, NBD_STRUCTURED_MAGIC);
	out = be16_put(out, NBD_REPLY_DONE);
	out = be16_put(out, type);
	out = be64_put(out, request->cookie);
	return be32_put(out, length);
}

/* Only reads need the long form, once the client has asked for it; the short one suits the rest. */
size_t nbd_reply_write(uint8_t out[NBD_REPLY_HEADER_MAX], const struct nbd_request *request,
		       uint32_t error, bool structured)
{
	uint8_t *end;

	if (!structured || request->type != NBD_CMD_READ) {
		end = be32_put(out, NBD_SIMPLE_MAGIC);
		end = be32_put(end, error);
		end = be64_put(end, request->cookie);
	} else if (error) {
		end = structured_header(out, request, NBD_REPLY_ERROR, 4 + 2);
		end = be16_put(be32_put(end, error), 0);
	} else if (request->length == 0) {
		end = structured_header(out, request, NBD_REPLY_NONE, 0);
	} else {
		end = structured_header(out, request, NBD_REPLY_DATA, 8 + request->length);
		end = be64_put(end, request->offset);
	}
	return (size_t)(end - out);
}
