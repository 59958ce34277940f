/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A dissected packet, a line for each of its headers.
 */
#ifndef XDIVERT_PACKET_HEADERS_H
#define XDIVERT_PACKET_HEADERS_H

#include "packet/dissect.h"

#define HEADER_LINES_MAX 16 /* two tags, four layers and damage, and that again in a tunnel */

struct header_line {
	const char *name; /* as in rules: "udp" */
	char text[200];
};

/* Returns how many lines there are. */
size_t headers_text(struct header_line lines[HEADER_LINES_MAX], const struct dissection *packet);

#endif
