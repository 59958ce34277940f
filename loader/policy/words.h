/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The words of struct xdv_packet, as the planner and the emitter see them: by number.
 */
#ifndef XDIVERT_WORDS_H
#define XDIVERT_WORDS_H

#include "box.h"
#include "bpf/abi.h"

#include <stdint.h>

/*
 * Behind the packet's words and the answers to questions are two for each slice of bytes: its
 * value, and whether it is there. In the kernel's key there is no room for questions that nobody
 * asks: plan.c moves them up.
 */
#define SLICE_WORDS	    (XDV_PACKET_WORDS + QUESTIONS_MAX)
#define SLICE_VALUE(number) ((uint32_t)(SLICE_WORDS + 2 * (number)))
#define SLICE_THERE(number) (SLICE_VALUE(number) + 1)

/* The first word of a field. */
uint32_t use_word(const struct field_use *use);

/* Bits that a word can have set; 1 for the words behind the packet's, the answers to questions. */
unsigned int word_bits(uint32_t word);

/* Its name in C, behind "p->": "ip6_saddr[2]". NULL for words behind the packet's. */
const char *word_name(uint32_t word);

#endif
