// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "negotiate.h"

#include "nbd.h"

#include <assert.h>
#include <string.h>

/* One option that is all there. */
struct option {
	uint32_t number;
	const uint8_t *data;
	uint32_t length;
};

/* `out` is empty before each step, and the longest answer lists all exports that there may be. */
static_assert((EXPORTS_MAX + 1) * (NBD_OPTION_REPLY_SIZE + 4 + EXPORT_NAME_MAX) <=
		      NEGOTIATE_OUT_MAX,
	      "a list of exports fits");

static uint8_t *room(struct negotiation *negotiation, size_t size)
{
	uint8_t *to = negotiation->out + negotiation->out_length;

	assert(size <= sizeof(negotiation->out) - negotiation->out_length);
	negotiation->out_length += size;
	return to;
}

/* The header of a reply; returns where `length` bytes of data are to be put. */
static uint8_t *reply(struct negotiation *negotiation, const struct option *option, uint32_t type,
		      uint32_t length)
{
	uint8_t *to = room(negotiation, NBD_OPTION_REPLY_SIZE + (size_t)length);

	to = be64_put(to, NBD_OPTION_REPLY);
	to = be32_put(to, option->number);
	to = be32_put(to, type);
	return be32_put(to, length);
}

static void close_for(struct negotiation *negotiation, const char *trouble)
{
	negotiation->state = NEGOTIATE_CLOSE;
	negotiation->trouble = trouble;
}

void negotiation_start(struct negotiation *negotiation, const struct exports *exports)
{
	uint8_t *to;

	negotiation->exports = exports;
	negotiation->state = NEGOTIATE_FLAGS;
	negotiation->client_flags = 0;
	negotiation->options = 0;
	negotiation->skip = 0;
	negotiation->structured = false;
	negotiation->export = NULL;
	negotiation->trouble = NULL;
	negotiation->out_length = 0;
	to = be64_put(room(negotiation, NBD_GREETING_SIZE), NBD_MAGIC);
	be16_put(be64_put(to, NBD_OPTION_MAGIC), NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES);
}

static void take_flags(struct negotiation *negotiation, const uint8_t *in)
{
	negotiation->client_flags = be32_get(in);
	negotiation->state = NEGOTIATE_OPTION;
	if (negotiation->client_flags & ~(NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES))
		close_for(negotiation, "flags that no client has");
}

/* It has no way to say that there is no such export but to close. */
static void export_name(struct negotiation *negotiation, const struct option *option)
{
	size_t size = 8 + 2;
	uint8_t *to;

	negotiation->export = export_find(negotiation->exports, option->data, option->length);
	if (!negotiation->export) {
		close_for(negotiation, "no export of that name");
		return;
	}
	if (!(negotiation->client_flags & NBD_NO_ZEROES))
		size += NBD_EXPORT_PADDING;
	to = room(negotiation, size);
	memset(to, 0, size);
	be16_put(be64_put(to, negotiation->export->size),
		 export_flags(negotiation->export, negotiation->structured));
	negotiation->state = NEGOTIATE_DONE;
}

static void abort_option(struct negotiation *negotiation, const struct option *option)
{
	reply(negotiation, option, NBD_REP_ACK, 0);
	close_for(negotiation, NULL);
}

static void list(struct negotiation *negotiation, const struct option *option)
{
	if (option->length) {
		reply(negotiation, option, NBD_REP_ERR_INVALID, 0);
		return;
	}
	for (size_t i = 0; i < negotiation->exports->count; i++) {
		const char *name = negotiation->exports->list[i]->name;
		uint32_t length = (uint32_t)strlen(name);
		uint8_t *to = reply(negotiation, option, NBD_REP_SERVER, 4 + length);

		memcpy(be32_put(to, length), name, length);
	}
	reply(negotiation, option, NBD_REP_ACK, 0);
}

static void structured_reply(struct negotiation *negotiation, const struct option *option)
{
	if (option->length) {
		reply(negotiation, option, NBD_REP_ERR_INVALID, 0);
		return;
	}
	negotiation->structured = true;
	reply(negotiation, option, NBD_REP_ACK, 0);
}

