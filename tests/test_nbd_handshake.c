// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* NBD's handshake, byte by byte, as honest clients and others have it. */
#include "nbd_talk.h"
#include "storage/nbd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

static struct talk talk;
static const uint8_t *heard; /* the next byte that was */

static size_t unheard(void)
{
	return (size_t)(talk.heard + talk.heard_length - heard);
}

static void listen_for(size_t piece)
{
	talk_listen(&talk, piece);
	heard = talk.heard;
}

static void hears_bytes(const void *bytes, size_t length)
{
	assert_true(unheard() >= length);
	assert_memory_equal(heard, bytes, length);
	heard += length;
}

static void hears_greeting(void)
{
	hears_bytes("NBDMAGICIHAVEOPT\0\3", 18);
}

/* Returns its data. */
static const uint8_t *hears_reply(uint32_t option, uint32_t type, uint32_t length)
{
	const uint8_t *data = heard + 20;

	assert_true(unheard() >= 20 + length);
	hears_bytes("\0\3\xe8\x89\x04\x55\x65\xa9", 8);
	assert_int_equal(be32_get(heard), option);
	assert_int_equal(be32_get(heard + 4), type);
	assert_int_equal(be32_get(heard + 8), length);
	heard = data + length;
	return data;
}

static void hears_no_more(void)
{
	assert_int_equal(unheard(), 0);
}

static void hears_info(uint32_t option, uint64_t size, uint16_t flags)
{
	const uint8_t *data = hears_reply(option, NBD_REP_INFO, 12);

	assert_int_equal(be16_get(data), NBD_INFO_EXPORT);
	assert_int_equal(be64_get(data + 2), size);
	assert_int_equal(be16_get(data + 10), flags);
	data = hears_reply(option, NBD_REP_INFO, 14);
	assert_memory_equal(data, "\0\3\0\0\0\1\0\0\x10\0\2\0\0\0", 14);
	hears_reply(option, NBD_REP_ACK, 0);
}

static void handshake_greets_before_anything_is_said(void **state)
{
	(void)state;
	talk_start(&talk);
	listen_for(1);
	hears_greeting();
	hears_no_more();
	assert_int_equal(talk.negotiation.state, NEGOTIATE_FLAGS);
}

/* A whole conversation, cut at every place. */
static void handshake_is_the_same_however_it_is_cut(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES);
	talk_option(&talk, NBD_OPT_STRUCTURED_REPLY, NULL, 0);
	talk_option(&talk, 10, "\0\0\0\4vol0\0\0\0\0", 12); /* SET_META_CONTEXT */
	talk_option(&talk, NBD_OPT_LIST, NULL, 0);
	talk_info(&talk, NBD_OPT_INFO, "vol1");
	talk_info(&talk, NBD_OPT_GO, "vol0");
	for (size_t piece = 1; piece <= talk.said_length; piece++) {
		listen_for(piece);
		hears_greeting();
		hears_reply(NBD_OPT_STRUCTURED_REPLY, NBD_REP_ACK, 0);
		hears_reply(10, NBD_REP_ERR_UNSUP, 0);
		assert_memory_equal(hears_reply(NBD_OPT_LIST, NBD_REP_SERVER, 8), "\0\0\0\4vol0",
				    8);
		assert_memory_equal(hears_reply(NBD_OPT_LIST, NBD_REP_SERVER, 8), "\0\0\0\4vol1",
				    8);
		hears_reply(NBD_OPT_LIST, NBD_REP_ACK, 0);
		hears_info(NBD_OPT_INFO, 5, 0x187);
		hears_info(NBD_OPT_GO, 64 << 20, 0x1ed);
		hears_no_more();
		assert_int_equal(talk.negotiation.state, NEGOTIATE_DONE);
		assert_ptr_equal(talk.negotiation.export, talk_exports.list[0]);
		assert_true(talk.negotiation.structured);
		assert_int_equal(talk.taken, talk.said_length);
	}
}

static void handshake_leaves_requests_alone(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	talk_info(&talk, NBD_OPT_GO, "vol0");
	talk_flags(&talk, NBD_REQUEST_MAGIC);
	listen_for(1000);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_DONE);
	assert_int_equal(talk.taken, talk.said_length - 4);
	assert_false(talk.negotiation.structured);
}

static void handshake_by_export_name_is_padded_unless_told(void **state)
{
	static const uint8_t zeroes[NBD_EXPORT_PADDING];

	(void)state;
	for (uint32_t no_zeroes = 0; no_zeroes <= NBD_NO_ZEROES; no_zeroes += NBD_NO_ZEROES) {
		talk_start(&talk);
		talk_flags(&talk, NBD_FIXED_NEWSTYLE | no_zeroes);
		talk_option(&talk, NBD_OPT_EXPORT_NAME, "vol1", 4);
		listen_for(3);
		hears_greeting();
		hears_bytes("\0\0\0\0\0\0\0\5\1\7", 10);
		if (!no_zeroes)
			hears_bytes(zeroes, sizeof(zeroes));
		hears_no_more();
		assert_int_equal(talk.negotiation.state, NEGOTIATE_DONE);
	}
}

