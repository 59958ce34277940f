/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Frames that networks have and nobody expects: cut short, lengths that lie, fragments that
 * overlap, tags in tags, IPv6 with every extension header in every order, and what is no IP at all.
 * They are made here, always the same: no package of captures has so many kinds.
 */
#ifndef XDIVERT_TESTS_ODD_PACKETS_H
#define XDIVERT_TESTS_ODD_PACKETS_H

#include <stddef.h>
#include <stdint.h>

/* Longest frame. */
#define ODD_FRAME_MAX 3072

/* Both are borrowed, and gone after the call. */
typedef void odd_packet_use(void *context, const char *name, const uint8_t *frame, size_t length);

/* Calls `use` for each of some thousands of frames; returns how many. */
size_t odd_packets_each(odd_packet_use *use, void *context);

#endif
