/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What is known of a packet, as the planner and the emitter see it: by the number of a word.
 */
#ifndef XDIVERT_WORDS_H
#define XDIVERT_WORDS_H

#include "box.h"
#include "bpf/abi.h"

#include <stddef.h>
#include <stdint.h>

/* The packet's own headers, the tunnel's, and those of what it carries. */
struct words_of_packet {
	struct xdv_packet packet;
	struct xdv_tunnel tunnel;
	struct xdv_packet inner;
};

/*
 * Behind them are the answers to questions, and then two words for each slice of bytes: its value,
 * and whether it is there. In the kernel's key there is no room for what nobody asks about:
 * plan.c moves up what is behind.
 */
#define WORD_AT(member)	    ((uint32_t)(offsetof(struct words_of_packet, member) / sizeof(__u32)))
#define TUNNEL_WORDS	    WORD_AT(tunnel)
#define INNER_WORDS	    WORD_AT(inner)
#define QUESTION_WORDS	    ((uint32_t)(sizeof(struct words_of_packet) / sizeof(__u32)))
#define SLICE_WORDS	    (QUESTION_WORDS + QUESTIONS_MAX)
#define SLICE_VALUE(number) ((uint32_t)(SLICE_WORDS + 2 * (number)))
#define SLICE_THERE(number) (SLICE_VALUE(number) + 1)
#define WORDS_MAX	    SLICE_VALUE(SLICES_MAX)

/* The first word of a field. */
uint32_t use_word(const struct field_use *use);

/* Bits that a word can have set; 1 for the answers to questions. */
unsigned int word_bits(uint32_t word);

/* Its name in C, behind "p->": "ip6_saddr[2]"; behind "key->": "inner.dport". NULL for answers. */
const char *word_name(uint32_t word);

#endif
