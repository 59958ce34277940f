// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A whole connection of the storage gateway, with clients that say what they like. */
#include "nbd_property.h"
#include "storage/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 1500

static uint8_t seed[NBD_PROPERTY_MAX], bytes[NBD_PROPERTY_MAX];
static size_t seed_length;

static void connection_of_an_honest_client_ends(void **state)
{
	(void)state;
	nbd_property(seed, seed_length);
}

static void connection_that_breaks_off_anywhere_ends(void **state)
{
	(void)state;
	for (size_t length = 1; length < seed_length; length += length < 400 ? 1 : 97) {
		memcpy(bytes, seed, length);
		bytes[0] = (uint8_t)(length % 2 ? 0x80 : 0);
		nbd_property(bytes, length);
	}
}

static void connection_that_comes_in_pieces_ends(void **state)
{
	(void)state;
	memcpy(bytes, seed, seed_length);
	for (unsigned int how = 0; how < 256; how += 5) {
		bytes[0] = (uint8_t)how;
		nbd_property(bytes, seed_length);
	}
}

static void connection_of_a_client_that_errs_ends(void **state)
{
	(void)state;
	srand(11);
	for (int round = 0; round < ROUNDS; round++) {
		memcpy(bytes, seed, seed_length);
		for (int i = rand() % 8; i >= 0; i--)
			bytes[(size_t)rand() % seed_length] = (uint8_t)rand();
		nbd_property(bytes, seed_length - (size_t)(rand() % 3 ? 0 : rand() % 300));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connection_of_an_honest_client_ends),
		cmocka_unit_test(connection_that_breaks_off_anywhere_ends),
		cmocka_unit_test(connection_that_comes_in_pieces_ends),
		cmocka_unit_test(connection_of_a_client_that_errs_ends),
	};
	struct xdv_error error;
	struct ring ring;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ring_open(&ring, false, &error)) {
		printf("1..1\nok 1 - nbd_connection # SKIP %s\n", error.message);
		return 0;
	}
	ring_close(&ring);
	seed_length = nbd_property_seed(seed, sizeof(seed));
	return cmocka_run_group_tests_name("nbd_connection", tests, NULL, NULL);
}
