/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What may stand behind the addresses of a packet as text: `flags syn`, `len 100`. Private to
 * text.c.
 */
#ifndef XDIVERT_PACKET_OPTIONS_H
#define XDIVERT_PACKET_OPTIONS_H

#include "packet/words.h"

struct packet_parser {
	struct words words;
	struct packet_spec spec;
	unsigned int options; /* that are given, a bit each */
	bool has_payload; /* its length is given */
	bool in_tunnel; /* its packet is what another carries */
	struct packet_bytes *carried; /* by the packet itself, NULL if it is no tunnel */
};

/* From behind the option's name, which the packet's kind may not have. */
int packet_option_parse(struct packet_parser *parser, const struct word *name);
bool packet_option_given(const struct packet_parser *parser, const char *name);

#endif
