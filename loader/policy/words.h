/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The words of struct xdv_packet, as the planner and the emitter see them: by number.
 */
#ifndef XDIVERT_WORDS_H
#define XDIVERT_WORDS_H

#include <stdint.h>

/* Bits that a word can have set; 1 for the words behind the packet's, the answers to questions. */
unsigned int word_bits(uint32_t word);

/* Its name in C, behind "p->": "ip6_saddr[2]". NULL for words behind the packet's. */
const char *word_name(uint32_t word);

#endif
