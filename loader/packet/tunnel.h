/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The tunnel of a packet as text. Private to text.c.
 */
#ifndef XDIVERT_PACKET_TUNNEL_H
#define XDIVERT_PACKET_TUNNEL_H

#include "packet/words.h"

#define PACKET_TUNNELS_MAX 4

bool packet_tunnel_named(const char *name);
/* Those that such a packet can have; returns how many. */
size_t packet_tunnel_names(enum header top, const char **names);

/* From the tunnel's name, which is read already, to `inner`. */
int packet_tunnel_parse(struct words *words, const struct word *keyword, struct packet_spec *spec);
/* What follows is this packet, which begins with `first`. */
int packet_tunnel_carry(struct words *words, const struct word *first,
			const struct packet_spec *inner, struct packet_spec *spec);

#endif