/* What is asked for: a name, and 16 bits for each thing to know. */
static bool read_name(const struct option *option, const uint8_t **name, uint32_t *length)
{
	uint32_t rest = option->length;

	if (rest < 4 + 2)
		return false;
	*length = be32_get(option->data);
	*name = option->data + 4;
	rest -= 4 + 2;
	return *length <= rest && rest - *length == 2u * be16_get(*name + *length);
}

/* All that we could say is said, whatever was asked for: the client takes what it understands. */
static void info(struct negotiation *negotiation, const struct option *option)
{
	const struct export *export;
	const uint8_t *name;
	uint32_t length;
	uint8_t *to;

	if (!read_name(option, &name, &length)) {
		reply(negotiation, option, NBD_REP_ERR_INVALID, 0);
		return;
	}
	negotiation->export = export_find(negotiation->exports, name, length);
	export = negotiation->export;
	if (!export) {
		reply(negotiation, option, NBD_REP_ERR_UNKNOWN, 0);
		return;
	}
	to = reply(negotiation, option, NBD_REP_INFO, 2 + 8 + 2);
	to = be64_put(be16_put(to, NBD_INFO_EXPORT), export->size);
	be16_put(to, export_flags(export, negotiation->structured));
	to = reply(negotiation, option, NBD_REP_INFO, 2 + 3 * 4);
	to = be32_put(be16_put(to, NBD_INFO_BLOCK_SIZE), 1);
	be32_put(be32_put(to, 4096), NBD_PAYLOAD_MAX);
	reply(negotiation, option, NBD_REP_ACK, 0);
	if (option->number == NBD_OPT_GO)
		negotiation->state = NEGOTIATE_DONE;
}

static const struct {
	enum nbd_option number;
	void (*answer)(struct negotiation *negotiation, const struct option *option);
} answers[] = {
	{NBD_OPT_EXPORT_NAME, export_name},
	{NBD_OPT_ABORT, abort_option},
	{NBD_OPT_LIST, list},
	{NBD_OPT_INFO, info},
	{NBD_OPT_GO, info},
	{NBD_OPT_STRUCTURED_REPLY, structured_reply},
};

static void answer(struct negotiation *negotiation, const struct option *option)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].number == option->number) {
			answers[i].answer(negotiation, option);
			return;
		}
	}
	reply(negotiation, option, NBD_REP_ERR_UNSUP, 0);
}

static size_t skip(struct negotiation *negotiation, size_t length)
{
	size_t taken = length < negotiation->skip ? length : negotiation->skip;

	negotiation->skip -= (uint32_t)taken;
	return taken;
}

/* Refused for its length: what is in it is not looked at. */
static size_t too_long(struct negotiation *negotiation, const struct option *option)
{
	if (option->length > NEGOTIATE_SKIP_MAX || option->number == NBD_OPT_EXPORT_NAME) {
		close_for(negotiation, "an option of absurd length");
	} else {
		reply(negotiation, option, NBD_REP_ERR_TOO_BIG, 0);
		negotiation->skip = option->length;
	}
	return NBD_OPTION_HEADER;
}

size_t negotiate(struct negotiation *negotiation, const uint8_t *in, size_t length)
{
	struct option option;

	if (negotiation->skip)
		return skip(negotiation, length);
	if (negotiation->state == NEGOTIATE_FLAGS) {
		if (length < NBD_CLIENT_FLAGS)
			return 0;
		take_flags(negotiation, in);
		return NBD_CLIENT_FLAGS;
	}
	if (length < NBD_OPTION_HEADER)
		return 0;
	option.number = be32_get(in + 8);
	option.length = be32_get(in + 12);
	option.data = in + NBD_OPTION_HEADER;
	if (be64_get(in) != NBD_OPTION_MAGIC) {
		close_for(negotiation, "no option where one has to be");
		return NBD_OPTION_HEADER;
	}
	if (negotiation->options == NEGOTIATE_OPTIONS_MAX) {
		close_for(negotiation, "too many options");
		return NBD_OPTION_HEADER;
	}
	if (option.length <= NEGOTIATE_DATA_MAX && length - NBD_OPTION_HEADER < option.length)
		return 0;
	negotiation->options++;
	if (option.length > NEGOTIATE_DATA_MAX)
		return too_long(negotiation, &option);
	answer(negotiation, &option);
	return NBD_OPTION_HEADER + option.length;
}
