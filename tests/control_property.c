// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "control_property.h"

#include "control/notes.h"
#include "control/requests.h"
#include "message.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 256 /* small, so that long messages are found soon */

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "control_property: %s\n", what);
	abort();
}

/* What became of the bytes: each message's length and sum, and how it ended. */
struct outcome {
	size_t messages, requests;
	uint64_t sum;
	int err;
};

/* Any request, read as a note, is an entry of one line or refused with a word. */
static void read_note(const json_t *request)
{
	struct xdv_error error = {};
	struct note note = {};
	int err = note_read(&note, request, &error);

	must(!err || (err == -EINVAL && error.code == err && *error.message),
	     "a note is refused without a word");
	must(err || (*note.ifname && *note.text), "a note says nothing");
	for (const char *c = note.text; *c; c++)
		must((unsigned char)*c >= 0x20 && *c != 0x7f, "a note has a control character");
}

static void take_message(struct outcome *outcome, const struct message_input *input)
{
	struct xdv_error error = {};
	json_t *request = request_parse(input->body, input->length, &error);

	must(strlen(input->body) <= input->length, "no zero behind a message");
	must(request || (error.code < 0 && *error.message), "a message is refused without a word");
	must(!request || !error.code, "a request has an error");
	if (request)
		read_note(request);
	outcome->messages++;
	outcome->requests += request != NULL;
	for (size_t i = 0; i < input->length; i++)
		outcome->sum = outcome->sum * 31 + (unsigned char)input->body[i];
	json_decref(request);
}

static struct outcome run(const uint8_t *bytes, size_t size, size_t piece)
{
	char *body = malloc(LIMIT + 1); /* of its own, so that a sanitizer sees its ends */
	struct message_input input = {.body = body, .limit = LIMIT};
	struct outcome outcome = {};

	while (size && !outcome.err) {
		size_t count = size < piece ? size : piece, taken;

		outcome.err = message_take(&input, bytes, count, &taken);
		must(taken <= count, "more is taken than there is");
		must(outcome.err || taken == count || input.complete, "bytes are left");
		bytes += taken;
		size -= taken;
		if (!input.complete)
			continue;
		must(!outcome.err, "a complete message is an error");
		take_message(&outcome, &input);
		message_clear(&input);
	}
	must(!outcome.err || outcome.err == -EMSGSIZE || outcome.err == -EBADMSG, "another error");
	free(body);
	return outcome;
}

size_t control_property(const uint8_t *bytes, size_t size)
{
	struct outcome whole = run(bytes, size, size), cut;

	for (size_t piece = 1; piece < 8; piece++) {
		cut = run(bytes, size, piece);
		must(cut.messages == whole.messages && cut.requests == whole.requests &&
			     cut.sum == whole.sum && cut.err == whole.err,
		     "pieces make a difference");
	}
	return whole.requests;
}
