/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What must be so of any text that xdivert is handed, right or wrong. Each property ends the
 * process, with a word on what is not so. A fuzzer finds texts for them (fuzz.c), and `make check`
 * mutates a few (test_text_property.c).
 */
#ifndef XDIVERT_TESTS_TEXT_PROPERTY_H
#define XDIVERT_TESTS_TEXT_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

struct text_property {
	const char *name;
	void (*holds)(const uint8_t *bytes, size_t size);
};

/*
 * policy    a policy, and behind zeros what it includes: it is refused with a place, or planned and
 *           emitted, or there is a word on why no plan fits
 * packet    a packet: refused with a place in it, or what describes it describes it again
 * flow      a flow and its action, likewise
 * elements  the kind of set, then elements: refused, or written and read again they are the same
 * pcap      see filter_property.h
 * control   see control_property.h
 * nbd       see nbd_property.h
 *
 * Ends with a NULL name.
 */
extern const struct text_property text_properties[];

#endif
