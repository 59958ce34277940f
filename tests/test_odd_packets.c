// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * That the odd packets are odd enough: every way to end there is, every header; and that what the
 * dissector says of each lies within the frame.
 */
#include "odd_packets.h"
#include "packet/dissect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct met {
	size_t ends[DISSECT_ENDS], headers[HEADERS], fragments[3], bases[4];
	size_t longest_chain;
};

static void note(void *context, const char *name, const uint8_t *frame, size_t length)
{
	struct met *met = context;
	struct dissection packet;

	dissect(&packet, frame, length);
	met->ends[packet.end]++;
	for (int i = 0; i < HEADERS; i++)
		met->headers[i] += packet.has[i];
	met->fragments[packet.fragment]++;
	if (packet.extension_count > met->longest_chain)
		met->longest_chain = packet.extension_count;
	for (int i = 0; i < 4; i++) {
		met->bases[i] += packet.bases[i].end > 0;
		if (packet.bases[i].start > packet.bases[i].end || packet.bases[i].end > length)
			fail_msg("%s: base %d is not in the frame", name, i);
	}
	if (packet.payload > length)
		fail_msg("%s: %zu bytes of payload in %zu", name, packet.payload, length);
	if (dissect_l4(&packet) != HEADERS && !packet.has[HEADER_IP] && !packet.has[HEADER_IP6])
		fail_msg("%s: layer 4 without layer 3", name);
}

static void odd_packets_meet_every_end(void **state)
{
	struct met met = {0};
	size_t count = odd_packets_each(note, &met);

	(void)state;
	print_message("# %zu packets\n", count);
	assert_true(count > 3000);
	for (int i = 0; i < DISSECT_ENDS; i++)
		if (!met.ends[i])
			fail_msg("none ends so: %s", dissect_end_text((enum dissect_end)i));
}

static void odd_packets_have_every_header(void **state)
{
	struct met met = {0};

	(void)state;
	odd_packets_each(note, &met);
	for (int i = 0; i < HEADERS; i++)
		if (!met.headers[i] && header_can_lack((enum header)i))
			fail_msg("none has %s", header_table[i].name);
	for (int i = 0; i < 4; i++)
		assert_true(met.bases[i] > 0);
	for (int i = 0; i < 3; i++)
		assert_true(met.fragments[i] > 0);
	assert_int_equal(met.longest_chain, DISSECT_EXTENSIONS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_packets_meet_every_end),
		cmocka_unit_test(odd_packets_have_every_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
