// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The control protocol: messages in pieces, requests, and bytes that are neither. */
#include "control/notes.h"
#include "control/requests.h"
#include "control_property.h"
#include "message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>

#define STATUS	"{\"version\":1,\"request\":\"status\"}"
#define MANGLED 20000

/* Bytes as a client sends them: lengths in front of texts. */
struct stream {
	uint8_t bytes[2048];
	size_t size;
};

static void add(struct stream *stream, const char *text)
{
	size_t length = strlen(text);

	message_head(stream->bytes + stream->size, length);
	memcpy(stream->bytes + stream->size + MESSAGE_HEAD, text, length);
	stream->size += MESSAGE_HEAD + length;
}

static const char *const seeds[] = {
	STATUS,
	"{\"version\":1,\"request\":\"log\",\"follow\":true}",
	"{\"version\":1,\"request\":\"open\",\"interface\":\"eth0\",\"consumer\":\"feed\"}",
	"{\"version\":1,\"request\":\"capture\",\"interface\":\"eth0\",\"rule\":\"x\",\"count\":5}",
	"{\"version\":1,\"request\":\"finish\"}",
	"{\"version\":1,\"request\":\"note\",\"interface\":\"eth0\",\"level\":\"info\",\"text\":\"x\"}",
	"{\"version\":2,\"request\":\"status\"}",
	"{\"version\":1,\"request\":7}",
	"{\"version\":1,\"version\":1,\"request\":\"status\"}",
	"{\"request\":\"\\u0000\"}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	"\"\xff\"",
	" ",
};

#define SEEDS (sizeof(seeds) / sizeof(seeds[0]))

static void message_in_pieces_is_one(void **state)
{
	char body[64 + 1];
	struct message_input input = {.body = body, .limit = 64};
	struct stream stream = {};
	size_t taken;

	(void)state;
	add(&stream, STATUS);
	for (size_t i = 0; i < stream.size; i++) {
		assert_false(input.complete);
		assert_int_equal(message_take(&input, stream.bytes + i, 1, &taken), 0);
		assert_int_equal(taken, 1);
	}
	assert_true(input.complete);
	assert_string_equal(body, STATUS);
}

static void message_takes_no_byte_of_the_next(void **state)
{
	char body[64 + 1];
	struct message_input input = {.body = body, .limit = 64};
	struct stream stream = {};
	size_t taken;

	(void)state;
	add(&stream, STATUS);
	add(&stream, "{}");
	assert_int_equal(message_take(&input, stream.bytes, stream.size, &taken), 0);
	assert_int_equal(taken, MESSAGE_HEAD + strlen(STATUS));
	assert_int_equal(message_take(&input, stream.bytes, 1, &taken), 0);
	assert_int_equal(taken, 0);
}

static void message_length_has_limits(void **state)
{
	char body[64 + 1];
	struct message_input input = {.body = body, .limit = 64};
	size_t taken;

	(void)state;
	assert_int_equal(message_take(&input, "\0\0\0\0", 4, &taken), -EBADMSG);
	message_clear(&input);
	assert_int_equal(message_take(&input, "\0\0\0\x41", 4, &taken), -EMSGSIZE);
	message_clear(&input);
	assert_int_equal(message_take(&input, "\xff\xff\xff\xff", 4, &taken), -EMSGSIZE);
	message_clear(&input);
	assert_int_equal(message_take(&input, "\0\0\0\x40", 4, &taken), 0);
}

static void request_says_what_is_wrong_with_it(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *message;
	} table[] = {
		{"{", -EBADMSG, "JSON object"},
		{"[]", -EBADMSG, "JSON object"},
		{"{\"request\":\"status\"}", -EBADMSG, "\"version\""},
		{"{\"version\":2,\"request\":\"status\"}", -EPROTONOSUPPORT, "version 1"},
		{"{\"version\":1}", -EBADMSG, "\"request\""},
		{"{\"version\":1,\"request\":7}", -EBADMSG, "\"request\""},
		{STATUS " ", 0, ""},
		{STATUS "x", -EBADMSG, "JSON object"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct xdv_error error = {};
		json_t *request = request_parse(table[i].text, strlen(table[i].text), &error);

		assert_int_equal(error.code, table[i].err);
		assert_non_null(strstr(error.message, table[i].message));
		assert_int_equal(request != NULL, table[i].err == 0);
		json_decref(request);
	}
}

static int read_note(struct note *note, const char *text, struct xdv_error *error)
{
	json_t *request = json_loads(text, 0, NULL);
	int err;

	assert_non_null(request);
	err = note_read(note, request, error);
	json_decref(request);
	return err;
}

static void note_is_one_line(void **state)
{
	struct note note;

	(void)state;
	assert_int_equal(read_note(&note,
				   "{\"interface\":\"eth0\",\"level\":\"warning\","
				   "\"text\":\"a\\nb\\u007f\\u00fc\",\"reason\":\"\\u001b[31m\"}",
				   NULL),
			 0);
	assert_string_equal(note.ifname, "eth0");
	assert_int_equal(note.level, JOURNAL_WARNING);
	assert_string_equal(note.text, "a?b?\xc3\xbc");
	assert_string_equal(note.reason, "?[31m");
}

static void note_says_what_is_wrong_with_it(void **state)
{
	static const struct {
		const char *text, *message;
	} table[] = {
		{"{\"level\":\"info\",\"text\":\"x\"}", "\"interface\""},
		{"{\"interface\":\"../a\",\"level\":\"info\",\"text\":\"x\"}", "\"interface\""},
		{"{\"interface\":\"eth0\",\"text\":\"x\"}", "\"level\""},
		{"{\"interface\":\"eth0\",\"level\":\"loud\",\"text\":\"x\"}", "\"level\""},
		{"{\"interface\":\"eth0\",\"level\":\"info\"}", "\"text\""},
		{"{\"interface\":\"eth0\",\"level\":\"info\",\"text\":\"\"}", "\"text\""},
		{"{\"interface\":\"eth0\",\"level\":\"info\",\"text\":\"x\",\"reason\":1}",
		 "\"reason\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct xdv_error error = {};
		struct note note;

		assert_int_equal(read_note(&note, table[i].text, &error), -EINVAL);
		assert_non_null(strstr(error.message, table[i].message));
	}
}

static void any_bytes_are_taken_the_same_in_any_pieces(void **state)
{
	struct stream stream = {}, mangled;
	size_t requests = 0;

	(void)state;
	for (size_t i = 0; i < SEEDS; i++)
		add(&stream, seeds[i]);
	assert_int_equal(control_property(stream.bytes, stream.size), 6); /* well-formed ones */
	srandom(1);
	for (int i = 0; i < MANGLED; i++) {
		mangled = stream;
		for (long n = random() % 4; n >= 0; n--)
			mangled.bytes[(size_t)random() % mangled.size] = (uint8_t)random();
		mangled.size = (size_t)random() % mangled.size;
		requests += control_property(mangled.bytes, mangled.size);
	}
	assert_true(requests > MANGLED / 10); /* not all were turned away at the door */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_in_pieces_is_one),
		cmocka_unit_test(message_takes_no_byte_of_the_next),
		cmocka_unit_test(message_length_has_limits),
		cmocka_unit_test(request_says_what_is_wrong_with_it),
		cmocka_unit_test(note_is_one_line),
		cmocka_unit_test(note_says_what_is_wrong_with_it),
		cmocka_unit_test(any_bytes_are_taken_the_same_in_any_pieces),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