static void handshake_of_an_unknown_export_says_so(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	talk_info(&talk, NBD_OPT_GO, "vol");
	talk_info(&talk, NBD_OPT_GO, "vol00");
	talk_info(&talk, NBD_OPT_GO, ""); /* which of the two? */
	listen_for(7);
	hears_greeting();
	for (int i = 0; i < 3; i++)
		hears_reply(NBD_OPT_GO, NBD_REP_ERR_UNKNOWN, 0);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_OPTION);
	talk_option(&talk, NBD_OPT_EXPORT_NAME, "none", 4);
	listen_for(7);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);
	assert_non_null(talk.negotiation.trouble);
}

static void handshake_ends_with_abort(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	talk_option(&talk, NBD_OPT_ABORT, NULL, 0);
	talk_option(&talk, NBD_OPT_LIST, NULL, 0);
	listen_for(1000);
	hears_greeting();
	hears_reply(NBD_OPT_ABORT, NBD_REP_ACK, 0);
	hears_no_more();
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);
	assert_null(talk.negotiation.trouble);
}

static void handshake_refuses_options_that_are_not_well_formed(void **state)
{
	static const struct {
		uint32_t option;
		const char *data;
		uint32_t length;
	} bad[] = {
		{NBD_OPT_LIST, "x", 1},
		{NBD_OPT_STRUCTURED_REPLY, "x", 1},
		{NBD_OPT_GO, "", 0},
		{NBD_OPT_GO, "\0\0\0\4vol", 7},
		{NBD_OPT_GO, "\0\0\0\4vol0\0", 9},
		{NBD_OPT_GO, "\0\0\0\4vol0\0\1", 10},
		{NBD_OPT_GO, "\0\0\0\4vol0\0\0\0", 11},
		{NBD_OPT_GO, "\xff\xff\xff\xffvol0\0\0", 10},
		{NBD_OPT_INFO, "\0\0\0\4vol0\x80\0", 10},
	};

	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		talk_option(&talk, bad[i].option, bad[i].data, bad[i].length);
	listen_for(5);
	hears_greeting();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		hears_reply(bad[i].option, NBD_REP_ERR_INVALID, 0);
	hears_no_more();
	assert_int_equal(talk.negotiation.state, NEGOTIATE_OPTION);
}

static void handshake_skips_long_options_and_ends_at_absurd_ones(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	talk_option(&talk, NBD_OPT_GO, NULL, NEGOTIATE_DATA_MAX + 1);
	talk_option(&talk, 77, NULL, NEGOTIATE_SKIP_MAX);
	talk_option(&talk, NBD_OPT_STRUCTURED_REPLY, NULL, 0);
	listen_for(NBD_OPTION_HEADER + NEGOTIATE_DATA_MAX);
	hears_greeting();
	hears_reply(NBD_OPT_GO, NBD_REP_ERR_TOO_BIG, 0);
	hears_reply(77, NBD_REP_ERR_TOO_BIG, 0);
	hears_reply(NBD_OPT_STRUCTURED_REPLY, NBD_REP_ACK, 0);
	talk_option(&talk, 77, NULL, NEGOTIATE_SKIP_MAX + 1);
	listen_for(NBD_OPTION_HEADER + NEGOTIATE_DATA_MAX);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);
}

static void handshake_closes_for_what_is_no_client(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, 4);
	listen_for(4);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);

	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	talk_option(&talk, NBD_OPT_LIST, NULL, 0);
	talk.said[4] ^= 1;
	listen_for(4);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);
	hears_greeting();
	hears_no_more();
}

static void handshake_takes_only_so_many_options(void **state)
{
	(void)state;
	talk_start(&talk);
	talk_flags(&talk, NBD_FIXED_NEWSTYLE);
	for (int i = 0; i < NEGOTIATE_OPTIONS_MAX; i++)
		talk_option(&talk, NBD_OPT_LIST, NULL, 0);
	listen_for(100);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_OPTION);
	talk_option(&talk, NBD_OPT_LIST, NULL, 0);
	listen_for(100);
	assert_int_equal(talk.negotiation.state, NEGOTIATE_CLOSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_greets_before_anything_is_said),
		cmocka_unit_test(handshake_is_the_same_however_it_is_cut),
		cmocka_unit_test(handshake_leaves_requests_alone),
		cmocka_unit_test(handshake_by_export_name_is_padded_unless_told),
		cmocka_unit_test(handshake_of_an_unknown_export_says_so),
		cmocka_unit_test(handshake_ends_with_abort),
		cmocka_unit_test(handshake_refuses_options_that_are_not_well_formed),
		cmocka_unit_test(handshake_skips_long_options_and_ends_at_absurd_ones),
		cmocka_unit_test(handshake_closes_for_what_is_no_client),
		cmocka_unit_test(handshake_takes_only_so_many_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("nbd_handshake", tests, NULL, NULL);
}
